use std::ops::Range;

use lexicell_kernels::cpu::gemm::{Gemm, Operand};
use lexicell_matrix::DenseMatrix;

use super::real::Real;
use crate::{AnalysisError, rng::SplitMix64, unit};

/// Sizes of a projection head: `inputs → hidden → dim`, or `inputs → dim` where it is linear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadShape {
    /// Length of a cell's vector.
    pub inputs: usize,
    /// Width of the hidden layer (ReLU); `None` makes the head linear.
    pub hidden: Option<usize>,
    /// Length of a refined vector.
    pub dim: usize,
}

/// Where a linear layer lies among the parameters: `weights` `[outputs × inputs]`, as PyTorch's, then
/// `biases` `[outputs]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Numbers that go in.
    pub inputs: usize,
    /// Numbers that come out.
    pub outputs: usize,
    /// Places of the weights.
    pub weights: Range<usize>,
    /// Places of the biases.
    pub biases: Range<usize>,
}

impl HeadShape {
    /// The layers, one after the other.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        let widths: Vec<usize> =
            [Some(self.inputs), self.hidden, Some(self.dim)].into_iter().flatten().collect();
        let mut layers: Vec<Layer> = Vec::with_capacity(2);
        for pair in widths.windows(2) {
            let start = layers.last().map_or(0, |layer| layer.biases.end);
            layers.push(Layer::at(start, pair[0], pair[1]));
        }
        layers
    }

    /// Weights and biases in all.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.layers().last().map_or(0, |layer| layer.biases.end)
    }
}

impl Layer {
    pub(super) fn at(start: usize, inputs: usize, outputs: usize) -> Self {
        let biases = start + inputs * outputs;
        Self { inputs, outputs, weights: start..biases, biases: biases..biases + outputs }
    }

    /// Draws weights and biases from `U(−1/√inputs, 1/√inputs)`: what PyTorch's `Linear` starts with
    /// (`kaiming_uniform_` with a = √5).
    pub(super) fn draw<T: Real>(&self, parameters: &mut [T], rng: &mut SplitMix64) {
        let bound = (self.inputs as f64).sqrt().recip();
        for parameter in &mut parameters[self.weights.start..self.biases.end] {
            *parameter = T::of(bound * (2.0 * rng.uniform() - 1.0));
        }
    }
}

/// A trained projection head.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    shape: HeadShape,
    parameters: Vec<f32>,
}

impl Head {
    /// A head out of its parameters, layer after layer as [`HeadShape::layers`] places them.
    ///
    /// # Errors
    /// If their number is not that of the shape, or one is not finite.
    pub fn try_new(shape: HeadShape, parameters: Vec<f32>) -> Result<Self, AnalysisError> {
        let (expected, found) = (shape.n_parameters(), parameters.len());
        if expected != found {
            return Err(AnalysisError::Shape { what: "parameters of the head", expected, found });
        }
        if let Some(column) = parameters.iter().position(|x| !x.is_finite()) {
            let what = "parameters of the head";
            return Err(AnalysisError::NotFinite { what, row: 0, column });
        }
        Ok(Self { shape, parameters })
    }

    /// The head among the parameters of a training, which its classifier may follow.
    pub(super) fn of_training(shape: HeadShape, parameters: &[f32]) -> Self {
        Self { shape, parameters: parameters[..shape.n_parameters()].to_vec() }
    }

    /// Its sizes.
    #[must_use]
    pub fn shape(&self) -> HeadShape {
        self.shape
    }

    /// Weights and biases, layer after layer.
    #[must_use]
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Projects rows and scales the results to unit length; rows of zeros stay zeros.
    ///
    /// # Shapes
    /// `rows`: `[n × inputs]`, centred and of unit length; result: `[n × dim]`.
    ///
    /// # Errors
    /// If the width of the rows is not that of the head, or a value is not finite.
    pub fn apply(&self, rows: &DenseMatrix) -> Result<DenseMatrix, AnalysisError> {
        if rows.n_cols() != self.shape.inputs {
            let (expected, found) = (self.shape.inputs, rows.n_cols());
            return Err(AnalysisError::Shape { what: "width of the embedding", expected, found });
        }
        unit::check_finite(rows, "embedding")?;
        let (mut products, mut values) = (Gemm::default(), Vec::new());
        let layers = self.shape.layers();
        for (place, layer) in layers.iter().enumerate() {
            let mut next = vec![0.0; rows.n_rows() * layer.outputs];
            let inputs = if place == 0 { rows.data() } else { &values };
            forward(layer, &self.parameters, &mut products, inputs, &mut next);
            if place + 1 < layers.len() {
                next.iter_mut().for_each(|x| *x = x.max(0.0));
            }
            values = next;
        }
        let mut out = DenseMatrix::try_new(rows.n_rows(), self.shape.dim, values)?;
        for row in 0..rows.n_rows() {
            if rows.row(row).iter().all(|&x| x == 0.0) {
                out.row_mut(row).fill(0.0);
            }
        }
        unit::normalize_rows(&mut out);
        Ok(out)
    }
}

/// `out = inputs · weightsᵀ + biases`.
///
/// # Shapes
/// `inputs`: `[n × layer.inputs]`; `out`: `[n × layer.outputs]`.
pub(super) fn forward<T: Real>(
    layer: &Layer,
    parameters: &[T],
    products: &mut T::Products,
    inputs: &[T],
    out: &mut [T],
) {
    let n = out.len() / layer.outputs;
    let weights = Operand::Transposed(&parameters[layer.weights.clone()], layer.inputs);
    let inputs = Operand::Rows(inputs, layer.inputs);
    T::product(products, [n, layer.outputs, layer.inputs], inputs, weights, out, false);
    let biases = &parameters[layer.biases.clone()];
    for row in out.chunks_exact_mut(layer.outputs) {
        row.iter_mut().zip(biases).for_each(|(x, &bias)| *x += bias);
    }
}
