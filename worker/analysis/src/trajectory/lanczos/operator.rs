use lexicell_matrix::CsrMatrix;

/// The matrix s_i a_ij s_j, by its graph and scales.
#[derive(Debug)]
pub(in crate::trajectory) struct Operator {
    pub(in crate::trajectory) graph: CsrMatrix,
    pub(in crate::trajectory) scales: Vec<f64>,
}

impl Operator {
    /// One entry of a product: what the neighbours of a row add up to, times its scale.
    pub(super) fn product(&self, row: usize, term: impl Fn(f64, usize) -> f64) -> f64 {
        let (others, weights) = self.graph.row(row);
        let pairs = others.iter().zip(weights);
        let sum: f64 = pairs.map(|(&other, &weight)| term(f64::from(weight), other as usize)).sum();
        self.scales[row] * sum
    }
}
