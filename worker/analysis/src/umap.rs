//! The map of cells: UMAP's layout of the neighbour graph in two dimensions.

mod curve;
mod layout;
mod power;
mod schedule;

use lexicell_matrix::CsrMatrix;

use crate::{AnalysisError, Progress, graph};
pub use curve::Curve;
use layout::Layout;
use schedule::Schedule;

/// Up to this many cells the default is [`EPOCHS_OF_SMALL`] epochs.
const SMALL: usize = 10_000;
const EPOCHS_OF_SMALL: usize = 500;
const EPOCHS_OF_LARGE: usize = 200;

/// Settings of [`Umap`]; the defaults are those of scanpy's `tl.umap`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UmapParams {
    /// How close neighbours may lie; small values give dense clumps.
    pub min_dist: f64,
    /// The scale of the map.
    pub spread: f64,
    /// Passes over the graph; `None` is 500 up to 10,000 cells, and 200 above.
    pub n_epochs: Option<usize>,
    /// Random cells that push for each neighbour that pulls.
    pub negative_sample_rate: usize,
    /// Step at the first epoch; it falls to zero in a straight line.
    pub learning_rate: f32,
    /// Weight of the pushes.
    pub repulsion_strength: f32,
    /// Decides the noise on the start and which random cells push.
    pub seed: u64,
}

impl Default for UmapParams {
    fn default() -> Self {
        Self {
            min_dist: 0.5,
            spread: 1.0,
            n_epochs: None,
            negative_sample_rate: 5,
            learning_rate: 1.0,
            repulsion_strength: 1.0,
            seed: 0,
        }
    }
}

/// UMAP's layout (McInnes, Healy & Melville 2018), in steps: `umap.layouts.optimize_layout_euclidean` on
/// one thread, the same result for the same seed.
///
/// It differs from umap-learn in three ways that do not touch the quality: every pull comes with exactly
/// `negative_sample_rate` pushes, these are computed from one position of the cell, and powers are good
/// to 2·10⁻⁵.
#[derive(Debug)]
pub struct Umap {
    schedule: Schedule,
    layout: Layout,
    n_epochs: usize,
    epoch: usize,
    /// The next cell of the epoch.
    cell: usize,
    learning_rate: f32,
}

impl Umap {
    /// Prepares the layout from start positions, such as [`SpectralLayout`](crate::spectral) or the
    /// first two principal components; they are scaled, and a little noise is added.
    ///
    /// # Shapes
    /// `graph`: `[n_obs × n_obs]`, connectivities; `start`: `[n_obs × 2]`.
    ///
    /// # Errors
    /// If shapes disagree, the graph is not symmetric, a start is not finite, or a setting makes no sense.
    pub fn new(
        graph: &CsrMatrix,
        start: &[f32],
        params: UmapParams,
    ) -> Result<Self, AnalysisError> {
        graph::check(graph)?;
        let n_obs = graph.n_rows();
        let n_epochs = match params.n_epochs {
            Some(n_epochs) => n_epochs,
            None if n_obs <= SMALL => EPOCHS_OF_SMALL,
            None => EPOCHS_OF_LARGE,
        };
        check_rates(&params)?;
        let curve = Curve::fit(params.min_dist, params.spread)?;
        let positions = schedule::start_positions(start, n_obs, params.seed)?;
        Ok(Self {
            schedule: Schedule::new(graph, n_epochs),
            layout: Layout::new(positions, curve, &params),
            n_epochs,
            epoch: 0,
            cell: 0,
            learning_rate: params.learning_rate,
        })
    }

    /// Goes on for that many epochs, or to the end.
    pub fn run(&mut self, epochs: usize) -> Progress {
        let end = self.n_epochs.min(self.epoch.saturating_add(epochs));
        while self.epoch < end {
            self.run_epoch(usize::MAX);
        }
        self.progress()
    }

    /// Goes on until some `edge_limit` edges were looked at, within an epoch or across epochs;
    /// 250,000 take about 10 ms.
    pub fn run_edges(&mut self, edge_limit: usize) -> Progress {
        let mut left = edge_limit.max(1);
        while left > 0 && self.epoch < self.n_epochs {
            left = left.saturating_sub(self.run_epoch(left));
        }
        self.progress()
    }

    /// Where the cells are now.
    ///
    /// # Shapes
    /// `[n_obs × 2]`, x and y of each cell in turn.
    #[must_use]
    pub fn embedding(&self) -> &[f32] {
        self.layout.positions().as_flattened()
    }

    /// Epochs finished, and epochs in all.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.epoch, total: self.n_epochs }
    }

    /// Goes on with the epoch at work; returns how many edges were looked at.
    fn run_epoch(&mut self, edge_limit: usize) -> usize {
        // umap-learn lowers the step at the end of each epoch, so that two epochs have the full one.
        let elapsed = self.epoch.saturating_sub(1) as f32 / self.n_epochs as f32;
        let step = self.learning_rate * (1.0 - elapsed);
        let n_obs = self.schedule.n_obs();
        let mut looked_at = 0;
        while self.cell < n_obs && looked_at < edge_limit {
            let edges = self.schedule.edges(self.cell);
            looked_at += edges.len() + 1;
            self.layout.move_cell(self.cell, edges, &mut self.schedule, self.epoch as f32, step);
            self.cell += 1;
        }
        if self.cell == n_obs {
            self.cell = 0;
            self.epoch += 1;
        }
        looked_at
    }
}

fn check_rates(params: &UmapParams) -> Result<(), AnalysisError> {
    let rates = [
        ("learning_rate", params.learning_rate),
        ("repulsion_strength", params.repulsion_strength),
    ];
    for (setting, value) in rates {
        if !(value.is_finite() && value >= 0.0) {
            return Err(AnalysisError::setting(setting, "a number ≥ 0", value));
        }
    }
    Ok(())
}
