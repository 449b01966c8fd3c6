use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::{Buffer, Weights};
use crate::registry;

/// The sum of each token's word, position and type vectors, for packed tokens.
///
/// # Shapes
/// `tokens`, `positions`, `types`: `[n_tokens]`; `words`: `[vocabulary × d]`; `position_table`:
/// `[positions × d]`; `type_table`: `[types × d]`; `out`: `[n_tokens × d]`.
pub struct EmbedTokens<'a> {
    /// Token ids, each below the vocabulary's size.
    pub tokens: &'a Buffer<u32>,
    /// Position of each token within its text.
    pub positions: &'a Buffer<u32>,
    /// Type (segment) of each token; absent: all of type 0.
    pub types: Option<&'a Buffer<u32>>,
    /// Word vectors.
    pub words: &'a Weights,
    /// Position vectors.
    pub position_table: &'a Buffer<f32>,
    /// Type vectors.
    pub type_table: &'a Buffer<f32>,
    /// The sums.
    pub out: &'a Buffer<f32>,
    /// Number of tokens.
    pub n_tokens: usize,
    /// Length of a vector.
    pub d: usize,
}

/// Parameters of `embed_tokens.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct EmbedTokensParams {
    n_tokens: u32,
    d: u32,
    has_types: u32,
    padding: u32,
}

impl Op for EmbedTokens<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n, d) = ("embed_tokens", self.n_tokens, self.d);
        need(kernel, "tokens", self.tokens.len(), n)?;
        need(kernel, "positions", self.positions.len(), n)?;
        need(kernel, "types", self.types.map_or(n, Buffer::len), n)?;
        need(kernel, "words", self.words.len(), d)?;
        need(kernel, "position_table", self.position_table.len(), d)?;
        need(kernel, "type_table", self.type_table.len(), d)?;
        need(kernel, "out", self.out.len(), n * d)?;
        let params = EmbedTokensParams {
            n_tokens: n as u32,
            d: d as u32,
            has_types: self.types.is_some().into(),
            padding: 0,
        };
        let operands = [
            Some(&self.tokens.raw),
            Some(&self.positions.raw),
            self.types.map(|types| &types.raw),
            Some(self.words.raw()),
            Some(&self.position_table.raw),
            Some(&self.type_table.raw),
            Some(&self.out.raw),
        ];
        let constants = [("WORDS_F16", self.words.is_f16().into())];
        let groups = spread((n * d).div_ceil(64));
        recorder.dispatch(&registry::embed_tokens, &constants, &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        20.0 * (self.n_tokens * self.d) as f64
    }
}
