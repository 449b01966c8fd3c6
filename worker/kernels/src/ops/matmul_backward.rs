use super::{Op, need};
use crate::batch::Recorder;
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// A matrix product `out = A · b`, where `A` is `a` or `aᵀ`: the gradients of a linear layer.
///
/// # Shapes
/// `a`: `[m × k]`, transposed `[k × m]`; `b`: `[k × n]`; `mask`, `out`: `[m × n]`. Any `m`, `n`, `k`.
pub struct MatmulBackward<'a> {
    /// The left factor.
    pub a: &'a Buffer<f32>,
    /// Reads `a` as its transpose: the sum runs over its rows.
    pub transposed: bool,
    /// The right factor.
    pub b: &'a Buffer<f32>,
    /// What a ReLU gave: the product is kept where it is positive and is 0 elsewhere.
    pub mask: Option<&'a Buffer<f32>>,
    /// The product.
    pub out: &'a Buffer<f32>,
    /// Rows of the product.
    pub m: usize,
    /// Columns of the product.
    pub n: usize,
    /// Terms of each sum.
    pub k: usize,
}

/// Parameters of `matmul_backward.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct MatmulBackwardParams {
    m: u32,
    n: u32,
    k: u32,
    has_mask: u32,
}

impl Op for MatmulBackward<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, m, n, k) = ("matmul_backward", self.m, self.n, self.k);
        need(kernel, "a", self.a.len(), m * k)?;
        need(kernel, "b", self.b.len(), k * n)?;
        need(kernel, "mask", self.mask.map_or(m * n, Buffer::len), m * n)?;
        need(kernel, "out", self.out.len(), m * n)?;
        let params = MatmulBackwardParams {
            m: m as u32,
            n: n as u32,
            k: k as u32,
            has_mask: self.mask.is_some().into(),
        };
        let operands = [
            Some(&self.a.raw),
            Some(&self.b.raw),
            self.mask.map(|mask| &mask.raw),
            Some(&self.out.raw),
        ];
        let tile = recorder.tile();
        let mut constants = tile.constants().to_vec();
        constants.push(("TRANSPOSED", self.transposed.into()));
        recorder.dispatch(
            &registry::matmul_backward,
            &constants,
            &operands,
            &params,
            tile.groups(m, n),
        )
    }

    fn cost(&self) -> f64 {
        2.0 * self.m as f64 * self.n as f64 * self.k as f64
    }
}
