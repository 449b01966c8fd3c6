use lexicell_protocol::{ColumnKind, MatrixState};

/// What the values of a matrix are, in words.
pub(super) fn state_in_words(state: MatrixState) -> &'static str {
    match state {
        MatrixState::Counts => "raw counts",
        MatrixState::LogNormalized => "log-normalised",
        MatrixState::Normalized => "normalised, not logarithmic",
        MatrixState::Scaled => "scaled (has negative values)",
        MatrixState::Empty => "empty",
    }
}

/// The kind of a column, in words.
pub(super) fn kind_in_words(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Categorical => "categories",
        ColumnKind::Float => "numbers",
        ColumnKind::Integer => "whole numbers",
        ColumnKind::Boolean => "yes or no",
        ColumnKind::Text => "text",
    }
}
