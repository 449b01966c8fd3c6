use std::ops::Range;

use lexicell_matrix::CsrMatrix;

use crate::{AnalysisError, rng::SplitMix64};

/// The start positions fill a square of this width.
const WIDTH: f32 = 10.0;
/// Standard deviation of the noise on the start positions.
const NOISE: f64 = 1e-4;

/// When each edge pulls: the strongest in every epoch, one of half the weight in every other.
#[derive(Debug)]
pub(super) struct Schedule {
    indptr: Vec<usize>,
    pub(super) tails: Vec<u32>,
    /// Epochs from one pull to the next.
    pub(super) periods: Vec<f32>,
    /// The epoch of the next pull.
    pub(super) due: Vec<f32>,
}

impl Schedule {
    /// Leaves out edges so weak that they would never pull.
    pub(super) fn new(graph: &CsrMatrix, n_epochs: usize) -> Self {
        let strongest = graph.data().iter().copied().fold(0.0, f32::max);
        let weakest = strongest / n_epochs.max(1) as f32;
        let mut indptr = Vec::with_capacity(graph.n_rows() + 1);
        let (mut tails, mut periods) = (Vec::new(), Vec::new());
        indptr.push(0);
        for cell in 0..graph.n_rows() {
            let (others, weights) = graph.row(cell);
            for (&other, &weight) in others.iter().zip(weights) {
                if weight >= weakest && other as usize != cell {
                    tails.push(other);
                    periods.push(strongest / weight);
                }
            }
            indptr.push(tails.len());
        }
        Self { indptr, tails, due: periods.clone(), periods }
    }

    /// Number of cells.
    pub(super) fn n_obs(&self) -> usize {
        self.indptr.len() - 1
    }

    /// The edges of one cell.
    pub(super) fn edges(&self, cell: usize) -> Range<usize> {
        self.indptr[cell]..self.indptr[cell + 1]
    }
}

/// Scales start positions to a square, with a little noise against cells in the same place
/// (`umap.umap_.noisy_scale_coords` and the scaling that follows it).
pub(super) fn start_positions(
    start: &[f32],
    n_obs: usize,
    seed: u64,
) -> Result<Vec<[f32; 2]>, AnalysisError> {
    let (cells, []) = start.as_chunks::<2>() else {
        return Err(shape(n_obs, start.len()));
    };
    if cells.len() != n_obs {
        return Err(shape(n_obs, start.len()));
    }
    if let Some(at) = start.iter().position(|x| !x.is_finite()) {
        let what = "start positions";
        return Err(AnalysisError::NotFinite { what, row: at / 2, column: at % 2 });
    }
    let largest = start.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    let factor = if largest > 0.0 { WIDTH / largest } else { 1.0 };
    let mut rng = SplitMix64::new(seed);
    let mut noisy = |x: f32| x * factor + (rng.normal() * NOISE) as f32;
    let mut positions: Vec<[f32; 2]> = cells.iter().map(|&[x, y]| [noisy(x), noisy(y)]).collect();
    for axis in 0..2 {
        let values = positions.iter().map(|position| position[axis]);
        let low = values.clone().fold(f32::INFINITY, f32::min);
        let range = values.fold(f32::NEG_INFINITY, f32::max) - low;
        let factor = if range > 0.0 { WIDTH / range } else { 0.0 };
        positions.iter_mut().for_each(|position| position[axis] = (position[axis] - low) * factor);
    }
    Ok(positions)
}

fn shape(n_obs: usize, found: usize) -> AnalysisError {
    AnalysisError::Shape { what: "start positions", expected: 2 * n_obs, found }
}
