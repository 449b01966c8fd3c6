//! Many texts through an encoder, batch by batch, resumably.

use crate::{EncoderError, TextTokenizer, TokenBatch, plan_batches};

/// How far an [`EmbedJob`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbedProgress {
    /// Texts whose tokens are known; batches start when this reaches `texts_total`.
    pub texts_tokenized: usize,
    /// Texts that have their vector.
    pub texts_done: usize,
    /// Texts of the job.
    pub texts_total: usize,
    /// Tokens of the texts that have their vector; time goes with tokens, not with texts.
    pub tokens_done: usize,
    /// Tokens of the tokenized texts.
    pub tokens_total: usize,
}

/// The batch that a job waits for.
#[derive(Debug, Clone, Copy)]
pub struct EmbedBatch<'a> {
    /// Packed tokens.
    pub tokens: &'a TokenBatch,
    /// Which text of the job each text of the batch is.
    pub texts: &'a [usize],
}

/// Texts on their way to vectors: tokenized once, sorted by length, packed, and scattered back.
///
/// Call [`tokenize`](Self::tokenize) until it reports that nothing is left, then alternate between
/// [`batch`](Self::batch) and [`accept`](Self::accept). A batch that was not accepted (its device was lost, say) is
/// offered again, to whichever encoder comes next.
#[derive(Debug)]
pub struct EmbedJob {
    texts: Vec<String>,
    ids: Vec<Vec<u32>>,
    plan: Vec<Vec<usize>>,
    next: usize,
    batch: TokenBatch,
    vectors: Vec<f32>,
    dimension: usize,
    max_tokens_per_batch: usize,
    progress: EmbedProgress,
}

impl EmbedJob {
    /// A job over `texts` whose vectors have length `dimension`, in batches of at most `max_tokens_per_batch` tokens.
    pub fn new(texts: Vec<String>, dimension: usize, max_tokens_per_batch: usize) -> Self {
        let texts_total = texts.len();
        let progress = EmbedProgress {
            texts_tokenized: 0,
            texts_done: 0,
            texts_total,
            tokens_done: 0,
            tokens_total: 0,
        };
        Self {
            ids: Vec::with_capacity(texts_total),
            vectors: vec![0.0; texts_total * dimension],
            texts,
            plan: Vec::new(),
            next: 0,
            batch: TokenBatch::pack::<Vec<u32>>(&[]),
            dimension,
            max_tokens_per_batch,
            progress,
        }
    }

    /// Tokenizes the next `limit` texts (about 10,000 a second in wasm) and returns how many are left.
    ///
    /// # Errors
    /// [`EncoderError::Tokenization`] with the number of the text.
    pub fn tokenize(
        &mut self,
        tokenizer: &TextTokenizer,
        limit: usize,
    ) -> Result<usize, EncoderError> {
        let start = self.ids.len();
        let end = start.saturating_add(limit).min(self.texts.len());
        for text in start..end {
            let ids = tokenizer.encode(&self.texts[text]).map_err(|error| match error {
                EncoderError::Tokenization { message, .. } => {
                    EncoderError::Tokenization { text, message }
                }
                other => other,
            })?;
            self.texts[text] = String::new();
            self.progress.tokens_total += ids.len();
            self.ids.push(ids);
        }
        self.progress.texts_tokenized = end;
        if start < end && end == self.texts.len() {
            let lengths: Vec<usize> = self.ids.iter().map(Vec::len).collect();
            self.plan = plan_batches(&lengths, self.max_tokens_per_batch);
            self.load_batch();
        }
        Ok(self.texts.len() - end)
    }

    /// Plans the texts that are left anew, for an encoder that does best with batches of another size.
    pub fn set_max_tokens_per_batch(&mut self, max_tokens_per_batch: usize) {
        self.max_tokens_per_batch = max_tokens_per_batch;
        let mut left = self.plan.split_off(self.next).concat();
        left.sort_unstable();
        let lengths: Vec<usize> = left.iter().map(|&text| self.ids[text].len()).collect();
        let plan = plan_batches(&lengths, max_tokens_per_batch);
        self.plan
            .extend(plan.into_iter().map(|batch| batch.into_iter().map(|i| left[i]).collect()));
        self.load_batch();
    }

    /// The batch to embed next; `None` when every text has its vector (or is not tokenized yet).
    pub fn batch(&self) -> Option<EmbedBatch<'_>> {
        self.plan.get(self.next).map(|texts| EmbedBatch { tokens: &self.batch, texts })
    }

    /// Takes the vectors of the current batch and moves on to the next.
    ///
    /// # Shapes
    /// `vectors`: `[n_texts of the batch × d]`, row-major.
    ///
    /// # Errors
    /// [`EncoderError::ResultLength`] or [`EncoderError::NoBatch`]; the job stays as it was.
    pub fn accept(&mut self, vectors: &[f32]) -> Result<EmbedProgress, EncoderError> {
        let texts = self.plan.get(self.next).ok_or(EncoderError::NoBatch)?;
        let expected = texts.len() * self.dimension;
        if vectors.len() != expected {
            return Err(EncoderError::ResultLength { expected, found: vectors.len() });
        }
        for (&text, vector) in texts.iter().zip(vectors.chunks_exact(self.dimension)) {
            self.vectors[text * self.dimension..][..self.dimension].copy_from_slice(vector);
            self.ids[text] = Vec::new();
        }
        self.progress.texts_done += texts.len();
        self.progress.tokens_done += self.batch.n_tokens();
        self.next += 1;
        self.load_batch();
        Ok(self.progress)
    }

    /// How far the job is.
    pub fn progress(&self) -> EmbedProgress {
        self.progress
    }

    /// The vectors in the order of the texts, `[n_texts × d]`; rows of texts that are not done are zero.
    pub fn into_vectors(self) -> Vec<f32> {
        self.vectors
    }

    fn load_batch(&mut self) {
        if let Some(texts) = self.plan.get(self.next) {
            let ids: Vec<&[u32]> = texts.iter().map(|&text| self.ids[text].as_slice()).collect();
            self.batch = TokenBatch::pack(&ids);
        }
    }
}
