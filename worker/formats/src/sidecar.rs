//! Tables about the cells that were dropped beside the matrix: labels, clusters, coordinates.

use std::collections::HashMap;

use lexicell_matrix::{Column, DataFrame};

use crate::error::FormatError;
use crate::input::InputFile;
use crate::inspect::{ColumnKind, ColumnSummary, Dropped, FileSummary, Inspection, Note};
use crate::load::Loaded;
use crate::sniff::Format;
use crate::text::{TableReader, TextTable};

/// Role of such a file in [`FileSummary::role`].
pub(crate) const ROLE: &str = "cell table";

/// Rows by which the kinds of columns are foretold.
const HEAD_ROWS: usize = 200;
/// Columns in which the barcodes are looked for.
const KEY_COLUMNS: usize = 5;

/// Adds the text files that the format's own inspection did not use, as tables about the cells.
pub(crate) fn attach(inspection: &mut Inspection, files: &[(Format, InputFile)]) {
    for (format, file) in files {
        let known = inspection.files.iter().any(|own| own.name == file.name)
            || inspection.dropped.iter().any(|own| own.what == file.name);
        if *format == Format::Delimited && !known {
            attach_one(inspection, file);
        }
    }
}

/// Adds one file as a table about the cells, or says why it is none.
pub(crate) fn attach_one(inspection: &mut Inspection, file: &InputFile) {
    let described = TextTable::head(file, true, HEAD_ROWS).map_err(|error| error.to_string());
    let described = described.and_then(|table| {
        if table.columns.len() < 2 {
            Err("It has one column: a table about the cells has their names and something about them.".to_owned())
        } else {
            Ok(summaries(table))
        }
    });
    match described {
        Err(why) => inspection.dropped.push(Dropped { what: file.name.clone(), why }),
        Ok(columns) => {
            inspection.obs_columns.extend(columns);
            inspection.files.push(FileSummary {
                name: file.name.clone(),
                bytes: file.source.len(),
                role: ROLE.to_owned(),
            });
        }
    }
}

/// The files that the inspection took for tables about the cells.
pub(crate) fn files_of(inspection: &Inspection, files: &[InputFile]) -> Vec<InputFile> {
    let is_table = |file: &&InputFile| {
        inspection.files.iter().any(|own| own.name == file.name && own.role == ROLE)
    };
    files.iter().filter(is_table).cloned().collect()
}

/// Reads the tables about the cells, some rows at a time, and joins them to `obs`.
#[derive(Default)]
pub(crate) struct Sidecars {
    waiting: Vec<InputFile>,
    open: Option<(String, TableReader)>,
    read: Vec<(String, TextTable)>,
}

impl Sidecars {
    pub(crate) fn new(mut files: Vec<InputFile>) -> Self {
        files.reverse();
        Self { waiting: files, open: None, read: Vec::new() }
    }

    /// Reads about `rows` rows; `true` when all tables are read.
    pub(crate) fn run(&mut self, rows: usize) -> Result<bool, FormatError> {
        if self.open.is_none() {
            let Some(file) = self.waiting.pop() else { return Ok(true) };
            self.open = Some((file.name.clone(), TableReader::open(&file, true)?));
        }
        if let Some((name, mut reader)) = self.open.take() {
            if reader.run(rows)? {
                self.read.push((name, reader.finish()));
            } else {
                self.open = Some((name, reader));
            }
        }
        Ok(self.open.is_none() && self.waiting.is_empty())
    }

    /// Bytes still to be read.
    pub(crate) fn left(&self) -> u64 {
        let waiting: u64 = self.waiting.iter().map(|file| file.source.len()).sum();
        waiting
            + self.open.as_ref().map_or(0, |(_, reader)| {
                let (done, total) = reader.progress();
                total.saturating_sub(done)
            })
    }

    /// Joins what was read to the cells.
    pub(crate) fn join(self, loaded: &mut Loaded) {
        for (name, table) in self.read {
            match join(&mut loaded.adata.obs, &name, table) {
                Ok(notes) => loaded.notes.extend(notes),
                Err(why) => loaded.dropped.push(Dropped { what: name, why }),
            }
        }
    }
}

fn summaries(mut table: TextTable) -> Vec<ColumnSummary> {
    skip_type_row(&mut table);
    let header = table.header();
    let columns = table.columns.iter().enumerate().skip(1);
    columns
        .map(|(at, column)| {
            let typed = column.typed((0..table.n_rows).map(Some));
            let kind = match typed {
                Column::Categorical(_) => ColumnKind::Categorical,
                Column::Float(_) => ColumnKind::Float,
                Column::Integer(_) => ColumnKind::Integer,
                Column::Boolean(_) => ColumnKind::Boolean,
                Column::Text(_) => ColumnKind::Text,
            };
            let name = header.get(at).cloned().unwrap_or_default();
            ColumnSummary { name, kind, n_categories: None }
        })
        .collect()
}

/// Joins a table to the cells by their names; `Err` says why it cannot be.
fn join(obs: &mut DataFrame, file: &str, mut table: TextTable) -> Result<Vec<Note>, String> {
    skip_type_row(&mut table);
    let Some((key, how, rows)) = best_key(obs, &table) else {
        let first = |name: Option<&str>| format!("{:?}", name.unwrap_or_default());
        return Err(format!(
            "None of its rows names a cell: the cells are called {}, its rows {}.",
            first(obs.index.first().map(String::as_str)),
            first((table.n_rows > 0).then(|| table.columns[0].value(0))),
        ));
    };
    let header = table.header();
    let mut notes = Vec::new();
    for (at, column) in table.columns.iter().enumerate().filter(|(at, _)| *at != key) {
        let wanted = header.get(at).map_or("", |name| name.trim());
        let wanted =
            if wanted.is_empty() { format!("column {}", at + 1) } else { wanted.to_owned() };
        let mut name = wanted.clone();
        while obs.column(&name).is_some() {
            name = format!("{name} ({file})");
        }
        if name != wanted {
            notes.push(Note::info(format!(
                "{file}: there is a column {wanted:?} already; this one is {name:?}."
            )));
        }
        // The column is as long as the table, so that this cannot fail.
        let _ = obs.insert(&name, column.typed(rows.iter().copied()));
    }
    notes.push(counts(obs, file, &table, key, how, &rows));
    Ok(notes)
}

fn counts(
    obs: &DataFrame,
    file: &str,
    table: &TextTable,
    key: usize,
    how: Match,
    rows: &[Option<usize>],
) -> Note {
    let matched = rows.iter().flatten().count();
    let used: std::collections::HashSet<usize> = rows.iter().flatten().copied().collect();
    let mut text = format!("{file}: {matched} of {} cells were found in it", obs.n_rows());
    if how == Match::WithoutSuffix {
        text += " (by barcode without its -1 suffix)";
    }
    let distinct = table.columns[key].values().len();
    let unused = table.n_rows.saturating_sub(used.len());
    if unused > 0 {
        text += &format!("; {unused} of its {} rows belong to no cell", table.n_rows);
    }
    if distinct < table.n_rows {
        text += "; where a cell has several rows the first counts";
    }
    text.push('.');
    if matched < obs.n_rows() { Note::warning(text) } else { Note::info(text) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Exact,
    WithoutSuffix,
}

/// The column that names the most cells, and for each cell its row.
fn best_key(obs: &DataFrame, table: &TextTable) -> Option<(usize, Match, Vec<Option<usize>>)> {
    let mut best: Option<(usize, usize, Match, Vec<Option<usize>>)> = None;
    for how in [Match::Exact, Match::WithoutSuffix] {
        for at in 0..table.columns.len().min(KEY_COLUMNS) {
            let rows = rows_of(obs, table, at, how);
            let matched = rows.iter().flatten().count();
            if matched > best.as_ref().map_or(0, |(matched, ..)| *matched) {
                best = Some((matched, at, how, rows));
            }
        }
        if best.as_ref().is_some_and(|(matched, ..)| matched * 2 > obs.n_rows()) {
            break;
        }
    }
    best.map(|(_, at, how, rows)| (at, how, rows))
}

fn rows_of(obs: &DataFrame, table: &TextTable, key: usize, how: Match) -> Vec<Option<usize>> {
    let mut places = HashMap::with_capacity(table.n_rows);
    for row in 0..table.n_rows {
        places.entry(stem(table.columns[key].value(row), how)).or_insert(row);
    }
    let rows: Vec<Option<usize>> =
        obs.index.iter().map(|name| places.get(stem(name, how)).copied()).collect();
    if how == Match::Exact {
        return rows;
    }
    // Without suffixes two cells may share a name: then nothing can be said.
    let stems: std::collections::HashSet<&str> =
        obs.index.iter().map(|name| stem(name, how)).collect();
    if stems.len() < obs.n_rows() { vec![None; obs.n_rows()] } else { rows }
}

fn stem(name: &str, how: Match) -> &str {
    let name = name.trim();
    match how {
        Match::Exact => name,
        Match::WithoutSuffix => match name.rsplit_once('-') {
            Some((stem, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => stem,
            _ => name,
        },
    }
}

/// The Single Cell Portal writes a second line `TYPE  group  numeric`.
fn skip_type_row(table: &mut TextTable) {
    let is_type = |text: &str| matches!(text.to_ascii_lowercase().as_str(), "group" | "numeric");
    let has_types = table.n_rows > 0
        && table.columns[0].value(0).eq_ignore_ascii_case("type")
        && table.columns[1..].iter().all(|column| is_type(column.value(0)));
    if has_types {
        table.columns.iter_mut().for_each(|column| column.skip(1));
        table.n_rows -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(cells: &[&str], text: &str) -> (DataFrame, Result<Vec<Note>, String>) {
        let mut obs = DataFrame::new(cells.iter().map(|name| (*name).to_owned()).collect());
        let file = InputFile::from_bytes("labels.csv", text.as_bytes().to_vec());
        let table = TextTable::read(&file, true).expect("reads");
        let notes = join(&mut obs, "labels.csv", table);
        (obs, notes)
    }

    #[test]
    fn cells_without_a_row_stay_missing() {
        let (obs, notes) = joined(&["c2", "c1", "c9"], "x,barcode,type\n1,c1,A\n2,c2,B\n3,c3,B\n");
        assert_eq!(obs.column("x"), Some(&Column::Integer(vec![Some(2), Some(1), None])));
        let types = obs.column("type").and_then(Column::to_categorical).expect("categories");
        assert_eq!([types.value(0), types.value(1), types.value(2)], [Some("B"), Some("A"), None]);
        let text = &notes.expect("joined").pop().expect("a note").text;
        assert!(text.contains("2 of 3 cells") && text.contains("1 of its 3 rows"), "{text}");
    }

    #[test]
    fn suffixes_are_forgiven_when_that_is_unambiguous() {
        let (obs, notes) = joined(&["AAA-1", "CCC-1"], "cell\ttype\nAAA\tx\nCCC\ty\n");
        assert!(obs.column("type").is_some() && notes.is_ok());
        let (obs, notes) = joined(&["AAA-1", "AAA-2"], "cell\ttype\nAAA\tx\nCCC\ty\n");
        assert!(obs.column("type").is_none() && notes.is_err());
    }

    #[test]
    fn a_row_of_types_is_no_cell() {
        let (obs, _) = joined(&["c1"], "NAME\tX\tCluster\nTYPE\tnumeric\tgroup\nc1\t1.5\ta\n");
        assert_eq!(obs.column("X"), Some(&Column::Float(vec![1.5])));
    }
}
