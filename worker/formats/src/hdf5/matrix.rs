//! Reading a matrix in windows: what sparse and dense have in common.

use lexicell_matrix::CsrMatrix;

use crate::assembly::{ColumnBuilder, RowBuilder};
use crate::error::FormatError;
use crate::values::ValueSummary;

/// Reads a matrix window by window.
pub(crate) trait MatrixReader {
    /// Goes on by about `limit` stored values, never less than one chunk.
    fn run(&mut self, limit: usize) -> Result<(), FormatError>;

    /// Stored values read, and in all.
    fn progress(&self) -> (u64, u64);

    /// Hands over the matrix, once everything is read.
    fn finish(self: Box<Self>) -> Result<(CsrMatrix, ValueSummary), FormatError>;
}

/// How far the building of a matrix is.
pub(crate) enum Stage {
    /// Cells arrive in order: one pass.
    Rows(RowBuilder),
    /// Genes arrive in order: the first of two passes.
    Count(ColumnBuilder),
    /// Genes arrive in order: the second pass.
    Place(ColumnBuilder),
}

impl Stage {
    /// Whether another pass follows this one.
    pub(crate) fn is_first_of_two(&self) -> bool {
        matches!(self, Self::Count(_))
    }

    /// From counting to placing.
    pub(crate) fn advance(self) -> Result<Self, FormatError> {
        match self {
            Self::Count(mut builder) => {
                builder.end_count()?;
                Ok(Self::Place(builder))
            }
            other => Ok(other),
        }
    }

    /// Takes in a stretch of one major line: a cell's genes, or a gene's cells.
    pub(crate) fn take(
        &mut self,
        major: usize,
        minors: &[u32],
        values: &[f32],
    ) -> Result<(), FormatError> {
        match self {
            Self::Rows(builder) => {
                while builder.rows_done() < major {
                    builder.close_row();
                }
                builder.extend(minors, values)
            }
            Self::Count(builder) => builder.count(major as u32, minors),
            Self::Place(builder) => builder.place(major as u32, minors, values),
        }
    }

    /// Hands over the matrix.
    pub(crate) fn finish(self) -> Result<(CsrMatrix, ValueSummary), FormatError> {
        match self {
            Self::Rows(builder) => builder.finish(),
            Self::Count(builder) | Self::Place(builder) => builder.finish(),
        }
    }
}
