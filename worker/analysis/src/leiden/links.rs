/// Adds up the edge weights between one node and the communities around it.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Weight to each community; 0 where there is no edge, since weights are positive.
    weights: Vec<f64>,
    touched: Vec<u32>,
}

impl Links {
    /// Room for communities `0..n_communities`.
    pub(super) fn new(n_communities: usize) -> Self {
        Self { weights: vec![0.0; n_communities], touched: Vec::new() }
    }

    /// Adds one edge.
    pub(super) fn add(&mut self, community: u32, weight: f64) {
        let sum = &mut self.weights[community as usize];
        if *sum == 0.0 {
            self.touched.push(community);
        }
        *sum += weight;
    }

    /// Weight to one community.
    pub(super) fn weight(&self, community: u32) -> f64 {
        self.weights[community as usize]
    }

    /// The communities that have an edge, in the order of their first one.
    pub(super) fn communities(&self) -> &[u32] {
        &self.touched
    }

    /// Makes ready for the next node.
    pub(super) fn clear(&mut self) {
        for community in self.touched.drain(..) {
            self.weights[community as usize] = 0.0;
        }
    }
}
