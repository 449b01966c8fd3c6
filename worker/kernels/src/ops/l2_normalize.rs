use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// Scales each row to unit length, in place; a row of zeros stays.
///
/// # Shapes
/// `rows`: `[n_rows × d]`.
pub struct L2Normalize<'a> {
    /// The rows.
    pub rows: &'a Buffer<f32>,
    /// Number of rows.
    pub n_rows: usize,
    /// Length of a row.
    pub d: usize,
}

/// Parameters of `l2_normalize.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct L2NormalizeParams {
    n_rows: u32,
    d: u32,
    padding: [u32; 2],
}

impl Op for L2Normalize<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        need("l2_normalize", "rows", self.rows.len(), self.n_rows * self.d)?;
        let params =
            L2NormalizeParams { n_rows: self.n_rows as u32, d: self.d as u32, padding: [0; 2] };
        let operands = [Some(&self.rows.raw)];
        recorder.dispatch(&registry::l2_normalize, &[], &operands, &params, spread(self.n_rows))
    }

    fn cost(&self) -> f64 {
        10.0 * (self.n_rows * self.d) as f64
    }
}
