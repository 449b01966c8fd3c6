//! Multinomial logistic regression with an L2 penalty: the linear baseline on principal components.

mod lbfgs;

use lexicell_matrix::DenseMatrix;
use ndarray::{Array2, ArrayView2, linalg::general_mat_mul, s};

use crate::{AnalysisError, Progress, classify::Told};
use lbfgs::{Lbfgs, State};

const STEP: &str = "logistic regression";
/// Cells that go through the loss in one unit of work.
const CELLS_PER_UNIT: usize = 512;
/// Looks at all cells that a fit takes on average, for the estimate of what is left.
const USUAL_LOOKS: usize = 200;

/// Settings of [`LogisticFit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticParams {
    /// Inverse strength of the penalty.
    pub c: f64,
    /// The fit ends when no part of the gradient of the mean loss is larger.
    pub tolerance: f64,
    /// Most steps of the solver.
    pub max_iterations: usize,
}

impl Default for LogisticParams {
    /// scikit-learn's C; a tenth of its tolerance and more steps, so that the solver decides no class.
    fn default() -> Self {
        Self { c: 1.0, tolerance: 1e-5, max_iterations: 2000 }
    }
}

/// Fits a logistic regression by L-BFGS, to be driven with [`run`](Self::run).
///
/// Minimises what `sklearn.linear_model.LogisticRegression(C=c, solver="lbfgs")` minimises, on the
/// values as they are (nothing is standardised); the intercept is not penalised. Two classes share one
/// vector of coefficients, as in scikit-learn.
#[derive(Debug)]
pub struct LogisticFit {
    params: LogisticParams,
    /// The training cells with a column of ones, `[n × (d + 1)]`.
    x: Array2<f64>,
    /// Place of each cell's class in `classes`.
    y: Vec<usize>,
    classes: Vec<u32>,
    solver: Lbfgs,
    /// The next cell to look at, and the sums over the cells before it.
    next: usize,
    loss: f64,
    gradient: Array2<f64>,
    looks: usize,
    end: Option<State>,
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticModel {
    /// The classes of the training cells, rising.
    pub classes: Vec<u32>,
    /// Coefficients and, in the last column, intercepts: a row for each class, or one row for two.
    weights: Array2<f64>,
    /// Whether the solver ended by itself.
    pub converged: bool,
    /// Steps of the solver.
    pub n_iterations: usize,
}

impl LogisticFit {
    /// Prepares a fit on the given rows of a matrix, each of the given class.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`; `classes`: as many as `rows`.
    ///
    /// # Errors
    /// If there is no row, one lies outside or is not finite, the classes are too few or too many, or a
    /// setting is out of range.
    pub fn new(
        cells: &DenseMatrix,
        rows: &[usize],
        classes: &[u32],
        params: LogisticParams,
    ) -> Result<Self, AnalysisError> {
        if rows.is_empty() {
            return Err(AnalysisError::TooFewCells { step: STEP, needed: 1, found: 0 });
        }
        if classes.len() != rows.len() {
            let (expected, found) = (rows.len(), classes.len());
            return Err(AnalysisError::Shape { what: "classes of the cells", expected, found });
        }
        for (setting, value) in [("C", params.c), ("tolerance", params.tolerance)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(AnalysisError::setting(setting, "above 0", value));
            }
        }
        let x = with_ones(cells, rows)?;
        let mut present = classes.to_vec();
        present.sort_unstable();
        present.dedup();
        let place = |class: &u32| present.partition_point(|other| other < class);
        let y = classes.iter().map(place).collect();
        let n_vectors = n_vectors(present.len());
        let shape = (n_vectors, x.ncols());
        Ok(Self {
            params,
            y,
            classes: present,
            solver: Lbfgs::new(vec![0.0; shape.0 * shape.1], params.tolerance),
            next: 0,
            loss: 0.0,
            gradient: Array2::zeros(shape),
            looks: 0,
            // One class needs no fit.
            end: (n_vectors == 0).then_some(State::Converged),
            x,
        })
    }

    /// Looks at up to `limit` blocks of 512 cells.
    ///
    /// # Errors
    /// If the loss is not finite.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.end.is_some() {
                break;
            }
            self.look_at_block();
            if self.next >= self.x.nrows() {
                self.tell_solver()?;
            }
        }
        Ok(self.progress())
    }

    /// How far the fit is; the total is an estimate, since the solver ends by itself.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total = USUAL_LOOKS * self.x.nrows().div_ceil(CELLS_PER_UNIT);
        let begun =
            self.looks * self.x.nrows().div_ceil(CELLS_PER_UNIT) + self.next / CELLS_PER_UNIT;
        Progress { done: if self.end.is_some() { total } else { begun.min(total - 1) }, total }
    }

    /// The model, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If the solver has not ended.
    pub fn finish(self) -> Result<LogisticModel, AnalysisError> {
        let message = "the model was asked for before the fit was done";
        let end = self.end.ok_or(AnalysisError::OutOfTurn { step: STEP, message })?;
        let n_iterations = self.solver.iterations();
        let shape = (n_vectors(self.classes.len()), self.x.ncols());
        let weights = Array2::from_shape_vec(shape, self.solver.into_best());
        let shape = "weights of the logistic regression";
        let mismatch = |_| AnalysisError::Shape { what: shape, expected: 0, found: 0 };
        Ok(LogisticModel {
            classes: self.classes,
            weights: weights.map_err(mismatch)?,
            converged: end == State::Converged,
            n_iterations,
        })
    }

    fn look_at_block(&mut self) {
        let end = (self.next + CELLS_PER_UNIT).min(self.x.nrows());
        let x = self.x.slice(s![self.next..end, ..]);
        let Ok(weights) = ArrayView2::from_shape(self.gradient.dim(), self.solver.point()) else {
            return;
        };
        let mut scores = x.dot(&weights.t());
        for (mut row, &class) in scores.rows_mut().into_iter().zip(&self.y[self.next..end]) {
            // The scores become residuals: told probability minus truth.
            self.loss += match row.as_slice_mut() {
                Some([score]) => binary_residual(score, class),
                Some(scores) => residuals(scores, class),
                None => 0.0,
            };
        }
        general_mat_mul(1.0, &scores.t(), &x, 1.0, &mut self.gradient);
        self.next = end;
    }

    /// Adds the penalty to the sums over all cells and takes the solver's next point.
    fn tell_solver(&mut self) -> Result<(), AnalysisError> {
        let n = self.x.nrows() as f64;
        let strength = (self.params.c * n).recip();
        let width = self.x.ncols();
        let mut loss = self.loss / n;
        let mut gradient: Vec<f64> = self.gradient.iter().map(|sum| sum / n).collect();
        for (at, &weight) in self.solver.point().iter().enumerate() {
            if at % width != width - 1 {
                loss += 0.5 * strength * weight * weight;
                gradient[at] += strength * weight;
            }
        }
        self.gradient.fill(0.0);
        (self.loss, self.next) = (0.0, 0);
        self.looks += 1;
        let state = self.solver.tell(loss, gradient);
        if state == State::Broken {
            return Err(AnalysisError::NotFinite {
                what: "loss of the regression",
                row: 0,
                column: 0,
            });
        }
        let spent = self.solver.iterations() >= self.params.max_iterations;
        self.end = match state {
            State::Going if !spent => None,
            state => Some(state),
        };
        Ok(())
    }
}

impl LogisticModel {
    /// The class of each given row, with its probability.
    ///
    /// # Errors
    /// If the width differs from that of the training cells, or a row lies outside or is not finite.
    pub fn predict(&self, cells: &DenseMatrix, rows: &[usize]) -> Result<Told, AnalysisError> {
        let mut told = Told::default();
        if self.weights.nrows() == 0 {
            told.classes = vec![self.classes.first().copied().unwrap_or(u32::MAX); rows.len()];
            told.confidence = vec![1.0; rows.len()];
            return Ok(told);
        }
        let (expected, found) = (self.weights.ncols() - 1, cells.n_cols());
        if expected != found {
            return Err(AnalysisError::Shape { what: "width of the cells", expected, found });
        }
        for rows in rows.chunks(CELLS_PER_UNIT) {
            let scores = with_ones(cells, rows)?.dot(&self.weights.t());
            for row in scores.rows() {
                let (place, confidence) = self.winner(&row.to_vec());
                told.classes.push(self.classes[place]);
                told.confidence.push(confidence);
            }
        }
        Ok(told)
    }

    /// Coefficients of one class (of the second, where there are two) and its intercept.
    #[must_use]
    pub fn coefficients(&self, class: usize) -> (Vec<f64>, f64) {
        let row = self.weights.row(class).to_vec();
        let (intercept, coefficients) = row.split_last().map_or((0.0, &[][..]), |(b, w)| (*b, w));
        (coefficients.to_vec(), intercept)
    }

    /// The most probable class, the first of equals, and its probability.
    fn winner(&self, scores: &[f64]) -> (usize, f64) {
        let scores = if let [score] = *scores { vec![0.0, score] } else { scores.to_vec() };
        let best =
            (0..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best });
        let sum: f64 = scores.iter().map(|score| (score - scores[best]).exp()).sum();
        (best, sum.recip())
    }
}

/// Two classes are told apart by one vector, one class by none.
fn n_vectors(n_classes: usize) -> usize {
    if n_classes > 2 { n_classes } else { n_classes.saturating_sub(1) }
}

fn with_ones(cells: &DenseMatrix, rows: &[usize]) -> Result<Array2<f64>, AnalysisError> {
    let d = cells.n_cols();
    let mut x = Array2::ones((rows.len(), d + 1));
    for (place, &row) in rows.iter().enumerate() {
        if row >= cells.n_rows() {
            let (what, len) = ("list of cells", cells.n_rows());
            return Err(AnalysisError::IndexOutOfRange { what, index: row, len });
        }
        for (column, &value) in cells.row(row).iter().enumerate() {
            if !value.is_finite() {
                return Err(AnalysisError::NotFinite {
                    what: "cells of the regression",
                    row,
                    column,
                });
            }
            x[[place, column]] = f64::from(value);
        }
    }
    Ok(x)
}

/// The loss of one cell of two classes; the score becomes its residual.
fn binary_residual(score: &mut f64, class: usize) -> f64 {
    let (z, truth) = (*score, class as f64);
    let small = (-z.abs()).exp();
    *score = if z >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) } - truth;
    z.max(0.0) + small.ln_1p() - truth * z
}

/// The loss of one cell; the scores become its residuals.
fn residuals(scores: &mut [f64], class: usize) -> f64 {
    let largest = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let own = scores[class] - largest;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    scores[class] -= 1.0;
    sum.ln() - own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(cells: &DenseMatrix, classes: &[u32]) -> LogisticModel {
        let rows: Vec<usize> = (0..cells.n_rows()).collect();
        let mut fit =
            LogisticFit::new(cells, &rows, classes, LogisticParams::default()).expect("valid");
        while !fit.run(1).expect("finite").is_done() {}
        fit.finish().expect("done")
    }

    #[test]
    fn one_class_is_always_told() {
        let cells = DenseMatrix::try_new(2, 1, vec![1., 2.]).expect("shape");
        let told = fit(&cells, &[4, 4]).predict(&cells, &[1]).expect("fits");
        assert_eq!((told.classes, told.confidence), (vec![4], vec![1.0]));
    }

    #[test]
    fn classes_keep_their_codes() {
        let cells = DenseMatrix::try_new(4, 1, vec![-3., -2., 2., 3.]).expect("shape");
        let model = fit(&cells, &[7, 7, 2, 2]);
        assert!(model.converged);
        assert_eq!(model.predict(&cells, &[0, 3]).expect("fits").classes, [7, 2]);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let cells = DenseMatrix::try_new(2, 1, vec![1., f32::NAN]).expect("shape");
        let start = |rows: &[usize], classes: &[u32], params| {
            LogisticFit::new(&cells, rows, classes, params).map(|_| ()).err()
        };
        let params = LogisticParams::default();
        assert!(matches!(start(&[], &[], params), Some(AnalysisError::TooFewCells { .. })));
        assert!(matches!(start(&[0], &[0, 1], params), Some(AnalysisError::Shape { .. })));
        assert!(matches!(start(&[1], &[0], params), Some(AnalysisError::NotFinite { row: 1, .. })));
        assert!(matches!(start(&[2], &[0], params), Some(AnalysisError::IndexOutOfRange { .. })));
        let params = LogisticParams { c: 0.0, ..params };
        assert!(matches!(start(&[0], &[0], params), Some(AnalysisError::Setting { .. })));
    }
}
