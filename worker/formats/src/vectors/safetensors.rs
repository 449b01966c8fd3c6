use serde_json::Value;

use super::npy::{Element, NpyVectors, NumberMatrix};
use super::{names_beside, unsupported};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;

const LONGEST_HEADER: u64 = 100 << 20;
/// Keys of the metadata under which the names are looked for.
const NAMES: [&str; 7] =
    ["names", "genes", "gene_names", "symbols", "gene_symbols", "ids", "index"];

/// Opens the two-dimensional tensor of a safetensors file; names are in its metadata or beside it.
///
/// # Source
/// huggingface/safetensors, "Format": 8 bytes of length, a JSON header, the tensors.
pub(super) fn open(file: &InputFile, beside: &[InputFile]) -> Result<NpyVectors, FormatError> {
    let (header, start) = header(file)?;
    let tensors =
        header.as_object().into_iter().flatten().filter(|(name, _)| *name != "__metadata__");
    let matrices = tensors.filter_map(|(name, tensor)| Tensor::of(name, tensor));
    let Some(tensor) =
        matrices.max_by_key(|tensor| tensor.shape[0].saturating_mul(tensor.shape[1]))
    else {
        let remedy = "Save one matrix with a row for each gene.";
        return Err(unsupported(
            &file.name,
            Place::Whole,
            "a matrix in f32, f16 or bf16",
            "none",
            remedy,
        ));
    };
    let matrix =
        NumberMatrix::new(file, start + tensor.offset, tensor.element, tensor.shape, false)?;
    let mut notes = vec![Note::info(format!("Vectors are the tensor {:?}.", tensor.name))];
    let names = match metadata_names(&header, matrix.rows) {
        Some(names) => names,
        None => {
            let (names, note) = names_beside(file, beside, matrix.rows)?;
            notes.push(note);
            names
        }
    };
    Ok(NpyVectors::new(matrix, names, notes))
}

struct Tensor {
    name: String,
    element: Element,
    shape: [u64; 2],
    offset: u64,
}

impl Tensor {
    fn of(name: &str, tensor: &Value) -> Option<Self> {
        let element = match tensor.get("dtype")?.as_str()? {
            "F32" => Element::F32,
            "F16" => Element::F16,
            "BF16" => Element::Bf16,
            "F64" => Element::F64,
            _ => return None,
        };
        let shape: Vec<u64> =
            tensor.get("shape")?.as_array()?.iter().filter_map(Value::as_u64).collect();
        let &[rows, columns] = &shape[..] else { return None };
        let offset = tensor.get("data_offsets")?.get(0)?.as_u64()?;
        Some(Self { name: name.to_owned(), element, shape: [rows, columns], offset })
    }
}

fn header(file: &InputFile) -> Result<(Value, u64), FormatError> {
    let read = |offset: u64, buffer: &mut [u8]| {
        file.source
            .read_at(offset, buffer)
            .map_err(|error| FormatError::from_io(file, Place::Byte(offset), &error))
    };
    let mut length = [0; 8];
    read(0, &mut length)?;
    let length = u64::from_le_bytes(length);
    let damaged = |found: String| FormatError::Damaged {
        file: file.name.clone(),
        place: Place::Byte(8),
        expected: "the JSON header of a safetensors file".to_owned(),
        found,
    };
    if length > LONGEST_HEADER {
        return Err(damaged(format!("a header of {length} bytes")));
    }
    let mut text = vec![0; length as usize];
    read(8, &mut text)?;
    let header = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    Ok((header, 8 + length))
}

/// Names as a JSON list in a string of the metadata (whose values must be strings), or line by line.
fn metadata_names(header: &Value, n: usize) -> Option<Vec<String>> {
    let metadata = header.get("__metadata__")?;
    NAMES.iter().find_map(|key| {
        let text = metadata.get(key)?.as_str()?;
        let names: Vec<String> = serde_json::from_str(text).unwrap_or_else(|_| {
            text.split(['\n', ',']).map(|name| name.trim().to_owned()).collect()
        });
        (names.len() == n).then_some(names)
    })
}
