use super::{links::Links, network::Network};
use crate::rng::SplitMix64;

/// Refinement (Traag et al. 2019, algorithm A.2, `RefinePartition`): within each community, nodes that
/// are still alone join the well-connected group that gains most. Groups only ever grow along edges,
/// so they are connected.
#[derive(Debug)]
pub(super) struct Refinement {
    order: Vec<u32>,
    /// Visits made: first every node for its outer weight, then every node in random order.
    at: usize,
    refined: Vec<u32>,
    alone: Vec<bool>,
    /// Strength of each group.
    strengths: Vec<f64>,
    /// Weight between each group and the rest of its community.
    outer: Vec<f64>,
    /// Strength of each community.
    communities: Vec<f64>,
    links: Links,
}

impl Refinement {
    /// Starts with every node alone.
    pub(super) fn new(network: &Network, communities: &[u32], rng: &mut SplitMix64) -> Self {
        let n_nodes = network.n_nodes();
        let mut order: Vec<u32> = (0..n_nodes as u32).collect();
        rng.shuffle(&mut order);
        let mut strengths_of_communities = vec![0.0; n_nodes];
        for (&community, strength) in communities.iter().zip(&network.strengths) {
            strengths_of_communities[community as usize] += strength;
        }
        Self {
            order,
            at: 0,
            refined: (0..n_nodes as u32).collect(),
            alone: vec![true; n_nodes],
            strengths: network.strengths.clone(),
            outer: Vec::with_capacity(n_nodes),
            communities: strengths_of_communities,
            links: Links::new(n_nodes),
        }
    }

    /// Visits nodes until the budget of edges is spent; `true` when all were visited.
    pub(super) fn run(
        &mut self,
        network: &Network,
        communities: &[u32],
        resolution: f64,
        budget: &mut usize,
    ) -> bool {
        let n_nodes = network.n_nodes();
        while *budget > 0 && self.at < 2 * n_nodes {
            let node = match self.at.checked_sub(n_nodes) {
                None => self.at,
                Some(place) => self.order[place] as usize,
            };
            *budget = budget.saturating_sub(network.cost(node));
            if self.at < n_nodes {
                let inside =
                    |&(other, _): &(u32, f64)| communities[other as usize] == communities[node];
                self.outer.push(network.edges(node).filter(inside).map(|(_, weight)| weight).sum());
            } else if self.alone[node] {
                self.merge(network, communities, resolution, node);
            }
            self.at += 1;
        }
        self.at == 2 * n_nodes
    }

    /// The group of each node, given away.
    pub(super) fn take(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.refined)
    }

    /// Whether a group has at least the weight to the rest of its community that chance would give it.
    fn well_connected(&self, network: &Network, resolution: f64, group: u32, whole: f64) -> bool {
        let strength = self.strengths[group as usize];
        self.outer[group as usize] >= network.expected(resolution, strength, whole - strength)
    }

    fn merge(&mut self, network: &Network, communities: &[u32], resolution: f64, node: usize) {
        let whole = self.communities[communities[node] as usize];
        let own = node as u32;
        if !self.well_connected(network, resolution, own, whole) {
            return;
        }
        for (neighbor, weight) in network.edges(node) {
            if communities[neighbor as usize] == communities[node] {
                self.links.add(self.refined[neighbor as usize], weight);
            }
        }
        let (mut best, mut best_gain) = (own, 0.0);
        for &group in self.links.communities() {
            let strength = self.strengths[group as usize];
            let gain = self.links.weight(group)
                - network.expected(resolution, network.strengths[node], strength);
            if gain > best_gain && self.well_connected(network, resolution, group, whole) {
                (best, best_gain) = (group, gain);
            }
        }
        if best != own {
            let between = self.links.weight(best);
            self.outer[best as usize] += self.outer[node] - 2.0 * between;
            self.strengths[best as usize] += network.strengths[node];
            self.strengths[node] = 0.0;
            self.outer[node] = 0.0;
            self.refined[node] = best;
            self.alone[best as usize] = false;
            self.alone[node] = false;
        }
        self.links.clear();
    }
}
