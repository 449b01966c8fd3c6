//! A cell as the expression-weighted mean of the vectors of its top-N expressed genes (P1).
//!
//! `c_i = Σ w_ig e_g / Σ w_ig` over the N genes of cell i that are expressed most and have a vector.
//! [`PoolJob`] chooses genes and weights; the multiplication is `sparse_pool`, on the GPU or in
//! [`CpuPool`].

use lexicell_kernels::cpu;
use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, normalize::Normalized, unit};

/// The table row of a gene that has no vector.
const NO_VECTOR: u32 = u32::MAX;

/// How much each chosen gene counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PoolWeights {
    /// Its expression in log1p-CP10k (P1, GenePT-w).
    #[default]
    Expression,
    /// All the same.
    Uniform,
    /// Its rank by expression among the chosen genes of the cell, 1 for the least; ties share their
    /// mean rank (`scipy.stats.rankdata`).
    Rank,
}

/// What a cell is pooled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Genes of each cell, most expressed first; `None` takes all that are expressed (GenePT-w).
    pub top_n: Option<usize>,
    /// How much each of them counts.
    pub weights: PoolWeights,
}

/// Chosen genes of consecutive cells, as `sparse_pool` takes them.
///
/// # Shapes
/// `indptr`: cells + 1; `indices` (rows of the gene table), `weights`: entries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PoolChunk {
    /// The cell that the chunk starts with.
    pub first_cell: usize,
    /// Where each cell's entries start.
    pub indptr: Vec<u32>,
    /// Rows of the gene table.
    pub indices: Vec<u32>,
    /// Weights, above 0.
    pub weights: Vec<f32>,
}

/// What was pooled, for the page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PoolReport {
    /// Genes of the data set that have a vector.
    pub genes_with_vector: usize,
    /// Cells that express no gene with a vector; their rows are zeros.
    pub cells_without_genes: Vec<u32>,
    /// Median over cells of the number of genes that were averaged.
    pub median_genes: f64,
}

/// Chooses genes and weights, cell after cell.
#[derive(Debug)]
pub struct PoolJob<'a> {
    view: &'a Normalized<'a>,
    table_rows: Vec<u32>,
    settings: PoolSettings,
    genes_used: Vec<u32>,
}

impl<'a> PoolJob<'a> {
    /// Prepares the choice; `table_rows` says which row of the gene table each gene of the matrix has.
    ///
    /// # Shapes
    /// `table_rows`: one for each gene of the matrix, below `n_table_rows`.
    ///
    /// # Errors
    /// If lengths disagree, a row lies outside the table, no gene has a vector, or N is 0.
    pub fn new(
        view: &'a Normalized<'a>,
        table_rows: &[Option<u32>],
        n_table_rows: usize,
        settings: PoolSettings,
    ) -> Result<Self, AnalysisError> {
        if table_rows.len() != view.n_genes() {
            let (expected, found) = (view.n_genes(), table_rows.len());
            return Err(AnalysisError::Shape {
                what: "genes of the vector table",
                expected,
                found,
            });
        }
        if let Some(&row) = table_rows.iter().flatten().find(|&&row| row as usize >= n_table_rows) {
            let (what, index) = ("rows of the gene table", row as usize);
            return Err(AnalysisError::IndexOutOfRange { what, index, len: n_table_rows });
        }
        if table_rows.iter().all(Option::is_none) {
            return Err(AnalysisError::NoGeneVector { n_genes: view.n_genes() });
        }
        if settings.top_n == Some(0) {
            return Err(AnalysisError::setting("top_n", "at least 1", 0));
        }
        let table_rows = table_rows.iter().map(|row| row.unwrap_or(NO_VECTOR)).collect();
        Ok(Self { view, table_rows, settings, genes_used: Vec::with_capacity(view.n_cells()) })
    }

    /// The genes of up to `limit` further cells; `None` once all are done.
    pub fn next_chunk(&mut self, limit: usize) -> Option<PoolChunk> {
        let first_cell = self.genes_used.len();
        let end = first_cell.saturating_add(limit.max(1)).min(self.view.n_cells());
        if first_cell == end {
            return None;
        }
        let mut chunk = PoolChunk { first_cell, indptr: vec![0], ..PoolChunk::default() };
        let mut chosen = Vec::new();
        for cell in first_cell..end {
            self.choose(cell, &mut chosen);
            chunk.indices.extend(chosen.iter().map(|&(gene, _)| self.table_rows[gene as usize]));
            chunk.weights.extend(self.weights(cell, &chosen));
            chunk.indptr.push(chunk.indices.len() as u32);
            self.genes_used.push(chosen.len() as u32);
        }
        Some(chunk)
    }

    /// The genes that one cell is pooled from, in gene order, with their weights.
    #[must_use]
    pub fn genes_of(&self, cell: usize) -> Vec<(u32, f32)> {
        let mut chosen = Vec::new();
        self.choose(cell, &mut chosen);
        let weights = self.weights(cell, &chosen);
        chosen.into_iter().map(|(gene, _)| gene).zip(weights).collect()
    }

    /// How many cells were handed out.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.genes_used.len(), total: self.view.n_cells() }
    }

    /// What was chosen so far.
    #[must_use]
    pub fn report(&self) -> PoolReport {
        let empty = self.genes_used.iter().enumerate().filter(|(_, n)| **n == 0);
        PoolReport {
            genes_with_vector: self.table_rows.iter().filter(|row| **row != NO_VECTOR).count(),
            cells_without_genes: empty.map(|(cell, _)| cell as u32).collect(),
            median_genes: median(&self.genes_used),
        }
    }

    /// The weights of a cell's chosen genes, in their order.
    fn weights(&self, cell: usize, chosen: &[(u32, f32)]) -> Vec<f32> {
        let of = |&(_, stored): &(u32, f32)| match self.settings.weights {
            PoolWeights::Expression => self.view.value(cell, stored),
            PoolWeights::Uniform | PoolWeights::Rank => 1.0,
        };
        match self.settings.weights {
            PoolWeights::Rank => ranks(chosen),
            _ => chosen.iter().map(of).collect(),
        }
    }

    /// The top-N genes of a cell that have a vector, in gene order, with their stored values.
    ///
    /// Stored values have the same order as log1p-CP10k; ties at the N-th place go to the earlier
    /// gene, so the choice does not depend on how it is made.
    fn choose(&self, cell: usize, chosen: &mut Vec<(u32, f32)>) {
        chosen.clear();
        let (genes, values) = self.view.stored_row(cell);
        let usable = |&(gene, stored): &(u32, f32)| {
            stored > 0.0 && self.table_rows[gene as usize] != NO_VECTOR
        };
        chosen.extend(genes.iter().copied().zip(values.iter().copied()).filter(usable));
        if let Some(n) = self.settings.top_n
            && n < chosen.len()
        {
            chosen.select_nth_unstable_by(n, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            chosen.truncate(n);
            chosen.sort_unstable_by_key(|entry| entry.0);
        }
    }
}

/// Ranks by the stored value, from 1; ties share their mean rank.
fn ranks(chosen: &[(u32, f32)]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..chosen.len()).collect();
    order.sort_unstable_by(|&a, &b| chosen[a].1.total_cmp(&chosen[b].1));
    let (mut ranks, mut below) = (vec![0.0; chosen.len()], 0);
    for tied in order.chunk_by(|&a, &b| chosen[a].1 == chosen[b].1) {
        let rank = below as f32 + (tied.len() + 1) as f32 / 2.0;
        tied.iter().for_each(|&place| ranks[place] = rank);
        below += tied.len();
    }
    ranks
}

/// Cells in the space of their genes' vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// `obsm["X_text"]`, `[n_obs × d]`.
    pub embedding: DenseMatrix,
    /// What it was pooled from.
    pub report: PoolReport,
}

/// Pools on the CPU, to be driven with [`run`](Self::run).
#[derive(Debug)]
pub struct CpuPool<'a> {
    job: PoolJob<'a>,
    table: &'a DenseMatrix,
    embedding: DenseMatrix,
}

impl<'a> CpuPool<'a> {
    /// Prepares the embedding of every cell of the job.
    ///
    /// # Shapes
    /// `table`: `n_table_rows × d`.
    ///
    /// # Errors
    /// If the table holds NaN or an infinite value, or the job refers to rows that it does not have.
    pub fn new(job: PoolJob<'a>, table: &'a DenseMatrix) -> Result<Self, AnalysisError> {
        unit::check_finite(table, "gene vectors")?;
        let rows = job.table_rows.iter().filter(|row| **row != NO_VECTOR);
        if let Some(&row) = rows.max().filter(|row| **row as usize >= table.n_rows()) {
            let (what, index) = ("rows of the gene table", row as usize);
            return Err(AnalysisError::IndexOutOfRange { what, index, len: table.n_rows() });
        }
        let embedding = DenseMatrix::zeros(job.view.n_cells(), table.n_cols());
        Ok(Self { job, table, embedding })
    }

    /// Pools up to `limit` cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let d = self.table.n_cols();
        if limit > 0
            && d > 0
            && let Some(chunk) = self.job.next_chunk(limit)
        {
            let cells = chunk.indptr.len() - 1;
            let out = &mut self.embedding.data_mut()[chunk.first_cell * d..][..cells * d];
            cpu::sparse_pool(
                &chunk.indptr,
                &chunk.indices,
                &chunk.weights,
                self.table.data(),
                d,
                out,
            );
        }
        Ok(self.job.progress())
    }

    /// The embedding, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If cells are left to do.
    pub fn finish(self) -> Result<Pooled, AnalysisError> {
        if !self.job.progress().is_done() {
            let message = "the embedding was asked for before all cells were pooled";
            return Err(AnalysisError::OutOfTurn { step: "pooling", message });
        }
        Ok(Pooled { report: self.job.report(), embedding: self.embedding })
    }
}

fn median(counts: &[u32]) -> f64 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => 0.0,
        (n, half) if n % 2 == 1 => f64::from(sorted[half]),
        (_, half) => (f64::from(sorted[half - 1]) + f64::from(sorted[half])) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::CsrMatrix;

    use super::*;
    use crate::state::MatrixState;

    fn logged() -> CsrMatrix {
        let indices = vec![0, 1, 2, 3, 1, 3, 2];
        let data = vec![2.0, 1.0, 2.0, 2.0, 4.0, 1.0, 9.0];
        CsrMatrix::try_new(4, 4, vec![0, 4, 6, 7, 7], indices, data).expect("valid")
    }

    /// Gene 2 has no vector; genes 3, 1, 0 have rows 0, 1, 2.
    const ROWS: [Option<u32>; 4] = [Some(2), Some(1), None, Some(0)];

    fn job<'a>(
        view: &'a Normalized<'a>,
        top_n: Option<usize>,
        weights: PoolWeights,
    ) -> PoolJob<'a> {
        PoolJob::new(view, &ROWS, 3, PoolSettings { top_n, weights }).expect("valid")
    }

    #[test]
    fn ranks_are_those_of_rankdata() {
        // scipy.stats.rankdata([3, 1, 3, 7, 1, 3]) gives 4, 1.5, 4, 6, 1.5, 4.
        let chosen: Vec<(u32, f32)> = (0..).zip([3.0, 1.0, 3.0, 7.0, 1.0, 3.0]).collect();
        assert_eq!(ranks(&chosen), [4.0, 1.5, 4.0, 6.0, 1.5, 4.0]);
        let x = logged();
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let chunk = job(&view, None, PoolWeights::Rank).next_chunk(1).expect("a chunk");
        assert_eq!(chunk.weights, [2.5, 1.0, 2.5]);
    }

    #[test]
    fn the_top_genes_with_a_vector_are_chosen_and_ties_go_to_the_earlier_gene() {
        let x = logged();
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let mut pool = job(&view, Some(1), PoolWeights::Expression);
        let chunk = pool.next_chunk(100).expect("a chunk");
        assert_eq!(chunk.indptr, [0, 1, 2, 2, 2]);
        assert_eq!((chunk.indices, chunk.weights), (vec![2, 1], vec![2.0, 4.0]));
        assert_eq!(pool.next_chunk(1), None);
        let report = pool.report();
        assert_eq!((report.cells_without_genes, report.median_genes), (vec![2, 3], 0.5));
    }

    #[test]
    fn the_mean_is_weighted_by_expression_or_not_at_all() {
        let x = logged();
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let table = DenseMatrix::try_new(3, 2, vec![0., 1., 1., 0., 1., 1.]).expect("shape");
        let pooled = |weights| {
            let mut pool = CpuPool::new(job(&view, None, weights), &table).expect("valid");
            while !pool.run(1).expect("runs").is_done() {}
            pool.finish().expect("done").embedding
        };
        assert_eq!(pooled(PoolWeights::Expression).data(), [0.6, 0.8, 0.8, 0.2, 0., 0., 0., 0.]);
        assert_eq!(pooled(PoolWeights::Uniform).row(1), [0.5, 0.5]);
    }

    #[test]
    fn what_cannot_be_pooled_is_refused() {
        let x = logged();
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let settings = PoolSettings { top_n: None, weights: PoolWeights::Expression };
        let none = [None; 4];
        assert!(matches!(
            PoolJob::new(&view, &none, 3, settings),
            Err(AnalysisError::NoGeneVector { n_genes: 4 })
        ));
        assert!(PoolJob::new(&view, &ROWS, 2, settings).is_err());
        assert!(PoolJob::new(&view, &ROWS[..3], 3, settings).is_err());
        assert!(
            PoolJob::new(&view, &ROWS, 3, PoolSettings { top_n: Some(0), ..settings }).is_err()
        );
        let broken = DenseMatrix::try_new(3, 1, vec![0.0, f32::NAN, 1.0]).expect("shape");
        let job = job(&view, None, PoolWeights::Uniform);
        assert!(matches!(CpuPool::new(job, &broken), Err(AnalysisError::NotFinite { row: 1, .. })));
    }
}
