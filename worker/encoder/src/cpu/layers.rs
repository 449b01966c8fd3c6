//! The layers of BERT (Devlin et al., 2019) on packed weights.

use super::rows::{LayerNorm, add_bias, add_bias_gelu, add_layer_norm};
use super::{CpuEncoder, QUERY_BLOCK};
use crate::weights::TensorRef;
use crate::{BertConfig, EncoderError, Model, TokenBatch, Weights};
use lexicell_kernels::cpu::{
    exp_row,
    gemm::{PackedB, Tile},
};
use std::ops::Range;

const WORD_TABLE: &str = "embeddings.word_embeddings.weight";

/// A model whose dense layers are packed for one tile.
pub(super) struct PackedModel {
    pub(super) config: BertConfig,
    /// Holds the word table, which is read row by row in its own number format.
    weights: Weights,
    /// Position embedding plus the embedding of token type 0, `[positions × d]`.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<PackedLayer>,
}

struct PackedLayer {
    qkv: Dense,
    attention_output: Dense,
    attention_norm: LayerNorm,
    intermediate: Dense,
    output: Dense,
    output_norm: LayerNorm,
}

struct Dense {
    weight: PackedB,
    bias: Vec<f32>,
}

impl PackedModel {
    pub(super) fn new(model: &Model, tile: Tile) -> Result<Self, EncoderError> {
        let (config, weights) = (&model.config, &model.weights);
        weights.tensor(WORD_TABLE)?;
        let types = weights.tensor("embeddings.token_type_embeddings.weight")?.to_f32();
        let mut positions = weights.tensor("embeddings.position_embeddings.weight")?.to_f32();
        for row in positions.chunks_exact_mut(config.hidden_size) {
            row.iter_mut().zip(&types).for_each(|(position, token_type)| *position += token_type);
        }
        let layers =
            (0..config.num_hidden_layers).map(|layer| PackedLayer::new(model, layer, tile));
        Ok(Self {
            config: config.clone(),
            weights: weights.clone(),
            positions,
            norm: layer_norm(model, "embeddings.LayerNorm")?,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn packed_bytes(&self) -> usize {
        let dense = |layer: &PackedLayer| {
            let parts = [&layer.qkv, &layer.attention_output, &layer.intermediate, &layer.output];
            parts.iter().map(|dense| dense.weight.bytes()).sum::<usize>()
        };
        self.layers.iter().map(dense).sum::<usize>() + self.positions.len() * size_of::<f32>()
    }

    fn word_table(&self) -> Option<TensorRef<'_>> {
        self.weights.tensor(WORD_TABLE).ok()
    }
}

impl PackedLayer {
    fn new(model: &Model, layer: usize, tile: Tile) -> Result<Self, EncoderError> {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        let self_attention =
            ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Self {
            qkv: dense(model, &self_attention, tile)?,
            attention_output: dense(model, &[name("attention.output.dense")], tile)?,
            attention_norm: layer_norm(model, &name("attention.output.LayerNorm"))?,
            intermediate: dense(model, &[name("intermediate.dense")], tile)?,
            output: dense(model, &[name("output.dense")], tile)?,
            output_norm: layer_norm(model, &name("output.LayerNorm"))?,
        })
    }
}

/// One dense layer from several whose outputs lie side by side.
fn dense(model: &Model, names: &[String], tile: Tile) -> Result<Dense, EncoderError> {
    let (mut rows, mut bias, mut inputs) = (Vec::new(), Vec::new(), 0);
    for name in names {
        let weight = model.weights.tensor(&format!("{name}.weight"))?;
        inputs = weight.shape[1];
        rows.extend(weight.to_f32());
        bias.extend(model.weights.tensor(&format!("{name}.bias"))?.to_f32());
    }
    let mut weight = PackedB::default();
    weight.pack_transposed(tile, &rows, inputs, bias.len(), inputs);
    Ok(Dense { weight, bias })
}

fn layer_norm(model: &Model, name: &str) -> Result<LayerNorm, EncoderError> {
    let scale = model.weights.tensor(&format!("{name}.weight"))?.to_f32();
    let shift = model.weights.tensor(&format!("{name}.bias"))?.to_f32();
    Ok(LayerNorm { scale, shift, eps: model.config.layer_norm_eps })
}

impl CpuEncoder {
    /// Embeddings of a block of tokens into `hidden`.
    pub(super) fn embed(&mut self, batch: &TokenBatch, block: Range<usize>) {
        let model = &*self.model;
        let d = model.config.hidden_size;
        let Some(words) = model.word_table() else { return };
        for text in batch.ranges() {
            for token in text.start.max(block.start)..text.end.min(block.end) {
                let id = batch.ids[token] as usize;
                let hidden = &mut self.hidden[token * d..][..d];
                words.read(id * d..(id + 1) * d, hidden);
                let position = &model.positions[(token - text.start) * d..][..d];
                hidden.iter_mut().zip(position).for_each(|(word, position)| *word += position);
                model.norm.apply(hidden);
            }
        }
    }

    /// Queries, keys and values of a block; returns its multiply-adds.
    pub(super) fn project(&mut self, layer: usize, block: Range<usize>) -> u64 {
        let (dense, d) = (&self.model.layers[layer].qkv, self.model.config.hidden_size);
        let qkv = &mut self.qkv[block.start * 3 * d..block.end * 3 * d];
        self.gemm.run(block.len(), &self.hidden[block.start * d..], d, &dense.weight, qkv, 3 * d);
        add_bias(qkv, &dense.bias);
        (3 * d * d) as u64 * block.len() as u64
    }

    /// Attention of one head over one text (Vaswani et al., 2017) into `context`; returns its multiply-adds.
    pub(super) fn attend(&mut self, text: Range<usize>, head: usize) -> u64 {
        let (d, width) = (self.model.config.hidden_size, self.model.config.head_dim());
        let (length, stride, tile) = (text.len(), 3 * d, self.gemm.tile());
        let scale = 1.0 / (width as f32).sqrt();
        let first = text.start * stride + head * width;
        self.keys.pack_transposed(tile, &self.qkv[first + d..], stride, length, width);
        self.values.pack_rows(tile, &self.qkv[first + 2 * d..], stride, width, length);
        for start in (0..length).step_by(QUERY_BLOCK) {
            let rows = QUERY_BLOCK.min(length - start);
            let scores = &mut self.scores[..rows * length];
            self.gemm.run(
                rows,
                &self.qkv[first + start * stride..],
                stride,
                &self.keys,
                scores,
                length,
            );
            let mut sums = [0.0_f32; QUERY_BLOCK];
            for (row, sum) in scores.chunks_exact_mut(length).zip(&mut sums) {
                *sum = exp_row(row, scale);
            }
            let context = &mut self.context[(text.start + start) * d + head * width..];
            self.gemm.run(rows, scores, length, &self.values, context, d);
            for (row, sum) in context.chunks_mut(d).zip(&sums[..rows]) {
                let inverse = 1.0 / sum;
                row[..width].iter_mut().for_each(|x| *x *= inverse);
            }
        }
        2 * (length * length) as u64 * width as u64
    }

    /// Everything of a layer behind attention, for a block; returns its multiply-adds.
    pub(super) fn transform(&mut self, layer: usize, block: Range<usize>) -> u64 {
        let (layer, d) = (&self.model.layers[layer], self.model.config.hidden_size);
        let (rows, width) = (block.len(), self.model.config.intermediate_size);
        let hidden = &mut self.hidden[block.start * d..block.end * d];
        let (dense, inner) = (&mut self.dense[..rows * d], &mut self.inner[..rows * width]);
        let part = &layer.attention_output;
        self.gemm.run(rows, &self.context[block.start * d..], d, &part.weight, dense, d);
        add_layer_norm(hidden, dense, &part.bias, &layer.attention_norm);
        let part = &layer.intermediate;
        self.gemm.run(rows, hidden, d, &part.weight, inner, width);
        add_bias_gelu(inner, &part.bias);
        let part = &layer.output;
        self.gemm.run(rows, inner, width, &part.weight, dense, d);
        add_layer_norm(hidden, dense, &part.bias, &layer.output_norm);
        (d * d + 2 * d * width) as u64 * rows as u64
    }
}
