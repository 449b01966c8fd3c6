//! The fuzzy neighbour graph (`obsp["connectivities"]`) that clusters and UMAP are computed on.

use lexicell_matrix::CsrMatrix;

use crate::{AnalysisError, Neighbors, Progress};

/// Bisection ends when the memberships of a cell add up to log2(n_neighbors) within this.
const TOLERANCE: f32 = 1e-5;
/// Bisection ends after this many steps in any case.
const MAX_BISECTIONS: usize = 64;
/// A scale is at least this share of the mean distance, so that repeated cells do not collapse.
const MIN_SCALE: f32 = 1e-3;
/// The two directions of an edge may differ by this share, as rounding in other programs leaves them.
const SYMMETRY_TOLERANCE: f32 = 1e-4;

/// The fuzzy union of all local neighbourhoods, as one call.
///
/// # Shapes
/// `[n_obs × n_obs]`, symmetric, weights in (0, 1], no diagonal.
///
/// # Errors
/// As for [`Connectivities::new`].
pub fn connectivities(neighbors: &Neighbors) -> Result<CsrMatrix, AnalysisError> {
    let mut steps = Connectivities::new(neighbors.clone())?;
    while !steps.run(usize::MAX)?.is_done() {}
    steps.into_matrix()
}

/// Builds the fuzzy neighbour graph in steps: `umap.umap_.fuzzy_simplicial_set` with
/// `local_connectivity = 1`, `bandwidth = 1` and `set_op_mix_ratio = 1`, the settings of scanpy's
/// `pp.neighbors` (McInnes, Healy & Melville 2018, algorithm 2).
///
/// umap-learn counts a cell among its own neighbours; [`Neighbors`] does not. Memberships add up to
/// log2(k + 1), and means run over k + 1 distances, so that k = 14 gives scanpy's default graph.
#[derive(Debug)]
pub struct Connectivities {
    neighbors: Neighbors,
    mean_distance: f32,
    stage: Stage,
    cell: usize,
    /// Membership of each neighbour, `[n_obs × k]`, in the order of the sorted neighbour lists.
    memberships: Vec<f32>,
    /// Where each column starts in the transposed arrays; `n_obs + 1` values.
    starts: Vec<u32>,
    /// The next free place of each column in the transposed arrays.
    cursors: Vec<u32>,
    rows: Vec<u32>,
    transposed: Vec<f32>,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    weights: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Smooth,
    Transpose,
    Unite,
    Finished,
}

impl Connectivities {
    /// Prepares the graph of the given neighbours.
    ///
    /// # Errors
    /// If the neighbour lists contradict themselves, or hold 2³² entries and more.
    pub fn new(neighbors: Neighbors) -> Result<Self, AnalysisError> {
        neighbors.check()?;
        let (n_obs, n_edges) = (neighbors.n_rows(), neighbors.indices.len());
        if u32::try_from(n_edges).is_err() {
            return Err(AnalysisError::setting("k", "small enough for 2^32 edges", neighbors.k));
        }
        let sum: f64 = neighbors.distances.iter().map(|&distance| f64::from(distance)).sum();
        Ok(Self {
            mean_distance: (sum / (n_edges + n_obs) as f64) as f32,
            stage: Stage::Smooth,
            cell: 0,
            memberships: vec![0.0; n_edges],
            starts: vec![0; n_obs + 1],
            cursors: Vec::new(),
            rows: Vec::new(),
            transposed: Vec::new(),
            indptr: Vec::with_capacity(n_obs + 1),
            indices: Vec::new(),
            weights: Vec::new(),
            neighbors,
        })
    }

    /// Goes on for at most `limit` cells; every cell is visited three times.
    ///
    /// # Errors
    /// None today.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let n_obs = self.neighbors.n_rows();
        let end = n_obs.min(self.cell.saturating_add(limit.max(1)));
        for cell in self.cell..end {
            match self.stage {
                Stage::Smooth => self.smooth(cell),
                Stage::Transpose => self.transpose(cell),
                Stage::Unite => self.unite(cell),
                Stage::Finished => {}
            }
        }
        self.cell = end;
        if end == n_obs {
            self.next_stage();
        }
        Ok(self.progress())
    }

    /// The finished graph.
    ///
    /// # Errors
    /// If the graph is not finished yet.
    pub fn into_matrix(self) -> Result<CsrMatrix, AnalysisError> {
        if self.stage != Stage::Finished {
            let message = "the graph is taken before it is finished";
            return Err(AnalysisError::OutOfTurn { step: "connectivities", message });
        }
        let n_obs = self.neighbors.n_rows();
        Ok(CsrMatrix::try_new(n_obs, n_obs, self.indptr, self.indices, self.weights)?)
    }

    fn progress(&self) -> Progress {
        let n_obs = self.neighbors.n_rows();
        let done = match self.stage {
            Stage::Smooth => self.cell,
            Stage::Transpose => n_obs + self.cell,
            Stage::Unite => 2 * n_obs + self.cell,
            Stage::Finished => 3 * n_obs,
        };
        Progress { done, total: 3 * n_obs }
    }

    fn next_stage(&mut self) {
        let n_edges = self.neighbors.indices.len();
        self.cell = 0;
        self.stage = match self.stage {
            Stage::Smooth => {
                let mut sum = 0;
                for start in &mut self.starts {
                    sum += *start;
                    *start = sum;
                }
                self.cursors.clone_from(&self.starts);
                self.rows = vec![0; n_edges];
                self.transposed = vec![0.0; n_edges];
                Stage::Transpose
            }
            Stage::Transpose => {
                self.cursors = Vec::new();
                self.indptr.push(0);
                self.indices.reserve(n_edges + n_edges / 2);
                self.weights.reserve(n_edges + n_edges / 2);
                Stage::Unite
            }
            Stage::Unite | Stage::Finished => Stage::Finished,
        };
    }

    /// Turns the distances of one cell into memberships, and sorts its neighbours by row number.
    fn smooth(&mut self, cell: usize) {
        let range = cell * self.neighbors.k..(cell + 1) * self.neighbors.k;
        let distances = &self.neighbors.distances[range.clone()];
        let (rho, sigma) = local_scale(distances, self.mean_distance);
        let mut entries: Vec<(u32, f32)> = self.neighbors.indices[range.clone()]
            .iter()
            .zip(distances)
            .map(|(&other, &distance)| (other, membership(distance, rho, sigma)))
            .collect();
        entries.sort_by_key(|&(other, _)| other);
        for (at, (other, weight)) in range.zip(entries) {
            self.neighbors.indices[at] = other;
            self.memberships[at] = weight;
            self.starts[other as usize + 1] += 1;
        }
    }

    fn transpose(&mut self, cell: usize) {
        for at in cell * self.neighbors.k..(cell + 1) * self.neighbors.k {
            let cursor = &mut self.cursors[self.neighbors.indices[at] as usize];
            self.rows[*cursor as usize] = cell as u32;
            self.transposed[*cursor as usize] = self.memberships[at];
            *cursor += 1;
        }
    }

    /// Merges row and column of one cell: a + b − ab, the probabilistic union.
    fn unite(&mut self, cell: usize) {
        let mut at = cell * self.neighbors.k;
        let end = at + self.neighbors.k;
        let mut other = self.starts[cell] as usize;
        let other_end = self.starts[cell + 1] as usize;
        while at < end || other < other_end {
            let own_index = if at < end { self.neighbors.indices[at] } else { u32::MAX };
            let other_index = if other < other_end { self.rows[other] } else { u32::MAX };
            let index = own_index.min(other_index);
            let (mut weight, mut reverse) = (0.0, 0.0);
            if own_index == index {
                weight = self.memberships[at];
                at += 1;
            }
            if other_index == index {
                reverse = self.transposed[other];
                other += 1;
            }
            let union = weight + reverse - weight * reverse;
            if union > 0.0 {
                self.indices.push(index);
                self.weights.push(union);
            }
        }
        self.indptr.push(self.indices.len());
    }
}

/// Distance to the nearest different cell, and the scale at which memberships add up to
/// log2(k + 1): `umap.umap_.smooth_knn_dist`, in single precision as there.
fn local_scale(distances: &[f32], mean_distance: f32) -> (f32, f32) {
    let target = ((distances.len() + 1) as f32).log2();
    let rho = distances.iter().copied().find(|&distance| distance > 0.0).unwrap_or(0.0);
    let (mut low, mut high, mut sigma) = (0.0, f32::MAX, 1.0);
    for _ in 0..MAX_BISECTIONS {
        let sum: f32 = distances.iter().map(|&distance| membership(distance, rho, sigma)).sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = sigma;
            sigma = (low + high) / 2.0;
        } else {
            low = sigma;
            sigma = if high == f32::MAX { sigma * 2.0 } else { (low + high) / 2.0 };
        }
    }
    let mean = if rho > 0.0 {
        distances.iter().sum::<f32>() / (distances.len() + 1) as f32
    } else {
        mean_distance
    };
    (rho, sigma.max(MIN_SCALE * mean))
}

/// Checks that a matrix is a neighbour graph: square, symmetric, weights finite and > 0 off the diagonal.
///
/// # Errors
/// [`AnalysisError::Graph`] names the first row that is wrong.
pub(crate) fn check(graph: &CsrMatrix) -> Result<(), AnalysisError> {
    if graph.n_rows() != graph.n_cols() {
        let (expected, found) = (graph.n_rows(), graph.n_cols());
        return Err(AnalysisError::Shape { what: "columns of the graph", expected, found });
    }
    // Rows are walked in order, so column `row` must be the next entry of every row it points to.
    let mut cursors = graph.indptr()[..graph.n_rows()].to_vec();
    for row in 0..graph.n_rows() {
        let refuse = |reason| Err(AnalysisError::Graph { row, reason });
        let (indices, weights) = graph.row(row);
        for (&other, &weight) in indices.iter().zip(weights) {
            if !(weight.is_finite() && weight > 0.0) {
                return refuse("a weight is not a number above 0");
            }
            let cursor = &mut cursors[other as usize];
            let inside = *cursor < graph.indptr()[other as usize + 1];
            if !inside || graph.indices()[*cursor] as usize != row {
                return refuse("an edge is not there in both directions");
            }
            if (graph.data()[*cursor] - weight).abs() > SYMMETRY_TOLERANCE * weight {
                return refuse("an edge has two different weights");
            }
            *cursor += 1;
        }
    }
    Ok(())
}

fn membership(distance: f32, rho: f32, sigma: f32) -> f32 {
    let beyond = distance - rho;
    if beyond <= 0.0 || sigma == 0.0 { 1.0 } else { (-(beyond / sigma)).exp() }
}
