//! How far a map can be trusted: whether neighbours on it are neighbours in the data.

use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, rng::SplitMix64};

const LANES: usize = 8;

/// How distances between cells in the data are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    /// Straight-line distance.
    #[default]
    Euclidean,
    /// One minus the cosine of the angle.
    Cosine,
}

/// Settings of [`Trustworthiness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustworthinessParams {
    /// Neighbours on the map that are looked at.
    pub k: usize,
    /// How distances in the data are measured.
    pub metric: Metric,
    /// Cells that are judged, drawn at random; `None` judges all. Ranks always run over all cells.
    pub max_cells: Option<usize>,
    /// Decides which cells are judged.
    pub seed: u64,
}

impl Default for TrustworthinessParams {
    fn default() -> Self {
        Self { k: 15, metric: Metric::Euclidean, max_cells: Some(1000), seed: 0 }
    }
}

/// Trustworthiness (Venna & Kaski 2001), as `sklearn.manifold.trustworthiness`, in steps: 1 minus a
/// penalty for every neighbour on the map that is not among the k nearest in the data.
#[derive(Debug)]
pub struct Trustworthiness<'a> {
    data: &'a DenseMatrix,
    positions: &'a [[f32; 2]],
    params: TrustworthinessParams,
    /// 1 / length of every row, where the metric is the cosine.
    inverse_lengths: Vec<f32>,
    cells: Vec<u32>,
    done: usize,
    penalty: u64,
}

impl<'a> Trustworthiness<'a> {
    /// Prepares the comparison of a map with the data.
    ///
    /// # Shapes
    /// `data`: `[n_obs × d]`; `embedding`: `[n_obs × 2]`.
    ///
    /// # Errors
    /// If shapes disagree, a value is not finite, or k is not below half the number of cells.
    pub fn new(
        data: &'a DenseMatrix,
        embedding: &'a [f32],
        params: TrustworthinessParams,
    ) -> Result<Self, AnalysisError> {
        let n_obs = data.n_rows();
        let (positions, rest) = embedding.as_chunks::<2>();
        if positions.len() != n_obs || !rest.is_empty() {
            let (expected, found) = (2 * n_obs, embedding.len());
            return Err(AnalysisError::Shape { what: "coordinates of the map", expected, found });
        }
        if params.k == 0 || 2 * params.k >= n_obs {
            let allowed = format!("at least 1 and below half of the {n_obs} cells");
            return Err(AnalysisError::setting("k", allowed, params.k));
        }
        check_finite("data behind the map", data.data(), data.n_cols())?;
        check_finite("coordinates of the map", embedding, 2)?;
        let mut cells: Vec<u32> = (0..n_obs as u32).collect();
        if let Some(limit) = params.max_cells.filter(|&limit| limit < n_obs) {
            SplitMix64::new(params.seed).shuffle(&mut cells);
            cells.truncate(limit.max(1));
        }
        let inverse_lengths = match params.metric {
            Metric::Euclidean => Vec::new(),
            Metric::Cosine => (0..n_obs).map(|row| inverse_length(data.row(row))).collect(),
        };
        Ok(Self { data, positions, params, inverse_lengths, cells, done: 0, penalty: 0 })
    }

    /// Judges at most `limit` further cells.
    pub fn run(&mut self, limit: usize) -> Progress {
        let end = self.cells.len().min(self.done.saturating_add(limit.max(1)));
        for at in self.done..end {
            self.penalty += self.penalty_of(self.cells[at] as usize);
        }
        self.done = end;
        Progress { done: end, total: self.cells.len() }
    }

    /// The trustworthiness of the cells judged so far; 1 is perfect, 0.5 is what chance gives.
    #[must_use]
    pub fn value(&self) -> f64 {
        let (n_obs, k) = (self.positions.len() as f64, self.params.k as f64);
        let worst = self.done.max(1) as f64 * k * (2.0 * n_obs - 3.0 * k - 1.0) / 2.0;
        1.0 - self.penalty as f64 / worst
    }

    /// Sum over the neighbours on the map of how far their rank in the data lies beyond k.
    fn penalty_of(&self, cell: usize) -> u64 {
        let distances = self.distances(cell);
        let ranks = self.neighbors_on_map(cell).into_iter().map(|neighbor| {
            let (neighbor, own) = (neighbor as usize, distances[neighbor as usize]);
            let nearer = distances.iter().filter(|&&distance| distance < own).count();
            let ties = distances[..neighbor].iter().filter(|&&distance| distance == own).count();
            nearer + ties + 1
        });
        ranks.map(|rank| rank.saturating_sub(self.params.k) as u64).sum()
    }

    /// Squared distances to all cells, infinite to the cell itself.
    ///
    /// The cosine distance is half the squared distance of the rows at unit length; in this form nothing
    /// cancels where all angles are small. As in scikit-learn a row of zeros is at cosine distance 1.
    fn distances(&self, cell: usize) -> Vec<f32> {
        let scale = |other: usize| self.inverse_lengths.get(other).copied().unwrap_or(1.0);
        let own: Vec<f32> = self.data.row(cell).iter().map(|x| x * scale(cell)).collect();
        (0..self.positions.len())
            .map(|other| {
                if other == cell {
                    f32::INFINITY
                } else if scale(cell) == 0.0 || scale(other) == 0.0 {
                    2.0
                } else {
                    square_distance(&own, self.data.row(other), scale(other))
                }
            })
            .collect()
    }

    fn neighbors_on_map(&self, cell: usize) -> Vec<u32> {
        let [x, y] = self.positions[cell].map(f64::from);
        let mut others: Vec<(f64, u32)> = (0..self.positions.len())
            .filter(|&other| other != cell)
            .map(|other| {
                let [dx, dy] = self.positions[other].map(f64::from);
                ((dx - x).powi(2) + (dy - y).powi(2), other as u32)
            })
            .collect();
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        others.select_nth_unstable_by(self.params.k - 1, order);
        others[..self.params.k].iter().map(|&(_, other)| other).collect()
    }
}

/// The trustworthiness of a map, as one call.
///
/// # Errors
/// As for [`Trustworthiness::new`].
pub fn trustworthiness(
    data: &DenseMatrix,
    embedding: &[f32],
    params: TrustworthinessParams,
) -> Result<f64, AnalysisError> {
    let mut steps = Trustworthiness::new(data, embedding, params)?;
    steps.run(usize::MAX);
    Ok(steps.value())
}

/// 1 / length of a row, 0 for a row of zeros.
fn inverse_length(row: &[f32]) -> f32 {
    let square: f64 = row.iter().map(|&x| f64::from(x).powi(2)).sum();
    if square > 0.0 { square.sqrt().recip() as f32 } else { 0.0 }
}

/// |a - scale · b|².
fn square_distance(a: &[f32], b: &[f32], scale: f32) -> f32 {
    // Sums side by side let the compiler use SIMD, and round less than one.
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            let difference = a[lane] - scale * b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - scale * b).powi(2)).sum();
    sums.iter().sum::<f32>() + rest
}

fn check_finite(what: &'static str, values: &[f32], n_cols: usize) -> Result<(), AnalysisError> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => Err(AnalysisError::NotFinite { what, row: at / n_cols, column: at % n_cols }),
    }
}
