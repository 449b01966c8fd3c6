//! Cells in the spaces that are compared.

use lexicell_analysis::{
    gene_table::random_table,
    normalize::Normalized,
    pool::{CpuPool, PoolJob, PoolSettings, PoolWeights},
    rng::SplitMix64,
};
use lexicell_matrix::DenseMatrix;

use crate::error::Result;

/// What the page ships.
pub(crate) const POOLING: PoolSettings =
    PoolSettings { top_n: Some(500), weights: PoolWeights::Expression };
/// Neighbours that vote.
pub(crate) const K: usize = 10;

/// Gene vectors, and which of them each gene of a data set has.
#[derive(Clone)]
pub(crate) struct GeneTable {
    pub(crate) rows: Vec<Option<u32>>,
    pub(crate) table: DenseMatrix,
}

impl GeneTable {
    /// Random vectors of the same dimension for the same genes.
    pub(crate) fn random(&self, seed: u64) -> Result<Self> {
        let table = random_table(seed, self.table.n_rows(), self.table.n_cols())?;
        Ok(Self { rows: self.rows.clone(), table })
    }

    /// The same vectors given to other genes.
    pub(crate) fn shuffled(&self, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..self.table.n_rows()).collect();
        SplitMix64::new(seed).shuffle(&mut order);
        let mut table = DenseMatrix::zeros(self.table.n_rows(), self.table.n_cols());
        for (row, &from) in order.iter().enumerate() {
            table.row_mut(row).copy_from_slice(self.table.row(from));
        }
        Self { rows: self.rows.clone(), table }
    }

    /// The same genes with their vectors whitened.
    pub(crate) fn whitened(&self) -> Result<Self> {
        let table = lexicell_analysis::whitening::whitened(&self.table, None)?;
        Ok(Self { rows: self.rows.clone(), table })
    }

    /// Weighted means of the top genes' vectors, `[n_obs × d]`.
    pub(crate) fn pool(
        &self,
        view: &Normalized<'_>,
        settings: PoolSettings,
    ) -> Result<DenseMatrix> {
        pool(view, &self.rows, &self.table, settings)
    }
}

/// Weighted means of the top genes' vectors, `[n_obs × d]`.
pub(crate) fn pool(
    view: &Normalized<'_>,
    rows: &[Option<u32>],
    table: &DenseMatrix,
    settings: PoolSettings,
) -> Result<DenseMatrix> {
    let job = PoolJob::new(view, rows, table.n_rows(), settings)?;
    let mut pool = CpuPool::new(job, table)?;
    while !pool.run(usize::MAX)?.is_done() {}
    Ok(pool.finish()?.embedding)
}

/// Cells that cannot be embedded: they express no gene with a vector.
pub(crate) fn empty_cells(cells: &DenseMatrix) -> Vec<u32> {
    let is_empty = |&row: &usize| cells.row(row).iter().all(|&x| x == 0.0);
    (0..cells.n_rows()).filter(is_empty).map(|row| row as u32).collect()
}
