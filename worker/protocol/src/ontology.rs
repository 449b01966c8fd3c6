use serde::{Deserialize, Serialize};

use crate::Note;

/// Most texts that can be asked about at once: ranking as many takes minutes on a large data set.
pub const MOST_TEXTS: u64 = 300;

/// An ontology of cell types that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OntologyReport {
    /// `Cell Ontology`, or the file's name.
    pub name: String,
    /// Release, number of types and terms of use, as far as they are known.
    pub facts: String,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// A type of cell as an ontology has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellType {
    /// `CL:0000236`
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is; empty where the ontology does not say.
    pub definition: String,
    /// The synonym by which it was found, where it was not the name.
    pub synonym: Option<String>,
    /// Kinds below it, itself not counted.
    pub n_below: u64,
}

impl CellType {
    /// The type as a line that can be asked about: `name: definition`, or the name alone.
    #[must_use]
    pub fn line(&self) -> String {
        // The first colon ends the name.
        let name = self.name.replace(':', " ");
        if self.definition.is_empty() { name } else { format!("{name}: {}", self.definition) }
    }
}

/// Types that were searched for, or that are below another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundTypes {
    /// What was searched for, or the id of the type that they are below.
    pub query: String,
    /// The types: best first, or in the order of the ontology.
    pub types: Vec<CellType>,
    /// How many fit, of which these may be the first.
    pub n_found: u64,
}
