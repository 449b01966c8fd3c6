//! What can go wrong between a model folder and a vector.

/// Why a model, a text or a batch could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// A JSON file of the model folder does not have the expected form.
    #[error("{file} is not usable: {source}")]
    Json {
        /// File name within the model folder.
        file: &'static str,
        /// What the JSON reader found.
        source: serde_json::Error,
    },
    /// A setting of `config.json` is outside what this encoder computes.
    #[error("config.json: {key} must be {expected}, found {found}")]
    UnsupportedConfig {
        /// Key in `config.json`.
        key: &'static str,
        /// What the encoder supports.
        expected: String,
        /// What the file says.
        found: String,
    },
    /// The weights are not a readable safetensors file.
    #[error("model.safetensors is not readable: {source}")]
    Safetensors {
        /// What the safetensors reader found.
        source: safetensors::SafeTensorError,
    },
    /// A tensor that the architecture needs is absent.
    #[error(
        "model.safetensors has no tensor {name} (nor bert.{name}), which must have shape {expected:?}"
    )]
    MissingTensor {
        /// Tensor name without prefix.
        name: String,
        /// Shape that config.json demands.
        expected: Vec<usize>,
    },
    /// A tensor has another shape than config.json demands.
    #[error("tensor {name} must have shape {expected:?} by config.json, found {found:?}")]
    TensorShape {
        /// Tensor name without prefix.
        name: String,
        /// Shape that config.json demands.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// A tensor is stored in a number format that is not read.
    #[error("tensor {name} must be stored as F32, F16 or BF16, found {found}")]
    TensorType {
        /// Tensor name without prefix.
        name: String,
        /// Format in the file.
        found: String,
    },
    /// A tensor holds a number that is infinite or not a number.
    #[error("tensor {name} holds a value that is not finite at element {element}")]
    NotFinite {
        /// Tensor name without prefix.
        name: String,
        /// First such element, row-major.
        element: usize,
    },
    /// The tokenizer file cannot be used.
    #[error("{file} is not usable: {message}")]
    Tokenizer {
        /// File name within the model folder.
        file: &'static str,
        /// What the tokenizer reader found.
        message: String,
    },
    /// The tokenizer needs ids that the model's table does not have.
    #[error(
        "the tokenizer has token ids up to {largest_id}, but the model's table has {vocab_size} rows"
    )]
    VocabularyMismatch {
        /// Largest token id.
        largest_id: u32,
        /// Rows of the word embedding table.
        vocab_size: usize,
    },
    /// A text could not be split into tokens.
    #[error("text {text} could not be split into tokens: {message}")]
    Tokenization {
        /// Index of the text among those given.
        text: usize,
        /// What the tokenizer reported.
        message: String,
    },
    /// A batch breaks the rules of [`crate::TokenBatch`].
    #[error("token batch: {problem}")]
    InvalidBatch {
        /// What was expected and what was found.
        problem: String,
    },
    /// `advance` or `finish` was called with no batch begun, or `finish` too early.
    #[error("no finished batch: begin a batch and advance it to its end first")]
    NoBatch,
    /// The vectors handed to a job do not fit its current batch.
    #[error("batch results must hold {expected} numbers, found {found}")]
    ResultLength {
        /// Texts in the batch × dimension.
        expected: usize,
        /// Numbers handed over.
        found: usize,
    },
    /// The GPU refused an operation or was lost; the CPU can do the same work.
    #[error(transparent)]
    Gpu(#[from] lexicell_kernels::GpuError),
    /// The GPU computes another vector than the CPU.
    #[error(
        "the GPU's vector of a known text has cosine {cosine:.6} with the CPU's, at least {required} is required"
    )]
    SelfTest {
        /// Cosine found; not a number when the GPU's vector is not finite.
        cosine: f64,
        /// Least cosine for the precision in use.
        required: f64,
    },
}
