//! What can go wrong with a file, said so that a scientist can act on it.

use std::fmt;
use std::io;

use thiserror::Error;

use crate::input::InputFile;

/// Where in a file something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// An HDF5 object or an archive member, by its path.
    Object(String),
    /// A line of text, counted from 1.
    Line(u64),
    /// A field of a line of text, both counted from 1.
    Field {
        /// The line.
        line: u64,
        /// The field within it.
        field: u64,
    },
    /// A byte offset, counted from 0.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Object(path) => write!(formatter, ", {path}"),
            Self::Line(line) => write!(formatter, ", line {line}"),
            Self::Field { line, field } => write!(formatter, ", line {line}, field {field}"),
            Self::Byte(offset) => write!(formatter, ", byte {offset}"),
        }
    }
}

/// Why a file could not be read; every variant names the file, the place, and what helps.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The content is no format that is known here.
    #[error("{file}: this is {found}, not a single-cell file that can be read here. {remedy}")]
    NotRecognised {
        /// The file's name.
        file: String,
        /// What the content looks like.
        found: String,
        /// What the user can do.
        remedy: String,
    },
    /// The file ends before its content does.
    #[error(
        "{file}{place}: the file is cut off: expected {expected}, found {found}. Download or copy it again."
    )]
    Truncated {
        /// The file's name.
        file: String,
        /// Where the bytes ran out.
        place: Place,
        /// What should have been there.
        expected: String,
        /// What there was.
        found: String,
    },
    /// The content contradicts itself or its format.
    #[error("{file}{place}: the file is damaged: expected {expected}, found {found}.")]
    Damaged {
        /// The file's name.
        file: String,
        /// Where the contradiction is.
        place: Place,
        /// What should have been there.
        expected: String,
        /// What there was.
        found: String,
    },
    /// An HDF5 data set is compressed in a way that is not supported.
    #[error(
        "{file}{place}: compressed with {filter}, which cannot be read here (gzip, lzf, zstd, szip and none can). {remedy}"
    )]
    UnsupportedFilter {
        /// The file's name.
        file: String,
        /// The data set.
        place: Place,
        /// The filter's name and HDF5 number.
        filter: String,
        /// What the user can do.
        remedy: String,
    },
    /// A valid file that uses something not supported.
    #[error("{file}{place}: expected {expected}, found {found}. {remedy}")]
    Unsupported {
        /// The file's name.
        file: String,
        /// Where it is used.
        place: Place,
        /// What can be read.
        expected: String,
        /// What there is.
        found: String,
        /// What the user can do.
        remedy: String,
    },
    /// A file that is recognised and holds no matrix of cells and genes.
    #[error("{file}: this is {found}, which holds no matrix of cells and genes. {remedy}")]
    NotAMatrix {
        /// The file's name.
        file: String,
        /// What it is instead.
        found: String,
        /// What the user can do.
        remedy: String,
    },
    /// No matrix in the file can be used.
    #[error("{file}{place}: no usable matrix: expected {expected}, found {found}. {remedy}")]
    NoUsableMatrix {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: Place,
        /// What would do.
        expected: String,
        /// What there is.
        found: String,
        /// What the user can do.
        remedy: String,
    },
    /// Genes or cells have no names.
    #[error("{file}{place}: {missing} are missing: {found}. {remedy}")]
    MissingNames {
        /// The file's name.
        file: String,
        /// Where they should be.
        place: Place,
        /// "gene names" or "cell names".
        missing: String,
        /// What was found instead.
        found: String,
        /// What the user can do.
        remedy: String,
    },
    /// One of several files that belong together is missing.
    #[error("{files}: {missing} is missing. {remedy}")]
    MissingPart {
        /// The files that are there.
        files: String,
        /// The part that is not.
        missing: String,
        /// What the user can do.
        remedy: String,
    },
    /// Two parts that must be equally long are not.
    #[error("{file}{place}: sizes disagree: expected {expected}, found {found}. {remedy}")]
    DimensionMismatch {
        /// The file's name.
        file: String,
        /// The part that disagrees.
        place: Place,
        /// The size that the other parts demand.
        expected: String,
        /// The size that it has.
        found: String,
        /// What the user can do.
        remedy: String,
    },
    /// More than this machine's browser can hold.
    #[error("{file}{place}: too large: it needs {needed}, and {limit}. {remedy}")]
    TooLarge {
        /// The file's name.
        file: String,
        /// What is too large.
        place: Place,
        /// What it would take.
        needed: String,
        /// What there is.
        limit: String,
        /// What the user can do.
        remedy: String,
    },
    /// A choice that the file does not offer.
    #[error("{file}: {choice} cannot be chosen; there is {options}.")]
    BadChoice {
        /// The file's name.
        file: String,
        /// What was asked for.
        choice: String,
        /// What there is.
        options: String,
    },
    /// The host could not read the file.
    #[error(
        "{file}{place}: the file could not be read ({reason}). It may have changed or moved since it was chosen, or lie on a drive that is gone: choose it again."
    )]
    Io {
        /// The file's name.
        file: String,
        /// Where.
        place: Place,
        /// What the host said.
        reason: String,
    },
    /// A file could not be written.
    #[error("{what} could not be saved: {reason}.")]
    NotSaved {
        /// What was to be saved.
        what: String,
        /// Why it could not be.
        reason: String,
    },
}

/// What sort of failure a [`FormatError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormatErrorKind {
    /// Another file is needed.
    NotRecognised,
    /// The file is cut off or damaged: fetch it again.
    Damaged,
    /// Valid, but written in a way that is not supported.
    Unsupported,
    /// Recognised, but holds nothing that can be used.
    NoMatrix,
    /// Names are missing.
    MissingNames,
    /// Another file that belongs to it is missing.
    MissingPart,
    /// Parts contradict each other.
    Mismatch,
    /// Too large for memory.
    TooLarge,
    /// Another choice is needed.
    BadChoice,
    /// The host could not read the file.
    Io,
    /// The host could not write the file.
    NotSaved,
}

impl FormatError {
    /// The coarse sort of failure, by which a page decides what to offer.
    #[must_use]
    pub fn kind(&self) -> FormatErrorKind {
        match self {
            Self::NotRecognised { .. } => FormatErrorKind::NotRecognised,
            Self::Truncated { .. } | Self::Damaged { .. } => FormatErrorKind::Damaged,
            Self::UnsupportedFilter { .. } | Self::Unsupported { .. } => {
                FormatErrorKind::Unsupported
            }
            Self::NotAMatrix { .. } | Self::NoUsableMatrix { .. } => FormatErrorKind::NoMatrix,
            Self::MissingNames { .. } => FormatErrorKind::MissingNames,
            Self::MissingPart { .. } => FormatErrorKind::MissingPart,
            Self::DimensionMismatch { .. } => FormatErrorKind::Mismatch,
            Self::TooLarge { .. } => FormatErrorKind::TooLarge,
            Self::BadChoice { .. } => FormatErrorKind::BadChoice,
            Self::Io { .. } => FormatErrorKind::Io,
            Self::NotSaved { .. } => FormatErrorKind::NotSaved,
        }
    }

    /// An error of the host while it read a file; an early end counts as a truncated file.
    #[must_use]
    pub fn from_io(file: &InputFile, place: Place, error: &io::Error) -> Self {
        let name = file.name.clone();
        if error.kind() == io::ErrorKind::UnexpectedEof {
            let found = format!("the end of the file after {} bytes", file.source.len());
            return Self::Truncated { file: name, place, expected: "more bytes".to_owned(), found };
        }
        Self::Io { file: name, place, reason: error.to_string() }
    }
}
