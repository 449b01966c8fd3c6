use lexicell_matrix::CsrMatrix;
use ndarray::{Array2, s};

use crate::{AnalysisError, Progress, eigen::symmetric, rng::SplitMix64};

/// Basis vectors beyond those wanted.
const EXTRA: usize = 45;
/// Ritz vectors beyond those wanted that survive a restart.
const KEPT: usize = 15;
/// A pair has converged when |T v − λ v| is below this.
const TOLERANCE: f64 = 1e-9;
/// What may be left of that when the finished pairs are checked with one more product.
const CHECKED: f64 = 1e-8;
/// A remainder of this length is rounding: the basis spans all that can be reached.
const NOTHING: f64 = 1e-12;
/// Rounds without change, the first from a new random vector, after which no pair is missing.
const CALM: usize = 3;
/// Rounds after which the search is given up.
const MAX_ROUNDS: usize = 1000;
/// Rounds that real data take, for the estimate of what is left to do.
const USUAL_ROUNDS: usize = 12;
/// A row of a restart costs as much as this many of a product.
const ROTATION: usize = 8;

/// The matrix s_i a_ij s_j, by its graph and scales.
#[derive(Debug)]
pub(super) struct Operator {
    pub(super) graph: CsrMatrix,
    pub(super) scales: Vec<f64>,
}

/// Eigenpairs that were found.
#[derive(Debug)]
pub(super) struct Pairs {
    /// From the greatest down.
    pub(super) values: Vec<f64>,
    /// `[n × n_wanted]`, row after row.
    pub(super) vectors: Vec<f64>,
    /// The greatest |T v − λ v|.
    pub(super) residual: f64,
}

/// Lanczos' method with thick restarts (Wu & Simon 2000) and full reorthogonalisation, for the eigenpairs
/// of greatest |λ| of a sparse symmetric matrix, in steps of some rows.
///
/// One starting vector meets one vector only of an eigenvalue that occurs twice. So the search goes on
/// from a new random vector when all pairs have converged, and ends when that finds nothing.
#[derive(Debug)]
pub(super) struct Lanczos {
    operator: Operator,
    wanted: usize,
    /// Length of a row of `basis`.
    capacity: usize,
    /// Orthonormal vectors, `[n × capacity]`, the first `size` columns count.
    basis: Vec<f64>,
    size: usize,
    /// The matrix in that basis.
    projected: Array2<f64>,
    /// The newest basis vector times the scales.
    scaled: Vec<f64>,
    /// The vector that comes into being.
    vector: Vec<f64>,
    /// Its shares of the basis vectors, first as found and then what rounding left.
    shares: Vec<f64>,
    left: Vec<f64>,
    square: f64,
    phase: Phase,
    /// The next row of the phase.
    row: usize,
    /// Whether the vector is random, no product.
    is_drawn: bool,
    /// Coefficients of the Ritz vectors that are being made, `[size × kept]`, row after row.
    rotation: Vec<f64>,
    kept: usize,
    /// Eigenvalues of the pairs that are made at the end, and their residuals, squared.
    values: Vec<f64>,
    squares: Vec<f64>,
    rng: SplitMix64,
    rounds: usize,
    calm: usize,
    rows_done: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A new random vector.
    Draw,
    /// The product of the newest basis vector.
    Multiply,
    /// The vector loses its shares of the basis.
    Remove,
    /// And once more, if rounding left some.
    RemoveAgain,
    /// It joins the basis.
    Append,
    /// The basis becomes the best Ritz vectors; `last` ends the search, `draw` goes on at random.
    Rotate {
        last: bool,
        draw: bool,
    },
    /// The pairs are checked by a product.
    Check,
    Finished,
}

impl Lanczos {
    /// Starts from eigenvectors of eigenvalue 1 that are known; fewer than `wanted`, which is less than n.
    pub(super) fn new(
        operator: Operator,
        known: &[Vec<f64>],
        wanted: usize,
        seed: u64,
    ) -> Self {
        let n = operator.scales.len();
        let capacity = (wanted + EXTRA).min(n);
        let mut solver = Self {
            wanted,
            capacity,
            basis: vec![0.0; n * capacity],
            size: known.len(),
            projected: Array2::zeros((capacity, capacity)),
            scaled: vec![0.0; n],
            vector: vec![0.0; n],
            shares: vec![0.0; capacity],
            left: vec![0.0; capacity],
            square: 0.0,
            phase: Phase::Draw,
            row: 0,
            is_drawn: true,
            rotation: Vec::new(),
            kept: 0,
            values: Vec::new(),
            squares: Vec::new(),
            rng: SplitMix64::new(seed),
            rounds: 0,
            calm: 0,
            rows_done: 0,
            operator,
        };
        for (at, vector) in known.iter().enumerate() {
            solver.projected[[at, at]] = 1.0;
            let column = solver.basis.iter_mut().skip(at).step_by(capacity);
            column.zip(vector).for_each(|(place, &x)| *place = x);
        }
        solver
    }

    /// Visits up to `limit` rows; the total is an estimate.
    pub(super) fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let n = self.vector.len();
        let mut budget = limit.max(1);
        while budget > 0 && self.phase != Phase::Finished {
            let cost = if matches!(self.phase, Phase::Rotate { .. }) { ROTATION } else { 1 };
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
        if self.phase != Phase::Finished {
            return None;
        }
        let rows = self.basis.chunks_exact(self.capacity);
        let vectors = rows.flat_map(|row| &row[..self.wanted]).copied().collect();
        let residual = greatest(&self.squares).sqrt();
        Some(Pairs { values: self.values, vectors, residual })
    }

    fn visit(&mut self, row: usize) {
        let own = row * self.capacity..row * self.capacity + self.size;
        match self.phase {
            Phase::Draw => {
                self.vector[row] = self.rng.normal();
                add_scaled(&mut self.shares, self.vector[row], &self.basis[own]);
            }
            Phase::Multiply => {
                self.vector[row] = self.operator.row(row, |other| self.scaled[other]);
                add_scaled(&mut self.shares, self.vector[row], &self.basis[own]);
            }
            Phase::Remove => {
                let basis = &self.basis[own];
                let rest = self.vector[row] - dot(&self.shares, basis);
                add_scaled(&mut self.left, rest, basis);
                self.vector[row] = rest;
                self.square += rest * rest;
            }
            Phase::RemoveAgain => {
                let rest = self.vector[row] - dot(&self.left, &self.basis[own]);
                self.vector[row] = rest;
                self.square += rest * rest;
            }
            Phase::Append => {
                let entry = self.vector[row] / self.square.sqrt();
                self.basis[own.end] = entry;
                self.scaled[row] = entry * self.operator.scales[row];
            }
            Phase::Rotate { .. } => self.rotate(own),
            Phase::Check => self.check(row),
            Phase::Finished => {}
        }
    }

    fn rotate(&mut self, own: std::ops::Range<usize>) {
        let mut rotated = [0.0; 256];
        let _ = (&mut rotated, own);
        todo!()
    }

    fn check(&mut self, _row: usize) {
        todo!()
    }

    fn next_phase(&mut self) -> Result<(), AnalysisError> {
        todo!()
    }
}
