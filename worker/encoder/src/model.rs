//! A BERT model folder: config, weights and tokenizer, checked against each other.

use crate::{BertConfig, EncoderError, Pooling, TextTokenizer, TokenizerSource, Weights};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// The files of a Hugging Face BERT folder; the optional ones refine what the others say.
#[derive(Debug)]
pub struct ModelFiles<'a> {
    /// `config.json`.
    pub config: &'a [u8],
    /// `model.safetensors`; kept, not copied.
    pub weights: Vec<u8>,
    /// `tokenizer.json` or `vocab.txt`.
    pub tokenizer: TokenizerSource<'a>,
    /// `tokenizer_config.json`.
    pub tokenizer_config: Option<&'a [u8]>,
    /// `sentence_bert_config.json`, which states the length that sentence-transformers truncates to.
    pub sentence_config: Option<&'a [u8]>,
    /// `1_Pooling/config.json`, which states how sentence-transformers pools.
    pub pooling_config: Option<&'a [u8]>,
}

/// SHA-256 over everything of a model that can change a vector.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelHash(pub [u8; 32]);

impl fmt::Display for ModelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ModelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelHash({self})")
    }
}

/// A loaded BERT encoder model; clones share the weights.
#[derive(Debug, Clone)]
pub struct Model {
    /// Architecture.
    pub config: BertConfig,
    /// Checked weights.
    pub weights: Weights,
    /// Tokenizer, truncating to the length that the model was made for.
    pub tokenizer: TextTokenizer,
    /// The pooling that the folder asks for; masked mean when it does not say.
    pub pooling: Pooling,
    /// Identity for caches.
    pub hash: ModelHash,
}

#[derive(Deserialize)]
struct SentenceConfig {
    max_seq_length: Option<usize>,
}

#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

impl Model {
    /// Reads and checks a model folder.
    ///
    /// # Errors
    /// The first file or tensor that does not fit, with what was expected and found.
    pub fn load(files: ModelFiles<'_>) -> Result<Self, EncoderError> {
        let config = BertConfig::from_json(files.config)?;
        let hash = hash(&files);
        let max_tokens = max_tokens(files.sentence_config, &config)?;
        let pooling = pooling(files.pooling_config)?;
        let tokenizer = TextTokenizer::new(files.tokenizer, files.tokenizer_config, max_tokens)?;
        let largest_id = tokenizer.largest_id();
        if largest_id as usize >= config.vocab_size {
            return Err(EncoderError::VocabularyMismatch {
                largest_id,
                vocab_size: config.vocab_size,
            });
        }
        let weights = Weights::from_safetensors(files.weights, &config)?;
        Ok(Self { config, weights, tokenizer, pooling, hash })
    }

    /// Length of the vectors, d.
    pub fn dimension(&self) -> usize {
        self.config.hidden_size
    }
}

fn max_tokens(sentence_config: Option<&[u8]>, config: &BertConfig) -> Result<usize, EncoderError> {
    let stated = match sentence_config {
        Some(json) => {
            let source: Result<SentenceConfig, _> = serde_json::from_slice(json);
            source
                .map_err(|source| EncoderError::Json { file: "sentence_bert_config.json", source })?
                .max_seq_length
        }
        None => None,
    };
    Ok(stated.unwrap_or(usize::MAX).min(config.max_position_embeddings))
}

fn pooling(pooling_config: Option<&[u8]>) -> Result<Pooling, EncoderError> {
    const FILE: &str = "1_Pooling/config.json";
    let Some(json) = pooling_config else { return Ok(Pooling::Mean) };
    let config: PoolingConfig =
        serde_json::from_slice(json).map_err(|source| EncoderError::Json { file: FILE, source })?;
    match (config.pooling_mode_cls_token, config.pooling_mode_mean_tokens) {
        (true, false) => Ok(Pooling::Cls),
        (false, true) => Ok(Pooling::Mean),
        (cls, mean) => Err(EncoderError::UnsupportedConfig {
            key: "1_Pooling pooling_mode",
            expected: "either pooling_mode_cls_token or pooling_mode_mean_tokens".to_owned(),
            found: format!("cls {cls}, mean {mean}"),
        }),
    }
}

/// Hashes each file behind its length, so that moving bytes between files changes the hash.
fn hash(files: &ModelFiles<'_>) -> ModelHash {
    let (kind, tokenizer): (&[u8], _) = match files.tokenizer {
        TokenizerSource::Json(bytes) => (b"tokenizer.json", bytes),
        TokenizerSource::Vocabulary(bytes) => (b"vocab.txt", bytes),
    };
    let absent: &[u8] = &[];
    let parts = [
        files.config,
        &files.weights,
        kind,
        tokenizer,
        files.tokenizer_config.unwrap_or(absent),
        files.sentence_config.unwrap_or(absent),
    ];
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        // In pieces: V8 never replaces the slow first version of a function while it runs, so one call
        // over 90 MB takes five seconds in wasm.
        part.chunks(1 << 14).for_each(|piece| hasher.update(piece));
    }
    ModelHash(hasher.finalize().into())
}
