//! Expression tables in text: genes × cells or cells × genes, however they are divided and quoted.

mod layout;
mod loading;
mod long;

use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::{
    ColumnKind, ColumnSummary, FileSummary, Inspection, MatrixCandidate, MatrixLayout, Note,
    Orientation,
};
use crate::load::{FormatLoader, LoadChoice};
use crate::matrix_market::excel_note;
use crate::sidecar;
use crate::sniff::Format;
use crate::values::ValueStats;
use layout::TableLayout;

const FIRST_NAMES: usize = 5;

/// Finds out what the files hold: one is the expression table, the others are about its cells.
pub(crate) fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    let (at, layout) = expression_table(files)?;
    let mut inspection = describe(&files[at], &layout)?;
    for (other, file) in files.iter().enumerate() {
        if other != at {
            sidecar::attach_one(&mut inspection, file);
        }
    }
    Ok(inspection)
}

/// Prepares to load the chosen matrix.
pub(crate) fn loader(
    files: &[InputFile],
    inspection: &Inspection,
    choice: &LoadChoice,
) -> Result<Box<dyn FormatLoader>, FormatError> {
    let name = inspection.matrices.get(choice.matrix).map(|matrix| &matrix.name);
    let Some(file) = files.iter().find(|file| Some(&file.name) == name) else {
        return Err(no_table(files, "no file of that name"));
    };
    let layout = TableLayout::find(file)?;
    if layout.is_long() {
        return Ok(Box::new(long::LongLoader::new(file, &layout)?));
    }
    let transposed = choice.transpose.unwrap_or(layout.orientation.transposed);
    layout.check_names(file, transposed)?;
    Ok(Box::new(loading::TableLoader::new(file, layout, transposed)?))
}

/// The file that is most of all a table of numbers.
fn expression_table(files: &[InputFile]) -> Result<(usize, TableLayout), FormatError> {
    let mut best: Option<(f64, usize, TableLayout)> = None;
    let mut refused = None;
    for (at, file) in files.iter().enumerate() {
        match TableLayout::find(file) {
            Ok(layout) => {
                let score = layout.score(file.source.len());
                if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                    best = Some((score, at, layout));
                }
            }
            Err(error @ (FormatError::Io { .. } | FormatError::Truncated { .. })) => {
                return Err(error);
            }
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match (best, refused) {
        (Some((_, at, layout)), _) => Ok((at, layout)),
        (None, Some(error)) => Err(error),
        (None, None) => Err(no_table(files, "no text file")),
    }
}

fn describe(file: &InputFile, layout: &TableLayout) -> Result<Inspection, FormatError> {
    let mut stats = ValueStats::default();
    stats.extend(&layout.sample);
    let values = stats.summary();
    let (n_lines, exact) = layout.count_lines(file)?;
    let orientation = layout.orientation.clone();
    let (n_obs, n_vars) = layout.shape(n_lines);
    let problem = layout.check_names(file, orientation.transposed).err();
    let mut notes = layout.notes();
    if !exact {
        notes.push(Note::info(format!(
            "The number of lines, {n_lines}, is an estimate; loading tells."
        )));
    }
    let (obs_names, var_names) = layout.first_names();
    notes.extend(excel_note(&var_names));
    let share =
        f64::from(u32::try_from(values.nonzero).unwrap_or(u32::MAX)) / values.seen.max(1) as f64;
    let first = |names: Vec<String>| names.into_iter().take(FIRST_NAMES).collect();
    Ok(Inspection {
        format: Format::Delimited,
        format_name: layout.words(),
        files: vec![FileSummary {
            name: file.name.clone(),
            bytes: file.source.len(),
            role: "matrix".to_owned(),
        }],
        matrices: vec![MatrixCandidate {
            name: file.name.clone(),
            n_obs,
            n_vars,
            nnz: None,
            layout: if layout.is_long() { MatrixLayout::Coordinate } else { MatrixLayout::Text },
            dtype: "text".to_owned(),
            values,
            bytes_in_memory: ((n_obs * n_vars) as f64 * share * 8.0) as u64 + 8 * (n_obs + 1),
            problem,
        }],
        chosen: 0,
        why: format!("It is the table of numbers, and holds {}.", values.state.words()),
        n_obs,
        n_vars,
        first_obs_names: first(obs_names),
        first_var_names: first(var_names),
        obs_columns: columns(layout, !orientation.transposed),
        var_columns: columns(layout, orientation.transposed),
        obsm: Vec::new(),
        genomes: Vec::new(),
        feature_types: Vec::new(),
        orientation,
        notes,
        dropped: Vec::new(),
    })
}

/// Columns of text become columns of the table whose names stand in the rows.
fn columns(layout: &TableLayout, of_rows: bool) -> Vec<ColumnSummary> {
    let texts = if of_rows { layout.text_columns() } else { Vec::new() };
    let summary =
        |name: String| ColumnSummary { name, kind: ColumnKind::Categorical, n_categories: None };
    texts.into_iter().map(|(_, name)| summary(name)).collect()
}

fn no_table(files: &[InputFile], found: &str) -> FormatError {
    FormatError::NoUsableMatrix {
        file: files.first().map_or_else(String::new, |file| file.name.clone()),
        place: Place::Whole,
        expected: "a table of numbers with genes along one side and cells along the other"
            .to_owned(),
        found: found.to_owned(),
        remedy: "Drop the table of expression values, not only what is known about the cells."
            .to_owned(),
    }
}

/// What makes a table unusable, at the place where it shows.
fn not_a_table(file: &InputFile, place: Place, found: impl Into<String>) -> FormatError {
    FormatError::NoUsableMatrix {
        file: file.name.clone(),
        place,
        expected:
            "a table of numbers with gene names along one side and cell names along the other"
                .to_owned(),
        found: found.into(),
        remedy: "Save it as CSV with one line of names above and one column of names at the left."
            .to_owned(),
    }
}

/// The orientation that follows from how names look.
fn guess(transposed: bool, is_a_guess: bool, why: String) -> Orientation {
    Orientation { transposed, is_a_guess, why }
}
