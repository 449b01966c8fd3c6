//! What was read, in the words of the protocol.

use lexicell_analysis::state::MatrixState as State;
use lexicell_formats::{
    Dropped as Left, InputFile, Inspection, Loaded, MatrixCandidate, MatrixLayout, Note as Said,
    NoteLevel as Level, ValueState,
};
use lexicell_matrix::{Column, DataFrame};
use lexicell_protocol::{
    ColumnKind, ColumnReport, Dropped, LoadReport, MatrixReport, MatrixState, Note, NoteLevel,
};

/// How many names and examples a report shows.
const N_EXAMPLES: usize = 8;

/// The report of a load.
pub(crate) fn load_report(
    files: &[InputFile],
    inspection: &Inspection,
    matrix: usize,
    loaded: &Loaded,
    state: State,
) -> LoadReport {
    let adata = &loaded.adata;
    let why = if matrix == inspection.chosen {
        inspection.why.clone()
    } else {
        "You chose it.".to_owned()
    };
    LoadReport {
        files: files.iter().map(|file| file.name.clone()).collect(),
        file_bytes: files.iter().map(|file| file.source.len()).sum(),
        format: inspection.format_name.clone(),
        n_obs: adata.n_obs() as u64,
        n_vars: adata.n_vars() as u64,
        nnz: adata.x.nnz() as u64,
        matrices: inspection.matrices.iter().map(matrix_report).collect(),
        chosen: matrix,
        why,
        state: state_of(state),
        transposed: inspection.orientation.is_a_guess.then_some(inspection.orientation.transposed),
        obs_columns: columns(&adata.obs),
        var_columns: super::genes::name_column_names(&adata.var),
        first_genes: first(&adata.var.index),
        first_cells: first(&adata.obs.index),
        notes: inspection.notes.iter().chain(&loaded.notes).map(note).collect(),
        dropped: inspection.dropped.iter().chain(&loaded.dropped).map(dropped).collect(),
        n_duplicate_cells: 0,
        bytes: adata.x.bytes() as u64,
    }
}

/// Warns of repeated cells.
pub(crate) fn note_duplicates(report: &mut LoadReport) {
    if report.n_duplicate_cells > 0 {
        let text = format!(
            "{} of {} cells repeat another cell's values exactly. Repeats are kept in one fold, so that no test cell is known from training; remove them before you publish.",
            report.n_duplicate_cells, report.n_obs
        );
        report.notes.push(Note { level: NoteLevel::Warning, text });
    }
}

/// Warns of values that nothing can be pooled by.
pub(crate) fn note_scaled(report: &mut LoadReport) {
    let text = "The chosen matrix is scaled (it has negative values): cells cannot be averaged by it. Choose raw counts or log-normalised values.".to_owned();
    report.notes.push(Note { level: NoteLevel::Warning, text });
}

/// The user's word on the values, if it is one that the analysis knows.
pub(crate) fn state_from(state: MatrixState) -> Option<State> {
    match state {
        MatrixState::Counts => Some(State::RawCounts),
        MatrixState::LogNormalized => Some(State::LogNormalized),
        MatrixState::Normalized => Some(State::NormalizedNotLogged),
        MatrixState::Scaled => Some(State::Scaled),
        MatrixState::Empty => None,
    }
}

fn state_of(state: State) -> MatrixState {
    match state {
        State::RawCounts => MatrixState::Counts,
        State::LogNormalized => MatrixState::LogNormalized,
        State::NormalizedNotLogged => MatrixState::Normalized,
        State::Scaled => MatrixState::Scaled,
    }
}

fn matrix_report(candidate: &MatrixCandidate) -> MatrixReport {
    let layout = match candidate.layout {
        MatrixLayout::Csr => "sparse by cell",
        MatrixLayout::Csc => "sparse by gene",
        MatrixLayout::Dense => "dense",
        MatrixLayout::Coordinate => "list of entries",
        MatrixLayout::Text => "text table",
        _ => "other",
    };
    MatrixReport {
        name: candidate.name.clone(),
        n_obs: candidate.n_obs,
        n_vars: candidate.n_vars,
        layout: format!("{layout}, {}", candidate.dtype),
        state: match candidate.values.state {
            ValueState::Counts => MatrixState::Counts,
            ValueState::LogNormalized => MatrixState::LogNormalized,
            ValueState::Normalized => MatrixState::Normalized,
            ValueState::Scaled => MatrixState::Scaled,
            _ => MatrixState::Empty,
        },
        bytes: candidate.bytes_in_memory,
    }
}

fn columns(table: &DataFrame) -> Vec<ColumnReport> {
    table.columns().iter().map(|(name, column)| column_report(name, column)).collect()
}

fn column_report(name: &str, column: &Column) -> ColumnReport {
    let classes = column.to_categorical();
    let n_missing = match (&classes, column) {
        (Some(classes), _) => {
            classes.codes.iter().filter(|&&code| code == lexicell_matrix::MISSING_CODE).count()
        }
        (None, Column::Float(values)) => values.iter().filter(|value| value.is_nan()).count(),
        (None, _) => 0,
    };
    let kind = match column {
        Column::Categorical(_) => ColumnKind::Categorical,
        Column::Float(_) => ColumnKind::Float,
        Column::Integer(_) => ColumnKind::Integer,
        Column::Boolean(_) => ColumnKind::Boolean,
        Column::Text(_) => ColumnKind::Text,
    };
    let examples = match (&classes, column) {
        (Some(classes), _) => first(&classes.categories),
        (None, Column::Float(values)) => {
            values.iter().take(N_EXAMPLES).map(|value| format!("{value:.4}")).collect()
        }
        (None, _) => Vec::new(),
    };
    let n_classes =
        classes.map(|classes| classes.counts().iter().filter(|&&count| count > 0).count() as u64);
    ColumnReport { name: name.to_owned(), kind, n_classes, n_missing: n_missing as u64, examples }
}

fn first(names: &[String]) -> Vec<String> {
    names.iter().take(N_EXAMPLES).cloned().collect()
}

fn note(note: &Said) -> Note {
    let level = match note.level {
        Level::Info => NoteLevel::Info,
        Level::Warning => NoteLevel::Warning,
    };
    Note { level, text: note.text.clone() }
}

fn dropped(dropped: &Left) -> Dropped {
    Dropped { what: dropped.what.clone(), why: dropped.why.clone() }
}
