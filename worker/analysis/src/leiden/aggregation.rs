use super::{links::Links, network::Network};

/// Builds the network whose nodes are groups of nodes.
#[derive(Debug)]
pub(super) struct Aggregation {
    groups: Vec<u32>,
    /// Where the members of each group start in `members`; `n_groups + 1` values.
    starts: Vec<usize>,
    members: Vec<u32>,
    links: Links,
    next: Network,
}

impl Aggregation {
    /// Sorts the nodes by group; groups are numbered `0..n_groups`.
    pub(super) fn new(network: &Network, groups: Vec<u32>, n_groups: usize) -> Self {
        let mut starts = vec![0; n_groups + 1];
        groups.iter().for_each(|&group| starts[group as usize + 1] += 1);
        for group in 0..n_groups {
            starts[group + 1] += starts[group];
        }
        let mut cursors = starts.clone();
        let mut members = vec![0; network.n_nodes()];
        for (node, &group) in groups.iter().enumerate() {
            members[cursors[group as usize]] = node as u32;
            cursors[group as usize] += 1;
        }
        let next = Network {
            indptr: vec![0],
            neighbors: Vec::new(),
            weights: Vec::new(),
            strengths: Vec::with_capacity(n_groups),
            total: 0.0,
        };
        Self { groups, starts, members, links: Links::new(n_groups), next }
    }

    /// Adds groups until the budget of edges is spent; `true` when all are there.
    pub(super) fn run(&mut self, network: &Network, budget: &mut usize) -> bool {
        let n_groups = self.starts.len() - 1;
        while *budget > 0 && self.next.n_nodes() < n_groups {
            let group = self.next.n_nodes();
            let mut strength = 0.0;
            for &member in &self.members[self.starts[group]..self.starts[group + 1]] {
                let member = member as usize;
                *budget = budget.saturating_sub(network.cost(member));
                strength += network.strengths[member];
                for (neighbor, weight) in network.edges(member) {
                    let other = self.groups[neighbor as usize];
                    if other as usize != group {
                        self.links.add(other, weight);
                    }
                }
            }
            for &other in self.links.communities() {
                self.next.neighbors.push(other);
                self.next.weights.push(self.links.weight(other) as f32);
            }
            self.links.clear();
            self.next.close_node(strength);
        }
        self.next.n_nodes() == n_groups
    }

    /// The aggregate network, given away.
    pub(super) fn take(&mut self) -> Network {
        let empty = Network {
            indptr: vec![0],
            neighbors: Vec::new(),
            weights: Vec::new(),
            strengths: Vec::new(),
            total: 0.0,
        };
        std::mem::replace(&mut self.next, empty)
    }
}
