//! Counts of which the truth is known: types that differ in programmes of genes whose texts are about one
//! topic each.

use lexicell_analysis::{
    attribution::{Attributed, Attribution, Permutations},
    gene_table::random_table,
    normalize::Normalized,
    pool::{CpuPool, PoolJob, PoolSettings, PoolWeights},
    rng::SplitMix64,
    state::MatrixState,
    unit,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

pub(crate) const GENES: usize = 300;
pub(crate) const PROGRAM: usize = 10;
pub(crate) const D: usize = 24;
pub(crate) const SETTINGS: PoolSettings =
    PoolSettings { top_n: Some(100), weights: PoolWeights::Rank };

pub(crate) struct Cells {
    pub(crate) counts: CsrMatrix,
    pub(crate) table: DenseMatrix,
    pub(crate) rows: Vec<Option<u32>>,
    pub(crate) types: Vec<u32>,
}

impl Cells {
    /// Cells of `n_types` types in turn; type t expresses genes `[t · 10, t · 10 + 10)` that much more.
    pub(crate) fn new(seed: u64, n_cells: usize, n_types: usize, fold: f64) -> Self {
        let mut table = random_table(seed ^ 0x7ab1e, GENES, D).expect("a table");
        let topics = Self::topics(seed, n_types);
        for gene in 0..n_types * PROGRAM {
            let topic = topics.row(gene / PROGRAM);
            table.row_mut(gene).iter_mut().zip(topic).for_each(|(x, topic)| *x += 1.5 * topic);
        }
        unit::normalize_rows(&mut table);
        let mut rng = SplitMix64::new(seed);
        let rates: Vec<f64> = (0..GENES).map(|_| (0.8 * rng.normal()).exp()).collect();
        let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
        let types: Vec<u32> = (0..n_cells).map(|cell| (cell % n_types) as u32).collect();
        for &own in &types {
            for (gene, rate) in rates.iter().enumerate() {
                let rate = if gene / PROGRAM == own as usize { rate * fold } else { *rate };
                let count = poisson(rate, &mut rng);
                if count > 0 {
                    indices.push(gene as u32);
                    data.push(count as f32);
                }
            }
            indptr.push(indices.len());
        }
        let counts = CsrMatrix::try_new(n_cells, GENES, indptr, indices, data).expect("a matrix");
        Self { counts, table, rows: (0..GENES as u32).map(Some).collect(), types }
    }

    /// What the types' programmes are about.
    pub(crate) fn topics(seed: u64, n_types: usize) -> DenseMatrix {
        random_table(seed ^ 0x70b1c, n_types, D).expect("topics")
    }

    pub(crate) fn view(&self) -> Normalized<'_> {
        Normalized::new(&self.counts, MatrixState::RawCounts).expect("counts")
    }

    pub(crate) fn of_type(&self, wanted: u32) -> Vec<u32> {
        (0..).zip(&self.types).filter(|(_, own)| **own == wanted).map(|(cell, _)| cell).collect()
    }

    pub(crate) fn pooled(&self) -> DenseMatrix {
        let view = self.view();
        let job = PoolJob::new(&view, &self.rows, GENES, SETTINGS).expect("valid");
        let mut pool = CpuPool::new(job, &self.table).expect("valid");
        while !pool.run(64).expect("runs").is_done() {}
        pool.finish().expect("done").embedding
    }

    pub(crate) fn attributed(&self, sets: [&[u32]; 2], permutations: Permutations) -> Attributed {
        let view = self.view();
        let job = Attribution::new(&view, &self.rows, &self.table, SETTINGS, sets, permutations);
        let mut job = job.expect("valid");
        while !job.run(1).expect("runs").is_done() {}
        job.finish().expect("done")
    }
}

fn poisson(rate: f64, rng: &mut SplitMix64) -> u32 {
    let (limit, mut product, mut n) = ((-rate).exp(), rng.uniform(), 0);
    while product > limit {
        product *= rng.uniform();
        n += 1;
    }
    n
}
