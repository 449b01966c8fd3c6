//! What the scientist must know of what was told.

use lexicell_analysis::transfer::FEW_SHARED;
use lexicell_protocol::{Note, NoteLevel};

use super::telling::Answer;

/// Of what was told through texts.
pub(super) fn of_text(answer: &Answer) -> Vec<Note> {
    let mut notes = Vec::new();
    if !answer.rehearsed.is_better_than_majority() {
        notes.push(warning("Within the reference itself, texts carry the labels from one half of the genes to the other no better than the most frequent class does: do not rely on what they tell here.".to_owned()));
    }
    let n_empty = answer.n_empty();
    if n_empty > 0 {
        notes.push(warning(format!(
            "{n_empty} cells have no gene with a vector: texts tell nothing about them."
        )));
    }
    notes
}

/// Of what was told through expression.
pub(super) fn of_expression(answer: &Answer, n_shared: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    if n_shared < FEW_SHARED {
        notes.push(warning(format!(
            "Only {n_shared} genes are shared: their expression tells more than texts do if a panel was made of markers, less if they are any genes. Go by its rehearsal."
        )));
    }
    if !answer.rehearsed.is_better_than_majority() {
        notes.push(warning("Within the reference itself, the shared genes tell the labels no better than the most frequent class does: do not rely on what their expression tells here.".to_owned()));
    }
    let n_empty = answer.n_empty();
    if n_empty > 0 {
        notes.push(warning(format!(
            "{n_empty} cells express none of the compared genes: expression tells nothing about them."
        )));
    }
    notes
}

fn warning(text: String) -> Note {
    Note { level: NoteLevel::Warning, text }
}
