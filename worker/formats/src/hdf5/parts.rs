//! A matrix in an HDF5 file, sparse or dense, before it is read.

use super::dense::DenseParts;
use super::matrix::MatrixReader;
use super::numbers;
use super::sparse::SparseParts;
use crate::assembly::{Columns, Subject};
use crate::error::{FormatError, Place};
use crate::inspect::{MatrixCandidate, MatrixLayout};
use crate::values::{ValueStats, ValueSummary};

/// A matrix whose parts were found and checked.
#[derive(Clone)]
pub(crate) enum Parts {
    Sparse(SparseParts),
    Dense(DenseParts),
}

impl Parts {
    /// Starts to read the matrix, with those genes that `genes` keeps.
    pub(crate) fn reader(
        self,
        subject: Subject,
        genes: Columns,
    ) -> Result<Box<dyn MatrixReader>, FormatError> {
        Ok(match self {
            Self::Sparse(parts) => Box::new(parts.reader(subject, genes)?),
            Self::Dense(parts) => Box::new(parts.reader(subject, genes)?),
        })
    }

    fn sample(&self) -> Result<ValueSummary, FormatError> {
        match self {
            Self::Sparse(parts) => parts.sample(),
            Self::Dense(parts) => parts.sample(),
        }
    }
}

/// What is to be said of a matrix; a matrix that cannot be opened or sampled keeps its reason.
pub(crate) fn candidate(
    name: &str,
    shape: (u64, u64),
    parts: Result<Parts, FormatError>,
) -> MatrixCandidate {
    let mut candidate = MatrixCandidate {
        name: name.to_owned(),
        n_obs: shape.0,
        n_vars: shape.1,
        nnz: None,
        layout: MatrixLayout::Dense,
        dtype: String::new(),
        values: ValueStats::default().summary(),
        bytes_in_memory: 0,
        problem: None,
    };
    let parts = match parts {
        Ok(parts) => parts,
        Err(error) => return MatrixCandidate { problem: Some(error), ..candidate },
    };
    match parts.sample() {
        Ok(values) => candidate.values = values,
        Err(error) => candidate.problem = Some(error),
    }
    let values = candidate.values;
    let entries = match &parts {
        Parts::Sparse(parts) => {
            candidate.layout = if parts.by_cell() { MatrixLayout::Csr } else { MatrixLayout::Csc };
            candidate.dtype = numbers::name(parts.data.dtype());
            candidate.nnz = Some(parts.nnz);
            parts.nnz
        }
        Parts::Dense(parts) => {
            candidate.dtype = numbers::name(parts.dataset.dtype());
            let share = values.nonzero as f64 / values.seen.max(1) as f64;
            (share * shape.0 as f64 * shape.1 as f64) as u64
        }
    };
    candidate.bytes_in_memory =
        entries.saturating_mul(8).saturating_add((shape.0 + 1) * size_of::<usize>() as u64);
    candidate
}

/// The matrix as it is called in messages.
pub(crate) fn subject(file: &str, name: &str) -> Subject {
    Subject { file: file.to_owned(), place: Place::Object(name.to_owned()) }
}
