//! What was told, as a column and as a report.

use lexicell_analysis::transfer::{Acceptance, Transferred};
use lexicell_matrix::{Categorical, MISSING_CODE};
use lexicell_protocol::Telling;

use super::super::free_column;
use super::rehearsal::Rehearsed;
use crate::session::{Shared, Told};

/// The class of cells that are like none of the reference's.
const NONE: &str = "none of these";

/// What one way of comparing cells told.
pub(super) struct Answer {
    pub(super) told: Transferred,
    pub(super) acceptance: Acceptance,
    pub(super) rehearsed: Rehearsed,
}

impl Answer {
    /// Cells that could not be compared at all.
    pub(super) fn n_empty(&self) -> usize {
        self.told.told.classes.iter().filter(|&&class| class == MISSING_CODE).count()
    }

    /// The class of each cell that was given one.
    fn classes(&self) -> impl Iterator<Item = Option<u32>> {
        let none = self.told.none_of_these(self.acceptance);
        let told = self.told.told.classes.iter().zip(none);
        // Two ways that can tell nothing of a cell do not agree on it.
        told.map(|(&class, none)| (!none && class != MISSING_CODE).then_some(class))
    }
}

/// Cells to which both gave a class, and those of them to which both gave the same.
pub(super) fn agreement(first: &Answer, second: &Answer) -> (u64, u64) {
    let both = first.classes().zip(second.classes()).filter_map(|(a, b)| Some((a?, b?)));
    both.fold((0, 0), |(n, same), (a, b)| (n + 1, same + u64::from(a == b)))
}

/// Puts the answer into a column of `obs`.
pub(super) fn enter(session: &Shared, name: &str, classes: &[String], answer: Answer) -> Telling {
    let is_empty = |cell: usize| answer.told.told.classes[cell] == MISSING_CODE;
    let code = |(cell, class): (usize, Option<u32>)| match class {
        Some(class) => class,
        None if is_empty(cell) => MISSING_CODE,
        None => classes.len() as u32,
    };
    let codes = answer.classes().enumerate().map(code).collect();
    let categories = classes.iter().cloned().chain([NONE.to_owned()]).collect();
    let told = Categorical { codes, categories };
    let mut counts: Vec<u64> = told.counts().iter().map(|&count| count as u64).collect();
    let n_none = counts.pop().unwrap_or(0);
    let column = free_column(&session.borrow(), name);
    let similarity = answer.told.similarity.iter().map(|&value| value as f32).collect();
    session.borrow_mut().tell(Told { column: column.clone(), classes: told, similarity });
    Telling {
        column,
        counts,
        n_none,
        least_confidence: answer.acceptance.confidence,
        least_similarity: answer.acceptance.similarity,
        rehearsed: answer.rehearsed.summary(),
    }
}
