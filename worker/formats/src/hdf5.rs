//! HDF5 files: recognising their layout.

use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::sniff::Format;

/// The eight bytes that every HDF5 superblock starts with.
pub(crate) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Whether the file has an HDF5 superblock at 0, or after a user block at 512, 1024, 2048, …
pub(crate) fn has_signature(file: &InputFile) -> Result<bool, FormatError> {
    let mut offset = 0;
    while offset + SIGNATURE.len() as u64 <= file.source.len() && offset <= 1 << 20 {
        let mut bytes = [0; 8];
        file.source
            .read_at(offset, &mut bytes)
            .map_err(|error| FormatError::from_io(file, Place::Byte(offset), &error))?;
        if bytes == SIGNATURE {
            return Ok(true);
        }
        offset = if offset == 0 { 512 } else { offset * 2 };
    }
    Ok(false)
}

/// Which layout the HDF5 file has.
pub(crate) fn sniff(_file: &InputFile) -> Result<Format, FormatError> {
    Ok(Format::OtherHdf5)
}

/// Why the HDF5 file cannot be used.
pub(crate) fn refuse(files: &[InputFile]) -> FormatError {
    FormatError::NotAMatrix {
        file: files.first().map_or_else(String::new, |file| file.name.clone()),
        found: "an HDF5 file of an unknown layout".to_owned(),
        remedy: String::new(),
    }
}
