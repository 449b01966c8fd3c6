//! Rows of unit length, the form in which a dot product is a cosine.

use lexicell_matrix::DenseMatrix;

use crate::AnalysisError;

/// How far the squared length of a unit row may be from 1.
const TOLERANCE: f32 = 1e-3;

/// Scales every row to unit length; rows of zeros stay.
pub fn normalize_rows(matrix: &mut DenseMatrix) {
    for row in 0..matrix.n_rows() {
        normalize(matrix.row_mut(row));
    }
}

/// Scales one vector to unit length; a vector of zeros stays.
pub(crate) fn normalize(vector: &mut [f32]) {
    let square: f64 = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    if square > 0.0 {
        let factor = square.sqrt().recip();
        vector.iter_mut().for_each(|x| *x = (f64::from(*x) * factor) as f32);
    }
}

/// Checks that every row is finite, and of unit length or zero.
pub(crate) fn check(matrix: &DenseMatrix, what: &'static str) -> Result<(), AnalysisError> {
    for row in 0..matrix.n_rows() {
        let square: f32 = matrix.row(row).iter().map(|x| x * x).sum();
        if !square.is_finite() {
            check_finite(matrix, what)?;
        }
        if square != 0.0 && (square - 1.0).abs() > TOLERANCE {
            return Err(AnalysisError::NotUnitLength { what, row, length: square.sqrt() });
        }
    }
    Ok(())
}

/// Checks that every value is finite.
pub(crate) fn check_finite(matrix: &DenseMatrix, what: &'static str) -> Result<(), AnalysisError> {
    match matrix.data().iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => Err(AnalysisError::NotFinite {
            what,
            row: at / matrix.n_cols(),
            column: at % matrix.n_cols(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_unit_length_and_zeros_stay() {
        let mut matrix = DenseMatrix::try_new(2, 2, vec![3.0, 4.0, 0.0, 0.0]).expect("shape");
        assert!(matches!(check(&matrix, "x"), Err(AnalysisError::NotUnitLength { row: 0, .. })));
        normalize_rows(&mut matrix);
        assert_eq!(matrix.data(), [0.6, 0.8, 0.0, 0.0]);
        assert_eq!(check(&matrix, "x"), Ok(()));
    }
}
