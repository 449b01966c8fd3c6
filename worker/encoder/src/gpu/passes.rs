//! BERT as a sequence of kernels: two passes for the embeddings, seven for a layer, one for pooling.

use super::tensors::{Dense, Norm, Scratch, Tensors};
use super::{BertConfig, Run};
use crate::Pooling;
use lexicell_kernels::ops::{
    Attention, EmbedTokens, Epilogue, LayerNorm, Matmul, SegmentMean, TextPooling,
};
use lexicell_kernels::{Batch, Buffer, GpuError};

const EMBEDDING: usize = 2;
const PER_LAYER: usize = 7;

/// Passes of a whole forward pass.
pub(super) fn count(config: &BertConfig) -> usize {
    EMBEDDING + PER_LAYER * config.num_hidden_layers + 1
}

/// Layers that are through before pass number `pass`.
pub(super) fn layers_before(pass: usize) -> usize {
    pass.saturating_sub(EMBEDDING) / PER_LAYER
}

/// Records pass number `run.pass`.
pub(super) fn record(
    batch: &mut Batch,
    config: &BertConfig,
    tensors: &Tensors,
    scratch: &Scratch,
    run: &Run,
) -> Result<(), GpuError> {
    let step = Step { config, scratch, run };
    match run.pass.checked_sub(EMBEDDING) {
        None if run.pass == 0 => step.embed(batch, tensors),
        None => step.norm(batch, &tensors.norm),
        Some(pass) => match tensors.layers.get(pass / PER_LAYER) {
            None => step.pool(batch),
            Some(layer) => match pass % PER_LAYER {
                0 => step.dense(batch, &layer.qkv, &scratch.hidden, Epilogue::None, &scratch.qkv),
                1 => step.attention(batch),
                2 => step.residual(batch, &layer.attention_output, &scratch.context),
                3 => step.norm(batch, &layer.attention_norm),
                4 => step.dense(
                    batch,
                    &layer.intermediate,
                    &scratch.hidden,
                    Epilogue::Gelu,
                    &scratch.inner,
                ),
                5 => step.residual(batch, &layer.output, &scratch.inner),
                _ => step.norm(batch, &layer.output_norm),
            },
        },
    }
}

struct Step<'a> {
    config: &'a BertConfig,
    scratch: &'a Scratch,
    run: &'a Run,
}

impl Step<'_> {
    fn embed(&self, batch: &mut Batch, tensors: &Tensors) -> Result<(), GpuError> {
        let embed = EmbedTokens {
            tokens: &self.scratch.tokens,
            positions: &self.scratch.positions,
            types: None,
            words: &tensors.words,
            position_table: &tensors.positions,
            type_table: &tensors.types,
            out: &self.scratch.sums,
            n_tokens: self.run.n_tokens,
            d: self.config.hidden_size,
        };
        batch.run(&embed).map(|_| ())
    }

    /// `hidden = layer_norm(sums)`.
    fn norm(&self, batch: &mut Batch, norm: &Norm) -> Result<(), GpuError> {
        let norm = LayerNorm {
            x: &self.scratch.sums,
            residual: None,
            weight: &norm.weight,
            bias: &norm.bias,
            out: &self.scratch.hidden,
            n_rows: self.run.n_tokens,
            d: self.config.hidden_size,
            epsilon: self.config.layer_norm_eps,
        };
        batch.run(&norm).map(|_| ())
    }

    /// `sums = hidden + dense(from)`.
    fn residual(
        &self,
        batch: &mut Batch,
        dense: &Dense,
        from: &Buffer<f32>,
    ) -> Result<(), GpuError> {
        self.dense(batch, dense, from, Epilogue::Residual(&self.scratch.hidden), &self.scratch.sums)
    }

    fn dense(
        &self,
        batch: &mut Batch,
        dense: &Dense,
        from: &Buffer<f32>,
        epilogue: Epilogue<'_>,
        out: &Buffer<f32>,
    ) -> Result<(), GpuError> {
        let n = dense.bias.len();
        let matmul = Matmul {
            a: from,
            weights: &dense.weights,
            bias: Some(&dense.bias),
            epilogue,
            out,
            m: self.run.n_tokens,
            n,
            k: dense.weights.len() / n,
        };
        batch.run(&matmul).map(|_| ())
    }

    fn attention(&self, batch: &mut Batch) -> Result<(), GpuError> {
        let attention = Attention {
            qkv: &self.scratch.qkv,
            cu_seqlens: &self.scratch.cu_seqlens,
            out: &self.scratch.context,
            n_texts: self.run.n_texts,
            n_tokens: self.run.n_tokens,
            longest: self.run.longest,
            n_heads: self.config.num_attention_heads,
            head_dim: self.config.head_dim(),
        };
        batch.run(&attention).map(|_| ())
    }

    fn pool(&self, batch: &mut Batch) -> Result<(), GpuError> {
        let pooling = match self.run.pooling {
            Pooling::Mean => TextPooling::Mean,
            Pooling::Cls => TextPooling::First,
        };
        let mean = SegmentMean {
            x: &self.scratch.hidden,
            cu_seqlens: &self.scratch.cu_seqlens,
            out: &self.scratch.pooled,
            n_texts: self.run.n_texts,
            d: self.config.hidden_size,
            pooling,
        };
        batch.run(&mean).map(|_| ())
    }
}
