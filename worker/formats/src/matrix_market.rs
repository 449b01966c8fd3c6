//! Matrix Market files with the names of genes and cells beside them, as 10x Genomics writes them.

mod entries;
mod loading;
mod parts;

use lexicell_matrix::DataFrame;

use crate::choose::choose;
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::{
    ColumnKind, ColumnSummary, Dropped, FileSummary, Inspection, MatrixCandidate, Note, Orientation,
};
use crate::load::{FormatLoader, LoadChoice};
use crate::names::notes_on_names;
use crate::sniff::Format;
use crate::text::damaged_by_excel;
use crate::values::ValueStats;
use entries::EntryReader;
use parts::{MatrixParts, parts};

/// Entries by which the values are judged.
const SAMPLE: usize = 20_000;
const FIRST_NAMES: usize = 5;

/// Finds out what the files hold.
pub(crate) fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    let sets = parts(files)?;
    let mut matrices = Vec::with_capacity(sets.len());
    for set in &sets {
        matrices.push(candidate(set)?);
    }
    let Some((chosen, why)) = choose(&matrices) else {
        let problem = matrices.into_iter().find_map(|candidate| candidate.problem);
        return Err(problem.unwrap_or_else(|| no_matrix(files)));
    };
    let set = &sets[chosen];
    let mut notes = set.notes.clone();
    notes.extend(name_notes(set));
    if sets.len() > 1 {
        notes.push(Note::warning(format!(
            "{} matrices were dropped together; one of them is loaded at a time.",
            sets.len()
        )));
    }
    let first = |names: &[String]| names.iter().take(FIRST_NAMES).cloned().collect();
    let feature_types = set.feature_types();
    Ok(Inspection {
        format: Format::MatrixMarket,
        format_name: format!(
            "Matrix Market ({} {})",
            set.header.layout.words(),
            set.header.field.words()
        ),
        files: summaries(&sets),
        n_obs: set.n_cells() as u64,
        n_vars: set.n_features() as u64,
        first_obs_names: first(&set.cells.names),
        first_var_names: first(&set.features.names),
        obs_columns: Vec::new(),
        var_columns: var_columns(set),
        obsm: Vec::new(),
        genomes: Vec::new(),
        dropped: dropped_features(set, false),
        feature_types,
        orientation: orientation(set),
        notes,
        matrices,
        chosen,
        why,
    })
}

/// Prepares to load the chosen matrix.
pub(crate) fn loader(
    files: &[InputFile],
    _inspection: &Inspection,
    choice: &LoadChoice,
) -> Result<Box<dyn FormatLoader>, FormatError> {
    let mut sets = parts(files)?;
    if choice.matrix >= sets.len() {
        return Err(no_matrix(files));
    }
    let mut set = sets.swap_remove(choice.matrix);
    if let Some(problem) = set.problem {
        return Err(problem);
    }
    if let Some(transpose) = choice.transpose {
        set.orient(transpose)?;
    }
    Ok(Box::new(loading::MarketLoader::new(set, choice)?))
}

fn candidate(set: &MatrixParts) -> Result<MatrixCandidate, FormatError> {
    let mut stats = ValueStats::default();
    let mut problem = set.problem.clone();
    if problem.is_none() {
        match sample(set, &mut stats) {
            Err(error @ (FormatError::Io { .. } | FormatError::Truncated { .. })) => {
                return Err(error);
            }
            Err(error) => problem = Some(error),
            Ok(()) => {}
        }
    }
    let n_obs = set.n_cells() as u64;
    Ok(MatrixCandidate {
        name: set.file.name.clone(),
        n_obs,
        n_vars: set.n_features() as u64,
        nnz: Some(set.header.n_entries),
        layout: set.header.layout.matrix_layout(),
        dtype: set.header.field.words().to_owned(),
        values: stats.summary(),
        bytes_in_memory: set.header.n_entries.saturating_mul(8).saturating_add((n_obs + 1) * 8),
        problem,
    })
}

fn sample(set: &MatrixParts, stats: &mut ValueStats) -> Result<(), FormatError> {
    let mut reader = EntryReader::open(&set.file)?;
    for _ in 0..SAMPLE {
        match reader.next()? {
            Some(entry) => stats.push(entry.value),
            None => break,
        }
    }
    Ok(())
}

fn orientation(set: &MatrixParts) -> Orientation {
    let way = if set.genes_in_rows {
        "genes in rows, cells in columns"
    } else {
        "cells in rows, genes in columns"
    };
    let why = if set.is_square() {
        format!(
            "The matrix is square, so that its size does not tell; {way} is how it is usually written."
        )
    } else {
        format!("The numbers of names fit {way}.")
    };
    Orientation { transposed: set.genes_in_rows, is_a_guess: set.is_square(), why }
}

fn summaries(sets: &[MatrixParts]) -> Vec<FileSummary> {
    let mut list: Vec<FileSummary> = Vec::new();
    for set in sets {
        let named = [
            (Some(&set.file), "matrix"),
            (set.features.file.as_ref(), "gene names"),
            (set.cells.file.as_ref(), "cell names"),
        ];
        for (file, role) in named {
            let Some(file) = file.filter(|file| list.iter().all(|own| own.name != file.name))
            else {
                continue;
            };
            list.push(FileSummary {
                name: file.name.clone(),
                bytes: file.source.len(),
                role: role.to_owned(),
            });
        }
    }
    list
}

fn var_columns(set: &MatrixParts) -> Vec<ColumnSummary> {
    let column = |name: &str, kind, n_categories| ColumnSummary {
        name: name.to_owned(),
        kind,
        n_categories,
    };
    let mut columns = Vec::new();
    if set.features.ids.is_some() {
        columns.push(column("gene_ids", ColumnKind::Text, None));
    }
    if set.features.types.is_some() {
        let count = set.feature_types().len() as u64;
        columns.push(column("feature_types", ColumnKind::Categorical, Some(count)));
    }
    columns
}

/// Features that are no genes, which are left out unless they are asked for.
fn dropped_features(set: &MatrixParts, keep: bool) -> Vec<Dropped> {
    if keep || set.kept_features(false).iter().all(|&kept| kept) {
        return Vec::new();
    }
    let others = set.feature_types().into_iter().filter(|(name, _)| name != parts::GENE_EXPRESSION);
    others
        .map(|(name, count)| Dropped {
            what: format!("{count} features of type {name}"),
            why: "They are not genes.".to_owned(),
        })
        .collect()
}

fn name_notes(set: &MatrixParts) -> Vec<Note> {
    let (obs, var) =
        (DataFrame::new(set.cells.names.clone()), DataFrame::new(set.features.names.clone()));
    let mut notes = notes_on_names(&obs, &var);
    notes.extend(excel_note(&set.features.names));
    notes
}

/// A warning if gene names became dates.
pub(crate) fn excel_note(names: &[String]) -> Option<Note> {
    let dates = damaged_by_excel(names);
    let first = dates.first()?;
    Some(Note::warning(format!(
        "{} gene names are dates, for example {first:?}: a spreadsheet has changed them (MARCH1, SEPT2, DEC1), and they cannot be mapped.",
        dates.len()
    )))
}

fn no_matrix(files: &[InputFile]) -> FormatError {
    FormatError::NoUsableMatrix {
        file: files.first().map_or_else(String::new, |file| file.name.clone()),
        place: Place::Whole,
        expected: "a Matrix Market file with the names of its genes".to_owned(),
        found: "none".to_owned(),
        remedy: "Drop matrix.mtx, features.tsv and barcodes.tsv together.".to_owned(),
    }
}
