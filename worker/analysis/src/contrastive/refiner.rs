use lexicell_matrix::DenseMatrix;

use super::Head;
use crate::{AnalysisError, centering::Centering};

/// Rows that go through the head together.
const ROWS_PER_BLOCK: usize = 1024;

/// Everything that brings a pooled cell into the refined space.
#[derive(Debug, Clone, PartialEq)]
pub struct Refiner {
    /// The mean of the cells that the head was fitted on.
    pub centering: Centering,
    /// The projection.
    pub head: Head,
}

impl Refiner {
    /// The given rows in the refined space, of unit length; rows of zeros (cells that could not be
    /// embedded) stay zeros.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`, pooled and not centred; result: `[rows × dim]`, in the order of `rows`.
    ///
    /// # Errors
    /// If the width is not that of the head, a row lies outside, or is not finite.
    pub fn apply(&self, cells: &DenseMatrix, rows: &[usize]) -> Result<DenseMatrix, AnalysisError> {
        let dim = self.head.shape().dim;
        let mut refined = Vec::with_capacity(rows.len() * dim);
        for block in rows.chunks(ROWS_PER_BLOCK) {
            let block = self.head.apply(&self.centering.apply(cells, block)?)?;
            refined.extend_from_slice(block.data());
        }
        Ok(DenseMatrix::try_new(rows.len(), dim, refined)?)
    }
}
