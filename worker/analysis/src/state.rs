//! What the values of an expression matrix are: raw counts, logged, scaled or neither.

use lexicell_matrix::CsrMatrix;

use crate::AnalysisError;

/// Log-normalised values stay below this: `log1p` of 10,000 is 9.2, of a whole library some 17.
const LOGGED_MAXIMUM: f32 = 20.0;
/// Cell totals that vary less than this (standard deviation over mean) were set equal by someone.
const EQUAL_TOTALS: f64 = 0.01;

/// What the values of a matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixState {
    /// Whole numbers of molecules or reads.
    RawCounts,
    /// Divided by the cell's total and logged (`log1p`).
    LogNormalized,
    /// Divided by the cell's total, not logged.
    NormalizedNotLogged,
    /// Centred by gene (z-scores, residuals): negative values, so nothing can be pooled by it.
    Scaled,
}

/// What the state was concluded from, to be put in words by the page.
#[derive(Debug, Clone, PartialEq)]
pub struct StateEvidence {
    /// Stored values, zeros among them.
    pub n_values: usize,
    /// Negative values.
    pub n_negative: usize,
    /// Cell and gene of the first negative value.
    pub first_negative: Option<(usize, usize)>,
    /// Values that are not whole numbers.
    pub n_fractional: usize,
    /// Smallest value; 0 where a value is not stored.
    pub minimum: f32,
    /// Largest value.
    pub maximum: f32,
    /// Mean of the cells' totals, over cells that are not empty.
    pub mean_total: f64,
    /// Standard deviation of the totals over their mean; near 0 if cells were set to one total.
    pub totals_variation: f64,
    /// The same for the totals of `expm1` of the values; near 0 if they were logged after that.
    pub unlogged_totals_variation: f64,
    /// Mean of the totals of `expm1` of the values: the target sum, if they are logged.
    pub unlogged_mean_total: f64,
    /// Cells without any value above zero.
    pub n_empty_cells: usize,
}

/// The state of a matrix and what it was concluded from.
#[derive(Debug, Clone, PartialEq)]
pub struct StateReport {
    /// The state that fits best.
    pub state: MatrixState,
    /// What was seen.
    pub evidence: StateEvidence,
}

/// Concludes what the values of `x` are, in one pass over them.
///
/// Negative values mean scaled; whole numbers alone mean counts; otherwise equal totals tell whether
/// a log was taken, and where totals differ (genes were dropped), values below 20 were logged.
///
/// # Errors
/// If a value is NaN or infinite, with its cell and gene; if the matrix holds no value at all.
pub fn detect_state(x: &CsrMatrix) -> Result<StateReport, AnalysisError> {
    let evidence = look(x)?;
    let equal_totals = evidence.totals_variation < EQUAL_TOTALS;
    let equal_unlogged = evidence.unlogged_totals_variation < EQUAL_TOTALS;
    let state = if evidence.n_negative > 0 {
        MatrixState::Scaled
    } else if evidence.n_fractional == 0 {
        MatrixState::RawCounts
    } else if equal_unlogged && !equal_totals {
        MatrixState::LogNormalized
    } else if equal_totals || evidence.maximum >= LOGGED_MAXIMUM {
        MatrixState::NormalizedNotLogged
    } else {
        MatrixState::LogNormalized
    };
    Ok(StateReport { state, evidence })
}

fn look(x: &CsrMatrix) -> Result<StateEvidence, AnalysisError> {
    let mut evidence = StateEvidence {
        n_values: x.nnz(),
        n_negative: 0,
        first_negative: None,
        n_fractional: 0,
        minimum: 0.0,
        maximum: 0.0,
        mean_total: 0.0,
        totals_variation: 0.0,
        unlogged_totals_variation: 0.0,
        unlogged_mean_total: 0.0,
        n_empty_cells: 0,
    };
    let (mut totals, mut unlogged) = (Spread::default(), Spread::default());
    for cell in 0..x.n_rows() {
        let (genes, values) = x.row(cell);
        let (mut total, mut unlogged_total) = (0.0f64, 0.0f64);
        for (&gene, &value) in genes.iter().zip(values) {
            let gene = gene as usize;
            if !value.is_finite() {
                return Err(AnalysisError::ExpressionNotFinite { cell, gene, value });
            }
            if value < 0.0 {
                evidence.n_negative += 1;
                evidence.first_negative.get_or_insert((cell, gene));
            }
            evidence.n_fractional += usize::from(value.fract() != 0.0);
            evidence.minimum = evidence.minimum.min(value);
            evidence.maximum = evidence.maximum.max(value);
            total += f64::from(value);
            // Beyond this the value was not logged; the sum would only overflow.
            unlogged_total += f64::from(value.min(LOGGED_MAXIMUM).exp_m1());
        }
        if total > 0.0 {
            totals.add(total);
            unlogged.add(unlogged_total);
        } else {
            evidence.n_empty_cells += 1;
        }
    }
    if evidence.n_empty_cells == x.n_rows() && evidence.n_negative == 0 {
        return Err(AnalysisError::NoVariance { step: "the expression matrix" });
    }
    (evidence.mean_total, evidence.totals_variation) = totals.mean_and_variation();
    (evidence.unlogged_mean_total, evidence.unlogged_totals_variation) =
        unlogged.mean_and_variation();
    Ok(evidence)
}

/// Mean and spread of a series (Welford 1962).
#[derive(Default)]
struct Spread {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        self.n += 1.0;
        let difference = value - self.mean;
        self.mean += difference / self.n;
        self.squares += difference * (value - self.mean);
    }

    /// A series of fewer than two has no spread to conclude from: infinite.
    fn mean_and_variation(&self) -> (f64, f64) {
        if self.n < 2.0 || self.mean <= 0.0 {
            return (self.mean, f64::INFINITY);
        }
        (self.mean, (self.squares / self.n).sqrt() / self.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[f32]]) -> CsrMatrix {
        let width = rows[0].len();
        let indptr = (0..=rows.len()).map(|row| row * width).collect();
        let indices = (0..rows.len()).flat_map(|_| 0..width as u32).collect();
        CsrMatrix::try_new(rows.len(), width, indptr, indices, rows.concat()).expect("valid")
    }

    fn state(rows: &[&[f32]]) -> MatrixState {
        detect_state(&matrix(rows)).expect("finite").state
    }

    #[test]
    fn each_state_is_recognised() {
        let counts: [&[f32]; 3] = [&[3., 0., 1.], &[2., 7., 0.], &[0., 1., 40.]];
        assert_eq!(state(&counts), MatrixState::RawCounts);
        let normalized: Vec<Vec<f32>> = counts
            .iter()
            .map(|row| row.iter().map(|x| x / row.iter().sum::<f32>() * 1e4).collect())
            .collect();
        let logged: Vec<Vec<f32>> =
            normalized.iter().map(|row| row.iter().map(|x| x.ln_1p()).collect()).collect();
        let normalized: Vec<&[f32]> = normalized.iter().map(Vec::as_slice).collect();
        let logged: Vec<&[f32]> = logged.iter().map(Vec::as_slice).collect();
        assert_eq!(state(&normalized), MatrixState::NormalizedNotLogged);
        assert_eq!(state(&logged), MatrixState::LogNormalized);
        let target = detect_state(&matrix(&logged)).expect("finite").evidence.unlogged_mean_total;
        assert!((target - 1e4).abs() < 1.0, "{target}");
        assert_eq!(state(&[&[-0.5, 1.0], &[0.5, 2.0]]), MatrixState::Scaled);
    }

    #[test]
    fn totals_tell_fractions_from_logs_whatever_the_size_of_the_values() {
        // Shares of the cell's total: below 20, and yet not logged.
        assert_eq!(state(&[&[0.25, 0.75], &[0.5, 0.5]]), MatrixState::NormalizedNotLogged);
        // Genes were dropped after the log: totals say nothing, the largest value does.
        assert_eq!(state(&[&[0.25, 4.75], &[6.5, 0.5]]), MatrixState::LogNormalized);
        assert_eq!(state(&[&[0.25, 480.75], &[6.5, 0.5]]), MatrixState::NormalizedNotLogged);
    }

    #[test]
    fn values_that_are_no_numbers_are_named_with_their_place() {
        let found = detect_state(&matrix(&[&[1.0, 0.0], &[1.0, f32::INFINITY]]));
        let Err(AnalysisError::ExpressionNotFinite { cell: 1, gene: 1, .. }) = found else {
            panic!("{found:?}");
        };
        assert!(detect_state(&CsrMatrix::zeros(3, 3)).is_err());
        assert!(detect_state(&CsrMatrix::zeros(0, 0)).is_err());
    }
}
