//! Which files belong to which matrix.

use std::collections::BTreeMap;

use lexicell_matrix::{Column, DataFrame};

use super::entries::{EntryReader, Header};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::sniff::{Format, sniff};
use crate::text::{NameLook, TextTable, look_at_names};

/// The feature type that 10x Genomics gives to genes.
pub(super) const GENE_EXPRESSION: &str = "Gene Expression";
/// More cells than this without names are no data set.
const MOST_UNNAMED: usize = 50_000_000;

/// A matrix with its names.
pub(super) struct MatrixParts {
    pub file: InputFile,
    pub header: Header,
    pub genes_in_rows: bool,
    pub features: Features,
    pub cells: Cells,
    pub notes: Vec<Note>,
    pub problem: Option<FormatError>,
}

/// Names of features.
#[derive(Default)]
pub(super) struct Features {
    pub file: Option<InputFile>,
    pub names: Vec<String>,
    pub ids: Option<Vec<String>>,
    pub types: Option<Vec<String>>,
}

/// Names of cells.
#[derive(Default)]
pub(super) struct Cells {
    pub file: Option<InputFile>,
    pub names: Vec<String>,
}

/// A text file that may hold names.
struct NameFile {
    file: InputFile,
    table: TextTable,
    look: NameLook,
    hint: f64,
}

impl MatrixParts {
    pub(super) fn n_cells(&self) -> usize {
        if self.genes_in_rows { self.header.n_cols } else { self.header.n_rows }
    }

    pub(super) fn n_features(&self) -> usize {
        if self.genes_in_rows { self.header.n_rows } else { self.header.n_cols }
    }

    pub(super) fn is_square(&self) -> bool {
        self.header.n_rows == self.header.n_cols
    }

    /// Turns a square matrix round; another one only goes one way.
    pub(super) fn orient(&mut self, genes_in_rows: bool) -> Result<(), FormatError> {
        if genes_in_rows != self.genes_in_rows && !self.is_square() {
            return Err(FormatError::BadChoice {
                file: self.file.name.clone(),
                choice: "the other way round".to_owned(),
                options: "one way only in which the numbers of names fit".to_owned(),
            });
        }
        self.genes_in_rows = genes_in_rows;
        Ok(())
    }

    /// How many features there are of each type.
    pub(super) fn feature_types(&self) -> Vec<(String, u64)> {
        let mut counts = BTreeMap::new();
        for name in self.features.types.iter().flatten() {
            *counts.entry(name.clone()).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    /// Which features are loaded: genes, or all if none is marked as one.
    pub(super) fn kept_features(&self, keep_all: bool) -> Vec<bool> {
        match &self.features.types {
            Some(types) if !keep_all && types.iter().any(|name| name == GENE_EXPRESSION) => {
                types.iter().map(|name| name == GENE_EXPRESSION).collect()
            }
            _ => vec![true; self.features.names.len()],
        }
    }

    /// The table of the genes that are kept.
    pub(super) fn var(&self, kept: &[bool]) -> DataFrame {
        let pick = |values: &[String]| -> Vec<String> {
            values
                .iter()
                .zip(kept)
                .filter(|(_, kept)| **kept)
                .map(|(value, _)| value.clone())
                .collect()
        };
        let mut var = DataFrame::new(pick(&self.features.names));
        let text = |values: &[String]| Column::Text(pick(values).into_iter().map(Some).collect());
        // The columns are as long as the index, so that inserting cannot fail.
        if let Some(ids) = &self.features.ids {
            let _ = var.insert("gene_ids", text(ids));
        }
        if let Some(types) =
            self.features.types.as_ref().and_then(|types| text(types).to_categorical())
        {
            let _ = var.insert("feature_types", Column::Categorical(types));
        }
        var
    }
}

/// Puts every matrix together with its names.
pub(super) fn parts(files: &[InputFile]) -> Result<Vec<MatrixParts>, FormatError> {
    let (mut matrices, mut texts) = (Vec::new(), Vec::new());
    for file in files {
        match sniff(file)? {
            Format::MatrixMarket => matrices.push(file),
            Format::Delimited => texts.extend(NameFile::read(file)?),
            _ => {}
        }
    }
    let several = matrices.len() > 1;
    matrices.into_iter().map(|file| put_together(file, &texts, several)).collect()
}

fn put_together(
    file: &InputFile,
    texts: &[NameFile],
    several: bool,
) -> Result<MatrixParts, FormatError> {
    let header = EntryReader::open(file)?.header;
    let mut parts = MatrixParts {
        file: file.clone(),
        header,
        genes_in_rows: true,
        features: Features::default(),
        cells: Cells::default(),
        notes: Vec::new(),
        problem: None,
    };
    let own = prefix(&file.name);
    // With several matrices a file of another prefix belongs to another matrix.
    let near: Vec<&NameFile> = texts.iter().filter(|text| prefix(&text.file.name) == own).collect();
    let all: Vec<&NameFile> = texts.iter().collect();
    let best = best_pair(&near, &parts.header).or_else(|| {
        if several && !near.is_empty() { None } else { best_pair(&all, &parts.header) }
    });
    match best {
        Some(pair) => parts.name(&pair)?,
        None => parts.problem = Some(mismatch(file, &parts.header, texts)),
    }
    Ok(parts)
}

struct Pair<'a> {
    genes_in_rows: bool,
    features: &'a NameFile,
    cells: Option<&'a NameFile>,
}

/// The pair of files whose numbers of names fit, and that look most like genes and cells.
fn best_pair<'a>(texts: &[&'a NameFile], header: &Header) -> Option<Pair<'a>> {
    let mut best: Option<(f64, Pair<'a>)> = None;
    for genes_in_rows in [true, false] {
        let (n_genes, n_cells) = if genes_in_rows {
            (header.n_rows, header.n_cols)
        } else {
            (header.n_cols, header.n_rows)
        };
        for &features in texts {
            let Some(fit) = features.fit(n_genes) else { continue };
            let cells = texts.iter().filter(|cells| !std::ptr::eq(**cells, features));
            let cells = cells.filter_map(|&cells| {
                let score = cells.fit(n_cells)? - cells.look.gene_score() - cells.hint;
                (score > -2.0).then_some((score, Some(cells)))
            });
            for (cell_score, cells) in cells.chain(std::iter::once((-2.0, None))) {
                let score = fit + features.look.gene_score() + features.hint + cell_score;
                let score = score + if genes_in_rows { 0.1 } else { 0.0 };
                // Alone, a file must not look like cell names.
                let plausible = features.look.gene_score() + features.hint > -0.5;
                if plausible && best.as_ref().is_none_or(|(highest, _)| score > *highest) {
                    best = Some((score, Pair { genes_in_rows, features, cells }));
                }
            }
        }
    }
    best.map(|(_, pair)| pair)
}

impl NameFile {
    /// Reads a text file; a table with uneven lines is no list of names.
    fn read(file: &InputFile) -> Result<Option<Self>, FormatError> {
        let table = match TextTable::read(file, false) {
            Ok(table) => table,
            Err(error @ (FormatError::Io { .. } | FormatError::Truncated { .. })) => {
                return Err(error);
            }
            Err(_) => return Ok(None),
        };
        let names = table.columns.first().map(|column| column.values()).unwrap_or(&table.first);
        let mut look = look_at_names(names);
        if let Some(second) = table.columns.get(1) {
            let other = look_at_names(second.values());
            look.genes = look.genes.max(other.genes);
        }
        let lower = file.name.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let hint = f64::from(u8::from(says(&["gene", "feature", "peak"])))
            - f64::from(u8::from(says(&["barcode", "cell"])));
        Ok(Some(Self { file: file.clone(), table, look, hint: 2.0 * hint }))
    }

    /// How well the number of lines fits: exactly, or with a header.
    fn fit(&self, n: usize) -> Option<f64> {
        match self.table.n_rows {
            rows if rows + 1 == n && !self.table.ragged => Some(1.0),
            rows if rows == n => Some(0.0),
            _ => None,
        }
    }

    fn column(&self, at: usize, n: usize) -> Vec<String> {
        if self.table.columns.is_empty() {
            return self.table.first.get(at).cloned().into_iter().collect();
        }
        let mut names = self.table.with_first(at);
        if names.len() > n {
            names.remove(0);
        }
        names
    }

    fn n_columns(&self) -> usize {
        if self.table.columns.is_empty() {
            self.table.first.len()
        } else {
            self.table.columns.len()
        }
    }
}

impl MatrixParts {
    fn name(&mut self, pair: &Pair<'_>) -> Result<(), FormatError> {
        self.genes_in_rows = pair.genes_in_rows;
        let (n_features, n_cells) = (self.n_features(), self.n_cells());
        let file = pair.features;
        let mut columns: Vec<Vec<String>> =
            (0..file.n_columns().min(3)).map(|at| file.column(at, n_features)).collect();
        let types = (columns.len() == 3).then(|| columns.remove(2));
        let second = (columns.len() >= 2).then(|| columns.remove(1));
        let first = columns.pop().unwrap_or_default();
        let (ids, names) = match second {
            // Some write the symbol first and the id after it.
            Some(second) if look_at_names(&second).ensembl > look_at_names(&first).ensembl => {
                (Some(second), first)
            }
            Some(second) => (Some(first), second),
            None => (None, first),
        };
        self.features = Features { file: Some(file.file.clone()), names, ids, types };
        if file.table.n_rows == n_features {
            self.notes.push(Note::info(format!(
                "{}: the first line was taken for a header.",
                file.file.name
            )));
        }
        match pair.cells {
            Some(cells) => {
                self.cells =
                    Cells { file: Some(cells.file.clone()), names: cells.column(0, n_cells) };
                if cells.table.n_rows == n_cells {
                    self.notes.push(Note::info(format!(
                        "{}: the first line was taken for a header.",
                        cells.file.name
                    )));
                }
            }
            None if n_cells > MOST_UNNAMED => return Err(mismatch(&self.file, &self.header, &[])),
            None => {
                self.cells.names = (1..=n_cells).map(|at| format!("cell_{at}")).collect();
                self.notes.push(Note::warning(format!(
                    "No file with {n_cells} cell names was dropped beside {}: the cells are called cell_1 to cell_{n_cells}.",
                    self.file.name
                )));
            }
        }
        Ok(())
    }
}

/// What stands before `matrix.mtx.gz` in a name, lower case: `gsm123_`.
fn prefix(name: &str) -> String {
    const WORDS: [&str; 12] = [
        "matrix", "features", "feature", "genes", "gene", "barcodes", "barcode", "cells", "mtx",
        "counts", "raw", "sparse",
    ];
    let lower = name.to_ascii_lowercase();
    let mut rest = lower.as_str();
    for ending in [".gz", ".mtx", ".tsv", ".csv", ".txt"] {
        rest = rest.strip_suffix(ending).unwrap_or(rest);
    }
    for _ in 0..2 {
        let trimmed = rest.trim_end_matches(['_', '.', '-']);
        match WORDS.iter().find_map(|word| trimmed.strip_suffix(word)) {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    rest.trim_end_matches(['_', '.', '-']).to_owned()
}

fn mismatch(file: &InputFile, header: &Header, texts: &[NameFile]) -> FormatError {
    if texts.is_empty() {
        return FormatError::MissingPart {
            files: file.name.clone(),
            missing: "the file with the gene names (features.tsv or genes.tsv)".to_owned(),
            remedy: "Drop it together with the matrix and barcodes.tsv.".to_owned(),
        };
    }
    let counts: Vec<String> = texts
        .iter()
        .map(|text| format!("{} has {} lines", text.file.name, text.table.n_rows + 1))
        .collect();
    FormatError::DimensionMismatch {
        file: file.name.clone(),
        place: Place::Whole,
        expected: format!(
            "a file with {} gene names and one with {} cell names, as the matrix has {} rows and {} columns",
            header.n_rows, header.n_cols, header.n_rows, header.n_cols
        ),
        found: counts.join(", "),
        remedy: "Drop the files that were made together with this matrix.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_group_files() {
        assert_eq!(prefix("GSM123_matrix.mtx.gz"), "gsm123");
        assert_eq!(prefix("GSM123_barcodes.tsv.gz"), prefix("GSM123_features.tsv"));
        assert_eq!(prefix("matrix.mtx"), "");
        assert_eq!(prefix("AB_toy_data_toy.matrix.mtx"), prefix("AB_toy_data_toy.genes.tsv"));
        assert_eq!(prefix("raw_count.sparse.mtx"), prefix("raw_count.genes.tsv"));
    }
}
