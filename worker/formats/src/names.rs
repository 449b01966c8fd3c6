//! What is odd about names and labels: kept as they are, but said.

use std::collections::HashSet;

use lexicell_matrix::{Column, DataFrame};

use crate::inspect::Note;

/// Notes on gene and cell names.
pub(crate) fn notes_on_names(obs: &DataFrame, var: &DataFrame) -> Vec<Note> {
    let mut notes = Vec::new();
    for (table, what, kept) in [
        (
            &obs.index,
            "cell names",
            "a random split may put copies of one cell on both sides of a score",
        ),
        (
            &var.index,
            "gene names",
            "all are kept; they are told apart by their ids where the file has any",
        ),
    ] {
        let mut seen = HashSet::with_capacity(table.len());
        let mut repeated = table.iter().filter(|name| !seen.insert(name.as_str()));
        if let Some(first) = repeated.next() {
            let count = repeated.count() + 1;
            notes.push(Note::warning(format!(
                "{count} of {} {what} repeat an earlier one, for example {first:?}: {kept}.",
                table.len()
            )));
        }
        let empty = table.iter().filter(|name| name.trim().is_empty()).count();
        if empty > 0 {
            notes.push(Note::warning(format!("{empty} of {} {what} are empty.", table.len())));
        }
    }
    if !var.index.is_empty() && var.index.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
        notes.push(Note::warning(
            "All gene names are plain numbers: they can only be mapped if they are Entrez ids or another column of var has names.",
        ));
    }
    notes
}

/// Notes on labels with blanks at their ends: `"L2/3 IT "` and `"L2/3 IT"` are two labels.
pub(crate) fn notes_on_labels(obs: &DataFrame) -> Vec<Note> {
    let blank = |label: &str| label.trim() != label;
    let mut notes = Vec::new();
    for (name, column) in obs.columns() {
        let odd: Option<&str> = match column {
            Column::Categorical(column) => {
                column.categories.iter().map(String::as_str).find(|label| blank(label))
            }
            Column::Text(values) => {
                values.iter().flatten().map(String::as_str).find(|label| blank(label))
            }
            _ => None,
        };
        if let Some(label) = odd {
            notes.push(Note::info(format!("Labels in obs[{name:?}] have blanks at an end, for example {label:?}; they are kept.")));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_matrix::Categorical;

    #[test]
    fn repeats_and_blanks_are_said() {
        let mut obs = DataFrame::new(vec!["a".into(), "b".into(), "a".into()]);
        let labels =
            Categorical { codes: vec![0, 1, 0], categories: vec!["L2/3 IT ".into(), "Vip".into()] };
        obs.insert("type", Column::Categorical(labels)).expect("fits");
        let var = DataFrame::new(vec!["1".into(), "2".into()]);
        let notes = notes_on_names(&obs, &var);
        assert_eq!(notes.len(), 2);
        assert!(notes[0].text.contains("1 of 3 cell names"), "{}", notes[0].text);
        assert!(notes_on_labels(&obs)[0].text.contains("\"L2/3 IT \""));
    }
}
