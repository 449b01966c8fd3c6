//! PyTorch checkpoints: the zip of PyTorch ≥ 1.6 and the stream of pickles before it.
//!
//! BioBERT and SciBERT were published in the older form.

use std::{collections::HashMap, fs::File, io::Read, path::Path};

use half::{bf16, f16};
use zip::ZipArchive;

use super::pickle::{self, Value};
use crate::{AssetError, Result, store};

/// A tensor of a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its key in the state dictionary.
    pub name: String,
    /// Row-major.
    pub shape: Vec<usize>,
    /// All numbers, contiguous.
    pub values: Vec<f32>,
}

/// Where a tensor's numbers lie.
struct Placed {
    name: String,
    storage: String,
    number: Number,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    F32,
    F64,
    F16,
    Bf16,
    Other(usize),
}

impl Number {
    fn of_storage(class: &str) -> Option<Self> {
        Some(match class.strip_prefix("torch ")? {
            "FloatStorage" => Self::F32,
            "DoubleStorage" => Self::F64,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "LongStorage" => Self::Other(8),
            "IntStorage" => Self::Other(4),
            "ShortStorage" => Self::Other(2),
            "ByteStorage" | "CharStorage" | "BoolStorage" => Self::Other(1),
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(size) => size,
        }
    }

    fn read(self, bytes: &[u8]) -> Option<f32> {
        Some(match self {
            Self::F32 => f32::from_le_bytes(bytes.try_into().ok()?),
            Self::F64 => f64::from_le_bytes(bytes.try_into().ok()?) as f32,
            Self::F16 => f16::from_le_bytes(bytes.try_into().ok()?).to_f32(),
            Self::Bf16 => bf16::from_le_bytes(bytes.try_into().ok()?).to_f32(),
            Self::Other(_) => return None,
        })
    }
}

/// The floating-point tensors of a `pytorch_model.bin`.
///
/// # Errors
/// A file of another form, cut off, or with numbers on the wrong side of its storages.
pub fn read_checkpoint(path: &Path) -> Result<Vec<Tensor>> {
    let bytes = store::read_whole(path)?;
    let tensors = if bytes.starts_with(b"PK") { from_zip(path) } else { from_stream(&bytes) };
    tensors.map_err(|detail| AssetError::content(path, detail))
}

fn from_zip(path: &Path) -> Result<Vec<Tensor>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut zip = ZipArchive::new(file).map_err(|error| error.to_string())?;
    let root = zip
        .file_names()
        .find_map(|name| name.ok()?.strip_suffix("data.pkl").map(str::to_owned))
        .ok_or("a zip without data.pkl is no PyTorch checkpoint")?;
    let mut read = |name: String| {
        let mut entry = zip.by_name(&name).map_err(|error| format!("{name}: {error}"))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
        Ok::<_, String>(bytes)
    };
    let (value, _) = pickle::read(&read(format!("{root}data.pkl"))?)?;
    if read(format!("{root}byteorder")).is_ok_and(|order| order == b"big") {
        return Err("big-endian checkpoints are not supported".to_owned());
    }
    let mut storages = HashMap::new();
    let mut tensors = Vec::new();
    for placed in places(&value)? {
        if !storages.contains_key(&placed.storage) {
            storages
                .insert(placed.storage.clone(), read(format!("{root}data/{}", placed.storage))?);
        }
        tensors.push(gather(&placed, &storages[&placed.storage])?);
    }
    Ok(tensors)
}

/// Magic, protocol, system and state as pickles, the keys of the storages, then each storage.
fn from_stream(bytes: &[u8]) -> Result<Vec<Tensor>, String> {
    let mut at = 0;
    let mut next = || {
        let (value, length) = pickle::read(&bytes[at..])?;
        at += length;
        Ok::<_, String>(value)
    };
    next()
        .map_err(|_| "neither a zip nor a stream of pickles: no PyTorch checkpoint".to_owned())?;
    if next()?.as_usize() != Some(1001) {
        return Err("expected PyTorch's legacy protocol 1001".to_owned());
    }
    next()?;
    let state = next()?;
    let Value::List(keys) = next()? else { return Err("expected the list of storages".to_owned()) };
    let placed = places(&state)?;
    let sizes: HashMap<&str, usize> =
        placed.iter().map(|tensor| (tensor.storage.as_str(), tensor.number.size())).collect();
    let mut all_sizes = HashMap::new();
    storage_sizes(&state, &mut all_sizes);
    let mut storages = HashMap::new();
    for key in keys.borrow().iter() {
        let key = key.as_text().ok_or("a storage's key is not a text")?.to_owned();
        let cut_off = || format!("cut off in storage {key}");
        let count =
            bytes.get(at..at + 8).and_then(|count| count.try_into().ok()).map(u64::from_le_bytes);
        let count =
            usize::try_from(count.ok_or_else(cut_off)?).map_err(|error| error.to_string())?;
        let size = sizes
            .get(key.as_str())
            .or(all_sizes.get(&key))
            .ok_or_else(|| format!("storage {key} has no type"))?;
        let end = count
            .checked_mul(*size)
            .and_then(|length| length.checked_add(at + 8))
            .ok_or_else(cut_off)?;
        storages.insert(key.clone(), bytes.get(at + 8..end).ok_or_else(cut_off)?);
        at = end;
    }
    placed
        .iter()
        .map(|tensor| {
            let storage = storages
                .get(&tensor.storage)
                .ok_or_else(|| format!("{}: no storage", tensor.name))?;
            gather(tensor, storage)
        })
        .collect()
}

/// Sizes of the numbers of every storage that the state mentions, integers included.
fn storage_sizes(value: &Value, sizes: &mut HashMap<String, usize>) {
    match value {
        Value::Dict(dict) => {
            dict.borrow().iter().for_each(|(_, value)| storage_sizes(value, sizes))
        }
        Value::Call(_, arguments) => {
            arguments.iter().for_each(|argument| storage_sizes(argument, sizes))
        }
        Value::Persistent(_) => {
            if let Some((key, number)) = storage(value) {
                sizes.insert(key, number.size());
            }
        }
        _ => {}
    }
}

/// Floating-point tensors of a state dictionary, or of one under `state_dict`.
fn places(value: &Value) -> Result<Vec<Placed>, String> {
    let Value::Dict(dict) = value else { return Err("expected a state dictionary".to_owned()) };
    let mut placed = Vec::new();
    for (key, value) in dict.borrow().iter() {
        let Some(name) = key.as_text() else { continue };
        if let (Value::Dict(_), "state_dict" | "model") = (value, name) {
            return places(value);
        }
        if let Some(tensor) = place(name, value)
            && !matches!(tensor.number, Number::Other(_))
        {
            placed.push(tensor);
        }
    }
    Ok(placed)
}

fn place(name: &str, value: &Value) -> Option<Placed> {
    let Value::Call(function, arguments) = value else { return None };
    match function.as_str() {
        "torch._utils _rebuild_tensor_v2" => {
            let (storage, number) = storage(arguments.first()?)?;
            let numbers = |value: &Value| match value {
                Value::Tuple(items) => {
                    items.iter().map(Value::as_usize).collect::<Option<Vec<_>>>()
                }
                _ => None,
            };
            Some(Placed {
                name: name.to_owned(),
                storage,
                number,
                offset: arguments.get(1)?.as_usize()?,
                shape: numbers(arguments.get(2)?)?,
                strides: numbers(arguments.get(3)?)?,
            })
        }
        "torch._utils _rebuild_parameter" => place(name, arguments.first()?),
        _ => None,
    }
}

/// `('storage', torch.FloatStorage, '0', 'cpu', 42)`
fn storage(value: &Value) -> Option<(String, Number)> {
    let Value::Persistent(fields) = value else { return None };
    let number = Number::of_storage(fields.get(1)?.as_text()?)?;
    Some((fields.get(2)?.as_text()?.to_owned(), number))
}

/// The numbers of a tensor in row-major order.
fn gather(placed: &Placed, storage: &[u8]) -> Result<Tensor, String> {
    let Placed { name, number, offset, shape, strides, .. } = placed;
    let outside = || format!("{name}: reaches beyond its storage");
    let count =
        shape.iter().try_fold(1usize, |count, &n| count.checked_mul(n)).ok_or_else(outside)?;
    if strides.len() != shape.len() || count > storage.len() {
        return Err(outside());
    }
    let mut values = Vec::with_capacity(count);
    for i in 0..count {
        let (mut rest, mut at) = (i, *offset);
        for (&n, &stride) in shape.iter().zip(strides).rev() {
            at += (rest % n) * stride;
            rest /= n;
        }
        let start = at.checked_mul(number.size()).ok_or_else(outside)?;
        let bytes = storage.get(start..start + number.size()).ok_or_else(outside)?;
        values.push(number.read(bytes).ok_or_else(|| format!("{name}: not floating-point"))?);
    }
    Ok(Tensor { name: name.clone(), shape: shape.clone(), values })
}
