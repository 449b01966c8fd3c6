//! What the scientist marks: the selected cells, sets with names, labels by hand, and their history.

mod edit;
mod history;
mod labeling;
mod sets;

use std::rc::Rc;

use lexicell_protocol::{Event, SetReport, SetsReport};

use crate::map;
use crate::session::Session;
use crate::transfer::send;

pub(crate) use edit::run;
pub(crate) use history::History;
pub(crate) use labeling::Labeling;
pub(crate) use sets::NamedSet;

/// All that is marked; parts are shared by the states of the history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    /// Ascending.
    pub(crate) selected: Rc<Vec<u32>>,
    pub(crate) sets: Vec<NamedSet>,
    pub(crate) labelings: Vec<Labeling>,
}

impl Marks {
    /// The cells kept under that name.
    pub(crate) fn set(&self, name: &str) -> Option<&NamedSet> {
        self.sets.iter().find(|own| own.name == name)
    }

    /// The labelling of that name.
    pub(crate) fn labeling(&self, column: &str) -> Option<&Labeling> {
        self.labelings.iter().find(|own| own.column == column)
    }
}

/// Selects cells; ascending.
pub(crate) fn select(session: &mut Session, cells: Vec<u32>) {
    let what = match cells.len() {
        0 => "clear the selection".to_owned(),
        1 => "select 1 cell".to_owned(),
        n => format!("select {n} cells"),
    };
    let selected = Rc::new(cells);
    session.marks.change(what, |marks| marks.selected = selected);
}

/// Tells the page what is marked.
pub(crate) fn tell(session: &Session) {
    let marks = session.marks.now();
    let sets = marks.sets.iter().map(|set| SetReport {
        name: set.name.clone(),
        n_obs: set.cells.len() as u64,
        stamp: stamp(&set.cells),
    });
    let report = SetsReport {
        sets: sets.collect(),
        labelings: marks.labelings.iter().map(Labeling::report).collect(),
        undo: session.marks.undoes(),
        redo: session.marks.redoes(),
        selection: map::caught(session),
        selection_stamp: selection_stamp(session),
    };
    send(&Event::Sets(Box::new(report)));
}

/// A number that tells the selection from others.
pub(crate) fn selection_stamp(session: &Session) -> u32 {
    stamp(&session.marks.now().selected)
}

/// A number that differs where the numbers do (FNV-1a).
fn stamp(numbers: &[u32]) -> u32 {
    numbers.iter().fold(0x811c_9dc5, |hash, number| (hash ^ number).wrapping_mul(0x0100_0193))
}
