use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// One vector for each of the packed texts, from its tokens' vectors.
///
/// # Shapes
/// `x`: `[n_tokens × d]`; `cu_seqlens`: `[n_texts + 1]`; `out`: `[n_texts × d]`.
pub struct SegmentMean<'a> {
    /// The tokens' vectors.
    pub x: &'a Buffer<f32>,
    /// Where each text starts, and the end of the last.
    pub cu_seqlens: &'a Buffer<u32>,
    /// The texts' vectors; a text without tokens gets zeros.
    pub out: &'a Buffer<f32>,
    /// Number of texts.
    pub n_texts: usize,
    /// Length of a vector.
    pub d: usize,
    /// Which tokens count.
    pub pooling: TextPooling,
}

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextPooling {
    /// The mean over all tokens; packed texts have no padding to leave out.
    #[default]
    Mean,
    /// The first token's vector (`[CLS]`).
    First,
}

/// Parameters of `segment_mean.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct SegmentMeanParams {
    n_texts: u32,
    d: u32,
    first_only: u32,
    padding: u32,
}

impl Op for SegmentMean<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n, d) = ("segment_mean", self.n_texts, self.d);
        need(kernel, "cu_seqlens", self.cu_seqlens.len(), n + 1)?;
        need(kernel, "out", self.out.len(), n * d)?;
        let first_only = (self.pooling == TextPooling::First).into();
        let params = SegmentMeanParams { n_texts: n as u32, d: d as u32, first_only, padding: 0 };
        let operands = [Some(&self.x.raw), Some(&self.cu_seqlens.raw), Some(&self.out.raw)];
        let groups = spread((n * d).div_ceil(64));
        recorder.dispatch(&registry::segment_mean, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        10.0 * self.x.len() as f64
    }
}
