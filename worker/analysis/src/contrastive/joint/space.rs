use lexicell_matrix::DenseMatrix;

use super::PairedCells;
use crate::{AnalysisError, contrastive::Refiner, unit};

/// Cells that are placed together.
const CELLS_PER_BLOCK: usize = 1024;

/// Everything that brings a cell into the joint space.
#[derive(Debug, Clone, PartialEq)]
pub struct JointSpace {
    /// Centring and head of the text embedding.
    pub text: Refiner,
    /// Centring and head of the principal components.
    pub expression: Refiner,
    /// The weight of the text, 0 to 1.
    pub weight: f64,
}

impl JointSpace {
    /// The given cells in the joint space, of unit length. A cell that could not be embedded in one view
    /// is placed by the other alone; it stays a row of zeros where the weight leaves that one out.
    ///
    /// # Shapes
    /// Result: `[rows × 2 dim]`, in the order of `rows`: the text part, then that of expression.
    ///
    /// # Errors
    /// If a width is not that of its head, a row lies outside, or is not finite.
    pub fn apply(
        &self,
        cells: &PairedCells<'_>,
        rows: &[usize],
    ) -> Result<DenseMatrix, AnalysisError> {
        let width = 2 * self.text.head.shape().dim;
        let mut joined = Vec::with_capacity(rows.len() * width);
        for block in rows.chunks(CELLS_PER_BLOCK) {
            let [text, expression] = self.parts(cells, block)?;
            joined.extend_from_slice(join(&text, &expression, self.weight)?.data());
        }
        Ok(DenseMatrix::try_new(rows.len(), width, joined)?)
    }

    /// The two parts of cells, each of unit length and not weighted: those of one cell can be compared
    /// with each other.
    ///
    /// # Shapes
    /// Results: `[rows × dim]`, text and expression.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn parts(
        &self,
        cells: &PairedCells<'_>,
        rows: &[usize],
    ) -> Result<[DenseMatrix; 2], AnalysisError> {
        if let Some(&index) = rows.iter().find(|&&row| row >= cells.n_obs()) {
            let len = cells.n_obs();
            return Err(AnalysisError::IndexOutOfRange { what: "list of cells", index, len });
        }
        let [text, expression] = cells.sides();
        Ok([
            self.text.apply(text.matrix(), &text.rows(rows))?,
            self.expression.apply(expression.matrix(), &expression.rows(rows))?,
        ])
    }
}

/// `[√w · text ; √(1 − w) · expression]`, of unit length.
///
/// # Shapes
/// `text`, `expression`: `[n × dim]`; result: `[n × 2 dim]`.
pub(super) fn join(
    text: &DenseMatrix,
    expression: &DenseMatrix,
    weight: f64,
) -> Result<DenseMatrix, AnalysisError> {
    let (n, dim) = (text.n_rows(), text.n_cols());
    let mut joined = DenseMatrix::zeros(n, 2 * dim);
    let lengths = [weight.sqrt() as f32, (1.0 - weight).sqrt() as f32];
    for row in 0..n {
        let (left, right) = joined.row_mut(row).split_at_mut(dim);
        for (part, (from, length)) in
            [left, right].into_iter().zip([text, expression].into_iter().zip(lengths))
        {
            part.iter_mut().zip(from.row(row)).for_each(|(out, &x)| *out = length * x);
        }
    }
    unit::normalize_rows(&mut joined);
    Ok(joined)
}
