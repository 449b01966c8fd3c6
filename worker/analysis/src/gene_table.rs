//! Tables of gene vectors: the random control.

use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, rng::SplitMix64, unit};

/// Random unit vectors that know nothing about genes: the control that text must beat.
///
/// Row after row, column after column, [`SplitMix64::normal`] from one generator; then unit length.
///
/// # Shapes
/// Result: `[n × d]`.
///
/// # Errors
/// If `d` is 0 or the table is too large to be held.
pub fn random_table(seed: u64, n: usize, d: usize) -> Result<DenseMatrix, AnalysisError> {
    if d == 0 || n.checked_mul(d).is_none() {
        return Err(AnalysisError::setting("d", "at least 1, and n × d in memory", d));
    }
    let mut rng = SplitMix64::new(seed);
    let data = (0..n * d).map(|_| rng.normal() as f32).collect();
    let mut table = DenseMatrix::try_new(n, d, data)?;
    unit::normalize_rows(&mut table);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_vectors_are_seeded_and_nearly_orthogonal() {
        let table = random_table(1, 40, 256).expect("small");
        assert_eq!(table, random_table(1, 40, 256).expect("small"));
        assert_ne!(table, random_table(2, 40, 256).expect("small"));
        let dot: f32 = table.row(3).iter().zip(table.row(7)).map(|(a, b)| a * b).sum();
        assert!(dot.abs() < 0.3, "{dot}");
        assert!(random_table(1, 4, 0).is_err());
    }
}
