use lexicell_matrix::{CsrMatrix, DenseMatrix};

use super::{Augment, ViewSource, augmented::Augmented};
use crate::{
    AnalysisError, normalize::Normalized, pca::PcaModel, rng::SplitMix64, state::MatrixState,
};

/// Views made as [`PooledViews`](super::PooledViews) makes them, placed along principal components that
/// are fitted already: the same training for expression as for the text.
#[derive(Debug, Clone)]
pub struct ComponentViews<'a> {
    source: Augmented<'a>,
    model: &'a PcaModel,
    /// The cell of the matrix that each row of the embedding stands for.
    cells: Vec<usize>,
}

impl<'a> ComponentViews<'a> {
    /// Prepares views of `cells` of `x`, which the rows of the refined embedding stand for in their order.
    ///
    /// # Shapes
    /// `x`: `[n_obs × n_vars]`, with the genes that the model was fitted on.
    ///
    /// # Errors
    /// If a share lies outside its range.
    pub fn new(
        (x, state): (&'a CsrMatrix, MatrixState),
        model: &'a PcaModel,
        cells: Vec<usize>,
        augment: Augment,
    ) -> Result<Self, AnalysisError> {
        augment.check()?;
        Ok(Self { source: Augmented { x, state, augment }, model, cells })
    }

    fn placed(&self, kept: &CsrMatrix) -> Result<DenseMatrix, AnalysisError> {
        let view = Normalized::new(kept, self.source.state)?;
        let all: Vec<usize> = (0..kept.n_rows()).collect();
        let mut placed = self.model.transform(&view, &all)?;
        // Of an empty row the components would show the mean cell.
        for row in all.into_iter().filter(|&row| kept.row(row).0.is_empty()) {
            placed.row_mut(row).fill(0.0);
        }
        Ok(placed)
    }
}

impl ViewSource for ComponentViews<'_> {
    fn views(
        &self,
        rows: &[usize],
        rng: &mut SplitMix64,
    ) -> Result<(DenseMatrix, DenseMatrix), AnalysisError> {
        let cell = |&index: &usize| {
            let (what, len) = ("cells to be viewed", self.cells.len());
            let found = self.cells.get(index).copied();
            found.ok_or(AnalysisError::IndexOutOfRange { what, index, len })
        };
        let cells = rows.iter().map(cell).collect::<Result<Vec<usize>, _>>()?;
        let [first, second] = self.source.pair(&cells, rng, |gene| self.model.reads(gene))?;
        Ok((self.placed(&first)?, self.placed(&second)?))
    }
}
