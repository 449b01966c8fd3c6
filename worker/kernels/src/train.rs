//! Contrastive training of a projection head on the GPU: forward, hand-derived backward, AdamW.
//!
//! A step is some twenty dispatches in one submission and reads nothing back. With rows `X`, linear
//! layers with ReLUs between them, `z = y / |y|` and `S = z zᵀ`:
//!
//! ```text
//! loss  = Σ_terms weight · mean of contrastive_rows over the anchors
//! ∂z    = (Σ_terms contrastive_gradient) z
//! ∂y    = l2_normalize_backward(y, ∂z)
//! ∂Wₗ   = ∂yₗᵀ inputₗ;  ∂bₗ = Σ_rows ∂yₗ;  ∂yₗ₋₁ = (∂yₗ Wₗ) where yₗ₋₁ > 0
//! ```
//!
//! The first training on a device runs [`crate::Gpu::self_test_training`]. The caller keeps submissions
//! short by waiting for [`GpuHead::losses`] after about [`crate::Pace::limit`] of [`GpuHead::step_cost`].

mod head;
mod layer;
mod losses;
mod pairs;
mod passes;
mod pooled;
mod table;

pub use head::GpuHead;

use crate::error::GpuError;
use crate::gpu::Gpu;

/// A linear layer, `y = x · weightsᵀ + bias`, as in PyTorch.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Length of an input.
    pub n_in: usize,
    /// Length of an output.
    pub n_out: usize,
    /// `[n_out × n_in]`, row-major.
    pub weights: Vec<f32>,
    /// `[n_out]`.
    pub bias: Vec<f32>,
}

/// A layer and the running means of AdamW: all that a training needs to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerState {
    /// The weights.
    pub values: Linear,
    /// The running mean of the gradient, in the same shape.
    pub first_moment: Linear,
    /// The running mean of its square, in the same shape.
    pub second_moment: Linear,
}

/// One term of one step's loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TermLoss {
    /// The mean over the anchors, not weighted; 0 without any.
    pub mean: f32,
    /// Rows that have positives.
    pub n_anchors: usize,
}

/// What the head reads.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a> {
    /// Rows of the table that the head was made with.
    Rows(&'a [u32]),
    /// Weighted means of rows of the table, scaled to unit length.
    Pooled(SparseRows<'a>),
    /// Rows of their own, `[n × d]`.
    Given(&'a [f32]),
}

/// Rows as weights of a table's rows, CSR.
///
/// # Shapes
/// `indptr`: `[n + 1]`, from 0 to the number of entries; `indices`, `weights`: `[entries]`.
#[derive(Clone, Copy, Debug)]
pub struct SparseRows<'a> {
    /// Where each row starts, and the end of the last.
    pub indptr: &'a [u32],
    /// Rows of the table.
    pub indices: &'a [u32],
    /// Weights, not negative.
    pub weights: &'a [f32],
}

/// A term of the loss: rows of one group are drawn together and pushed from all others.
#[derive(Clone, Copy, Debug)]
pub struct Contrast<'a> {
    /// One per row: labels make it SupCon, pairs of views NT-Xent. A row of
    /// [`crate::ops::NO_GROUP`] takes no part.
    pub groups: &'a [u32],
    /// Similarities are divided by it.
    pub temperature: f32,
    /// Share of the term in the loss.
    pub weight: f32,
}

impl Linear {
    /// A layer of zeros.
    pub fn zeros(n_in: usize, n_out: usize) -> Self {
        Self { n_in, n_out, weights: vec![0.0; n_in * n_out], bias: vec![0.0; n_out] }
    }
}

impl Contrast<'_> {
    /// Rows that have positives.
    pub fn n_anchors(&self) -> usize {
        let mut groups: Vec<u32> = self.groups.to_vec();
        groups.sort_unstable();
        let alike = groups.chunk_by(|a, b| a == b);
        let with_positives = alike.filter(|rows| rows.len() > 1 && rows[0] != crate::ops::NO_GROUP);
        with_positives.map(<[u32]>::len).sum()
    }
}

/// `n × width`, if a buffer of as many numbers can be: 32 bits do not hold every product.
fn area(gpu: &Gpu, n: usize, width: usize) -> Result<usize, GpuError> {
    let bytes = (n as u64).saturating_mul(width as u64).saturating_mul(4);
    let limit = gpu.info().max_binding;
    if bytes > limit {
        return Err(GpuError::TooLarge { bytes, limit });
    }
    Ok(n * width)
}
