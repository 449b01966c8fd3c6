use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// Layer normalisation of each row, of a sum of two matrices if there is a residual.
///
/// # Shapes
/// `x`, `residual`, `out`: `[n_rows × d]`; `weight`, `bias`: `[d]`.
pub struct LayerNorm<'a> {
    /// The rows.
    pub x: &'a Buffer<f32>,
    /// Added to the rows first.
    pub residual: Option<&'a Buffer<f32>>,
    /// Scale (γ).
    pub weight: &'a Buffer<f32>,
    /// Shift (β).
    pub bias: &'a Buffer<f32>,
    /// The normalised rows.
    pub out: &'a Buffer<f32>,
    /// Number of rows.
    pub n_rows: usize,
    /// Length of a row.
    pub d: usize,
    /// Added to the variance (BERT: 1e-12).
    pub epsilon: f32,
}

/// Parameters of `layer_norm.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct LayerNormParams {
    n_rows: u32,
    d: u32,
    has_residual: u32,
    epsilon: f32,
}

impl Op for LayerNorm<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n, d) = ("layer_norm", self.n_rows, self.d);
        need(kernel, "x", self.x.len(), n * d)?;
        need(kernel, "residual", self.residual.map_or(n * d, Buffer::len), n * d)?;
        need(kernel, "weight", self.weight.len(), d)?;
        need(kernel, "bias", self.bias.len(), d)?;
        need(kernel, "out", self.out.len(), n * d)?;
        let params = LayerNormParams {
            n_rows: n as u32,
            d: d as u32,
            has_residual: self.residual.is_some().into(),
            epsilon: self.epsilon,
        };
        let operands = [
            Some(&self.x.raw),
            self.residual.map(|residual| &residual.raw),
            Some(&self.weight.raw),
            Some(&self.bias.raw),
            Some(&self.out.raw),
        ];
        recorder.dispatch(&registry::layer_norm, &[], &operands, &params, spread(n))
    }

    fn cost(&self) -> f64 {
        30.0 * (self.n_rows * self.d) as f64
    }
}
