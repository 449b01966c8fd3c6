use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Inspection;
use crate::load::{FormatLoader, LoadChoice};

/// Finds out what the files hold.
pub(crate) fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    Err(not_yet(files))
}

/// Prepares to load the chosen matrix.
pub(crate) fn loader(
    files: &[InputFile],
    _inspection: &Inspection,
    _choice: &LoadChoice,
) -> Result<Box<dyn FormatLoader>, FormatError> {
    Err(not_yet(files))
}

fn not_yet(files: &[InputFile]) -> FormatError {
    FormatError::Unsupported {
        file: files.first().map_or_else(String::new, |file| file.name.clone()),
        place: Place::Whole,
        expected: "HDF5".to_owned(),
        found: "another format".to_owned(),
        remedy: String::new(),
    }
}
