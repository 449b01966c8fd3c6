//! Start positions for UMAP: the spectral layout of the neighbour graph.

pub(crate) mod components;
mod lanczos;

use lexicell_matrix::{CsrMatrix, DenseMatrix};

use crate::{AnalysisError, Progress, graph, rng::SplitMix64};
use components::Component;
use lanczos::Lanczos;

/// Matrix products that are spent on a component at most.
const MAX_PRODUCTS: usize = 600;
/// Parts of this size and less are scattered at random, as in umap-learn.
const SMALL: usize = 3;

/// The two smoothest non-constant eigenvectors of the normalised Laplacian, in steps
/// (`umap.spectral.spectral_layout`).
///
/// Parts of the graph that are not connected are laid out one by one and set beside each other
/// (`umap.spectral.multi_component_layout`); more than four parts are placed by the principal components
/// of their centroids.
#[derive(Debug)]
pub struct SpectralLayout {
    components: Vec<Component>,
    centers: Vec<[f32; 2]>,
    solver: Option<Lanczos>,
    at: usize,
    positions: Vec<f32>,
    rng: SplitMix64,
}

impl SpectralLayout {
    /// Finds the connected parts of the graph.
    ///
    /// # Shapes
    /// `graph`: `[n_obs × n_obs]`, connectivities; `data`: `[n_obs × d]`, what the graph was made from,
    /// used to place more than four parts (on a spiral where it is missing).
    ///
    /// # Errors
    /// If the graph is not symmetric, or the data has not as many rows.
    pub fn new(
        graph: &CsrMatrix,
        data: Option<&DenseMatrix>,
        seed: u64,
    ) -> Result<Self, AnalysisError> {
        graph::check(graph)?;
        let n_obs = graph.n_rows();
        if let Some(found) = data.map(DenseMatrix::n_rows).filter(|&found| found != n_obs) {
            return Err(AnalysisError::Shape { what: "rows of the data", expected: n_obs, found });
        }
        let components = components::split(graph);
        let centers = components::centers(&components, data);
        let mut layout = Self {
            components,
            centers,
            solver: None,
            at: 0,
            positions: vec![0.0; 2 * n_obs],
            rng: SplitMix64::new(seed),
        };
        layout.open();
        Ok(layout)
    }

    /// Goes on for that many products of the graph with a vector.
    pub fn run(&mut self, products: usize) -> Progress {
        for _ in 0..products.max(1) {
            let Some(solver) = &mut self.solver else { break };
            solver.step(&self.components[self.at].graph);
            if solver.is_done() {
                let vectors = solver.take_vectors();
                self.place(&vectors);
                self.at += 1;
                self.open();
            }
        }
        let within =
            self.solver.as_ref().map_or(0, |solver| solver.products().min(MAX_PRODUCTS - 1));
        let total = (self.components.len() * MAX_PRODUCTS).max(1);
        let done =
            if self.at == self.components.len() { total } else { self.at * MAX_PRODUCTS + within };
        Progress { done, total }
    }

    /// The start positions.
    ///
    /// # Shapes
    /// `[n_obs × 2]`, x and y of each cell in turn.
    ///
    /// # Errors
    /// If the layout has not finished yet.
    pub fn into_positions(self) -> Result<Vec<f32>, AnalysisError> {
        if self.at == self.components.len() {
            Ok(self.positions)
        } else {
            let message = "the positions are taken before they are finished";
            Err(AnalysisError::OutOfTurn { step: "spectral layout", message })
        }
    }

    /// Opens the solver of the next part that is worth one, and scatters the small parts before it.
    fn open(&mut self) {
        self.solver = None;
        while let Some(component) = self.components.get(self.at) {
            if component.cells.len() > SMALL {
                let seed = self.rng.next_u64();
                self.solver = Some(Lanczos::new(&component.graph, MAX_PRODUCTS, seed));
                return;
            }
            let scattered: Vec<[f32; 2]> = component
                .cells
                .iter()
                .map(|_| [0, 1].map(|_| (2.0 * self.rng.uniform() - 1.0) as f32))
                .collect();
            self.place(&scattered);
            self.at += 1;
        }
    }

    /// Sets the part at work around its centre, half as wide as the way to the next centre.
    fn place(&mut self, vectors: &[[f32; 2]]) {
        let center = self.centers[self.at];
        let largest =
            vectors.as_flattened().iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        let factor = if largest > 0.0 { self.room(center) / largest } else { 0.0 };
        for (&cell, vector) in self.components[self.at].cells.iter().zip(vectors) {
            for axis in 0..2 {
                self.positions[2 * cell as usize + axis] = center[axis] + factor * vector[axis];
            }
        }
    }

    fn room(&self, center: [f32; 2]) -> f32 {
        let distance = |other: &[f32; 2]| (other[0] - center[0]).hypot(other[1] - center[1]);
        let nearest = self.centers.iter().map(distance).filter(|&distance| distance > 0.0);
        let nearest = nearest.fold(f32::INFINITY, f32::min);
        if nearest.is_finite() { nearest / 2.0 } else { 1.0 }
    }
}
