//! BERT on the CPU: packed SIMD matrix products, no padding, resumable between row blocks.

mod layers;
mod rows;

use crate::{EncoderError, Model, Pooling, TokenBatch};
use layers::PackedModel;
use lexicell_kernels::cpu::gemm::{Gemm, PackedB, Tile};
use std::sync::Arc;

/// Rows that go through the dense layers together; a multiple of every tile's rows. The feed-forward activations of one
/// block stay in the second-level cache, and one block is the unit of resumption.
const ROW_BLOCK: usize = 96;

/// Rows of queries whose attention scores are held at once.
const QUERY_BLOCK: usize = 48;

/// How far the forward pass of a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardStatus {
    /// Multiply-adds done.
    pub work_done: u64,
    /// Multiply-adds of the whole batch.
    pub work_total: u64,
    /// Layers that every token has passed.
    pub layers_done: usize,
}

impl ForwardStatus {
    /// Whether the batch is through.
    pub fn is_finished(&self) -> bool {
        self.work_done >= self.work_total
    }
}

/// BERT on the CPU. Clones share the packed weights, so that each thread of a native program can have its own.
///
/// Vectors are bit-reproducible on one machine and do not depend on the other texts of the batch.
#[derive(Clone)]
pub struct CpuEncoder {
    model: Arc<PackedModel>,
    gemm: Gemm,
    keys: PackedB,
    values: PackedB,
    /// Hidden states, `[n_tokens × d]`.
    hidden: Vec<f32>,
    /// Queries, keys and values, `[n_tokens × 3d]`.
    qkv: Vec<f32>,
    /// Attention outputs, `[n_tokens × d]`.
    context: Vec<f32>,
    /// Feed-forward activations of one block, `[ROW_BLOCK × intermediate]`.
    inner: Vec<f32>,
    /// Output of a dense layer of one block, `[ROW_BLOCK × d]`.
    dense: Vec<f32>,
    /// Attention scores of one block, `[QUERY_BLOCK × longest text]`.
    scores: Vec<f32>,
    run: Option<Run>,
}

/// A forward pass under way.
#[derive(Debug, Clone)]
struct Run {
    batch: TokenBatch,
    pooling: Pooling,
    status: ForwardStatus,
    phase: Phase,
}

/// The next piece of work. Dense layers go by row block, attention by text and head.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Embeddings, then Q, K and V of layer 0, from `row` on.
    Embed { row: usize },
    /// Attention of `layer`, from `head` of `text` on.
    Attend { layer: usize, text: usize, head: usize },
    /// The rest of `layer`, then Q, K and V of the next, from `row` on.
    Transform { layer: usize, row: usize },
    /// Nothing is left.
    Done,
}

impl std::fmt::Debug for CpuEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CpuEncoder").field("dimension", &self.dimension()).finish_non_exhaustive()
    }
}

impl CpuEncoder {
    /// Packs the weights of a model for this machine's registers.
    ///
    /// # Errors
    /// [`EncoderError::MissingTensor`]; a loaded model has every tensor.
    pub fn new(model: &Model) -> Result<Self, EncoderError> {
        Self::with_tile(model, Tile::detect())
    }

    fn with_tile(model: &Model, tile: Tile) -> Result<Self, EncoderError> {
        Ok(Self {
            model: Arc::new(PackedModel::new(model, tile)?),
            gemm: Gemm::new(tile),
            keys: PackedB::default(),
            values: PackedB::default(),
            hidden: Vec::new(),
            qkv: Vec::new(),
            context: Vec::new(),
            inner: Vec::new(),
            dense: Vec::new(),
            scores: Vec::new(),
            run: None,
        })
    }

    /// Length of the vectors, d.
    pub fn dimension(&self) -> usize {
        self.model.config.hidden_size
    }

    /// Bytes of packed weights, beside those of the model itself.
    pub fn packed_bytes(&self) -> usize {
        self.model.packed_bytes()
    }

    /// Embeds a batch in one go: `begin`, `advance` to the end, `finish`.
    ///
    /// # Shapes
    /// Returns `[n_texts × d]`, row-major, not normalised.
    ///
    /// # Errors
    /// [`EncoderError::InvalidBatch`].
    pub fn encode(
        &mut self,
        batch: &TokenBatch,
        pooling: Pooling,
    ) -> Result<Vec<f32>, EncoderError> {
        self.begin(batch, pooling)?;
        while !self.advance(u64::MAX)?.is_finished() {}
        self.finish()
    }

    /// Starts on a batch and forgets the one before.
    ///
    /// # Errors
    /// [`EncoderError::InvalidBatch`].
    pub fn begin(
        &mut self,
        batch: &TokenBatch,
        pooling: Pooling,
    ) -> Result<ForwardStatus, EncoderError> {
        let config = &self.model.config;
        batch.check(config.vocab_size, config.max_position_embeddings)?;
        let (tokens, d) = (batch.n_tokens(), config.hidden_size);
        self.hidden.resize(tokens * d, 0.0);
        self.qkv.resize(tokens * 3 * d, 0.0);
        self.context.resize(tokens * d, 0.0);
        self.inner.resize(ROW_BLOCK * config.intermediate_size, 0.0);
        self.dense.resize(ROW_BLOCK * d, 0.0);
        self.scores.resize(QUERY_BLOCK * batch.longest(), 0.0);
        let attention: u64 = batch.ranges().map(|text| attention_work(text.len(), d)).sum();
        let work_total = tokens as u64 * config.dense_work_per_token() as u64
            + config.num_hidden_layers as u64 * attention;
        let status = ForwardStatus { work_done: 0, work_total, layers_done: 0 };
        let phase = if tokens == 0 { Phase::Done } else { Phase::Embed { row: 0 } };
        self.run = Some(Run { batch: batch.clone(), pooling, status, phase });
        Ok(status)
    }

    /// Goes on for about `work` multiply-adds, and at least one step: a block of 96 tokens through one dense part of a
    /// layer, or one attention head of a text. One core does 10–30 thousand million a second natively and about 10
    /// thousand million in wasm, so 300 million stay within 50 ms.
    ///
    /// # Errors
    /// [`EncoderError::NoBatch`] before `begin`.
    pub fn advance(&mut self, work: u64) -> Result<ForwardStatus, EncoderError> {
        let mut run = self.run.take().ok_or(EncoderError::NoBatch)?;
        let goal = run.status.work_done.saturating_add(work).min(run.status.work_total);
        while !matches!(run.phase, Phase::Done) {
            self.step(&mut run);
            if run.status.work_done >= goal && !run.status.is_finished() {
                break;
            }
        }
        let status = run.status;
        self.run = Some(run);
        Ok(status)
    }

    /// Pools the batch that has been advanced to its end.
    ///
    /// # Shapes
    /// Returns `[n_texts × d]`, row-major, not normalised.
    ///
    /// # Errors
    /// [`EncoderError::NoBatch`] when no batch is through; one under way can still be advanced.
    pub fn finish(&mut self) -> Result<Vec<f32>, EncoderError> {
        let run = self
            .run
            .take_if(|run| matches!(run.phase, Phase::Done))
            .ok_or(EncoderError::NoBatch)?;
        let d = self.dimension();
        let mut vectors = vec![0.0; run.batch.n_texts() * d];
        for (text, vector) in run.batch.ranges().zip(vectors.chunks_exact_mut(d)) {
            run.pooling.pool(&self.hidden[text.start * d..text.end * d], vector);
        }
        Ok(vectors)
    }

    /// Hidden states of the last layer that every token has passed, for tests and inspection.
    ///
    /// # Shapes
    /// `[n_tokens × d]`, row-major.
    pub fn hidden_states(&self) -> &[f32] {
        &self.hidden
    }

    fn step(&mut self, run: &mut Run) {
        let tokens = run.batch.n_tokens();
        run.phase = match run.phase {
            Phase::Embed { row } => {
                let end = (row + ROW_BLOCK).min(tokens);
                self.embed(&run.batch, row..end);
                run.status.work_done += self.project(0, row..end);
                if end < tokens {
                    Phase::Embed { row: end }
                } else {
                    Phase::Attend { layer: 0, text: 0, head: 0 }
                }
            }
            Phase::Attend { layer, text, head } => {
                let range =
                    run.batch.cu_seqlens[text] as usize..run.batch.cu_seqlens[text + 1] as usize;
                run.status.work_done += self.attend(range, head);
                if head + 1 < self.model.config.num_attention_heads {
                    Phase::Attend { layer, text, head: head + 1 }
                } else if text + 1 < run.batch.n_texts() {
                    Phase::Attend { layer, text: text + 1, head: 0 }
                } else {
                    Phase::Transform { layer, row: 0 }
                }
            }
            Phase::Transform { layer, row } => {
                let end = (row + ROW_BLOCK).min(tokens);
                run.status.work_done += self.transform(layer, row..end);
                let is_last = layer + 1 == self.model.config.num_hidden_layers;
                if !is_last {
                    run.status.work_done += self.project(layer + 1, row..end);
                }
                if end < tokens {
                    Phase::Transform { layer, row: end }
                } else {
                    run.status.layers_done = layer + 1;
                    if is_last {
                        Phase::Done
                    } else {
                        Phase::Attend { layer: layer + 1, text: 0, head: 0 }
                    }
                }
            }
            Phase::Done => Phase::Done,
        };
    }
}

/// Multiply-adds of one layer's attention over one text.
fn attention_work(length: usize, d: usize) -> u64 {
    2 * (length * length) as u64 * d as u64
}

#[cfg(test)]
mod tests;
