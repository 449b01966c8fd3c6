//! Weights of a model folder as f16 safetensors under the names of `BertModel`.

use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::torch::{self, Tensor};
use crate::{AssetError, Result, store};

pub(super) fn to_f16(folder: &Path) -> Result<Vec<u8>> {
    let (path, tensors) = read(folder)?;
    let mut converted = Vec::new();
    for tensor in tensors {
        let Some(name) = normalised_name(&tensor.name) else { continue };
        let mut bytes = Vec::with_capacity(tensor.values.len() * 2);
        for &value in &tensor.values {
            let half = f16::from_f32(value);
            if !half.is_finite() {
                return Err(AssetError::content(
                    &path,
                    format!("{name}: {value} does not fit in f16"),
                ));
            }
            bytes.extend_from_slice(&half.to_le_bytes());
        }
        converted.push((name, tensor.shape, bytes));
    }
    if converted.is_empty() {
        return Err(AssetError::content(&path, "has no tensor of a BERT encoder"));
    }
    // An order of its own would make the file, and so the model's hash, differ from run to run.
    converted.sort_by(|a, b| a.0.cmp(&b.0));
    let broken = |detail: String| AssetError::content(&path, detail);
    let views = converted
        .iter()
        .map(|(name, shape, bytes)| {
            TensorView::new(Dtype::F16, shape.clone(), bytes)
                .map(|view| (name.clone(), view))
                .map_err(|error| broken(format!("{name}: {error}")))
        })
        .collect::<Result<Vec<_>>>()?;
    safetensors::serialize(views, None).map_err(|error| broken(error.to_string()))
}

/// The name in `BertModel`, or `None` for what the encoder does not use (pooler, heads, buffers).
fn normalised_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("module.").unwrap_or(name);
    let name = name.strip_prefix("bert.").unwrap_or(name);
    if name.ends_with("position_ids")
        || !(name.starts_with("embeddings.") || name.starts_with("encoder.layer."))
    {
        return None;
    }
    // TensorFlow's names survive in checkpoints of 2019.
    let name = match name.strip_suffix("LayerNorm.gamma") {
        Some(stem) => format!("{stem}LayerNorm.weight"),
        None => match name.strip_suffix("LayerNorm.beta") {
            Some(stem) => format!("{stem}LayerNorm.bias"),
            None => name.to_owned(),
        },
    };
    Some(name)
}

fn read(folder: &Path) -> Result<(PathBuf, Vec<Tensor>)> {
    let safetensors = folder.join("model.safetensors");
    if safetensors.is_file() {
        let tensors = read_safetensors(&safetensors)?;
        return Ok((safetensors, tensors));
    }
    let checkpoint = folder.join("pytorch_model.bin");
    if checkpoint.is_file() {
        let tensors = torch::read_checkpoint(&checkpoint)?;
        return Ok((checkpoint, tensors));
    }
    Err(AssetError::content(folder, "has neither model.safetensors nor pytorch_model.bin"))
}

fn read_safetensors(path: &Path) -> Result<Vec<Tensor>> {
    let bytes = store::read_whole(path)?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|error| AssetError::content(path, error.to_string()))?;
    let mut tensors = Vec::new();
    for (name, view) in file.tensors() {
        let data = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => {
                data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
            }
            Dtype::F64 => {
                data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect()
            }
            Dtype::F16 => {
                data.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
            }
            Dtype::BF16 => data
                .as_chunks()
                .0
                .iter()
                .map(|bytes| bf16::from_le_bytes(*bytes).to_f32())
                .collect(),
            _ if normalised_name(&name).is_none() => continue,
            other => {
                return Err(AssetError::content(path, format!("{name}: cannot convert {other:?}")));
            }
        };
        tensors.push(Tensor { name, shape: view.shape().to_vec(), values });
    }
    Ok(tensors)
}
