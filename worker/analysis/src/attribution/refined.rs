use lexicell_matrix::DenseMatrix;

use super::{
    gradient::{RefinedGradient, dot as dot_wide},
    sets,
    weights::{CellWeights, dot},
};
use crate::{
    AnalysisError, Progress, contrastive::Refiner, normalize::Normalized, pool::PoolSettings,
    rng::SplitMix64,
};

/// Cells whose refined rows are added up in one unit of work.
const CELLS_PER_UNIT: usize = 1024;

/// The ways between cells of the two sets along which gradients are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paths {
    /// Pairs of a cell of the first and a cell of the second set.
    pub pairs: usize,
    /// Points of each way that gradients are taken at.
    pub steps: usize,
    /// What decides the pairs.
    pub seed: u64,
}

impl Default for Paths {
    fn default() -> Self {
        Self { pairs: 64, steps: 32, seed: 0 }
    }
}

/// What one gene adds to the difference of two sets behind a projection head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RefinedContribution {
    /// Column of the expression matrix.
    pub gene: u32,
    /// Gradient × input: gradients at both cells of a pair, times the difference of the inputs.
    pub gradient: f64,
    /// Gradients integrated along the way from one cell to the other.
    pub integrated: f64,
    /// Mean share of the gene in the cells of either set that were paired.
    pub weight: [f64; 2],
}

/// The difference of two sets in the refined space, gene by gene, and what is left unexplained.
#[derive(Debug, Clone, PartialEq)]
pub struct RefinedAttributed {
    /// Every gene of the paired cells, by falling absolute integrated value.
    pub genes: Vec<RefinedContribution>,
    /// Distance of the two mean refined vectors, over all cells of the sets.
    pub total: f64,
    /// The same along the direction over the paired cells alone: what `integrated` tends to.
    pub paired: f64,
    /// What gradient × input sums to.
    pub gradient_sum: f64,
    /// What integrated gradients sum to.
    pub integrated_sum: f64,
    /// Direction of the difference, of unit length, `[dim]`; zeros where there is none.
    pub direction: Vec<f64>,
    /// Cells of either set that have a place.
    pub cells: [usize; 2],
    /// Cells of either set that express no gene with a vector; they are left out.
    pub cells_without_genes: [usize; 2],
}

impl RefinedAttributed {
    /// Completeness error of gradient × input: what its sum misses, as a share of the difference.
    #[must_use]
    pub fn gradient_error(&self) -> f64 {
        share(self.gradient_sum - self.total, self.total)
    }

    /// Completeness error of integrated gradients: what their sum misses, as a share of the difference.
    #[must_use]
    pub fn integrated_error(&self) -> f64 {
        share(self.integrated_sum - self.total, self.total)
    }
}

fn share(error: f64, total: f64) -> f64 {
    if total > 0.0 { error / total } else { 0.0 }
}

/// Follows the difference of two sets back through the refiner, to be driven with [`run`](Self::run).
///
/// `f` centres, scales, projects (ReLU) and scales again. Along `v`, the direction between the mean
/// refined vectors, `v · (f(a) − f(b)) = Σ_g (w̃_ag − w̃_bg) ∫ e_g · ∇(v · f)` over the way from b to a
/// (integrated gradients, Sundararajan et al. 2017), for each pair of cells. The way leads from cell to
/// cell: between two means it would run through the centre, where `f` has no slope. For the same reason
/// inputs are compared with each other and not with zero: `(x − μ) · ∇ = 0` everywhere.
#[derive(Debug)]
pub struct RefinedAttribution<'a> {
    weights: CellWeights<'a>,
    refiner: RefinedGradient,
    refined: &'a DenseMatrix,
    sets: [Vec<u32>; 2],
    left_out: [usize; 2],
    paths: Paths,
    added: usize,
    sums: [Vec<f64>; 2],
    direction: Vec<f64>,
    total: f64,
    /// Steps done over all pairs.
    stepped: usize,
    pair: Option<Pair>,
    genes: Vec<RefinedContribution>,
    paired: f64,
}

/// A pair of cells on the way.
#[derive(Debug)]
struct Pair {
    shares: [Vec<(u32, f64)>; 2],
    ends: [Vec<f64>; 2],
    gradient: Vec<f64>,
    integrated: Vec<f64>,
}

impl<'a> RefinedAttribution<'a> {
    /// Prepares the comparison of two sets of cells.
    ///
    /// # Shapes
    /// `rows`: one for each gene of the matrix, rows of `table` `[… × d]`; `refined`: `[n_obs × dim]`, what
    /// the refiner makes of all cells.
    ///
    /// # Errors
    /// As for [`Attribution::new`](super::Attribution::new); if the refiner fits neither the table nor the
    /// refined cells, or there are no pairs or steps.
    pub fn new(
        (view, rows): (&'a Normalized<'a>, &[Option<u32>]),
        table: &'a DenseMatrix,
        settings: PoolSettings,
        (refiner, refined): (&Refiner, &'a DenseMatrix),
        groups: [&[u32]; 2],
        paths: Paths,
    ) -> Result<Self, AnalysisError> {
        let weights = CellWeights::new(view, rows, table, settings)?;
        let refiner = RefinedGradient::new(refiner)?;
        for (what, expected, found) in [
            ("width of the gene table", refiner.inputs(), table.n_cols()),
            ("width of the refined cells", refiner.outputs(), refined.n_cols()),
            ("refined cells", view.n_cells(), refined.n_rows()),
        ] {
            if expected != found {
                return Err(AnalysisError::Shape { what, expected, found });
            }
        }
        for (setting, value) in [("pairs", paths.pairs), ("steps", paths.steps)] {
            if value == 0 {
                return Err(AnalysisError::setting(setting, "at least 1", value));
            }
        }
        sets::check("cells of a set", groups, view.n_cells())?;
        let own = sets::with_place(groups, |cell| weights.has_genes(cell))?;
        let zero =
            RefinedContribution { gene: 0, gradient: 0.0, integrated: 0.0, weight: [0.0; 2] };
        let genes = (0..view.n_genes() as u32).map(|gene| RefinedContribution { gene, ..zero });
        Ok(Self {
            sums: [(); 2].map(|()| vec![0.0; refiner.outputs()]),
            left_out: [0, 1].map(|set| groups[set].len() - own[set].len()),
            genes: genes.collect(),
            weights,
            refiner,
            refined,
            sets: own,
            paths,
            added: 0,
            direction: Vec::new(),
            total: 0.0,
            stepped: 0,
            pair: None,
            paired: 0.0,
        })
    }

    /// Does up to `limit` units of a millisecond or so: adds cells up, or takes gradients at one point.
    ///
    /// # Errors
    /// If a refined cell holds a value that is not finite.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.added < self.n_cells() {
                self.add_cells()?;
            } else if self.stepped < self.paths.pairs * self.paths.steps {
                self.step();
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many units are done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let units = |cells: usize| cells.div_ceil(CELLS_PER_UNIT);
        Progress {
            done: units(self.added) + self.stepped,
            total: units(self.n_cells()) + self.paths.pairs * self.paths.steps,
        }
    }

    /// The contributions, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<RefinedAttributed, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the contributions were asked for before gradients were followed";
            return Err(AnalysisError::OutOfTurn { step: "attribution", message });
        }
        let n = self.paths.pairs as f64;
        let mut genes = self.genes;
        genes.retain(|gene| gene.weight != [0.0; 2]);
        for gene in &mut genes {
            gene.gradient /= n;
            gene.integrated /= n;
            gene.weight = gene.weight.map(|weight| weight / n);
        }
        let key = |gene: &RefinedContribution| gene.integrated.abs();
        genes.sort_by(|a, b| key(b).total_cmp(&key(a)).then(a.gene.cmp(&b.gene)));
        Ok(RefinedAttributed {
            gradient_sum: genes.iter().map(|gene| gene.gradient).sum(),
            integrated_sum: genes.iter().map(|gene| gene.integrated).sum(),
            genes,
            total: self.total,
            paired: self.paired / n,
            direction: self.direction,
            cells: [self.sets[0].len(), self.sets[1].len()],
            cells_without_genes: self.left_out,
        })
    }

    fn n_cells(&self) -> usize {
        self.sets[0].len() + self.sets[1].len()
    }

    fn add_cells(&mut self) -> Result<(), AnalysisError> {
        let end = (self.added + CELLS_PER_UNIT).min(self.n_cells());
        let first = self.sets[0].len();
        for place in self.added..end {
            let (set, at) = if place < first { (0, place) } else { (1, place - first) };
            let cell = self.sets[set][at] as usize;
            let row = self.refined.row(cell);
            if let Some(column) = row.iter().position(|x| !x.is_finite()) {
                return Err(AnalysisError::NotFinite { what: "refined cells", row: cell, column });
            }
            self.sums[set].iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        self.added = end;
        if end == self.n_cells() {
            self.aim();
        }
        Ok(())
    }

    /// The direction, and the pairs in the order of a shuffle.
    fn aim(&mut self) {
        let n = [0, 1].map(|set| self.sets[set].len() as f64);
        let both = self.sums[0].iter().zip(&self.sums[1]);
        let difference: Vec<f64> = both.map(|(a, b)| a / n[0] - b / n[1]).collect();
        self.total = dot_wide(&difference, &difference).sqrt();
        let scale = if self.total > 0.0 { self.total.recip() } else { 0.0 };
        self.direction = difference.iter().map(|x| x * scale).collect();
        let mut rng = SplitMix64::new(self.paths.seed);
        self.sets.iter_mut().for_each(|set| rng.shuffle(set));
    }

    /// One point of the way of one pair.
    fn step(&mut self) {
        let (steps, at) = (self.paths.steps, self.stepped % self.paths.steps);
        let number = self.stepped / steps;
        let mut pair = match self.pair.take() {
            Some(pair) => pair,
            None => self.start(number),
        };
        let t = (at as f64 + 0.5) / steps as f64;
        let point = pair.ends[0].iter().zip(&pair.ends[1]).map(|(a, b)| b + t * (a - b));
        let point: Vec<f64> = point.collect();
        if let Some((_, gradient)) = self.refiner.along(&point, &self.direction) {
            add(&mut pair.integrated, &gradient, (steps as f64).recip());
        }
        self.stepped += 1;
        if at + 1 == steps {
            self.close(&pair);
        } else {
            self.pair = Some(pair);
        }
    }

    fn start(&mut self, number: usize) -> Pair {
        let shares = [0, 1].map(|set| {
            let cells = &self.sets[set];
            self.weights.of(cells[number % cells.len()] as usize)
        });
        let ends = [0, 1].map(|set: usize| self.weights.pooled(&shares[set]));
        let d = self.refiner.inputs();
        let mut pair = Pair { shares, ends, gradient: vec![0.0; d], integrated: vec![0.0; d] };
        for (end, sign) in pair.ends.iter().zip([1.0, -1.0]) {
            if let Some((value, gradient)) = self.refiner.along(end, &self.direction) {
                self.paired += sign * value;
                add(&mut pair.gradient, &gradient, 0.5);
            }
        }
        pair
    }

    fn close(&mut self, pair: &Pair) {
        for (set, sign) in [1.0, -1.0].into_iter().enumerate() {
            for &(gene, weight) in &pair.shares[set] {
                let vector = self.weights.vector(gene as usize).unwrap_or_default();
                let own = &mut self.genes[gene as usize];
                own.gradient += sign * weight * dot(vector, &pair.gradient);
                own.integrated += sign * weight * dot(vector, &pair.integrated);
                own.weight[set] += weight;
            }
        }
    }
}

fn add(sum: &mut [f64], values: &[f64], factor: f64) {
    sum.iter_mut().zip(values).for_each(|(sum, x)| *sum += factor * x);
}
