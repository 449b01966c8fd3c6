mod basis;
mod operator;
mod restart;

use ndarray::Array2;

use crate::{AnalysisError, Progress, rng::SplitMix64};
use basis::{Basis, add_scaled, dot};
pub(super) use operator::Operator;
use restart::KEPT;

/// Basis vectors beyond those wanted.
const EXTRA: usize = 30;
/// What |T v − λ v| of a finished pair may be: more than the search asks for, by what rounding adds.
const CHECKED: f64 = 1e-8;
/// A remainder of this length is rounding: the basis spans all that can be reached.
const NOTHING: f64 = 1e-12;
/// Rounds that real data take, for the estimate of what is left to do.
const USUAL_ROUNDS: usize = 20;
/// A row costs this many times as much in a restart as in a product.
const ROTATION: usize = 8;

/// Eigenpairs that were found.
#[derive(Debug)]
pub(super) struct Pairs {
    /// From the greatest down.
    pub(super) values: Vec<f64>,
    /// `[n × wanted]`, row after row.
    pub(super) vectors: Vec<f64>,
    /// The greatest |T v − λ v|.
    pub(super) residual: f64,
}

/// Lanczos' method with thick restarts (Wu & Simon 2000) and full reorthogonalisation, for the eigenpairs
/// of greatest |λ| of a sparse symmetric matrix, in steps of some rows.
///
/// One starting vector meets one vector only of an eigenvalue that occurs twice. So the search goes on
/// from a new random vector when all pairs have converged, and ends when that changes nothing.
#[derive(Debug)]
pub(super) struct Lanczos {
    operator: Operator,
    /// Eigenvectors of eigenvalue 1 that were given: the first of the basis, which never change.
    known: usize,
    wanted: usize,
    /// Basis vectors at a restart.
    limit: usize,
    basis: Basis,
    /// The matrix in that basis.
    projected: Array2<f64>,
    /// The newest basis vector times the scales.
    scaled: Vec<f64>,
    /// The vector that comes into being, and its squared length.
    vector: Vec<f64>,
    square: f64,
    /// Its shares of the basis vectors: as found, and what rounding left of them.
    shares: Vec<f64>,
    left: Vec<f64>,
    phase: Phase,
    /// The next row of the phase.
    row: usize,
    /// Whether the vector is a random one, not a product.
    is_random: bool,
    /// Coefficients of the Ritz vectors that the basis becomes, `[size × kept]`, row after row.
    rotation: Vec<f64>,
    kept: usize,
    /// Eigenvalues of the final pairs, and the squares of their residuals.
    values: Vec<f64>,
    residuals: Vec<f64>,
    rng: SplitMix64,
    rounds: usize,
    calm: usize,
    rows_done: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A random vector is drawn, or the newest basis vector is multiplied.
    Make,
    /// The vector loses its shares of the basis.
    Remove,
    /// And once more, if rounding left some.
    RemoveAgain,
    /// It joins the basis.
    Append,
    /// The basis becomes its best Ritz vectors.
    Rotate(After),
    /// The final pairs are checked by a product.
    Check,
    Finished,
}

/// What follows on a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Append,
    Draw,
    Check,
}

impl Lanczos {
    /// Starts with eigenvectors of eigenvalue 1 that are known: fewer than `wanted`, which is below n.
    pub(super) fn new(operator: Operator, known: &[Vec<f64>], wanted: usize, seed: u64) -> Self {
        let n = operator.scales.len();
        let limit = (wanted + EXTRA).min(n);
        Self {
            operator,
            known: known.len(),
            wanted,
            limit,
            basis: Basis::new(known, n, limit),
            projected: Array2::zeros((limit, limit)),
            scaled: vec![0.0; n],
            vector: vec![0.0; n],
            square: 0.0,
            shares: vec![0.0; known.len()],
            left: vec![0.0; known.len()],
            phase: Phase::Make,
            row: 0,
            is_random: true,
            rotation: Vec::new(),
            kept: 0,
            values: Vec::new(),
            residuals: Vec::new(),
            rng: SplitMix64::new(seed),
            rounds: 0,
            calm: 0,
            rows_done: 0,
        }
    }

    /// Visits some `limit` rows; the total is an estimate.
    pub(super) fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let n = self.vector.len();
        let mut budget = limit.max(1);
        while budget > 0 && self.phase != Phase::Finished {
            let cost = if matches!(self.phase, Phase::Rotate(_)) { ROTATION } else { 1 };
            let end = n.min(self.row.saturating_add((budget / cost).max(1)));
            (self.row..end).for_each(|row| self.visit(row));
            let spent = (end - self.row) * cost;
            budget = budget.saturating_sub(spent);
            self.rows_done = self.rows_done.saturating_add(spent);
            self.row = end;
            if end == n {
                self.row = 0;
                self.next_phase()?;
            }
        }
        let done = self.rows_done;
        if self.phase == Phase::Finished {
            return Ok(Progress { done, total: done });
        }
        let usual = USUAL_ROUNDS * n * (3 * (EXTRA - KEPT) + ROTATION);
        Ok(Progress { done, total: usual.max(done + 1) })
    }

    /// The pairs, once `run` is done.
    pub(super) fn into_pairs(self) -> Option<Pairs> {
        let residual = greatest(&self.residuals).sqrt();
        let is_done = self.phase == Phase::Finished;
        let vectors = || self.basis.into_vectors();
        is_done.then(|| Pairs { values: self.values, vectors: vectors(), residual })
    }

    fn visit(&mut self, row: usize) {
        let basis = self.basis.row(row);
        match self.phase {
            Phase::Make => {
                let entry = if self.is_random {
                    self.rng.normal()
                } else {
                    self.operator.product(row, |weight, other| weight * self.scaled[other])
                };
                self.vector[row] = entry;
                add_scaled(&mut self.shares, entry, basis);
            }
            Phase::Remove => {
                let rest = self.vector[row] - dot(&self.shares, basis);
                self.vector[row] = rest;
                add_scaled(&mut self.left, rest, basis);
                self.square += rest * rest;
            }
            Phase::RemoveAgain => {
                let rest = self.vector[row] - dot(&self.left, basis);
                self.vector[row] = rest;
                self.square += rest * rest;
            }
            Phase::Append => {
                let entry = self.vector[row] / self.square.sqrt();
                self.basis.write(row, entry);
                self.scaled[row] = entry * self.operator.scales[row];
            }
            Phase::Rotate(_) => self.basis.rotate(row, &self.rotation, self.kept),
            Phase::Check => self.check(row),
            Phase::Finished => {}
        }
    }

    fn check(&mut self, row: usize) {
        let (others, weights) = self.operator.graph.row(row);
        let product = &mut self.shares;
        product.fill(0.0);
        for (&other, &weight) in others.iter().zip(weights) {
            let factor = f64::from(weight) * self.operator.scales[other as usize];
            add_scaled(product, factor, self.basis.row(other as usize));
        }
        let scale = self.operator.scales[row];
        let pairs = product.iter().zip(self.basis.row(row).iter().zip(&self.values));
        for (square, (product, (entry, value))) in self.residuals.iter_mut().zip(pairs) {
            *square += (scale * product - value * entry).powi(2);
        }
    }

    fn next_phase(&mut self) -> Result<(), AnalysisError> {
        match self.phase {
            Phase::Make => self.phase = Phase::Remove,
            Phase::Remove => {
                self.record();
                if dot(&self.left, &self.left) > NOTHING * NOTHING * self.square {
                    self.square = 0.0;
                    self.phase = Phase::RemoveAgain;
                } else {
                    return self.vector_is_made();
                }
            }
            Phase::RemoveAgain => return self.vector_is_made(),
            Phase::Append => {
                self.basis.size += 1;
                self.make(false);
            }
            Phase::Rotate(after) => {
                self.basis.size = self.kept;
                match after {
                    After::Append => self.phase = Phase::Append,
                    After::Draw => self.make(true),
                    After::Check => {
                        self.shares = vec![0.0; self.wanted];
                        self.residuals = vec![0.0; self.wanted];
                        self.phase = Phase::Check;
                    }
                }
            }
            Phase::Check => {
                let residual = greatest(&self.residuals).sqrt();
                if residual.is_nan() || residual > CHECKED {
                    return Err(self.not_converged(residual));
                }
                self.phase = Phase::Finished;
            }
            Phase::Finished => {}
        }
        Ok(())
    }

    fn make(&mut self, is_random: bool) {
        self.is_random = is_random;
        self.square = 0.0;
        for shares in [&mut self.shares, &mut self.left] {
            shares.clear();
            shares.resize(self.basis.size, 0.0);
        }
        self.phase = Phase::Make;
    }

    /// Enters the shares of a product into the projected matrix.
    fn record(&mut self) {
        if self.is_random {
            return;
        }
        let last = self.basis.size - 1;
        for (at, (share, left)) in self.shares.iter().zip(&self.left).enumerate() {
            self.projected[[at, last]] = share + left;
            self.projected[[last, at]] = share + left;
        }
    }

    /// A basis that is full is closed; one that spans all it can reach gets a random vector.
    fn vector_is_made(&mut self) -> Result<(), AnalysisError> {
        if !self.is_random && self.basis.size == self.limit {
            return self.close();
        }
        if self.square.sqrt() > NOTHING {
            self.phase = Phase::Append;
        } else {
            self.make(true);
        }
        Ok(())
    }
}

/// The greatest of the squares; NaN, which `f64::max` would pass over, if one is.
fn greatest(squares: &[f64]) -> f64 {
    squares.iter().fold(0.0, |most, &square| if square <= most { most } else { square })
}
