use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// The gradient of [`super::L2Normalize`], in place; the length of a row of zeros counts
/// as 1.
///
/// # Shapes
/// `y`, `gradient`: `[n_rows × d]`.
pub struct L2NormalizeBackward<'a> {
    /// The rows before they were scaled.
    pub y: &'a Buffer<f32>,
    /// With respect to the scaled rows before, to `y` afterwards.
    pub gradient: &'a Buffer<f32>,
    /// Number of rows.
    pub n_rows: usize,
    /// Length of a row.
    pub d: usize,
}

/// Parameters of `l2_normalize_backward.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct L2NormalizeBackwardParams {
    n_rows: u32,
    d: u32,
    padding: [u32; 2],
}

impl Op for L2NormalizeBackward<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n, d) = ("l2_normalize_backward", self.n_rows, self.d);
        need(kernel, "y", self.y.len(), n * d)?;
        need(kernel, "gradient", self.gradient.len(), n * d)?;
        let params = L2NormalizeBackwardParams { n_rows: n as u32, d: d as u32, padding: [0; 2] };
        let operands = [Some(&self.y.raw), Some(&self.gradient.raw)];
        recorder.dispatch(&registry::l2_normalize_backward, &[], &operands, &params, spread(n))
    }

    fn cost(&self) -> f64 {
        30.0 * (self.n_rows * self.d) as f64
    }
}
