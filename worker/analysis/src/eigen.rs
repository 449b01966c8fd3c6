//! Leading eigenvectors of a symmetric matrix: a randomised block Krylov method, restarted.

mod symmetric;

use std::ops::Range;

use ndarray::{Array2, ArrayView2, linalg::general_mat_mul, s};

use crate::{AnalysisError, Progress, rng::SplitMix64};
pub(crate) use symmetric::symmetric;

/// Columns that are multiplied at once.
const BLOCK: usize = 16;
/// Blocks that are added between two restarts.
const BLOCKS_PER_ROUND: usize = 6;
/// Ritz vectors beyond those wanted that survive a restart, at the least.
const EXTRA: usize = 10;
/// Rounds that real data take, for the estimate of what is left to do.
const USUAL_ROUNDS: usize = 5;
/// Rounds after which the best so far is taken.
const MAX_ROUNDS: usize = 60;
/// Rows of the matrix that are multiplied in one unit of work.
const STRIPE: usize = 64;
/// A pair has converged when |C v − λ v| is below this share of λ, or this share squared of the largest.
const TOLERANCE: f64 = 1e-6;

/// Eigenvalues, largest first, and their eigenvectors.
///
/// # Shapes
/// `values`: `k`; `vectors`: `n × k`, columns of unit length.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Eigenpairs {
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Array2<f64>,
}

/// Leading eigenpairs of a symmetric positive semidefinite matrix, to be driven with `run`.
///
/// Randomised block Krylov (Halko, Martinsson & Tropp 2011; Musco & Musco 2015) with full
/// orthogonalisation, restarted with its best Ritz vectors (Wu & Simon 2000) until every wanted pair
/// has converged.
#[derive(Debug)]
pub(crate) struct LeadingEigenpairs {
    matrix: Array2<f64>,
    wanted: usize,
    /// Ritz vectors that survive a restart, and columns of a full basis. Both are whole blocks: a block
    /// cut short would take its part of the Krylov space away for good.
    keep: usize,
    capacity: usize,
    /// Orthonormal basis and its product with the matrix; the first `used` columns count.
    basis: Array2<f64>,
    product: Array2<f64>,
    used: usize,
    /// Columns whose product is being computed, and the next row of it.
    pending: Range<usize>,
    next_row: usize,
    rng: SplitMix64,
    round: usize,
    stripes_done: usize,
    result: Option<Eigenpairs>,
}

impl LeadingEigenpairs {
    /// Prepares the search for the `wanted` leading pairs; `matrix` must be symmetric.
    pub(crate) fn new(matrix: Array2<f64>, wanted: usize, seed: u64) -> Self {
        let n = matrix.nrows();
        let wanted = wanted.min(n);
        let (keep, capacity) = basis_size(wanted);
        let mut solver = Self {
            matrix,
            wanted,
            keep,
            capacity,
            basis: Array2::zeros((n, 0)),
            product: Array2::zeros((n, 0)),
            used: 0,
            pending: 0..0,
            next_row: 0,
            rng: SplitMix64::new(seed),
            round: 0,
            stripes_done: 0,
            result: None,
        };
        if n > capacity {
            solver.basis = Array2::zeros((n, capacity));
            solver.product = Array2::zeros((n, capacity));
            let block = Array2::zeros((n, BLOCK));
            solver.append(block);
        }
        solver
    }

    /// Does up to `limit` stripes of 64 matrix rows; the total is an estimate, at whose end `done` waits.
    pub(crate) fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        if self.matrix.nrows() <= self.capacity && limit > 0 && self.result.is_none() {
            self.result = Some(symmetric(&self.matrix).leading(self.wanted));
        }
        let mut budget = limit;
        while budget > 0 && self.result.is_none() {
            self.multiply_stripe();
            self.stripes_done += 1;
            budget -= 1;
            if self.next_row >= self.matrix.nrows() {
                self.block_is_done();
            }
        }
        Ok(self.progress())
    }

    /// The pairs, once `run` is done.
    pub(crate) fn finish(self) -> Result<Eigenpairs, AnalysisError> {
        let message = "eigenvectors were asked for before the search was done";
        self.result.ok_or(AnalysisError::OutOfTurn { step: "PCA", message })
    }

    pub(crate) fn progress(&self) -> Progress {
        let total = Self::usual_units(self.matrix.nrows(), self.wanted);
        let done = if self.result.is_some() { total } else { self.stripes_done.min(total - 1) };
        Progress { done, total }
    }

    /// Units of work that the `wanted` pairs of an `n × n` matrix usually take.
    pub(crate) fn usual_units(n: usize, wanted: usize) -> usize {
        let (_, capacity) = basis_size(wanted.min(n));
        let blocks = capacity / BLOCK + (USUAL_ROUNDS - 1) * BLOCKS_PER_ROUND;
        if n <= capacity { 1 } else { blocks * n.div_ceil(STRIPE) + 1 }
    }

    fn multiply_stripe(&mut self) {
        let rows = self.next_row..(self.next_row + STRIPE).min(self.matrix.nrows());
        let block = self.basis.slice(s![.., self.pending.clone()]);
        let mut out = self.product.slice_mut(s![rows.clone(), self.pending.clone()]);
        general_mat_mul(1.0, &self.matrix.slice(s![rows.clone(), ..]), &block, 0.0, &mut out);
        self.next_row = rows.end;
    }

    fn block_is_done(&mut self) {
        self.used = self.pending.end;
        let next = self.product.slice(s![.., self.pending.clone()]).to_owned();
        if self.used < self.capacity {
            self.append(next);
            return;
        }
        self.round += 1;
        let (values, vectors) = self.ritz();
        let keep = self.keep;
        let vectors = vectors.slice(s![.., ..keep]);
        let basis = self.basis.dot(&vectors);
        let product = self.product.dot(&vectors);
        if self.round >= MAX_ROUNDS || self.converged(&values, &basis, &product) {
            let pairs = Eigenpairs { values, vectors: basis };
            self.result = Some(pairs.leading(self.wanted));
            return;
        }
        // The next Krylov block must be orthogonal to the whole old basis, not only to what is kept.
        let next = self.orthonormalized(next);
        self.basis.slice_mut(s![.., ..keep]).assign(&basis);
        self.product.slice_mut(s![.., ..keep]).assign(&product);
        self.used = keep;
        self.append(next);
    }

    /// Eigenpairs of the matrix projected on the basis.
    fn ritz(&self) -> (Vec<f64>, Array2<f64>) {
        let projected = self.basis.t().dot(&self.product);
        let projected = (&projected + &projected.t()) * 0.5;
        let pairs = symmetric(&projected);
        (pairs.values, pairs.vectors)
    }

    fn converged(&self, values: &[f64], basis: &Array2<f64>, product: &Array2<f64>) -> bool {
        let largest = values.first().copied().unwrap_or(0.0);
        (0..self.wanted).all(|at| {
            let value = values[at];
            let pairs = product.column(at).into_iter().zip(basis.column(at));
            let square: f64 = pairs.map(|(p, b)| (p - value * b).powi(2)).sum();
            square.sqrt() <= (TOLERANCE * value).max(TOLERANCE * TOLERANCE * largest)
        })
    }

    /// Makes the block orthonormal and orthogonal to the basis, and queues its product.
    fn append(&mut self, block: Array2<f64>) {
        let block = self.orthonormalized(block);
        self.pending = self.used..self.used + block.ncols();
        self.basis.slice_mut(s![.., self.pending.clone()]).assign(&block);
        self.next_row = 0;
    }

    fn orthonormalized(&mut self, mut block: Array2<f64>) -> Array2<f64> {
        let basis = self.basis.slice(s![.., ..self.used]);
        // Twice is enough (Kahan; Parlett 1980).
        for _ in 0..2 {
            let overlap = basis.t().dot(&block);
            general_mat_mul(-1.0, &basis, &overlap, 1.0, &mut block);
        }
        for column in 0..block.ncols() {
            orthonormalize_column(&mut block, column, &basis, &mut self.rng);
        }
        block
    }
}

/// Columns that survive a restart, and columns of a full basis: whole blocks both.
fn basis_size(wanted: usize) -> (usize, usize) {
    let keep = (wanted + EXTRA).next_multiple_of(BLOCK);
    (keep, keep + BLOCKS_PER_ROUND * BLOCK)
}

/// Makes one column a unit vector orthogonal to the columns before it; a column that vanishes is
/// replaced by a random one.
fn orthonormalize_column(
    block: &mut Array2<f64>,
    column: usize,
    basis: &ArrayView2<'_, f64>,
    rng: &mut SplitMix64,
) {
    let scale = block.column(column).dot(&block.column(column)).sqrt();
    let mut vector = block.column(column).to_owned();
    let mut threshold = scale * 1e-10;
    for _attempt in 0..4 {
        for _ in 0..2 {
            let overlap = basis.t().dot(&vector);
            vector -= &basis.dot(&overlap);
            for earlier in 0..column {
                let overlap = block.column(earlier).dot(&vector);
                vector.scaled_add(-overlap, &block.column(earlier));
            }
        }
        let length = vector.dot(&vector).sqrt();
        if length > threshold && length > 0.0 {
            vector /= length;
            break;
        }
        vector.mapv_inplace(|_| rng.normal());
        threshold = 1e-6;
    }
    block.column_mut(column).assign(&vector);
}

impl Eigenpairs {
    fn leading(mut self, k: usize) -> Self {
        self.values.truncate(k);
        let vectors = self.vectors.slice(s![.., ..k]).to_owned();
        Self { vectors, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A covariance with a slowly falling spectrum: λ_j = 100 / (1 + j), in a random basis.
    fn slow_spectrum(n: usize) -> (Array2<f64>, Vec<f64>) {
        let mut rng = SplitMix64::new(5);
        let mut basis = Array2::from_shape_simple_fn((n, n), || rng.normal());
        let empty = Array2::zeros((n, 0));
        for column in 0..n {
            orthonormalize_column(&mut basis, column, &empty.view(), &mut rng);
        }
        let values: Vec<f64> = (0..n).map(|j| 100.0 / (1.0 + j as f64)).collect();
        let scaled = &basis * &ndarray::Array1::from(values.clone());
        (scaled.dot(&basis.t()), values)
    }

    fn solve(matrix: &Array2<f64>, k: usize, limit: usize) -> Eigenpairs {
        let mut solver = LeadingEigenpairs::new(matrix.clone(), k, 1);
        while !solver.run(limit).expect("runs").is_done() {}
        solver.finish().expect("done")
    }

    #[test]
    fn leading_pairs_are_exact_and_do_not_depend_on_the_pace() {
        let (matrix, values) = slow_spectrum(400);
        let pairs = solve(&matrix, 30, 1);
        for (at, value) in values.into_iter().enumerate().take(30) {
            assert!((pairs.values[at] / value - 1.0).abs() < 1e-10, "value {at}");
            let v = pairs.vectors.column(at);
            let residual = matrix.dot(&v) - &(&v * value);
            assert!(residual.dot(&residual).sqrt() < 2e-6 * value, "vector {at}");
        }
        assert_eq!(pairs, solve(&matrix, 30, usize::MAX));
    }

    #[test]
    fn a_matrix_of_low_rank_gives_zeros_for_the_rest() {
        let mut rng = SplitMix64::new(2);
        let half = Array2::from_shape_simple_fn((300, 4), || rng.normal());
        let pairs = solve(&half.dot(&half.t()), 10, 50);
        assert!(pairs.values[3] > 1.0);
        assert!(pairs.values[4..].iter().all(|value| value.abs() < 1e-9));
    }

    #[test]
    fn small_matrices_are_solved_at_once() {
        let matrix = ndarray::array![[2.0, 1.0], [1.0, 2.0]];
        let pairs = solve(&matrix, 2, 1);
        assert!((pairs.values[0] - 3.0).abs() < 1e-12 && (pairs.values[1] - 1.0).abs() < 1e-12);
        assert!((pairs.vectors[[0, 0]].abs() - 0.5f64.sqrt()).abs() < 1e-12);
    }
}
