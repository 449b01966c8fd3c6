use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why nothing could be measured.
#[derive(Debug, Error)]
pub(crate) enum AblationError {
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A data set that does not hold what its line in the list says.
    #[error("{set}: {message}")]
    DataSet {
        /// Its key.
        set: String,
        /// What was expected and found.
        message: String,
    },
    /// A key that no data set has.
    #[error("no data set {found:?}: known are {known}")]
    UnknownSet {
        /// The key given.
        found: String,
        /// The keys.
        known: String,
    },
    /// A table of results that another version wrote.
    #[error("{}: expected rows of {expected}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Its columns.
        expected: String,
    },
    /// A data set that cannot be read.
    #[error(transparent)]
    Format(Box<lexicell_formats::FormatError>),
    /// Gene descriptions or a model that cannot be had.
    #[error(transparent)]
    Assets(#[from] lexicell_assets::AssetError),
    /// A bundle that cannot be read back.
    #[error(transparent)]
    Bundle(#[from] lexicell_genes::BundleError),
    /// A step that failed.
    #[error(transparent)]
    Analysis(#[from] lexicell_analysis::AnalysisError),
    /// A matrix that does not fit its shape.
    #[error(transparent)]
    Matrix(#[from] lexicell_matrix::MatrixError),
}

pub(crate) type Result<T> = std::result::Result<T, AblationError>;

impl AblationError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}

impl From<lexicell_formats::FormatError> for AblationError {
    fn from(error: lexicell_formats::FormatError) -> Self {
        Self::Format(Box::new(error))
    }
}
