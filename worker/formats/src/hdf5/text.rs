//! Strings of fixed and variable length; bytes that are not UTF-8 are kept as Latin-1.

use hdf5_reader::{Datatype, StringPadding, StringSize, VarLenKind};

use super::dataset::Dataset;
use crate::error::FormatError;

/// Whether the type is a string.
pub(crate) fn is_text(dtype: &Datatype) -> bool {
    match dtype {
        Datatype::String { .. } => true,
        Datatype::VarLen { base, kind, .. } => {
            *kind == VarLenKind::String && base.is_vlen_string_base()
        }
        _ => false,
    }
}

/// Decodes stored bytes of a string type, of which [`Dataset::element_bytes`] or a record says the width.
pub(crate) fn decode(
    dataset: &Dataset,
    raw: &[u8],
    dtype: &Datatype,
) -> Result<Vec<String>, FormatError> {
    match dtype {
        Datatype::String { size: StringSize::Fixed(length), padding, .. } => Ok(raw
            .chunks_exact((*length).max(1) as usize)
            .map(|bytes| from_bytes(trimmed(bytes, *padding)))
            .collect()),
        Datatype::String { .. } | Datatype::VarLen { .. } => raw
            .chunks_exact(dataset.reference_bytes())
            .map(|reference| {
                let bytes = dataset.resolve(reference)?;
                let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
                Ok(from_owned(bytes, end))
            })
            .collect(),
        _ => Err(dataset.wrong_type("text")),
    }
}

fn trimmed(bytes: &[u8], padding: StringPadding) -> &[u8] {
    let end = match padding {
        StringPadding::NullTerminate => {
            bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len())
        }
        StringPadding::NullPad => bytes.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1),
        StringPadding::SpacePad => {
            bytes.iter().rposition(|&byte| byte != b' ' && byte != 0).map_or(0, |at| at + 1)
        }
    };
    &bytes[..end]
}

fn from_bytes(bytes: &[u8]) -> String {
    from_owned(bytes.to_vec(), bytes.len())
}

fn from_owned(mut bytes: Vec<u8>, end: usize) -> String {
    bytes.truncate(end);
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|&byte| char::from(byte)).collect())
}
