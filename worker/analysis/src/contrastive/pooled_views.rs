use lexicell_kernels::{cpu::sparse_pool, train::SparseRows};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

use super::{Augment, GeneRows, ViewSource, augmented::Augmented};
use crate::{
    AnalysisError,
    normalize::Normalized,
    pool::{PoolJob, PoolSettings},
    rng::SplitMix64,
    state::MatrixState,
    unit,
};

/// Views made from the sparse rows of the expression matrix: genes are left out, counts thinned, and
/// the rest is normalised and pooled as `pool` does it.
///
/// Counts are thinned, normalised to 10,000 over what is left, and logged. Normalised values that are
/// not logged cannot be thinned; logged ones are neither thinned nor normalised anew.
#[derive(Debug, Clone)]
pub struct PooledViews<'a> {
    source: Augmented<'a>,
    table_rows: Vec<Option<u32>>,
    table: &'a DenseMatrix,
    settings: PoolSettings,
}

impl<'a> PooledViews<'a> {
    /// Prepares views of the cells of `x`; `table_rows` says which row of the gene table each gene has.
    ///
    /// # Shapes
    /// `x`: `[n_obs × n_vars]`; `table_rows`: `n_vars`; `table`: `[… × d]`.
    ///
    /// # Errors
    /// If the expression cannot be pooled ([`Normalized::new`], [`PoolJob::new`]), the table holds a
    /// value that is not finite, or a share lies outside its range.
    pub fn new(
        x: &'a CsrMatrix,
        state: MatrixState,
        table_rows: Vec<Option<u32>>,
        table: &'a DenseMatrix,
        settings: PoolSettings,
        augment: Augment,
    ) -> Result<Self, AnalysisError> {
        augment.check()?;
        unit::check_finite(table, "gene vectors")?;
        let view = Normalized::new(x, state)?;
        PoolJob::new(&view, &table_rows, table.n_rows(), settings)?;
        Ok(Self { source: Augmented { x, state, augment }, table_rows, table, settings })
    }

    /// The genes of one view of the cells, with their weights.
    fn view(&self, kept: &CsrMatrix) -> Result<GeneRows, AnalysisError> {
        let view = Normalized::new(kept, self.source.state)?;
        let mut job = PoolJob::new(&view, &self.table_rows, self.table.n_rows(), self.settings)?;
        Ok(job.next_chunk(kept.n_rows()).map(GeneRows::from).unwrap_or_default())
    }

    fn pooled(&self, view: &GeneRows, n_cells: usize) -> DenseMatrix {
        let d = self.table.n_cols();
        let mut pooled = DenseMatrix::zeros(n_cells, d);
        if d > 0 && n_cells > 0 {
            let SparseRows { indptr, indices, weights } = view.rows();
            sparse_pool(indptr, indices, weights, self.table.data(), d, pooled.data_mut());
        }
        pooled
    }
}

impl ViewSource for PooledViews<'_> {
    fn views(
        &self,
        cells: &[usize],
        rng: &mut SplitMix64,
    ) -> Result<(DenseMatrix, DenseMatrix), AnalysisError> {
        let [first, second] = self.gene_views(cells, rng)?;
        Ok((self.pooled(&first, cells.len()), self.pooled(&second, cells.len())))
    }

    fn genes(&self) -> Option<&DenseMatrix> {
        Some(self.table)
    }

    fn gene_views(
        &self,
        cells: &[usize],
        rng: &mut SplitMix64,
    ) -> Result<[GeneRows; 2], AnalysisError> {
        let has_vector = |gene: usize| self.table_rows[gene].is_some();
        let [first, second] = self.source.pair(cells, rng, has_vector)?;
        Ok([self.view(&first)?, self.view(&second)?])
    }
}
