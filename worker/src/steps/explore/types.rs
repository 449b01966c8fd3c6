//! Types of cells to ask about, out of an ontology.

use std::rc::Rc;

use lexicell_genes::Ontology;
use lexicell_protocol::{
    CellType, FailureKind, FoundTypes, Note, NoteLevel, OntologyReport, Output,
};
use web_sys::File;

use super::ask::Asked;
use crate::assets;
use crate::failure::IntoFailure;
use crate::file_source::input_files;
use crate::session::{OpenOntology, Session, Shared};
use crate::task::{Stop, Task};

/// Most types that a search offers.
const N_OFFERED: usize = 20;
/// Larger files are refused before they are read.
const MOST_BYTES: u64 = 256 << 20;

/// Opens the given OBO file, or the page's own ontology.
pub(crate) async fn open(
    task: &Task,
    session: &Shared,
    files: Vec<File>,
) -> Result<Output, lexicell_protocol::Failure> {
    let opened = match files.is_empty() {
        false => given(task, files),
        true => built_in(task, session).await,
    };
    let opened = opened.map_err(|stop| match stop {
        Stop::Failed(failure) => failure,
        Stop::Cancelled => task.failure(FailureKind::Bug, "Opening an ontology is not cancelled."),
    })?;
    let report = opened.report.clone();
    let ontologies = &mut session.borrow_mut().ontologies;
    ontologies.retain(|own| own.is_built_in != opened.is_built_in);
    ontologies.push(opened);
    Ok(Output::Ontology(Box::new(report)))
}

async fn built_in(task: &Task, session: &Shared) -> Result<Rc<OpenOntology>, Stop> {
    let (held, asset) = {
        let session = session.borrow();
        let held = session.ontologies.iter().find(|own| own.is_built_in).cloned();
        (held, session.assets.ontologies.first().cloned())
    };
    if let Some(held) = held {
        return Ok(held);
    }
    let Some(asset) = asset else {
        let mut failure = task.failure(
            FailureKind::Asset,
            "This copy of the page was built without the Cell Ontology.",
        );
        failure.remedy = Some("Open its OBO file instead.".to_owned());
        return Err(failure.into());
    };
    let bytes = assets::fetch(task, &asset.file).await?;
    let types = Ontology::parse(&asset.file.file, &bytes).map_err(|error| error.at(task.step))?;
    Ok(Rc::new(opened(types, &asset.name, &asset.licence, true)))
}

fn given(task: &Task, files: Vec<File>) -> Result<Rc<OpenOntology>, Stop> {
    let [file] = &input_files(files)[..] else {
        return Err(task.failure(FailureKind::UnknownFormat, "Choose one OBO file.").into());
    };
    let n = file.source.len();
    if n > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        let error = lexicell_genes::OboError::TooLarge { file: file.name.clone(), most };
        return Err(error.at(task.step).into());
    }
    let mut bytes = vec![0; n as usize];
    file.source.read_at(0, &mut bytes).map_err(|error| {
        task.failure(FailureKind::Unreadable, format!("{}: {error}", file.name))
    })?;
    let types = Ontology::parse(&file.name, &bytes).map_err(|error| error.at(task.step))?;
    Ok(Rc::new(opened(types, &file.name, "", false)))
}

fn opened(types: Ontology, name: &str, licence: &str, is_built_in: bool) -> OpenOntology {
    let n = format!("{} types, {} with a definition", types.len(), types.n_defined());
    let version = &types.header().version;
    let release = if version.is_empty() { String::new() } else { format!("release {version}") };
    let said = |facts: [&str; 3], between: &str| {
        let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        facts.join(between)
    };
    let the = if is_built_in { "the " } else { "" };
    let cited = match &said([&release, licence, ""], ", ")[..] {
        "" => format!("{the}{name}"),
        facts => format!("{the}{name} ({facts})"),
    };
    let facts = said([&release, &n, licence], " · ");
    let report = OntologyReport { name: name.to_owned(), facts, notes: notes(&types) };
    OpenOntology { report, cited, is_built_in, types }
}

fn notes(types: &Ontology) -> Vec<Note> {
    let mut notes = Vec::new();
    let n_undefined = types.len() - types.n_defined();
    if n_undefined == types.len() {
        notes.push(Note {
            level: NoteLevel::Warning,
            text: "No type has a definition: names alone say little to the model.".to_owned(),
        });
    }
    if types.n_dangling() > 0 {
        notes.push(Note {
            level: NoteLevel::Info,
            text: format!(
                "{} is_a lines name types that are not in the file, or are out of use: kinds below such types are not told.",
                types.n_dangling()
            ),
        });
    }
    notes
}

/// Types of the ontology opened last whose names hold these words.
pub(crate) fn search(session: &Session, query: String) -> Output {
    let found = session.ontologies.last().map(|own| {
        let (hits, n) = own.types.search(&query, N_OFFERED);
        let types = hits.iter().map(|hit| cell_type(&own.types, hit.place, hit.synonym)).collect();
        (types, n as u64)
    });
    let (types, n_found) = found.unwrap_or_default();
    Output::Types(Box::new(FoundTypes { query, types, n_found }))
}

/// All kinds below a type of the ontology opened last.
pub(crate) fn below(session: &Session, id: String) -> Output {
    let types: Vec<CellType> = session.ontologies.last().map_or_else(Vec::new, |own| {
        let below = own.types.find(&id).map_or_else(Vec::new, |place| own.types.below(place));
        below.iter().map(|&place| cell_type(&own.types, place as usize, None)).collect()
    });
    Output::Types(Box::new(FoundTypes { query: id, n_found: types.len() as u64, types }))
}

fn cell_type(types: &Ontology, place: usize, synonym: Option<usize>) -> CellType {
    let term = &types.terms()[place];
    CellType {
        id: term.id.clone(),
        name: term.name.clone(),
        definition: term.definition.clone(),
        synonym: synonym.and_then(|at| term.synonyms.get(at).cloned()),
        n_below: types.n_below(place) as u64,
    }
}

/// Which texts are an ontology's, in words, and the id of each text's type: its definition word by word,
/// whatever it is called here, or its name alone.
pub(super) fn from(session: &Session, asked: &[Asked]) -> (String, Vec<String>) {
    let mut ids = vec![String::new(); asked.len()];
    let mut said = Vec::new();
    for own in session.ontologies.iter().rev() {
        let mut n = 0;
        for (id, asked) in ids.iter_mut().zip(asked).filter(|(id, _)| id.is_empty()) {
            if let Some(place) = source_of(&own.types, asked) {
                id.clone_from(&own.types.terms()[place].id);
                n += 1;
            }
        }
        if n > 0 {
            said.push(said_of(n, asked.len(), &own.cited));
        }
    }
    (said.join(" "), ids)
}

fn said_of(n: usize, n_texts: usize, cited: &str) -> String {
    let texts = match (n, n_texts) {
        (_, 1) => "The text is a type".to_owned(),
        (n, all) if n == all => format!("All {all} texts are types"),
        (1, all) => format!("1 of the {all} texts is a type"),
        (n, all) => format!("{n} of the {all} texts are types"),
    };
    format!("{texts} of {cited}, with the definition given there.")
}

fn source_of(types: &Ontology, asked: &Asked) -> Option<usize> {
    let definition = asked.text.split_once(':').map(|(_, rest)| rest.trim());
    let name = asked.text.split(':').next().unwrap_or_default().trim();
    let is_own = |term: &lexicell_genes::OntologyTerm| match definition {
        Some(text) => term.definition == text,
        None => term.definition.is_empty() && term.name.replace(':', " ") == name,
    };
    let mut fitting = types.terms().iter().enumerate().filter(|(_, term)| is_own(term)).peekable();
    let first = fitting.peek().map(|(place, _)| *place);
    // Of types that share a definition, the one of that name.
    fitting.find(|(_, term)| term.name == name).map(|(place, _)| place).or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_and_licence_are_cited_where_they_are_known() {
        let read = |head: &str| {
            let obo = format!("format-version: 1.4\n{head}[Term]\nid: A:1\n");
            Ontology::parse("t.obo", obo.as_bytes()).expect("reads")
        };
        let own = opened(read("data-version: 2024-08-16\n"), "Cell Ontology", "CC BY 4.0", true);
        assert_eq!(
            said_of(10, 10, &own.cited),
            "All 10 texts are types of the Cell Ontology (release 2024-08-16, CC BY 4.0), with the definition given there."
        );
        assert_eq!(
            own.report.facts,
            "release 2024-08-16 · 1 types, 0 with a definition · CC BY 4.0"
        );
        let given = opened(read(""), "t.obo", "", false);
        assert!(said_of(1, 3, &given.cited).starts_with("1 of the 3 texts is a type of t.obo, "));
        assert_eq!(given.report.notes.len(), 1, "no type has a definition");
    }

    #[test]
    fn a_text_is_an_ontologys_by_its_definition_whatever_it_is_called() {
        let obo = "format-version: 1.4\n[Term]\nid: A:1\nname: B cell\ndef: \"It makes: antibodies.\" []\n[Term]\nid: A:2\nname: T cell\n[Term]\nid: A:3\nname: B-1 cell\ndef: \"It makes: antibodies.\" []\n";
        let types = Ontology::parse("t.obo", obo.as_bytes()).expect("reads");
        let of =
            |text: &str| source_of(&types, &Asked { name: String::new(), text: text.to_owned() });
        assert_eq!(of(&cell_type(&types, 0, None).line()), Some(0));
        assert_eq!(of(&cell_type(&types, 1, None).line()), Some(1));
        assert_eq!(of("B-1 cell: It makes: antibodies."), Some(2));
        assert_eq!(of("CD19+ B: It makes: antibodies."), Some(0));
        assert_eq!((of("B cell"), of("B cell: it makes antibodies")), (None, None));
    }
}
