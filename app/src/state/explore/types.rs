//! Types of cells that are chosen out of an ontology, to be asked about.

use std::sync::Arc;

use js_sys::Array;
use leptos::prelude::*;
use lexicell_protocol::{CellType, Command, FoundTypes, MOST_TEXTS, OntologyReport};
use wasm_bindgen::JsValue;
use web_sys::File;

use crate::components::count;
use crate::state::{AppState, Asked};

/// The ontology that types are chosen from.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum OntologyState {
    #[default]
    Closed,
    Opening,
    Open(Arc<OntologyReport>),
    /// It could not be opened, and why.
    Refused(String),
}

/// What the page knows of the types that can be chosen.
#[derive(Clone, Copy)]
pub(crate) struct TypesPanel {
    pub(crate) ontology: RwSignal<OntologyState>,
    /// What is searched for.
    pub(crate) query: RwSignal<String>,
    pub(crate) found: RwSignal<Option<Arc<FoundTypes>>>,
    /// What was added last, or why nothing was.
    pub(crate) said: RwSignal<String>,
}

impl TypesPanel {
    pub(super) fn new() -> Self {
        Self {
            ontology: RwSignal::default(),
            query: RwSignal::default(),
            found: RwSignal::default(),
            said: RwSignal::default(),
        }
    }

    fn clear(self) {
        self.query.set(String::new());
        self.found.set(None);
        self.said.set(String::new());
    }
}

impl AppState {
    /// Opens an OBO file, or the page's own ontology.
    pub(crate) fn open_ontology(self, file: Option<&File>) {
        let attachments: Array = file.into_iter().map(JsValue::from).collect();
        let types = self.explore.types;
        types.clear();
        types.ontology.set(OntologyState::Opening);
        let id = self.client.send_with(Command::OpenOntology, &attachments, &Array::new());
        self.remember(id, Asked::Ontology);
    }

    /// Puts the ontology out of sight.
    pub(crate) fn close_ontology(self) {
        self.explore.types.clear();
        self.explore.types.ontology.set(OntologyState::Closed);
    }

    /// Searches the open ontology.
    pub(crate) fn search_types(self, query: String) {
        if query.is_empty() {
            return self.explore.types.found.set(None);
        }
        self.ask(Command::SearchTypes(query), Asked::Types);
    }

    /// Adds a type to what is asked about.
    pub(crate) fn add_type(self, own: &CellType) {
        self.add_types(&format!("“{}”", own.name), std::slice::from_ref(own));
    }

    /// Adds all kinds below a type, once the worker has named them.
    pub(crate) fn add_kinds(self, own: &CellType) {
        if own.n_below > MOST_TEXTS {
            let why = too_many(&format!("the {} kinds of “{}”", count(own.n_below), own.name), 0);
            return self.explore.types.said.set(why);
        }
        self.ask(Command::KindsBelow(own.id.clone()), Asked::Kinds(own.name.clone()));
    }

    /// Types were found, or the kinds below one named.
    pub(in crate::state) fn types_found(self, purpose: Option<Asked>, found: FoundTypes) {
        let types = self.explore.types;
        match purpose {
            Some(Asked::Kinds(name)) => {
                let what = format!("{} kinds of “{name}”", count(found.types.len() as u64));
                self.add_types(&what, &found.types);
            }
            // More may have been typed since.
            _ if types.query.with_untracked(|query| *query == found.query) => {
                types.found.set(Some(Arc::new(found)));
            }
            _ => {}
        }
    }

    fn add_types(self, what: &str, own: &[CellType]) {
        let form = self.explore.ask;
        let added = form.with_untracked(|form| with_types(&form.text, own));
        let said = match added {
            Ok((text, n)) => {
                form.update(|form| form.text = text);
                added_in_words(what, own.len(), n)
            }
            Err(n_lines) => too_many(what, n_lines),
        };
        self.explore.types.said.set(said);
    }
}

/// Names of the lines of a text, in lower case.
pub(crate) fn names_in(text: &str) -> Vec<String> {
    let name = |line: &str| line.split(':').next().unwrap_or_default().trim().to_lowercase();
    text.lines().map(name).filter(|name| !name.is_empty()).collect()
}

/// The text with a line for each type that it does not name yet, and how many those are; the number of
/// its lines where it would hold too many.
fn with_types(text: &str, own: &[CellType]) -> Result<(String, usize), u64> {
    let mut names = names_in(text);
    let lines: Vec<String> = own
        .iter()
        .map(CellType::line)
        .filter(|line| {
            let own = names_in(line);
            let is_new = own.iter().all(|name| !names.contains(name));
            names.extend(own);
            is_new
        })
        .collect();
    let mut kept: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let n_kept = kept.len() as u64;
    if n_kept + lines.len() as u64 > MOST_TEXTS {
        return Err(n_kept);
    }
    kept.extend(lines.iter().map(String::as_str));
    Ok((kept.join("\n"), lines.len()))
}

fn added_in_words(what: &str, n: usize, n_added: usize) -> String {
    match n - n_added {
        0 => format!("Added {what}."),
        _ if n_added == 0 => format!("Nothing to add: the list names {what} already."),
        n_known => {
            format!("Added {what}, without {} that the list names already.", count(n_known as u64))
        }
    }
}

fn too_many(what: &str, n_lines: u64) -> String {
    format!(
        "There is no room for {what}: a question holds at most {MOST_TEXTS} texts, and {} in the list. Choose narrower types, or shorten the list.",
        if n_lines == 1 { "1 is".to_owned() } else { format!("{} are", count(n_lines)) }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, definition: &str) -> CellType {
        CellType {
            id: "CL:1".to_owned(),
            name: name.to_owned(),
            definition: definition.to_owned(),
            synonym: None,
            n_below: 0,
        }
    }

    #[test]
    fn types_are_added_once_as_lines_that_could_have_been_pasted() {
        let types = [own("B cell", "It makes antibodies."), own("odd: name", "")];
        let (text, n) = with_types(" \nT cell: kills\n", &types).expect("room");
        assert_eq!((&text[..], n), ("T cell: kills\nB cell: It makes antibodies.\nodd  name", 2));
        let more = [own("b CELL", "another"), own("NK cell", "")];
        let (text, n) = with_types(&text, &more).expect("room");
        assert_eq!((text.lines().count(), n), (4, 1));
        assert_eq!(with_types(&text, &more), Ok((text.clone(), 0)));
    }

    #[test]
    fn more_than_a_question_holds_is_refused_and_told() {
        let many: Vec<CellType> =
            (0..MOST_TEXTS).map(|at| own(&format!("type {at}"), "")).collect();
        let (text, n) = with_types("", &many).expect("just enough");
        assert_eq!(n as u64, MOST_TEXTS);
        assert_eq!(with_types(&text, &[own("one more", "")]), Err(MOST_TEXTS));
        assert_eq!(with_types("a sentence", &many), Err(1));
        assert!(too_many("“x”", 1).contains("at most 300 texts, and 1 is in the list"));
    }

    #[test]
    fn what_was_added_is_told() {
        assert_eq!(added_in_words("“B cell”", 1, 1), "Added “B cell”.");
        assert!(added_in_words("3 kinds of “T cell”", 3, 1).contains("without 2 that"));
        assert!(added_in_words("“B cell”", 1, 0).starts_with("Nothing to add"));
    }
}
