use std::path::{Path, PathBuf};

use lexicell_encoder::EncoderError;
use lexicell_genes::{BundleError, OboError, VectorTableError};
use thiserror::Error;

/// An asset that could not be fetched or built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AssetError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line of a table makes no sense.
    #[error("{}, line {line}: {detail}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What was expected and what was found.
        detail: String,
    },
    /// A file as a whole makes no sense.
    #[error("{}: {detail}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        detail: String,
    },
    /// A file is not the one that the manifest names.
    #[error("{what}: expected SHA-256 {expected}, found {found}")]
    Checksum {
        /// The file's origin.
        what: String,
        /// What the manifest says.
        expected: String,
        /// What came.
        found: String,
    },
    /// No alternative of an asset worked.
    #[error("{asset}: {}", reasons.join("; "))]
    Alternatives {
        /// The asset.
        asset: String,
        /// Each alternative with its reason.
        reasons: Vec<String>,
    },
    /// A program failed, or is not installed.
    #[error("{command}: {detail}")]
    Command {
        /// The program and its arguments.
        command: String,
        /// Its last line of error output.
        detail: String,
    },
    /// A server did not give what was asked for.
    #[error("{url}: {detail}")]
    Http {
        /// The address.
        url: String,
        /// What happened.
        detail: String,
    },
    /// A server cannot be reached.
    #[error("{url}: {detail}")]
    Connection {
        /// The address.
        url: String,
        /// What happened.
        detail: String,
    },
    /// A download was needed, but `--offline` was given.
    #[error("not in the cache, and --offline was given")]
    Offline,
    /// An SQLite file cannot be read.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The manifest makes no sense.
    #[error("manifest: {detail}")]
    Manifest {
        /// What is wrong.
        detail: String,
    },
    /// A bundle cannot be written or read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A vector table cannot be written or read.
    #[error(transparent)]
    Vectors(#[from] VectorTableError),
    /// An ontology cannot be read.
    #[error(transparent)]
    Ontology(#[from] OboError),
    /// A model cannot be read or run.
    #[error("model {model}: {source}")]
    Encoder {
        /// The model's id or folder.
        model: String,
        /// What the encoder says.
        source: EncoderError,
    },
}

impl AssetError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }

    pub(crate) fn content(path: &Path, detail: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), detail: detail.into() }
    }

    pub(crate) fn sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> Self + '_ {
        move |source| Self::Sqlite { path: path.to_owned(), source }
    }
}

/// What the functions of this crate return.
pub type Result<T, E = AssetError> = std::result::Result<T, E>;
