//! BERT on the GPU: the kernels of `lexicell-kernels` over packed tokens, in submissions of about 0.1 s.

mod passes;
mod tensors;

use crate::{
    BertConfig, CpuEncoder, EncoderError, ForwardStatus, Model, Pooling, TextTokenizer, TokenBatch,
};
use lexicell_kernels::{Buffer, Gpu, Pace};
use tensors::{Scratch, Tensors};

/// The text whose vector is compared with the CPU's before a GPU is trusted.
const KNOWN_TEXT: &str =
    "This gene encodes a transcription factor that binds DNA and regulates the cell cycle.";

/// Number format of the large weights on the GPU; sums are in single precision either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats.
    F32,
    /// 16-bit floats: half the memory, vectors within cosine 0.999 of the reference.
    F16,
}

impl Precision {
    /// Least cosine between the GPU's and the CPU's vector of a text.
    pub fn required_cosine(self) -> f64 {
        match self {
            Self::F32 => 0.9999,
            Self::F16 => 0.999,
        }
    }
}

/// BERT on the GPU.
///
/// `begin`, `advance` to the end and `finish` as on the CPU; a caller that wants to stop just stops calling.
pub struct GpuEncoder {
    gpu: Gpu,
    config: BertConfig,
    tensors: Tensors,
    precision: Precision,
    scratch: Option<Scratch>,
    pace: Pace,
    submission_limit: f64,
    clock: fn() -> f64,
    run: Option<Run>,
}

/// A forward pass under way.
struct Run {
    n_tokens: usize,
    n_texts: usize,
    longest: usize,
    pooling: Pooling,
    /// The next pass, counted over all layers.
    pass: usize,
    status: ForwardStatus,
    /// Cost and time of a submission that nobody has waited for.
    pending: Option<(f64, f64)>,
}

impl std::fmt::Debug for GpuEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuEncoder").field("precision", &self.precision).finish_non_exhaustive()
    }
}

impl GpuEncoder {
    /// Uploads the weights of a model; `clock` tells seconds from any origin.
    ///
    /// # Errors
    /// [`EncoderError::Gpu`] when the weights do not fit, [`EncoderError::NotFinite`] when a weight overflows in half
    /// precision.
    pub fn new(
        gpu: &Gpu,
        model: &Model,
        precision: Precision,
        clock: fn() -> f64,
    ) -> Result<Self, EncoderError> {
        Ok(Self {
            gpu: gpu.clone(),
            config: model.config.clone(),
            tensors: Tensors::upload(gpu, model, precision)?,
            precision,
            scratch: None,
            pace: Pace::new(gpu),
            submission_limit: f64::INFINITY,
            clock,
            run: None,
        })
    }

    /// Length of the vectors, d.
    pub fn dimension(&self) -> usize {
        self.config.hidden_size
    }

    /// Bytes of weights on the device.
    pub fn weight_bytes(&self) -> u64 {
        self.tensors.bytes()
    }

    /// A good number of tokens for a batch on this device as known so far: its largest kernel takes about one
    /// submission. A few hundred on a software adapter, thousands on hardware.
    pub fn tokens_per_batch(&self) -> usize {
        let config = &self.config;
        let per_token =
            2 * config.hidden_size * config.intermediate_size.max(3 * config.hidden_size);
        let largest = self.gpu.info().max_binding as usize
            / (4 * config.intermediate_size.max(3 * config.hidden_size));
        let fitting = self.pace.limit() / per_token as f64;
        (fitting as usize).clamp(64, 8_192).min(largest)
    }

    /// Bounds the work of one submission, in floating-point operations, below what the pace allows.
    pub fn set_submission_limit(&mut self, cost: f64) {
        self.submission_limit = cost;
    }

    /// Embeds a batch in one go.
    ///
    /// # Shapes
    /// Returns `[n_texts × d]`, row-major, not normalised.
    ///
    /// # Errors
    /// [`EncoderError::InvalidBatch`] or [`EncoderError::Gpu`].
    pub async fn encode(
        &mut self,
        batch: &TokenBatch,
        pooling: Pooling,
    ) -> Result<Vec<f32>, EncoderError> {
        self.begin(batch, pooling)?;
        while !self.advance().await?.is_finished() {}
        self.finish().await
    }

    /// Uploads a batch and forgets the one before.
    ///
    /// # Errors
    /// [`EncoderError::InvalidBatch`] or [`EncoderError::Gpu`].
    pub fn begin(
        &mut self,
        batch: &TokenBatch,
        pooling: Pooling,
    ) -> Result<ForwardStatus, EncoderError> {
        self.run = None;
        batch.check(self.config.vocab_size, self.config.max_position_embeddings)?;
        let (n_tokens, n_texts, longest) = (batch.n_tokens(), batch.n_texts(), batch.longest());
        if !self.scratch.as_ref().is_some_and(|scratch| scratch.holds(n_tokens, n_texts)) {
            self.scratch = None;
            self.scratch = Some(Scratch::new(&self.gpu, &self.config, n_tokens, n_texts)?);
        }
        if let Some(scratch) = &self.scratch {
            scratch.load(&self.gpu, batch)?;
        }
        // Work is counted in passes here: their costs differ, but one layer is like the other.
        let work_total = if n_tokens == 0 { 0 } else { passes::count(&self.config) as u64 };
        let status = ForwardStatus { work_done: 0, work_total, layers_done: 0 };
        self.run =
            Some(Run { n_tokens, n_texts, longest, pooling, pass: 0, status, pending: None });
        Ok(status)
    }

    /// Submits about 0.1 s of work, and at least one kernel, and waits for what was submitted before.
    ///
    /// # Errors
    /// [`EncoderError::NoBatch`] before `begin`, [`EncoderError::Gpu`]; the batch is forgotten then.
    pub async fn advance(&mut self) -> Result<ForwardStatus, EncoderError> {
        let mut run = self.run.take().ok_or(EncoderError::NoBatch)?;
        let scratch = self.scratch.as_ref().ok_or(EncoderError::NoBatch)?;
        if let Some(pending) = run.pending.take() {
            self.gpu.read(&scratch.hidden, ..1).await?;
            self.observe(pending);
        }
        let scratch = self.scratch.as_ref().ok_or(EncoderError::NoBatch)?;
        let mut batch = self.gpu.batch();
        while !run.status.is_finished()
            && (batch.is_empty() || batch.cost() < self.pace.limit().min(self.submission_limit))
        {
            passes::record(&mut batch, &self.config, &self.tensors, scratch, &run)?;
            run.pass += 1;
            run.status.work_done += 1;
            run.status.layers_done = passes::layers_before(run.pass);
        }
        let cost = batch.cost();
        if !batch.is_empty() {
            batch.submit()?;
            run.pending = Some((cost, (self.clock)()));
        }
        let status = run.status;
        self.run = Some(run);
        Ok(status)
    }

    /// Reads the vectors of the batch that has been advanced to its end.
    ///
    /// # Shapes
    /// Returns `[n_texts × d]`, row-major, not normalised.
    ///
    /// # Errors
    /// [`EncoderError::NoBatch`] when no batch is through, [`EncoderError::Gpu`].
    pub async fn finish(&mut self) -> Result<Vec<f32>, EncoderError> {
        let run = self.run.take_if(|run| run.status.is_finished()).ok_or(EncoderError::NoBatch)?;
        let scratch = self.scratch.as_ref().ok_or(EncoderError::NoBatch)?;
        let vectors =
            self.gpu.read(&scratch.pooled, ..run.n_texts * self.config.hidden_size).await?;
        if let Some(pending) = run.pending {
            self.observe(pending);
        }
        Ok(vectors)
    }

    /// Hidden states after the passes so far, for tests and inspection.
    ///
    /// # Shapes
    /// `[n_tokens × d]`, row-major.
    ///
    /// # Errors
    /// [`EncoderError::NoBatch`], [`EncoderError::Gpu`].
    pub async fn hidden_states(&self) -> Result<Vec<f32>, EncoderError> {
        let (Some(run), Some(scratch)) = (&self.run, &self.scratch) else {
            return Err(EncoderError::NoBatch);
        };
        Ok(self.gpu.read(&scratch.hidden, ..run.n_tokens * self.config.hidden_size).await?)
    }

    /// Compares the vector of a known text with the CPU's and returns their cosine.
    ///
    /// # Errors
    /// [`EncoderError::SelfTest`] when it is too low: this GPU must not be used. [`EncoderError::Gpu`] when it fails.
    pub async fn self_test(
        &mut self,
        cpu: &mut CpuEncoder,
        tokenizer: &TextTokenizer,
    ) -> Result<f64, EncoderError> {
        // Two texts of different lengths, so that a wrong offset shows.
        let ids = tokenizer.encode(KNOWN_TEXT)?;
        let batch = TokenBatch::pack(&[&ids[..ids.len().min(9)], &ids]);
        let found = self.encode(&batch, Pooling::Mean).await?;
        let expected = cpu.encode(&batch, Pooling::Mean)?;
        let (required, d) = (self.precision.required_cosine(), self.config.hidden_size);
        let mut least = 1.0;
        for (found, expected) in found.chunks_exact(d).zip(expected.chunks_exact(d)) {
            let cosine = cosine(found, expected);
            if cosine.is_nan() || cosine < required {
                return Err(EncoderError::SelfTest { cosine, required });
            }
            least = cosine.min(least);
        }
        Ok(least)
    }

    fn observe(&mut self, (cost, start): (f64, f64)) {
        self.pace.observe(cost, (self.clock)() - start);
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Bytes of several buffers.
fn bytes_of(buffers: &[&Buffer<f32>]) -> u64 {
    buffers.iter().map(|buffer| buffer.bytes()).sum()
}
