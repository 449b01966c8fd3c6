use super::network::Network;

/// Splits every community into its connected parts, which can only raise modularity, and measures it.
#[derive(Debug)]
pub(super) struct Splitting {
    communities: Vec<u32>,
    labels: Vec<u32>,
    n_labels: u32,
    stack: Vec<u32>,
    /// The cell from which the next part is looked for.
    next: usize,
    inner_weight: f64,
}

impl Splitting {
    /// Starts with no part found.
    pub(super) fn new(communities: Vec<u32>) -> Self {
        let labels = vec![u32::MAX; communities.len()];
        Self { communities, labels, n_labels: 0, stack: Vec::new(), next: 0, inner_weight: 0.0 }
    }

    /// Walks along edges until their budget is spent; `true` when every node has a label.
    pub(super) fn run(&mut self, network: &Network, budget: &mut usize) -> bool {
        while *budget > 0 {
            if let Some(node) = self.stack.pop() {
                *budget = budget.saturating_sub(network.cost(node as usize));
                self.visit(network, node as usize);
            } else if self.next == self.labels.len() {
                return true;
            } else {
                *budget -= 1;
                if self.labels[self.next] == u32::MAX {
                    self.labels[self.next] = self.n_labels;
                    self.n_labels += 1;
                    self.stack.push(self.next as u32);
                }
                self.next += 1;
            }
        }
        self.stack.is_empty() && self.next == self.labels.len()
    }

    /// The label of each node, given away, and their modularity.
    pub(super) fn take(&mut self, network: &Network, resolution: f64) -> (Vec<u32>, f64) {
        let mut strengths = vec![0.0; self.n_labels as usize];
        for (&label, strength) in self.labels.iter().zip(&network.strengths) {
            strengths[label as usize] += strength;
        }
        let expected: f64 = strengths.iter().map(|&of| network.expected(resolution, of, of)).sum();
        let modularity =
            if network.total > 0.0 { (self.inner_weight - expected) / network.total } else { 0.0 };
        (std::mem::take(&mut self.labels), modularity)
    }

    fn visit(&mut self, network: &Network, node: usize) {
        for (neighbor, weight) in network.edges(node) {
            let neighbor = neighbor as usize;
            if self.communities[neighbor] == self.communities[node] {
                self.inner_weight += weight;
                if self.labels[neighbor] == u32::MAX {
                    self.labels[neighbor] = self.labels[node];
                    self.stack.push(neighbor as u32);
                }
            }
        }
    }
}
