//! The mean of training cells, taken away before rows are scaled to unit length.

use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, unit};

/// A mean that was fitted on some rows and is taken away from any.
///
/// Averages of language-model vectors point the same way nearly all; what tells cells apart is where
/// they lie about their mean (Mu & Viswanath 2018).
#[derive(Debug, Clone, PartialEq)]
pub struct Centering {
    mean: Vec<f64>,
}

impl Centering {
    /// The mean of the given rows; rows of zeros (cells that could not be embedded) do not count.
    ///
    /// # Errors
    /// If a row lies outside the matrix or holds a value that is not finite, or no row counts.
    pub fn fit(matrix: &DenseMatrix, rows: &[usize]) -> Result<Self, AnalysisError> {
        let mut sums = vec![0.0f64; matrix.n_cols()];
        let mut n = 0usize;
        for &row in rows {
            let values = checked_row(matrix, row)?;
            if values.iter().any(|&x| x != 0.0) {
                n += 1;
                sums.iter_mut().zip(values).for_each(|(sum, &x)| *sum += f64::from(x));
            }
        }
        if n == 0 {
            return Err(AnalysisError::TooFewCells { step: "centring", needed: 1, found: 0 });
        }
        sums.iter_mut().for_each(|sum| *sum /= n as f64);
        Ok(Self { mean: sums })
    }

    /// The given rows, centred and scaled to unit length; rows of zeros stay.
    ///
    /// # Shapes
    /// Result: `[rows × d]`, in the order of `rows`.
    ///
    /// # Errors
    /// If the width differs from that of the fitted matrix, a row lies outside, or is not finite.
    pub fn apply(
        &self,
        matrix: &DenseMatrix,
        rows: &[usize],
    ) -> Result<DenseMatrix, AnalysisError> {
        if matrix.n_cols() != self.mean.len() {
            let (expected, found) = (self.mean.len(), matrix.n_cols());
            return Err(AnalysisError::Shape { what: "width of the embedding", expected, found });
        }
        let mut out = DenseMatrix::zeros(rows.len(), matrix.n_cols());
        for (place, &row) in rows.iter().enumerate() {
            let values = checked_row(matrix, row)?;
            if values.iter().any(|&x| x != 0.0) {
                self.centre(values, out.row_mut(place));
            }
        }
        Ok(out)
    }

    /// A mean that was fitted before and saved.
    ///
    /// # Errors
    /// If a value is not finite.
    pub fn from_mean(mean: Vec<f64>) -> Result<Self, AnalysisError> {
        match mean.iter().position(|x| !x.is_finite()) {
            None => Ok(Self { mean }),
            Some(column) => Err(AnalysisError::NotFinite { what: "centring mean", row: 0, column }),
        }
    }

    /// The fitted mean, one value for each column.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    pub(crate) fn centre(&self, values: &[f32], out: &mut [f32]) {
        for ((out, &x), mean) in out.iter_mut().zip(values).zip(&self.mean) {
            *out = (f64::from(x) - mean) as f32;
        }
        unit::normalize(out);
    }
}

fn checked_row(matrix: &DenseMatrix, row: usize) -> Result<&[f32], AnalysisError> {
    if row >= matrix.n_rows() {
        let (what, len) = ("list of cells", matrix.n_rows());
        return Err(AnalysisError::IndexOutOfRange { what, index: row, len });
    }
    let values = matrix.row(row);
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(values),
        Some(column) => Err(AnalysisError::NotFinite { what: "embedding", row, column }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_comes_from_the_fitted_rows_only() {
        let data = vec![1., 0., 3., 0., 0., 0., 100., 2.];
        let matrix = DenseMatrix::try_new(4, 2, data).expect("shape");
        let centering = Centering::fit(&matrix, &[0, 1, 2]).expect("fits");
        assert_eq!(centering.mean, [2.0, 0.0]);
        let out = centering.apply(&matrix, &[1, 2, 0]).expect("applies");
        assert_eq!(out.data(), [1., 0., 0., 0., -1., 0.]);
    }

    #[test]
    fn broken_rows_are_named() {
        let matrix = DenseMatrix::try_new(2, 2, vec![0., 0., 1., f32::NAN]).expect("shape");
        assert!(matches!(
            Centering::fit(&matrix, &[1]),
            Err(AnalysisError::NotFinite { row: 1, column: 1, .. })
        ));
        assert!(matches!(Centering::fit(&matrix, &[0]), Err(AnalysisError::TooFewCells { .. })));
        assert!(matches!(
            Centering::fit(&matrix, &[2]),
            Err(AnalysisError::IndexOutOfRange { .. })
        ));
    }
}
