use lexicell_matrix::DenseMatrix;

use super::{
    null::Null,
    sets,
    significance::Powers,
    weights::{CellWeights, dot},
};
use crate::{
    AnalysisError, Progress, false_discovery::benjamini_hochberg, normalize::Normalized,
    pool::PoolSettings,
};

/// Cells that are read in one unit of work.
const CELLS_PER_UNIT: usize = 64;
/// Genes that are pooled in one unit of work.
const GENES_PER_UNIT: usize = 64;
/// Their sums are kept for every gene: 2,000 of them and 20,000 genes take 160 MB.
const MOST_PERMUTATIONS: usize = 2_000;
/// The slot of a gene that no cell was seen to use.
const NO_SLOT: u32 = u32::MAX;

/// How often the labels of the two sets are dealt anew over the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutations {
    /// How many times, up to 2,000; 0 leaves the separation untested.
    pub n: usize,
    /// What decides them.
    pub seed: u64,
}

/// What one gene adds to the difference of two sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// Column of the expression matrix.
    pub gene: u32,
    /// `(w̃_A − w̃_B) (e · u)`; above 0 it draws the sets apart, below 0 together.
    pub value: f64,
    /// Mean share of the gene in the cells of either set.
    pub weight: [f64; 2],
    /// `e · u`: how far the gene's text points along the direction.
    pub alignment: f64,
    /// Two-sided p of the gene's mean share being that different if labels are dealt at random; NaN
    /// where all cells use the gene alike.
    pub p: f64,
    /// The same after Benjamini & Hochberg over all genes that were used.
    pub q: f64,
}

/// Whether two sets lie further apart than sets of the same sizes dealt from the same cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Separation {
    /// `(1 + permutations at least as far apart) / (1 + permutations)`.
    pub p: f64,
    /// How many permutations were tried.
    pub n_permutations: usize,
    /// Mean distance of the permuted sets.
    pub null_mean: f64,
    /// Distance that one in twenty permutations exceeds.
    pub null_95: f64,
}

/// The difference of two sets, gene by gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributed {
    /// Every gene that a cell of the sets is pooled from, by falling absolute value.
    pub genes: Vec<Contribution>,
    /// What the values sum to: `‖D‖`, or the component of `D` along the direction asked for.
    pub total: f64,
    /// Direction of unit length, `[d]`; zeros where the means are the same.
    pub direction: Vec<f64>,
    /// Cells of either set that have a place.
    pub cells: [usize; 2],
    /// Cells of either set that express no gene with a vector; they are left out.
    pub cells_without_genes: [usize; 2],
    /// The test of `‖D‖`; none where it was not asked for.
    pub separation: Option<Separation>,
}

/// Takes `D = mean_A − mean_B` of pooled cells apart into genes, to be driven with [`run`](Self::run).
///
/// `D = Σ_g (w̃_Ag − w̃_Bg) e_g`, with `w̃` the mean share of a gene in the cells of a set; along
/// `u = D / ‖D‖` gene g contributes `(w̃_Ag − w̃_Bg)(e_g · u)`, and contributions sum to `‖D‖`.
///
/// The null deals the set labels anew over the cells. For `‖D‖` that is done
/// ([`Permutations`]), direction and all. For a gene along the direction found, only its mean share
/// varies, whose moments under all permutations are known exactly, so its p needs no permutation and is
/// not bounded by their number.
#[derive(Debug)]
pub struct Attribution<'a> {
    weights: CellWeights<'a>,
    /// Cells that have a place, and their set.
    cells: Vec<(u32, bool)>,
    counts: [usize; 2],
    left_out: [usize; 2],
    slot_of: Vec<u32>,
    genes: Vec<Gene>,
    null: Option<Null>,
    read: usize,
    pooled: usize,
    difference: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Gene {
    gene: u32,
    /// Sum of its shares in the first set.
    first: f64,
    /// Its shares in both.
    both: Powers,
}

impl<'a> Attribution<'a> {
    /// Prepares the comparison of two sets of cells.
    ///
    /// # Shapes
    /// `rows`: one for each gene of the matrix, rows of `table` `[… × d]`.
    ///
    /// # Errors
    /// As for [`CpuPool::new`](crate::pool::CpuPool::new); if a cell is out of range, twice in a set or in
    /// both, if a set has no cell with a place, or there are more than 2,000 permutations.
    pub fn new(
        view: &'a Normalized<'a>,
        rows: &[Option<u32>],
        table: &'a DenseMatrix,
        settings: PoolSettings,
        groups: [&[u32]; 2],
        permutations: Permutations,
    ) -> Result<Self, AnalysisError> {
        let weights = CellWeights::new(view, rows, table, settings)?;
        sets::check("cells of a set", groups, view.n_cells())?;
        if permutations.n > MOST_PERMUTATIONS {
            return Err(AnalysisError::setting("permutations", "at most 2000", permutations.n));
        }
        let own = sets::with_place(groups, |cell| weights.has_genes(cell))?;
        let counts = [own[0].len(), own[1].len()];
        let marked = own.into_iter().zip([true, false]);
        let cells: Vec<(u32, bool)> = marked
            .flat_map(|(set, first)| set.into_iter().map(move |cell| (cell, first)))
            .collect();
        let d = weights.width();
        let sizes = [counts[0].min(counts[1]), cells.len()];
        let null =
            (permutations.n > 0).then(|| Null::new(permutations.n, permutations.seed, sizes, d));
        Ok(Self {
            slot_of: vec![NO_SLOT; weights.n_genes()],
            weights,
            cells,
            counts,
            left_out: [groups[0].len() - counts[0], groups[1].len() - counts[1]],
            genes: Vec::new(),
            null,
            read: 0,
            pooled: 0,
            difference: vec![0.0; d],
        })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.read < self.cells.len() {
                self.read_cells();
            } else if self.pooled < self.genes.len() {
                self.pool_genes();
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many units are done; how many genes there will be is an estimate until all cells are read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let all_read = self.read == self.cells.len();
        let n_genes = if all_read { self.genes.len() } else { self.weights.n_genes() };
        let units = |cells: usize, genes: usize| {
            cells.div_ceil(CELLS_PER_UNIT) + genes.div_ceil(GENES_PER_UNIT)
        };
        Progress { done: units(self.read, self.pooled), total: units(self.cells.len(), n_genes) }
    }

    /// The contributions, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<Attributed, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the contributions were asked for before all cells were read";
            return Err(AnalysisError::OutOfTurn { step: "attribution", message });
        }
        let total = self.difference.iter().map(|x| x * x).sum::<f64>().sqrt();
        let scale = if total > 0.0 { total.recip() } else { 0.0 };
        let direction: Vec<f64> = self.difference.iter().map(|x| x * scale).collect();
        let mut genes: Vec<Contribution> =
            self.genes.iter().map(|gene| self.contribution(gene, &direction)).collect();
        let q = benjamini_hochberg(&genes.iter().map(|gene| gene.p).collect::<Vec<_>>());
        genes.iter_mut().zip(q).for_each(|(gene, q)| gene.q = q);
        sort(&mut genes);
        Ok(Attributed {
            genes,
            total,
            direction,
            cells: self.counts,
            cells_without_genes: self.left_out,
            separation: self.null.as_ref().map(|null| separation(total, null.lengths())),
        })
    }

    fn read_cells(&mut self) {
        let end = (self.read + CELLS_PER_UNIT).min(self.cells.len());
        for &(cell, is_first) in &self.cells[self.read..end] {
            let shares = self.weights.of(cell as usize);
            for &(gene, share) in &shares {
                let slot = &mut self.slot_of[gene as usize];
                if *slot == NO_SLOT {
                    *slot = self.genes.len() as u32;
                    self.genes.push(Gene { gene, first: 0.0, both: Powers::default() });
                }
                let sums = &mut self.genes[*slot as usize];
                sums.both.add(share);
                sums.first += if is_first { share } else { 0.0 };
            }
            if let Some(null) = &mut self.null {
                let slots = &self.slot_of;
                null.deal(shares.iter().map(|&(gene, w)| (slots[gene as usize] as usize, w)));
            }
        }
        self.read = end;
    }

    fn pool_genes(&mut self) {
        let end = (self.pooled + GENES_PER_UNIT).min(self.genes.len());
        let block = &self.genes[self.pooled..end];
        let (mut vectors, mut totals) = (Vec::new(), Vec::new());
        for gene in block {
            let vector = self.weights.vector(gene.gene as usize).unwrap_or_default();
            let [first, second] = self.means(gene);
            let difference = self.difference.iter_mut().zip(vector);
            difference.for_each(|(sum, &x)| *sum += (first - second) * f64::from(x));
            if self.null.is_some() {
                vectors.extend_from_slice(vector);
                totals.push(gene.both.sum);
            }
        }
        if let Some(null) = &mut self.null {
            null.pool(self.pooled, &totals, &vectors);
        }
        self.pooled = end;
    }

    fn means(&self, gene: &Gene) -> [f64; 2] {
        let [first, second] = self.counts.map(|n| n as f64);
        [gene.first / first, (gene.both.sum - gene.first) / second]
    }

    fn contribution(&self, gene: &Gene, direction: &[f64]) -> Contribution {
        let weight = self.means(gene);
        let vector = self.weights.vector(gene.gene as usize).unwrap_or_default();
        let alignment = dot(vector, direction);
        Contribution {
            gene: gene.gene,
            value: (weight[0] - weight[1]) * alignment,
            weight,
            alignment,
            p: gene.both.p_of_sum(gene.first, self.counts[0], self.cells.len()),
            q: f64::NAN,
        }
    }
}

impl Attributed {
    /// The contributions along any other direction (a text, an axis), which sum to `D`'s component
    /// along it.
    ///
    /// p and q of the genes stay: they are of the shares. The separation was not tested along it.
    ///
    /// # Shapes
    /// `rows`, `table`: those of the attribution; `direction`: `[d]`, of any length above 0.
    ///
    /// # Errors
    /// If a shape differs, or the direction has no length or is not finite.
    pub fn along(
        &self,
        rows: &[Option<u32>],
        table: &DenseMatrix,
        direction: &[f64],
    ) -> Result<Self, AnalysisError> {
        let d = self.direction.len();
        for (what, found) in [
            ("width of the gene table", table.n_cols()),
            ("length of the direction", direction.len()),
        ] {
            if found != d {
                return Err(AnalysisError::Shape { what, expected: d, found });
            }
        }
        let direction = unit_direction(direction)?;
        let mut genes = self.genes.clone();
        for gene in &mut genes {
            let row = rows.get(gene.gene as usize).copied().flatten().map(|row| row as usize);
            let Some(row) = row.filter(|&row| row < table.n_rows()) else {
                let (what, index) = ("genes with a vector", gene.gene as usize);
                return Err(AnalysisError::IndexOutOfRange { what, index, len: rows.len() });
            };
            gene.alignment = dot(table.row(row), &direction);
            gene.value = (gene.weight[0] - gene.weight[1]) * gene.alignment;
        }
        sort(&mut genes);
        let total = genes.iter().map(|gene| gene.value).sum();
        Ok(Self { genes, total, direction, separation: None, ..*self })
    }
}

/// A direction scaled to unit length.
pub(crate) fn unit_direction(direction: &[f64]) -> Result<Vec<f64>, AnalysisError> {
    if let Some(column) = direction.iter().position(|x| !x.is_finite()) {
        return Err(AnalysisError::NotFinite { what: "direction", row: 0, column });
    }
    let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length <= 0.0 {
        return Err(AnalysisError::setting("direction", "longer than 0", length));
    }
    Ok(direction.iter().map(|x| x / length).collect())
}

fn sort(genes: &mut [Contribution]) {
    let key = |gene: &Contribution| gene.value.abs();
    genes.sort_by(|a, b| key(b).total_cmp(&key(a)).then(a.gene.cmp(&b.gene)));
}

fn separation(total: f64, mut lengths: Vec<f64>) -> Separation {
    lengths.sort_by(f64::total_cmp);
    let n = lengths.len();
    // Sums of f32 may differ from the observed length in the last digits.
    let above = lengths.iter().filter(|&&length| length >= total * (1.0 - 1e-6)).count();
    Separation {
        p: (1 + above) as f64 / (1 + n) as f64,
        n_permutations: n,
        null_mean: lengths.iter().sum::<f64>() / n as f64,
        null_95: lengths[(n * 19 / 20).min(n - 1)],
    }
}
