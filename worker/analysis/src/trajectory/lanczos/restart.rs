use ndarray::s;

use super::{After, Lanczos, NOTHING, Phase};
use crate::{
    AnalysisError,
    eigen::{Eigenpairs, symmetric},
};

/// Ritz vectors beyond those wanted that survive a restart.
pub(super) const KEPT: usize = 10;
/// A pair has converged when |T v − λ v| is below this.
const TOLERANCE: f64 = 1e-9;
/// Rounds in which all pairs are converged, one before a new random vector and the others after it.
const CALM: usize = 3;
/// Rounds after which the search is given up.
const MAX_ROUNDS: usize = 1000;

impl Lanczos {
    /// Ends when all wanted pairs have converged and none is missing; restarts otherwise.
    pub(super) fn close(&mut self) -> Result<(), AnalysisError> {
        self.rounds += 1;
        let (size, searched) = (self.basis.size, self.basis.size - self.known);
        let pairs =
            symmetric(&self.projected.slice(s![self.known..size, self.known..size]).to_owned());
        let mut order: Vec<usize> = (0..searched).collect();
        order.sort_by(|&a, &b| pairs.values[b].abs().total_cmp(&pairs.values[a].abs()));
        let wanted = self.wanted - self.known;
        let is_whole = size == self.vector.len();
        let length = if is_whole { 0.0 } else { self.square.sqrt() };
        let residual = |&at: &usize| (length * pairs.vectors[[searched - 1, at]]).abs();
        let worst = order[..wanted].iter().map(residual).fold(0.0, f64::max);
        self.calm = if worst < TOLERANCE { self.calm + 1 } else { 0 };
        let after = if is_whole || self.calm == CALM {
            order.truncate(wanted);
            order.sort_unstable();
            After::Check
        } else if self.rounds == MAX_ROUNDS {
            return Err(self.not_converged(worst));
        } else if self.calm == 1 || length < NOTHING {
            // What has not converged would lose its way on: the remainder gives way to a random vector.
            order.retain(|at| residual(at) < TOLERANCE);
            order.truncate(wanted + KEPT);
            After::Draw
        } else {
            order.truncate(wanted + KEPT);
            After::Append
        };
        self.restart(&pairs, &order);
        self.phase = Phase::Rotate(after);
        Ok(())
    }

    /// Prepares the rotation to the known vectors and the given Ritz vectors.
    fn restart(&mut self, pairs: &Eigenpairs, order: &[usize]) {
        let (size, known) = (self.basis.size, self.known);
        self.kept = known + order.len();
        self.values = vec![1.0; known];
        self.values.extend(order.iter().map(|&at| pairs.values[at]));
        let entry = |row: usize, column: usize| match (row < known, column < known) {
            (false, false) => pairs.vectors[[row - known, order[column - known]]],
            _ => f64::from(u8::from(row == column)),
        };
        let places = (0..size).flat_map(|row| (0..self.kept).map(move |column| (row, column)));
        self.rotation = places.map(|(row, column)| entry(row, column)).collect();
        self.projected.fill(0.0);
        for (at, &value) in self.values.iter().enumerate() {
            self.projected[[at, at]] = value;
        }
    }

    pub(super) fn not_converged(&self, residual: f64) -> AnalysisError {
        let (rounds, allowed) = (self.rounds, TOLERANCE);
        AnalysisError::NotConverged { step: "diffusion map", rounds, residual, allowed }
    }
}
