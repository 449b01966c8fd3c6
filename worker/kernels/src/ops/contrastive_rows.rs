use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// The group of a row that takes no part: neither anchor nor anybody's positive or negative.
pub const NO_GROUP: u32 = u32::MAX;

/// The supervised contrastive loss of each row, and what its gradient needs.
///
/// Khosla et al. 2020, equation 2 (positives averaged outside the logarithm). With groups of two it
/// is NT-Xent.
///
/// # Shapes
/// `similarities`: `[n × n]`; `groups`, `rows`, `losses`: `[n]`.
pub struct ContrastiveRows<'a> {
    /// Inner products of every two rows.
    pub similarities: &'a Buffer<f32>,
    /// Rows of one group are each other's positives; [`NO_GROUP`] takes no part.
    pub groups: &'a Buffer<u32>,
    /// For each row the logarithm of its sum of exponentials and one over its number of positives
    /// (0 without any).
    pub rows: &'a Buffer<[f32; 2]>,
    /// Each row's loss times `scale`; 0 for a row without positives.
    pub losses: &'a Buffer<f32>,
    /// Number of rows.
    pub n: usize,
    /// The similarities are divided by it.
    pub temperature: f32,
    /// The losses are multiplied by it.
    pub scale: f32,
}

/// Parameters of `contrastive_rows.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ContrastiveRowsParams {
    n: u32,
    inverse_temperature: f32,
    scale: f32,
    padding: u32,
}

impl Op for ContrastiveRows<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n) = ("contrastive_rows", self.n);
        need(kernel, "similarities", self.similarities.len(), n * n)?;
        need(kernel, "groups", self.groups.len(), n)?;
        need(kernel, "rows", self.rows.len(), n)?;
        need(kernel, "losses", self.losses.len(), n)?;
        let params = ContrastiveRowsParams {
            n: n as u32,
            inverse_temperature: 1.0 / self.temperature,
            scale: self.scale,
            padding: 0,
        };
        let operands = [
            Some(&self.similarities.raw),
            Some(&self.groups.raw),
            Some(&self.rows.raw),
            Some(&self.losses.raw),
        ];
        recorder.dispatch(&registry::contrastive_rows, &[], &operands, &params, spread(n))
    }

    fn cost(&self) -> f64 {
        40.0 * (self.n * self.n) as f64
    }
}
