use std::collections::VecDeque;

use super::{links::Links, network::Network};
use crate::rng::SplitMix64;

/// A move must gain this share of the node's strength, so that rounding never moves in circles.
const MIN_GAIN: f64 = 1e-10;

/// Fast local moving (Traag et al. 2019, algorithm A.2, `MoveNodesFast`): nodes move to the community
/// that gains most, and only the neighbours of a moved node are looked at again.
#[derive(Debug)]
pub(super) struct LocalMoving {
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    strengths: Vec<f64>,
    sizes: Vec<u32>,
    empty: Vec<u32>,
    links: Links,
}

impl LocalMoving {
    /// Queues all nodes in random order; labels of communities lie below the number of nodes.
    pub(super) fn new(network: &Network, communities: &[u32], rng: &mut SplitMix64) -> Self {
        let n_nodes = network.n_nodes();
        let mut order: Vec<u32> = (0..n_nodes as u32).collect();
        rng.shuffle(&mut order);
        let (mut strengths, mut sizes) = (vec![0.0; n_nodes], vec![0; n_nodes]);
        for (&community, strength) in communities.iter().zip(&network.strengths) {
            strengths[community as usize] += strength;
            sizes[community as usize] += 1;
        }
        let empty = (0..n_nodes as u32).rev().filter(|&label| sizes[label as usize] == 0).collect();
        Self {
            queue: order.into(),
            queued: vec![true; n_nodes],
            strengths,
            sizes,
            empty,
            links: Links::new(n_nodes),
        }
    }

    /// Visits nodes until the budget of edges is spent; `true` when the queue is empty.
    pub(super) fn run(
        &mut self,
        network: &Network,
        communities: &mut [u32],
        resolution: f64,
        budget: &mut usize,
    ) -> bool {
        while *budget > 0 {
            let Some(node) = self.queue.pop_front() else { return true };
            self.queued[node as usize] = false;
            *budget = budget.saturating_sub(network.cost(node as usize));
            self.visit(network, communities, resolution, node as usize);
        }
        self.queue.is_empty()
    }

    /// Number of communities that have a node.
    pub(super) fn n_communities(&self) -> usize {
        self.sizes.len() - self.empty.len()
    }

    fn visit(&mut self, network: &Network, communities: &mut [u32], resolution: f64, node: usize) {
        let own = communities[node];
        let strength = network.strengths[node];
        self.strengths[own as usize] -= strength;
        for (neighbor, weight) in network.edges(node) {
            self.links.add(communities[neighbor as usize], weight);
        }
        let expected = |of: f64| network.expected(resolution, strength, of);
        let stay = self.links.weight(own) - expected(self.strengths[own as usize]);
        let (mut best, mut best_gain) = (own, stay + MIN_GAIN * strength);
        for &community in self.links.communities() {
            let gain = self.links.weight(community) - expected(self.strengths[community as usize]);
            if gain > best_gain {
                (best, best_gain) = (community, gain);
            }
        }
        // A community of its own gains 0.
        if best_gain < 0.0 && self.sizes[own as usize] > 1 {
            best = self.empty.last().copied().unwrap_or(best);
        }
        self.links.clear();
        self.strengths[best as usize] += strength;
        if best != own {
            self.relabel(communities, node, own, best);
            for (neighbor, _) in network.edges(node) {
                let neighbor = neighbor as usize;
                if communities[neighbor] != best && !self.queued[neighbor] {
                    self.queued[neighbor] = true;
                    self.queue.push_back(neighbor as u32);
                }
            }
        }
    }

    fn relabel(&mut self, communities: &mut [u32], node: usize, own: u32, best: u32) {
        communities[node] = best;
        if self.sizes[best as usize] == 0 {
            self.empty.pop();
        }
        self.sizes[best as usize] += 1;
        self.sizes[own as usize] -= 1;
        if self.sizes[own as usize] == 0 {
            self.strengths[own as usize] = 0.0;
            self.empty.push(own);
        }
    }
}
