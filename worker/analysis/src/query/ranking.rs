use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use super::similarity::check_queries;
use crate::{
    AnalysisError, Progress, attribution::CellWeights, false_discovery::benjamini_hochberg,
    normalize::Normalized, pool::PoolSettings, rng::SplitMix64, student,
};

/// Cells that are read in one unit of work.
const CELLS_PER_UNIT: usize = 128;
/// Genes that are pooled in one unit of work.
const GENES_PER_UNIT: usize = 32;
/// Products that are added up in one unit of work.
const PRODUCTS_PER_UNIT: usize = 1 << 20;

/// How the null of a text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryOptions {
    /// How often genes exchange their texts.
    pub n_shuffles: usize,
    /// What decides the exchanges.
    pub seed: u64,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self { n_shuffles: 999, seed: 0 }
    }
}

/// How near a cluster is to a text, beside all cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterScore {
    /// Code of the cluster.
    pub cluster: u32,
    /// Cells that have a place.
    pub n_cells: usize,
    /// `(mean of the cluster − mean of all cells) · q`, q of unit length; NaN for a cluster without cells.
    pub score: f64,
    /// The score in deviations of the null (their exact value over all exchanges).
    pub z: f64,
    /// `(1 + exchanges at least as far from 0) / (1 + exchanges)`, two-sided.
    pub p: f64,
    /// Cosine of `mean of the cluster − mean of all cells` with the text.
    pub cosine: f64,
    /// Two-sided p of a text that points anywhere having a cosine as far from 0.
    pub p_direction: f64,
    /// The greater of both p, after Benjamini & Hochberg over the clusters.
    pub q: f64,
}

/// Ranks clusters by nearness to a text, to be driven with [`run`](Self::run).
///
/// With `ω_g` the mean share of gene g in the cluster less that in all cells, the score is
/// `Σ_g ω_g (e_g · q)`. There are two nulls, and a cluster must stand out from both.
///
/// One exchanges the texts (`e_g · q`) among the genes that cells use: is the text about genes that the
/// cluster expresses? As in any competitive test of genes it takes genes for independent; where those that
/// vary together have texts that are alike, any text that leans their way looks better than chance.
///
/// The other keeps all that and exchanges the query for a text that points anywhere: its cosine with the
/// cluster's vector has a known distribution, `c √((d − 1) / (1 − c²))` is Student's t with d − 1 degrees
/// of freedom. Texts do point anywhere after whitening; before, they have a common direction.
#[derive(Debug)]
pub struct QueryRanking<'a> {
    weights: CellWeights<'a>,
    codes: &'a [u32],
    along: Vec<f64>,
    options: QueryOptions,
    read: usize,
    counts: Vec<usize>,
    /// `[clusters × genes]`: shares, added up; then `ω` of the genes that are used.
    sums: Vec<f64>,
    /// Shares of cells without a cluster, which count among all cells.
    others: Vec<f64>,
    n_others: usize,
    texts: Vec<f64>,
    used: Vec<usize>,
    pooled: usize,
    /// `[clusters × d]`: mean of the cluster less that of all cells.
    differences: Vec<f64>,
    scores: Vec<f64>,
    above: Vec<usize>,
    rng: SplitMix64,
    shuffled: usize,
}

impl<'a> QueryRanking<'a> {
    /// Prepares the ranking of `n_clusters` clusters by one text.
    ///
    /// # Shapes
    /// `rows`: one for each gene of the matrix, rows of `table` `[… × d]`; `codes`: `[n_obs]`, below
    /// `n_clusters` or `MISSING_CODE`; `query`: `[d]`.
    ///
    /// # Errors
    /// As for [`CpuPool::new`](crate::pool::CpuPool::new); if codes do not fit, no cell has a cluster, or
    /// the text has no length.
    pub fn new(
        (view, rows): (&'a Normalized<'a>, &[Option<u32>]),
        table: &'a DenseMatrix,
        settings: PoolSettings,
        (codes, n_clusters): (&'a [u32], usize),
        query: &[f32],
        options: QueryOptions,
    ) -> Result<Self, AnalysisError> {
        let weights = CellWeights::new(view, rows, table, settings)?;
        check_codes(codes, n_clusters, view.n_cells())?;
        let query = DenseMatrix::try_new(1, query.len(), query.to_vec())?;
        let query = check_queries(&query, table.n_cols())?;
        let query: Vec<f64> = query.data().iter().map(|&x| f64::from(x)).collect();
        let n_genes = view.n_genes();
        Ok(Self {
            along: weights.along(&query),
            weights,
            codes,
            options,
            read: 0,
            counts: vec![0; n_clusters],
            sums: vec![0.0; n_clusters * n_genes],
            others: vec![0.0; n_genes],
            n_others: 0,
            texts: Vec::new(),
            used: Vec::new(),
            pooled: 0,
            differences: vec![0.0; n_clusters * table.n_cols()],
            scores: Vec::new(),
            above: vec![0; n_clusters],
            rng: SplitMix64::new(options.seed),
            shuffled: 0,
        })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// If no cell with a cluster has a place.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.read < self.codes.len() {
                self.read_cells();
                if self.read == self.codes.len() {
                    self.compare()?;
                }
            } else if self.pooled < self.used.len() {
                self.pool();
            } else if self.shuffled < self.options.n_shuffles {
                self.shuffle();
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many units are done; how many the exchanges take is an estimate until all cells are read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let all_read = self.read == self.codes.len();
        let n_used = if all_read { self.used.len() } else { self.others.len() };
        let per_unit = shuffles_per_unit(self.counts.len() * n_used);
        let units = |cells: usize, genes: usize, shuffles: usize| {
            cells.div_ceil(CELLS_PER_UNIT)
                + genes.div_ceil(GENES_PER_UNIT)
                + shuffles.div_ceil(per_unit)
        };
        Progress {
            done: units(self.read, self.pooled, self.shuffled),
            total: units(self.codes.len(), n_used, self.options.n_shuffles),
        }
    }

    /// Asks for another text: what was read of the cells stays, the exchanges begin anew.
    ///
    /// # Errors
    /// If the text has another length than the genes' vectors, or none.
    pub fn ask(&mut self, query: &[f32]) -> Result<(), AnalysisError> {
        let query = DenseMatrix::try_new(1, query.len(), query.to_vec())?;
        let query = check_queries(&query, self.weights.width())?;
        let query: Vec<f64> = query.data().iter().map(|&x| f64::from(x)).collect();
        self.along = self.weights.along(&query);
        self.above.fill(0);
        self.rng = SplitMix64::new(self.options.seed);
        self.shuffled = 0;
        if self.read == self.codes.len() {
            self.hold();
        }
        Ok(())
    }

    /// The clusters from the nearest to the farthest, empty ones last, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<Vec<ClusterScore>, AnalysisError> {
        self.scores()
    }

    /// The same, before another text is [asked](Self::ask) for.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn scores(&self) -> Result<Vec<ClusterScore>, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the ranking was asked for before all exchanges were done";
            return Err(AnalysisError::OutOfTurn { step: "ranking by a text", message });
        }
        let mut ranked: Vec<ClusterScore> =
            (0..self.counts.len()).map(|cluster| self.scored(cluster)).collect();
        let p: Vec<f64> = ranked.iter().map(ClusterScore::p_of_both).collect();
        let q = benjamini_hochberg(&p);
        ranked.iter_mut().zip(q).for_each(|(cluster, q)| cluster.q = q);
        let key = |c: &ClusterScore| if c.score.is_nan() { f64::NEG_INFINITY } else { c.score };
        ranked.sort_by(|a, b| key(b).total_cmp(&key(a)).then(a.cluster.cmp(&b.cluster)));
        Ok(ranked)
    }

    fn scored(&self, cluster: usize) -> ClusterScore {
        let (n_cells, score, d) =
            (self.counts[cluster], self.scores[cluster], self.weights.width());
        let own = &self.differences[cluster * d..(cluster + 1) * d];
        // Without cells there is no score, and every other number follows it.
        let cosine = score / own.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (p, p_direction) = if score.is_nan() {
            (f64::NAN, f64::NAN)
        } else {
            let above = (1 + self.above[cluster]) as f64;
            (above / (1 + self.options.n_shuffles) as f64, p_of_cosine(cosine, d))
        };
        let z = score / self.deviation(cluster);
        let cluster = cluster as u32;
        ClusterScore { cluster, n_cells, score, z, p, cosine, p_direction, q: f64::NAN }
    }

    fn read_cells(&mut self) {
        let n_genes = self.others.len();
        let end = (self.read + CELLS_PER_UNIT).min(self.codes.len());
        for cell in self.read..end {
            let shares = self.weights.of(cell);
            if shares.is_empty() {
                continue;
            }
            let sums = if self.codes[cell] == MISSING_CODE {
                self.n_others += 1;
                &mut self.others[..]
            } else {
                let cluster = self.codes[cell] as usize;
                self.counts[cluster] += 1;
                &mut self.sums[cluster * n_genes..(cluster + 1) * n_genes]
            };
            shares.iter().for_each(|&(gene, share)| sums[gene as usize] += share);
        }
        self.read = end;
    }

    /// From sums to `ω`, over the genes that any cell uses.
    fn compare(&mut self) -> Result<(), AnalysisError> {
        let n_genes = self.others.len();
        let n_clustered: usize = self.counts.iter().sum();
        if n_clustered == 0 {
            let step = "ranking by a text";
            return Err(AnalysisError::TooFewCells { step, needed: 1, found: 0 });
        }
        let mut all = self.others.clone();
        for row in self.sums.chunks_exact(n_genes) {
            all.iter_mut().zip(row).for_each(|(all, own)| *all += own);
        }
        let used: Vec<usize> = (0..n_genes).filter(|&gene| all[gene] > 0.0).collect();
        let n_all = (n_clustered + self.n_others) as f64;
        let sums = std::mem::take(&mut self.sums);
        self.sums.reserve_exact(used.len() * self.counts.len());
        for (row, &n) in sums.chunks_exact(n_genes).zip(&self.counts) {
            let own = |&gene: &usize| {
                if n > 0 { row[gene] / n as f64 - all[gene] / n_all } else { f64::NAN }
            };
            self.sums.extend(used.iter().map(own));
        }
        self.used = used;
        self.hold();
        Ok(())
    }

    /// Holds the clusters against the text.
    fn hold(&mut self) {
        self.texts = self.used.iter().map(|&gene| self.along[gene]).collect();
        self.scores = self.products().collect();
    }

    fn products(&self) -> impl Iterator<Item = f64> + '_ {
        let texts = &self.texts;
        self.sums
            .chunks_exact(texts.len())
            .map(move |row| row.iter().zip(texts).map(|(omega, text)| omega * text).sum())
    }

    fn pool(&mut self) {
        let (n, d) = (self.used.len(), self.weights.width());
        let end = (self.pooled + GENES_PER_UNIT).min(n);
        for place in self.pooled..end {
            let vector = self.weights.vector(self.used[place]).unwrap_or_default();
            for (cluster, out) in self.differences.chunks_exact_mut(d).enumerate() {
                let omega = self.sums[cluster * n + place];
                out.iter_mut().zip(vector).for_each(|(sum, &x)| *sum += omega * f64::from(x));
            }
        }
        self.pooled = end;
    }

    fn shuffle(&mut self) {
        let per_unit = shuffles_per_unit(self.sums.len());
        for _ in 0..per_unit.min(self.options.n_shuffles - self.shuffled) {
            self.rng.shuffle(&mut self.texts);
            let is_above: Vec<bool> = self
                .products()
                .zip(&self.scores)
                // Sums in another order may differ in the last digits.
                .map(|(null, own)| null.abs() >= own.abs() * (1.0 - 1e-12))
                .collect();
            self.above.iter_mut().zip(is_above).for_each(|(n, above)| *n += usize::from(above));
            self.shuffled += 1;
        }
    }

    /// Deviation of a cluster's score over all exchanges; its mean is 0, since `ω` sums to 0.
    fn deviation(&self, cluster: usize) -> f64 {
        let n = self.texts.len();
        let row = &self.sums[cluster * n..(cluster + 1) * n];
        let spread = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / n as f64;
            values.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
        };
        (spread(row) * spread(&self.texts) / (n as f64 - 1.0)).sqrt()
    }
}

impl ClusterScore {
    fn p_of_both(&self) -> f64 {
        if self.p.is_nan() { self.p } else { self.p.max(self.p_direction) }
    }
}

fn shuffles_per_unit(products: usize) -> usize {
    (PRODUCTS_PER_UNIT / products.max(1)).max(1)
}

/// Two-sided p of a random direction's cosine in `d` dimensions; 1 where there is no cosine.
fn p_of_cosine(cosine: f64, d: usize) -> f64 {
    if cosine.is_nan() || d < 2 {
        return 1.0;
    }
    let freedom = d as f64 - 1.0;
    let rest = (1.0 - cosine * cosine).max(f64::MIN_POSITIVE);
    student::two_sided(cosine * (freedom / rest).sqrt(), freedom)
}

fn check_codes(codes: &[u32], n_codes: usize, n_cells: usize) -> Result<(), AnalysisError> {
    if codes.len() != n_cells {
        let (expected, found) = (n_cells, codes.len());
        return Err(AnalysisError::Shape { what: "clusters of the cells", expected, found });
    }
    let is_wrong = |code: &&u32| **code != MISSING_CODE && **code as usize >= n_codes;
    match codes.iter().find(is_wrong) {
        None => Ok(()),
        Some(&code) => {
            let (what, index) = ("clusters of the cells", code as usize);
            Err(AnalysisError::IndexOutOfRange { what, index, len: n_codes })
        }
    }
}
