//! Weights of a BERT encoder, read in place from safetensors bytes.

use crate::{BertConfig, EncoderError};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Number format in which a tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightType {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// bfloat16.
    Bf16,
}

impl WeightType {
    /// Bytes per number.
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}

/// One tensor as it lies in the file.
#[derive(Debug, Clone, Copy)]
pub struct TensorRef<'a> {
    /// Number format of `bytes`.
    pub weight_type: WeightType,
    /// Shape, row-major.
    pub shape: &'a [usize],
    /// Little-endian numbers; they need not be aligned.
    pub bytes: &'a [u8],
}

impl TensorRef<'_> {
    /// Reads the numbers of `elements` (row-major) into `out`.
    ///
    /// # Shapes
    /// `out`: `[elements.len()]`.
    pub fn read(&self, elements: Range<usize>, out: &mut [f32]) {
        let size = self.weight_type.size();
        let bytes = &self.bytes[elements.start * size..elements.end * size];
        match self.weight_type {
            WeightType::F32 => {
                let numbers =
                    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
                out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
            }
            WeightType::F16 => {
                let numbers =
                    bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32());
                out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
            }
            WeightType::Bf16 => {
                let numbers =
                    bytes.chunks_exact(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32());
                out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
            }
        }
    }

    /// All numbers as f32.
    pub fn to_f32(&self) -> Vec<f32> {
        let n = self.bytes.len() / self.weight_type.size();
        let mut out = vec![0.0; n];
        self.read(0..n, &mut out);
        out
    }
}

#[derive(Debug, Clone)]
struct Entry {
    weight_type: WeightType,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// Every tensor that the encoder needs, checked against its [`BertConfig`]; clones share the bytes.
#[derive(Debug, Clone)]
pub struct Weights {
    file: Arc<Vec<u8>>,
    entries: Arc<HashMap<String, Entry>>,
}

impl Weights {
    /// Reads a safetensors file, with or without the `bert.` prefix on its names.
    ///
    /// # Errors
    /// A tensor that is missing, of the wrong shape, of an unread number format or not finite.
    pub fn from_safetensors(file: Vec<u8>, config: &BertConfig) -> Result<Self, EncoderError> {
        let mut entries = HashMap::new();
        let tensors = SafeTensors::deserialize(&file)
            .map_err(|source| EncoderError::Safetensors { source })?;
        for (name, shape) in expected_tensors(config) {
            let entry = find(&tensors, &file, &name, &shape)?;
            entries.insert(name, entry);
        }
        let weights = Self { file: Arc::new(file), entries: Arc::new(entries) };
        weights.check_finite()?;
        Ok(weights)
    }

    /// A tensor by its name in `BertModel` of transformers, such as `encoder.layer.0.output.dense.weight`.
    ///
    /// # Errors
    /// [`EncoderError::MissingTensor`] when the architecture has no such tensor.
    pub fn tensor(&self, name: &str) -> Result<TensorRef<'_>, EncoderError> {
        let entry = self.entries.get(name).ok_or_else(|| EncoderError::MissingTensor {
            name: name.to_owned(),
            expected: Vec::new(),
        })?;
        let bytes = &self.file[entry.bytes.clone()];
        Ok(TensorRef { weight_type: entry.weight_type, shape: &entry.shape, bytes })
    }

    /// The whole file, as given.
    pub fn file_bytes(&self) -> &[u8] {
        &self.file
    }

    fn check_finite(&self) -> Result<(), EncoderError> {
        let mut block = vec![0.0; 4096];
        for (name, entry) in self.entries.iter() {
            let tensor = self.tensor(name)?;
            let n: usize = entry.shape.iter().product();
            for start in (0..n).step_by(block.len()) {
                let block = &mut block[..(n - start).min(4096)];
                tensor.read(start..start + block.len(), block);
                // Without early exit, so that the scan of the whole file is vectorised.
                if !block.iter().fold(true, |finite, x| finite & x.is_finite()) {
                    let at = block.iter().position(|x| !x.is_finite()).unwrap_or_default();
                    return Err(EncoderError::NotFinite {
                        name: name.clone(),
                        element: start + at,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Names and shapes of every tensor that the encoder reads.
pub(crate) fn expected_tensors(config: &BertConfig) -> Vec<(String, Vec<usize>)> {
    let (d, inner) = (config.hidden_size, config.intermediate_size);
    let mut tensors = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![config.vocab_size, d]),
        (
            "embeddings.position_embeddings.weight".to_owned(),
            vec![config.max_position_embeddings, d],
        ),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![config.type_vocab_size, d]),
        ("embeddings.LayerNorm.weight".to_owned(), vec![d]),
        ("embeddings.LayerNorm.bias".to_owned(), vec![d]),
    ];
    for layer in 0..config.num_hidden_layers {
        let dense = [
            ("attention.self.query", d, d),
            ("attention.self.key", d, d),
            ("attention.self.value", d, d),
            ("attention.output.dense", d, d),
            ("intermediate.dense", inner, d),
            ("output.dense", d, inner),
        ];
        for (name, outputs, inputs) in dense {
            tensors.push((format!("encoder.layer.{layer}.{name}.weight"), vec![outputs, inputs]));
            tensors.push((format!("encoder.layer.{layer}.{name}.bias"), vec![outputs]));
        }
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            tensors.push((format!("encoder.layer.{layer}.{name}.weight"), vec![d]));
            tensors.push((format!("encoder.layer.{layer}.{name}.bias"), vec![d]));
        }
    }
    tensors
}

fn find(
    tensors: &SafeTensors<'_>,
    file: &[u8],
    name: &str,
    expected: &[usize],
) -> Result<Entry, EncoderError> {
    // Checkpoints converted from TensorFlow (BioBERT, SciBERT) call a layer norm's weight gamma and its bias beta.
    let legacy = name
        .replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta");
    let view = [name, &legacy]
        .into_iter()
        .find_map(|name| {
            tensors.tensor(name).or_else(|_| tensors.tensor(&format!("bert.{name}"))).ok()
        })
        .ok_or_else(|| EncoderError::MissingTensor {
            name: name.to_owned(),
            expected: expected.to_vec(),
        })?;
    let weight_type = match view.dtype() {
        Dtype::F32 => WeightType::F32,
        Dtype::F16 => WeightType::F16,
        Dtype::BF16 => WeightType::Bf16,
        other => {
            return Err(EncoderError::TensorType {
                name: name.to_owned(),
                found: format!("{other:?}"),
            });
        }
    };
    if view.shape() != expected {
        let found = view.shape().to_vec();
        return Err(EncoderError::TensorShape {
            name: name.to_owned(),
            expected: expected.to_vec(),
            found,
        });
    }
    let start = view.data().as_ptr() as usize - file.as_ptr() as usize;
    Ok(Entry { weight_type, shape: expected.to_vec(), bytes: start..start + view.data().len() })
}
