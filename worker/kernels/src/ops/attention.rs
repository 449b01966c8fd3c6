use super::{Op, need};
use crate::batch::Recorder;
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// Multi-head self-attention within each of the packed texts: `softmax(q · kᵀ / √head_dim) · v`.
///
/// # Shapes
/// `qkv`: `[n_tokens × 3 · n_heads · head_dim]`, a token's queries, keys and values one after the
/// other; `cu_seqlens`: `[n_texts + 1]`, ascending from 0 to `n_tokens`;
/// `out`: `[n_tokens × n_heads · head_dim]`.
pub struct Attention<'a> {
    /// Queries, keys and values.
    pub qkv: &'a Buffer<f32>,
    /// Where each text starts, and the end of the last.
    pub cu_seqlens: &'a Buffer<u32>,
    /// The mixed values.
    pub out: &'a Buffer<f32>,
    /// Number of texts.
    pub n_texts: usize,
    /// Number of tokens of all texts.
    pub n_tokens: usize,
    /// The longest text's number of tokens; used for the cost estimate alone.
    pub longest: usize,
    /// Number of heads.
    pub n_heads: usize,
    /// Length of a head's vectors: 32 or 64.
    pub head_dim: usize,
}

/// Parameters of `attention.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct AttentionParams {
    n_texts: u32,
    n_tokens: u32,
    n_heads: u32,
    scale: f32,
}

impl Op for Attention<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let kernel = "attention";
        if ![32, 64].contains(&self.head_dim) {
            return Err(GpuError::Unsupported {
                kernel,
                setting: "head_dim",
                found: self.head_dim,
                supported: "32 or 64",
            });
        }
        let d = self.n_heads * self.head_dim;
        need(kernel, "qkv", self.qkv.len(), self.n_tokens * 3 * d)?;
        need(kernel, "cu_seqlens", self.cu_seqlens.len(), self.n_texts + 1)?;
        need(kernel, "out", self.out.len(), self.n_tokens * d)?;
        let params = AttentionParams {
            n_texts: self.n_texts as u32,
            n_tokens: self.n_tokens as u32,
            n_heads: self.n_heads as u32,
            scale: 1.0 / (self.head_dim as f32).sqrt(),
        };
        let operands = [Some(&self.qkv.raw), Some(&self.cu_seqlens.raw), Some(&self.out.raw)];
        let constants = [("HEAD_DIM", self.head_dim as u32)];
        let groups = [self.n_tokens.div_ceil(64) as u32, self.n_heads as u32];
        recorder.dispatch(&registry::attention, &constants, &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        // Memory-bound beside a matrix product: an operation counts four times.
        16.0 * self.n_tokens as f64 * self.longest as f64 * (self.n_heads * self.head_dim) as f64
    }
}
