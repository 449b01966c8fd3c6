//! Cells in the spaces that are compared.

use std::collections::BTreeSet;

use lexicell_analysis::{
    gene_table::random_table,
    normalize::Normalized,
    pool::{CpuPool, PoolJob, PoolSettings, PoolWeights},
    rng::SplitMix64,
    whitening,
};
use lexicell_matrix::DenseMatrix;

use crate::{error::Result, judge::take};

/// What the page ships.
pub(crate) const POOLING: PoolSettings =
    PoolSettings { top_n: Some(100), weights: PoolWeights::Rank };
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

    /// The same genes with their vectors whitened, as the page ships them.
    pub(crate) fn whitened(&self) -> Result<Self> {
        let table = whitening::whitened(&self.table, None)?;
        Ok(Self { rows: self.rows.clone(), table })
    }

    /// The same genes with their vectors whitened as those of a panel would be by themselves.
    pub(crate) fn whitened_by(&self, panel: &[Option<u32>]) -> Result<Self> {
        let table = whitened_by(&self.table, panel)?;
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

/// A table whitened by the map that is fitted on those of its rows that a panel's genes have.
pub(crate) fn whitened_by(table: &DenseMatrix, panel: &[Option<u32>]) -> Result<DenseMatrix> {
    let rows: BTreeSet<usize> = panel.iter().flatten().map(|&row| row as usize).collect();
    let own = take(table, &rows.into_iter().collect::<Vec<usize>>());
    Ok(whitening::fitted(&own, None)?.apply(table, 0, table.n_rows())?)
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
