use lexicell_matrix::DenseMatrix;

use super::GeneRows;
use crate::{AnalysisError, rng::SplitMix64};

/// Makes two views of cells.
pub trait ViewSource {
    /// Two views of each cell, pooled and not centred; rows of zeros where nothing was left.
    ///
    /// A cell's views follow from the state of `rng` and the cell alone, not from the other cells.
    ///
    /// # Shapes
    /// Results: `[cells × d]` each.
    ///
    /// # Errors
    /// If a cell lies outside the matrix.
    fn views(
        &self,
        cells: &[usize],
        rng: &mut SplitMix64,
    ) -> Result<(DenseMatrix, DenseMatrix), AnalysisError>;

    /// The gene vectors that the views are weighted means of; `None` where they are made otherwise.
    fn genes(&self) -> Option<&DenseMatrix> {
        None
    }

    /// The same two views as [`Self::views`] makes from the same state of `rng`, before they are pooled
    /// from [`Self::genes`].
    ///
    /// # Errors
    /// As [`Self::views`], or the views are not made from genes.
    fn gene_views(
        &self,
        _cells: &[usize],
        _rng: &mut SplitMix64,
    ) -> Result<[GeneRows; 2], AnalysisError> {
        let message = "the views are not made from gene vectors";
        Err(AnalysisError::OutOfTurn { step: "views", message })
    }
}
