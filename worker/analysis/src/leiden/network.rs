use lexicell_matrix::CsrMatrix;

/// A weighted graph without loops; edges that were inside an aggregated node live on in its strength.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) indptr: Vec<usize>,
    pub(super) neighbors: Vec<u32>,
    pub(super) weights: Vec<f32>,
    /// Sum of the weights at each node, inner edges counted twice.
    pub(super) strengths: Vec<f64>,
    /// Sum of all strengths, 2m.
    pub(super) total: f64,
}

impl Network {
    /// The graph without its diagonal.
    pub(super) fn new(graph: &CsrMatrix) -> Self {
        let n_nodes = graph.n_rows();
        let mut network = Self {
            indptr: Vec::with_capacity(n_nodes + 1),
            neighbors: Vec::with_capacity(graph.nnz()),
            weights: Vec::with_capacity(graph.nnz()),
            strengths: Vec::with_capacity(n_nodes),
            total: 0.0,
        };
        network.indptr.push(0);
        for node in 0..n_nodes {
            let (neighbors, weights) = graph.row(node);
            let mut strength = 0.0;
            for (&neighbor, &weight) in neighbors.iter().zip(weights) {
                if neighbor as usize != node {
                    network.neighbors.push(neighbor);
                    network.weights.push(weight);
                    strength += f64::from(weight);
                }
            }
            network.close_node(strength);
        }
        network
    }

    /// Number of nodes.
    pub(super) fn n_nodes(&self) -> usize {
        self.strengths.len()
    }

    /// Number of edges, each counted from both ends.
    pub(super) fn n_edges(&self) -> usize {
        self.neighbors.len()
    }

    /// Neighbours of a node, and the weights of the edges to them.
    pub(super) fn edges(&self, node: usize) -> impl Iterator<Item = (u32, f64)> {
        let range = self.indptr[node]..self.indptr[node + 1];
        let weights = self.weights[range.clone()].iter();
        self.neighbors[range].iter().zip(weights).map(|(&node, &weight)| (node, f64::from(weight)))
    }

    /// Number of edges of a node, and one for the node itself: what visiting it costs.
    pub(super) fn cost(&self, node: usize) -> usize {
        self.indptr[node + 1] - self.indptr[node] + 1
    }

    /// What a node of strength `a` is expected to have in common with a community of strength `b`.
    pub(super) fn expected(&self, resolution: f64, a: f64, b: f64) -> f64 {
        if self.total > 0.0 { resolution * a * b / self.total } else { 0.0 }
    }

    /// Ends the node whose edges were pushed last.
    pub(super) fn close_node(&mut self, strength: f64) {
        self.indptr.push(self.neighbors.len());
        self.strengths.push(strength);
        self.total += strength;
    }
}
