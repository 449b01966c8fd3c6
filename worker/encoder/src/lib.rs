//! Tokenizer and BERT, on WebGPU kernels or on the CPU.
//!
//! A [`Model`] is loaded from the files of a Hugging Face BERT folder. Its [`TextTokenizer`] turns texts into
//! [`TokenBatch`]es, which are packed and never padded, so an embedding cannot depend on its batch neighbours.
//! A [`CpuEncoder`] or a [`GpuEncoder`] turns a batch into one pooled vector per text, and an [`EmbedJob`] drives
//! either of them over many texts, resumably.

mod batch;
mod config;
mod cpu;
mod error;
mod gpu;
mod job;
mod model;
mod pooling;
mod tokenizer;
mod weights;
mod word_pieces;

pub use batch::{TokenBatch, plan_batches};
pub use config::BertConfig;
pub use cpu::{CpuEncoder, ForwardStatus};
pub use error::EncoderError;
pub use gpu::{GpuEncoder, Precision};
pub use job::{EmbedBatch, EmbedJob, EmbedProgress};
pub use model::{Model, ModelFiles, ModelHash};
pub use pooling::{Pooling, l2_normalize};
pub use tokenizer::{TextTokenizer, TokenizerSource};
pub use weights::{TensorRef, WeightType, Weights};
