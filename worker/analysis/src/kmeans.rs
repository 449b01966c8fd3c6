//! Clusters of cells by k-means, for a number of clusters that is known.

use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, leiden::number_by_size, rng::SplitMix64};

/// A start ends when its centres move less than this share of the variance, as in scikit-learn.
const TOLERANCE: f64 = 1e-4;
/// Rounds that a start takes on average, for the estimate of the work that is left.
const EXPECTED_ROUNDS: usize = 20;
const LANES: usize = 8;

/// Settings of [`KMeans`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KMeansParams {
    /// Number of clusters.
    pub n_clusters: usize,
    /// Starts of which the best is kept.
    pub n_starts: usize,
    /// Rounds of a start at most.
    pub max_rounds: usize,
    /// Decides the first centres.
    pub seed: u64,
}

impl Default for KMeansParams {
    fn default() -> Self {
        Self { n_clusters: 8, n_starts: 10, max_rounds: 300, seed: 0 }
    }
}

/// The clusters that [`KMeans`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Cluster of each cell; 0 is the largest.
    pub labels: Vec<u32>,
    /// Sum of the squared distances from the cells to their centres.
    pub inertia: f64,
}

/// Lloyd's algorithm (1982) from k-means++ starts (Arthur & Vassilvitskii 2007), in steps.
///
/// A cluster that loses all its cells is given the cell that lies farthest from its centre, as in
/// scikit-learn.
#[derive(Debug)]
pub struct KMeans<'a> {
    data: &'a DenseMatrix,
    params: KMeansParams,
    rng: SplitMix64,
    /// The least squared movement of the centres that is worth another round.
    min_movement: f64,
    start: usize,
    stage: Stage,
    cell: usize,
    visited: usize,
    /// `[n_clusters × d]`, filled one by one while a start is seeded.
    centers: Vec<f32>,
    /// Squared distance from each cell to its centre.
    squares: Vec<f64>,
    labels: Vec<u32>,
    sums: Vec<f64>,
    best: Option<Partition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Seeding,
    Assigning { round: usize },
    Finished,
}

impl<'a> KMeans<'a> {
    /// Prepares the search.
    ///
    /// # Shapes
    /// `data`: `[n_obs × d]`, such as principal components.
    ///
    /// # Errors
    /// If a value is not finite, or there are more clusters than cells, or no cluster or start.
    pub fn new(data: &'a DenseMatrix, params: KMeansParams) -> Result<Self, AnalysisError> {
        let n_obs = data.n_rows();
        if params.n_clusters == 0 || params.n_clusters > n_obs {
            let allowed = format!("from 1 to the number of cells, {n_obs}");
            return Err(AnalysisError::setting("n_clusters", allowed, params.n_clusters));
        }
        if params.n_starts == 0 {
            return Err(AnalysisError::setting("n_starts", "at least 1", 0));
        }
        if let Some(at) = data.data().iter().position(|x| !x.is_finite()) {
            let (row, column) = (at / data.n_cols(), at % data.n_cols());
            return Err(AnalysisError::NotFinite { what: "cells to be clustered", row, column });
        }
        let mut search = Self {
            data,
            params,
            rng: SplitMix64::new(params.seed),
            min_movement: TOLERANCE * mean_variance(data),
            start: 0,
            stage: Stage::Seeding,
            cell: 0,
            visited: 0,
            centers: Vec::new(),
            squares: vec![f64::INFINITY; n_obs],
            labels: vec![0; n_obs],
            sums: Vec::new(),
            best: None,
        };
        search.add_center();
        Ok(search)
    }

    /// Visits at most `cells` cells; a visit compares one cell with one centre, or with all.
    ///
    /// The total is an estimate, since the algorithm stops by itself.
    pub fn run(&mut self, cells: usize) -> Progress {
        let mut left = cells.max(1);
        let n_obs = self.data.n_rows();
        while left > 0 && self.stage != Stage::Finished {
            let end = n_obs.min(self.cell.saturating_add(left));
            left -= end - self.cell;
            self.visited += end - self.cell;
            for cell in self.cell..end {
                match self.stage {
                    Stage::Seeding => self.compare_with_last_center(cell),
                    Stage::Assigning { .. } => self.assign(cell),
                    Stage::Finished => {}
                }
            }
            self.cell = end;
            if end == n_obs {
                self.cell = 0;
                self.next_stage();
            }
        }
        if self.stage == Stage::Finished {
            return Progress { done: self.visited, total: self.visited };
        }
        let of_one_start = n_obs * (self.params.n_clusters + EXPECTED_ROUNDS);
        let total = (self.params.n_starts * of_one_start).max(self.visited + 1);
        Progress { done: self.visited, total }
    }

    /// The best clusters of all starts, numbered by size.
    ///
    /// # Errors
    /// If the search has not finished yet.
    pub fn into_partition(self) -> Result<Partition, AnalysisError> {
        match self.best {
            Some(best) if self.stage == Stage::Finished => Ok(best),
            _ => {
                let message = "the clusters are taken before they are finished";
                Err(AnalysisError::OutOfTurn { step: "k-means", message })
            }
        }
    }

    fn next_stage(&mut self) {
        let d = self.data.n_cols();
        match self.stage {
            Stage::Seeding if self.centers.len() < self.params.n_clusters * d.max(1) && d > 0 => {
                self.add_center();
            }
            Stage::Seeding => self.open_round(0),
            Stage::Assigning { round } => {
                let movement = self.move_centers();
                if movement <= self.min_movement || round + 1 >= self.params.max_rounds {
                    self.close_start();
                } else {
                    self.open_round(round + 1);
                }
            }
            Stage::Finished => {}
        }
    }

    fn open_round(&mut self, round: usize) {
        self.sums = vec![0.0; self.centers.len()];
        self.stage = Stage::Assigning { round };
    }

    /// Draws a cell in proportion to its squared distance from the centres that there are.
    fn add_center(&mut self) {
        let total: f64 = self.squares.iter().sum();
        let mut cell = self.rng.below(self.data.n_rows());
        if total.is_finite() && total > 0.0 {
            let mut rest = self.rng.uniform() * total;
            let beyond = |square: &f64| {
                rest -= square;
                rest < 0.0
            };
            cell = self.squares.iter().position(beyond).unwrap_or(cell);
        }
        self.centers.extend_from_slice(self.data.row(cell));
    }

    fn compare_with_last_center(&mut self, cell: usize) {
        let last = self.centers.len() - self.data.n_cols();
        let square = square_distance(self.data.row(cell), &self.centers[last..]);
        self.squares[cell] = self.squares[cell].min(square);
    }

    fn assign(&mut self, cell: usize) {
        let row = self.data.row(cell);
        let centers = self.centers.chunks(self.data.n_cols().max(1)).enumerate();
        let squares = centers.map(|(label, center)| (square_distance(row, center), label as u32));
        let nearest = squares.min_by(|a, b| a.0.total_cmp(&b.0));
        (self.squares[cell], self.labels[cell]) = nearest.unwrap_or((0.0, 0));
        let sums = &mut self.sums[self.labels[cell] as usize * row.len()..][..row.len()];
        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }

    /// Moves every centre to the mean of its cells; returns the sum of the squared movements.
    fn move_centers(&mut self) -> f64 {
        let d = self.data.n_cols();
        let mut sizes = vec![0usize; self.params.n_clusters];
        self.labels.iter().for_each(|&label| sizes[label as usize] += 1);
        self.fill_empty(&mut sizes);
        let mut movement = 0.0;
        for (label, &size) in sizes.iter().enumerate().filter(|&(_, &size)| size > 0) {
            let range = label * d..(label + 1) * d;
            for (center, sum) in self.centers[range.clone()].iter_mut().zip(&self.sums[range]) {
                let mean = (sum / size as f64) as f32;
                movement += f64::from(mean - *center).powi(2);
                *center = mean;
            }
        }
        movement
    }

    fn fill_empty(&mut self, sizes: &mut [usize]) {
        let d = self.data.n_cols();
        for label in 0..sizes.len() {
            let farthest = (0..self.squares.len())
                .filter(|&cell| sizes[self.labels[cell] as usize] > 1)
                .max_by(|&a, &b| self.squares[a].total_cmp(&self.squares[b]));
            let (0, Some(cell)) = (sizes[label], farthest) else { continue };
            let old = self.labels[cell] as usize;
            for (at, &x) in self.data.row(cell).iter().enumerate() {
                self.sums[old * d + at] -= f64::from(x);
                self.sums[label * d + at] += f64::from(x);
            }
            sizes[old] -= 1;
            sizes[label] = 1;
            self.labels[cell] = label as u32;
            self.squares[cell] = 0.0;
        }
    }

    fn close_start(&mut self) {
        let inertia = self.squares.iter().sum();
        if self.best.as_ref().is_none_or(|best| inertia < best.inertia) {
            let (labels, _) = number_by_size(&self.labels);
            self.best = Some(Partition { labels, inertia });
        }
        self.start += 1;
        if self.start == self.params.n_starts {
            self.stage = Stage::Finished;
            return;
        }
        self.stage = Stage::Seeding;
        self.centers.clear();
        self.squares.fill(f64::INFINITY);
        self.add_center();
    }
}

fn square_distance(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    f64::from(sums.iter().sum::<f32>() + rest)
}

/// Mean over the columns of their variance.
fn mean_variance(data: &DenseMatrix) -> f64 {
    let (n_obs, d) = (data.n_rows(), data.n_cols());
    let (mut sums, mut squares) = (vec![0.0; d], vec![0.0; d]);
    for row in 0..n_obs {
        for (at, &x) in data.row(row).iter().enumerate() {
            sums[at] += f64::from(x);
            squares[at] += f64::from(x).powi(2);
        }
    }
    let n_obs = n_obs.max(1) as f64;
    let variance = |(sum, square): (&f64, &f64)| square / n_obs - (sum / n_obs).powi(2);
    sums.iter().zip(&squares).map(variance).sum::<f64>() / d.max(1) as f64
}
