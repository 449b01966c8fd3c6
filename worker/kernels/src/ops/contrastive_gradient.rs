use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// The symmetric gradient of the contrastive loss: times the unit rows it is the rows' gradient.
///
/// # Shapes
/// `similarities`, `out`: `[n × n]`; `groups`, `rows`: `[n]`.
pub struct ContrastiveGradient<'a> {
    /// Inner products of every two rows.
    pub similarities: &'a Buffer<f32>,
    /// As in [`super::ContrastiveRows`].
    pub groups: &'a Buffer<u32>,
    /// As [`super::ContrastiveRows`] wrote them.
    pub rows: &'a Buffer<[f32; 2]>,
    /// The gradient.
    pub out: &'a Buffer<f32>,
    /// Adds to what is in `out`.
    pub accumulate: bool,
    /// Number of rows.
    pub n: usize,
    /// The similarities are divided by it.
    pub temperature: f32,
    /// The loss is multiplied by it.
    pub scale: f32,
}

/// Parameters of `contrastive_gradient.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ContrastiveGradientParams {
    n: u32,
    inverse_temperature: f32,
    scale: f32,
    accumulate: u32,
}

impl Op for ContrastiveGradient<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n) = ("contrastive_gradient", self.n);
        need(kernel, "similarities", self.similarities.len(), n * n)?;
        need(kernel, "groups", self.groups.len(), n)?;
        need(kernel, "rows", self.rows.len(), n)?;
        need(kernel, "out", self.out.len(), n * n)?;
        let params = ContrastiveGradientParams {
            n: n as u32,
            inverse_temperature: 1.0 / self.temperature,
            scale: self.scale,
            accumulate: self.accumulate.into(),
        };
        let operands = [
            Some(&self.similarities.raw),
            Some(&self.groups.raw),
            Some(&self.rows.raw),
            Some(&self.out.raw),
        ];
        let groups = spread((n * n).div_ceil(64));
        recorder.dispatch(&registry::contrastive_gradient, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        40.0 * (self.n * self.n) as f64
    }
}
