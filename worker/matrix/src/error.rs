use thiserror::Error;

/// A matrix or table whose parts contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MatrixError {
    /// An array has a length that its shape does not allow.
    #[error("{what}: expected length {expected}, found {found}")]
    Length {
        /// The array in question.
        what: &'static str,
        /// The length that the shape demands.
        expected: usize,
        /// The length that was given.
        found: usize,
    },
    /// `indptr` falls from one row to the next.
    #[error("indptr falls at row {row}: {start} then {end}")]
    IndptrFalls {
        /// The row that would have a negative length.
        row: usize,
        /// Where the row starts.
        start: usize,
        /// Where the row is said to end.
        end: usize,
    },
    /// A column index lies outside the matrix.
    #[error("row {row} stores column {column}, but there are {n_cols} columns")]
    ColumnOutOfRange {
        /// The row that holds the entry.
        row: usize,
        /// The column index found.
        column: usize,
        /// How many columns the matrix has.
        n_cols: usize,
    },
    /// A table column is not as long as the table's index.
    #[error("column {name:?} has {found} values, but the table has {expected} rows")]
    ColumnLength {
        /// The column's name.
        name: String,
        /// Rows of the table.
        expected: usize,
        /// Values of the column.
        found: usize,
    },
    /// A categorical code points past the last category.
    #[error("column {name:?}, row {row}: code {code} but only {n_categories} categories")]
    CodeOutOfRange {
        /// The column's name.
        name: String,
        /// The row of the bad code.
        row: usize,
        /// The code found.
        code: u32,
        /// How many categories there are.
        n_categories: usize,
    },
}
