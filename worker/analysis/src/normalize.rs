//! `normalize_total(1e4)` and `log1p` as a view: one factor for each cell, and no second copy of `X`.

use lexicell_matrix::CsrMatrix;

use crate::{AnalysisError, state::MatrixState};

/// The total that every cell is scaled to (scanpy: `target_sum`).
pub const TARGET_SUM: f64 = 1e4;

/// An expression matrix seen as log1p-CP10k.
///
/// Equals scanpy's `pp.normalize_total(target_sum=1e4)` followed by `pp.log1p`; values that are
/// log-normalised already pass through. A cell without counts stays a row of zeros.
#[derive(Debug, Clone)]
pub struct Normalized<'a> {
    x: &'a CsrMatrix,
    /// One factor for each cell; `None` where the values are logged already.
    factors: Option<Vec<f32>>,
}

impl<'a> Normalized<'a> {
    /// Looks at every value once and prepares the view.
    ///
    /// # Errors
    /// If a value is NaN, infinite or negative, with its cell and gene. A scaled matrix is refused
    /// at its first negative value.
    pub fn new(x: &'a CsrMatrix, state: MatrixState) -> Result<Self, AnalysisError> {
        let mut factors = Vec::with_capacity(x.n_rows());
        for cell in 0..x.n_rows() {
            let total = checked_total(x, cell)?;
            factors.push(if total > 0.0 { (TARGET_SUM / total) as f32 } else { 0.0 });
        }
        let factors = match state {
            MatrixState::LogNormalized => None,
            MatrixState::Scaled => return Err(AnalysisError::ScaledExpression),
            MatrixState::RawCounts | MatrixState::NormalizedNotLogged => Some(factors),
        };
        Ok(Self { x, factors })
    }

    /// Number of cells.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.x.n_rows()
    }

    /// Number of genes.
    #[must_use]
    pub fn n_genes(&self) -> usize {
        self.x.n_cols()
    }

    /// The stored matrix, in its own units.
    #[must_use]
    pub fn stored(&self) -> &'a CsrMatrix {
        self.x
    }

    /// Genes of one cell and the values as stored; [`value`](Self::value) brings them to log1p-CP10k
    /// without changing their order.
    #[must_use]
    pub fn stored_row(&self, cell: usize) -> (&'a [u32], &'a [f32]) {
        self.x.row(cell)
    }

    /// A stored value of a cell in log1p-CP10k.
    #[must_use]
    pub fn value(&self, cell: usize, stored: f32) -> f32 {
        match &self.factors {
            Some(factors) => (stored * factors[cell]).ln_1p(),
            None => stored,
        }
    }

    /// A stored value of a cell in CP10k, before the log (scanpy's HVGs undo the log).
    #[must_use]
    pub fn unlogged(&self, cell: usize, stored: f32) -> f32 {
        match &self.factors {
            Some(factors) => stored * factors[cell],
            None => stored.exp_m1(),
        }
    }

    /// Genes of one cell and their values in log1p-CP10k.
    pub fn row(&self, cell: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let (genes, values) = self.x.row(cell);
        genes.iter().zip(values).map(move |(&gene, &stored)| (gene, self.value(cell, stored)))
    }
}

fn checked_total(x: &CsrMatrix, cell: usize) -> Result<f64, AnalysisError> {
    let (genes, values) = x.row(cell);
    let mut total = 0.0f64;
    let mut sound = true;
    for &value in values {
        sound &= value >= 0.0 && value.is_finite();
        total += f64::from(value);
    }
    if sound {
        return Ok(total);
    }
    for (&gene, &value) in genes.iter().zip(values) {
        let gene = gene as usize;
        if !value.is_finite() {
            return Err(AnalysisError::ExpressionNotFinite { cell, gene, value });
        }
        if value < 0.0 {
            return Err(AnalysisError::NegativeExpression { cell, gene, value });
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> CsrMatrix {
        CsrMatrix::try_new(3, 3, vec![0, 2, 3, 3], vec![0, 2, 1], vec![3.0, 1.0, 5.0]).expect("ok")
    }

    #[test]
    fn counts_become_log1p_cp10k_and_logged_values_pass() {
        let x = counts();
        let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
        let row: Vec<(u32, f32)> = view.row(0).collect();
        assert_eq!(row, [(0, 7500f32.ln_1p()), (2, 2500f32.ln_1p())]);
        assert_eq!(view.unlogged(1, 5.0), 1e4);
        assert_eq!(view.row(2).count(), 0);
        let logged = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        assert_eq!(logged.row(1).collect::<Vec<_>>(), [(1, 5.0)]);
        assert!((logged.unlogged(1, 5.0) - 147.41316).abs() < 1e-3);
    }

    #[test]
    fn scaled_and_broken_values_are_refused_with_their_place() {
        let x = counts();
        assert_eq!(
            Normalized::new(&x, MatrixState::Scaled).err(),
            Some(AnalysisError::ScaledExpression)
        );
        let mut bad = counts();
        bad.data_mut()[1] = -1.0;
        assert_eq!(
            Normalized::new(&bad, MatrixState::RawCounts).err(),
            Some(AnalysisError::NegativeExpression { cell: 0, gene: 2, value: -1.0 })
        );
        bad.data_mut()[1] = f32::NAN;
        assert!(matches!(
            Normalized::new(&bad, MatrixState::LogNormalized),
            Err(AnalysisError::ExpressionNotFinite { cell: 0, gene: 2, .. })
        ));
    }
}
