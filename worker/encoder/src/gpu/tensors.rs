//! What lies on the device: weights, and the activations of one batch.

use super::{Precision, bytes_of};
use crate::{BertConfig, EncoderError, Model, TokenBatch, WeightType};
use half::f16;
use lexicell_kernels::{Buffer, Gpu, Weights};

/// Weights of a model.
pub(super) struct Tensors {
    pub(super) words: Weights,
    pub(super) positions: Buffer<f32>,
    pub(super) types: Buffer<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// Weights of one layer.
pub(super) struct Layer {
    pub(super) qkv: Dense,
    pub(super) attention_output: Dense,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: Dense,
    pub(super) output: Dense,
    pub(super) output_norm: Norm,
}

/// A dense layer, `[outputs × inputs]` as in PyTorch.
pub(super) struct Dense {
    pub(super) weights: Weights,
    pub(super) bias: Buffer<f32>,
}

/// Parameters of a layer norm.
pub(super) struct Norm {
    pub(super) weight: Buffer<f32>,
    pub(super) bias: Buffer<f32>,
}

impl Tensors {
    pub(super) fn upload(
        gpu: &Gpu,
        model: &Model,
        precision: Precision,
    ) -> Result<Self, EncoderError> {
        let upload = Upload { gpu, model, precision };
        let layers = (0..model.config.num_hidden_layers).map(|layer| upload.layer(layer));
        Ok(Self {
            words: upload.weights(&["embeddings.word_embeddings.weight".to_owned()])?,
            positions: upload.vector(&["embeddings.position_embeddings.weight".to_owned()])?,
            types: upload.vector(&["embeddings.token_type_embeddings.weight".to_owned()])?,
            norm: upload.norm("embeddings.LayerNorm")?,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn bytes(&self) -> u64 {
        let dense = |dense: &Dense| dense.weights.bytes() + dense.bias.bytes();
        let norm = |norm: &Norm| bytes_of(&[&norm.weight, &norm.bias]);
        let layer = |layer: &Layer| {
            let parts = [&layer.qkv, &layer.attention_output, &layer.intermediate, &layer.output];
            parts.map(dense).iter().sum::<u64>()
                + norm(&layer.attention_norm)
                + norm(&layer.output_norm)
        };
        let tables =
            self.words.bytes() + bytes_of(&[&self.positions, &self.types]) + norm(&self.norm);
        tables + self.layers.iter().map(layer).sum::<u64>()
    }
}

struct Upload<'a> {
    gpu: &'a Gpu,
    model: &'a Model,
    precision: Precision,
}

impl Upload<'_> {
    fn layer(&self, layer: usize) -> Result<Layer, EncoderError> {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        let qkv = ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Layer {
            qkv: self.dense(&qkv)?,
            attention_output: self.dense(&[name("attention.output.dense")])?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            intermediate: self.dense(&[name("intermediate.dense")])?,
            output: self.dense(&[name("output.dense")])?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    /// One dense layer from several whose outputs lie side by side.
    fn dense(&self, names: &[String]) -> Result<Dense, EncoderError> {
        let parts =
            |part: &str| names.iter().map(|name| format!("{name}.{part}")).collect::<Vec<_>>();
        Ok(Dense { weights: self.weights(&parts("weight"))?, bias: self.vector(&parts("bias"))? })
    }

    fn norm(&self, name: &str) -> Result<Norm, EncoderError> {
        let part = |part: &str| self.vector(&[format!("{name}.{part}")]);
        Ok(Norm { weight: part("weight")?, bias: part("bias")? })
    }

    /// A small tensor, always in single precision.
    fn vector(&self, names: &[String]) -> Result<Buffer<f32>, EncoderError> {
        Ok(self.gpu.upload(&self.concat(names)?)?)
    }

    /// A large tensor, in the precision asked for.
    fn weights(&self, names: &[String]) -> Result<Weights, EncoderError> {
        match self.precision {
            Precision::F32 => Ok(self.gpu.upload_weights(&self.concat(names)?)?),
            Precision::F16 => {
                let mut bits = Vec::new();
                for name in names {
                    bits.extend(self.half_bits(name)?);
                }
                Ok(self.gpu.upload_f16(&bits)?)
            }
        }
    }

    fn half_bits(&self, name: &str) -> Result<Vec<u16>, EncoderError> {
        let tensor = self.model.weights.tensor(name)?;
        if tensor.weight_type == WeightType::F16 {
            return Ok(tensor
                .bytes
                .chunks_exact(2)
                .map(|b| u16::from_le_bytes([b[0], b[1]]))
                .collect());
        }
        let halves: Vec<f16> = tensor.to_f32().into_iter().map(f16::from_f32).collect();
        match halves.iter().position(|half| !half.is_finite()) {
            Some(element) => {
                Err(EncoderError::NotFinite { name: format!("{name} as F16"), element })
            }
            None => Ok(halves.into_iter().map(f16::to_bits).collect()),
        }
    }

    fn concat(&self, names: &[String]) -> Result<Vec<f32>, EncoderError> {
        let mut numbers = Vec::new();
        for name in names {
            numbers.append(&mut self.model.weights.tensor(name)?.to_f32());
        }
        Ok(numbers)
    }
}

/// Activations of one batch; kept for the next that fits.
pub(super) struct Scratch {
    pub(super) tokens: Buffer<u32>,
    /// Position of each token within its text.
    pub(super) positions: Buffer<u32>,
    pub(super) cu_seqlens: Buffer<u32>,
    /// Hidden states, `[n_tokens × d]`.
    pub(super) hidden: Buffer<f32>,
    /// Sums before a layer norm, `[n_tokens × d]`.
    pub(super) sums: Buffer<f32>,
    /// Queries, keys and values, `[n_tokens × 3d]`.
    pub(super) qkv: Buffer<f32>,
    /// Attention outputs, `[n_tokens × d]`.
    pub(super) context: Buffer<f32>,
    /// Feed-forward activations, `[n_tokens × intermediate]`.
    pub(super) inner: Buffer<f32>,
    /// Pooled vectors, `[n_texts × d]`.
    pub(super) pooled: Buffer<f32>,
}

impl Scratch {
    pub(super) fn new(
        gpu: &Gpu,
        config: &BertConfig,
        n_tokens: usize,
        n_texts: usize,
    ) -> Result<Self, EncoderError> {
        let d = config.hidden_size;
        Ok(Self {
            tokens: gpu.alloc(n_tokens)?,
            positions: gpu.alloc(n_tokens)?,
            cu_seqlens: gpu.alloc(n_texts + 1)?,
            hidden: gpu.alloc(n_tokens * d)?,
            sums: gpu.alloc(n_tokens * d)?,
            qkv: gpu.alloc(n_tokens * 3 * d)?,
            context: gpu.alloc(n_tokens * d)?,
            inner: gpu.alloc(n_tokens * config.intermediate_size)?,
            pooled: gpu.alloc(n_texts * d)?,
        })
    }

    pub(super) fn holds(&self, n_tokens: usize, n_texts: usize) -> bool {
        self.tokens.len() >= n_tokens && self.cu_seqlens.len() > n_texts
    }

    pub(super) fn load(&self, gpu: &Gpu, batch: &TokenBatch) -> Result<(), EncoderError> {
        let positions: Vec<u32> = batch.ranges().flat_map(|text| 0..text.len() as u32).collect();
        gpu.write(&self.tokens, 0, &batch.ids)?;
        gpu.write(&self.positions, 0, &positions)?;
        gpu.write(&self.cu_seqlens, 0, &batch.cu_seqlens)?;
        Ok(())
    }
}
