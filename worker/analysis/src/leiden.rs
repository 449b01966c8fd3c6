//! Clusters of cells: the Leiden algorithm on the neighbour graph.

mod aggregation;
mod links;
mod moving;
mod network;
mod refinement;
mod splitting;

use lexicell_matrix::CsrMatrix;

use crate::{AnalysisError, Progress, graph, rng::SplitMix64};
use aggregation::Aggregation;
use moving::LocalMoving;
use network::Network;
use refinement::Refinement;
use splitting::Splitting;

/// An iteration that adds less modularity than this is the last one.
const MIN_IMPROVEMENT: f64 = 1e-9;
/// How often the edges are read on average, for the estimate of the work that is left.
const EXPECTED_PASSES: usize = 60;

/// Settings of [`Leiden`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeidenParams {
    /// More than 1 gives more and smaller clusters, less than 1 fewer and larger ones.
    pub resolution: f64,
    /// Rounds over the whole graph; `None` goes on until a round improves nothing
    /// (leidenalg's `n_iterations = -1`).
    pub n_iterations: Option<usize>,
    /// Decides the order in which cells are visited.
    pub seed: u64,
}

impl Default for LeidenParams {
    fn default() -> Self {
        Self { resolution: 1.0, n_iterations: None, seed: 0 }
    }
}

/// The clusters that [`Leiden`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Cluster of each cell; 0 is the largest.
    pub labels: Vec<u32>,
    /// Number of clusters.
    pub n_clusters: usize,
    /// Modularity at the resolution asked for: Σ (inside / 2m − resolution · (strength / 2m)²).
    pub modularity: f64,
    /// Rounds that were made.
    pub n_iterations: usize,
}

/// The Leiden algorithm (Traag, Waltman & van Eck 2019) for modularity with a resolution (Reichardt &
/// Bornholdt 2006; leidenalg's `RBConfigurationVertexPartition`), in steps.
///
/// Local moving and refinement take the best move, as leidenalg does, and refinement merges only what is
/// well connected (the paper, algorithm A.2). Every cluster is connected.
#[derive(Debug)]
pub struct Leiden {
    params: LeidenParams,
    rng: SplitMix64,
    base: Network,
    /// The aggregate network at work; `None` at the lowest level.
    level: Option<Network>,
    /// The node of the network at work that each cell belongs to.
    nodes: Vec<u32>,
    /// The community of each node of the network at work.
    communities: Vec<u32>,
    stage: Stage,
    labels: Vec<u32>,
    modularity: f64,
    n_iterations: usize,
    edges_read: usize,
}

#[derive(Debug)]
enum Stage {
    Moving(LocalMoving),
    Refining(Refinement),
    Aggregating(Aggregation),
    Splitting(Splitting),
    Finished,
}

impl Leiden {
    /// Starts with every cell on its own.
    ///
    /// # Shapes
    /// `graph`: `[n_obs × n_obs]`, symmetric, weights > 0; the diagonal is ignored.
    ///
    /// # Errors
    /// If the graph is not of that form, or the resolution is negative or not finite.
    pub fn new(graph: &CsrMatrix, params: LeidenParams) -> Result<Self, AnalysisError> {
        graph::check(graph)?;
        if !params.resolution.is_finite() || params.resolution < 0.0 {
            return Err(AnalysisError::setting("resolution", "a number ≥ 0", params.resolution));
        }
        let base = Network::new(graph);
        let mut leiden = Self {
            rng: SplitMix64::new(params.seed),
            level: None,
            nodes: Vec::new(),
            communities: Vec::new(),
            stage: Stage::Finished,
            labels: (0..base.n_nodes() as u32).collect(),
            modularity: f64::NEG_INFINITY,
            n_iterations: 0,
            edges_read: 0,
            params,
            base,
        };
        if leiden.base.n_nodes() > 0 && params.n_iterations != Some(0) {
            leiden.start_iteration();
        }
        Ok(leiden)
    }

    /// Goes on until some `edge_limit` edges were read; two million take about 25 ms in wasm.
    ///
    /// The total is an estimate, since the algorithm stops by itself.
    pub fn run(&mut self, edge_limit: usize) -> Progress {
        let mut budget = edge_limit.max(1);
        while budget > 0 && !matches!(self.stage, Stage::Finished) {
            let before = budget;
            self.step(&mut budget);
            self.edges_read = self.edges_read.saturating_add(before - budget);
        }
        let expected = (EXPECTED_PASSES * self.base.n_edges()).max(1);
        match self.stage {
            Stage::Finished => Progress { done: self.edges_read, total: self.edges_read },
            _ => Progress { done: self.edges_read, total: expected.max(self.edges_read + 1) },
        }
    }

    /// The clusters, numbered by size.
    ///
    /// # Errors
    /// If the algorithm has not finished yet.
    pub fn into_clusters(self) -> Result<Clusters, AnalysisError> {
        if !matches!(self.stage, Stage::Finished) {
            let message = "the clusters are taken before they are finished";
            return Err(AnalysisError::OutOfTurn { step: "leiden", message });
        }
        let (labels, n_clusters) = number_by_size(&self.labels);
        let (modularity, n_iterations) = (self.modularity.max(-1.0), self.n_iterations);
        Ok(Clusters { labels, n_clusters, modularity, n_iterations })
    }

    fn start_iteration(&mut self) {
        self.level = None;
        self.nodes = (0..self.base.n_nodes() as u32).collect();
        self.communities.clone_from(&self.labels);
        self.stage = Stage::Moving(LocalMoving::new(&self.base, &self.communities, &mut self.rng));
    }

    /// Goes on with the stage at work, and enters the next one when it is done.
    fn step(&mut self, budget: &mut usize) {
        let network = self.level.as_ref().unwrap_or(&self.base);
        let resolution = self.params.resolution;
        match &mut self.stage {
            Stage::Moving(moving) => {
                if moving.run(network, &mut self.communities, resolution, budget) {
                    let n_communities = moving.n_communities();
                    self.leave_moving(n_communities);
                }
            }
            Stage::Refining(refinement) => {
                if refinement.run(network, &self.communities, resolution, budget) {
                    let refined = refinement.take();
                    self.leave_refining(&refined);
                }
            }
            Stage::Aggregating(aggregation) => {
                if aggregation.run(network, budget) {
                    let next = aggregation.take();
                    self.stage =
                        Stage::Moving(LocalMoving::new(&next, &self.communities, &mut self.rng));
                    self.level = Some(next);
                }
            }
            Stage::Splitting(splitting) => {
                if splitting.run(&self.base, budget) {
                    let (labels, modularity) = splitting.take(&self.base, resolution);
                    self.leave_splitting(labels, modularity);
                }
            }
            Stage::Finished => {}
        }
    }

    fn leave_moving(&mut self, n_communities: usize) {
        let network = self.level.as_ref().unwrap_or(&self.base);
        self.stage = if n_communities == network.n_nodes() {
            self.flatten()
        } else {
            Stage::Refining(Refinement::new(network, &self.communities, &mut self.rng))
        };
    }

    fn leave_refining(&mut self, refined: &[u32]) {
        let network = self.level.as_ref().unwrap_or(&self.base);
        let (groups, n_groups) = number_by_appearance(refined);
        if n_groups == network.n_nodes() {
            // Nothing can be merged any more; communities that fall apart are split at the end.
            self.stage = self.flatten();
            return;
        }
        let (communities, _) = number_by_appearance(&self.communities);
        let mut of_groups = vec![0; n_groups];
        for (&group, community) in groups.iter().zip(communities) {
            of_groups[group as usize] = community;
        }
        self.communities = of_groups;
        self.nodes.iter_mut().for_each(|node| *node = groups[*node as usize]);
        self.stage = Stage::Aggregating(Aggregation::new(network, groups, n_groups));
    }

    /// Carries the communities down to the cells.
    fn flatten(&self) -> Stage {
        let of_cells = self.nodes.iter().map(|&node| self.communities[node as usize]).collect();
        Stage::Splitting(Splitting::new(of_cells))
    }

    fn leave_splitting(&mut self, labels: Vec<u32>, modularity: f64) {
        let improvement = modularity - self.modularity;
        if improvement > 0.0 {
            self.labels = labels;
            self.modularity = modularity;
        }
        self.n_iterations += 1;
        let enough = self.params.n_iterations.is_some_and(|limit| self.n_iterations >= limit);
        if enough || improvement < MIN_IMPROVEMENT {
            self.level = None;
            self.stage = Stage::Finished;
        } else {
            self.start_iteration();
        }
    }
}

/// Numbers labels by where they first appear; returns how many there are.
fn number_by_appearance(labels: &[u32]) -> (Vec<u32>, usize) {
    let n_labels = labels.iter().max().map_or(0, |&label| label as usize + 1);
    let (mut numbers, mut next) = (vec![u32::MAX; n_labels], 0);
    let numbered = labels.iter().map(|&label| {
        let number = &mut numbers[label as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *number
    });
    let numbered = numbered.collect();
    (numbered, next as usize)
}

/// Numbers labels by size, largest first; among equals the first to appear comes first.
pub(crate) fn number_by_size(labels: &[u32]) -> (Vec<u32>, usize) {
    let (labels, n_labels) = number_by_appearance(labels);
    let mut sizes = vec![0usize; n_labels];
    labels.iter().for_each(|&label| sizes[label as usize] += 1);
    let mut order: Vec<u32> = (0..n_labels as u32).collect();
    order.sort_by_key(|&label| std::cmp::Reverse(sizes[label as usize]));
    let mut ranks = vec![0; n_labels];
    for (rank, label) in order.into_iter().enumerate() {
        ranks[label as usize] = rank as u32;
    }
    (labels.into_iter().map(|label| ranks[label as usize]).collect(), n_labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_numbered_by_size_and_then_by_appearance() {
        assert_eq!(number_by_size(&[7, 3, 3, 9, 9, 1]), (vec![2, 0, 0, 1, 1, 3], 4));
        assert_eq!(number_by_size(&[]), (vec![], 0));
    }
}
