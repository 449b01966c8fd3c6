//! Types of cells with their definitions and the kinds below each, as an ontology has them.

mod obo;
mod search;
mod write;

use std::collections::HashMap;

use crate::OboError;
pub use search::TypeHit;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OntologyHeader {
    /// `cl`, as the file names its ontology; empty where it does not.
    pub name: String,
    /// `releases/2024-08-16`, or the file's date; empty where it states none.
    pub version: String,
}

/// A type of cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OntologyTerm {
    /// `CL:0000236`
    pub id: String,
    /// `B cell`; the id where the file gives no name.
    pub name: String,
    /// What it is, in one line; empty where the file does not say.
    pub definition: String,
    /// Its other names.
    pub synonyms: Vec<String>,
    /// Places of the types that it is a kind of, ascending.
    pub parents: Vec<u32>,
}

/// The types of an ontology that are in use, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ontology {
    header: OntologyHeader,
    terms: Vec<OntologyTerm>,
    /// Places of the kinds directly below each type, ascending.
    children: Vec<Vec<u32>>,
    /// Kinds below each type, itself not counted.
    n_below: Vec<u32>,
    /// Types of the file that are out of use.
    n_obsolete: usize,
    /// `is_a` lines whose type is not in the file, or is out of use.
    n_dangling: usize,
    /// Names and synonyms in lower case, for searches.
    folded: Vec<search::Folded>,
}

impl Ontology {
    /// Reads an OBO file of format 1.2 or 1.4, plain or gzipped; `file` is what errors call it.
    ///
    /// Types that are out of use are left out, as is all that is no `[Term]`.
    ///
    /// # Errors
    /// The first line that makes no sense, with what was expected and what helps.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, OboError> {
        obo::read(file, bytes)
    }

    /// Puts types together; whoever calls has places that exist and no type below itself.
    fn assemble(header: OntologyHeader, terms: Vec<OntologyTerm>) -> Self {
        let mut children = vec![Vec::new(); terms.len()];
        for (place, term) in (0..).zip(&terms) {
            for &parent in &term.parents {
                children[parent as usize].push(place);
            }
        }
        let folded = terms.iter().map(search::Folded::of).collect();
        let n_below = vec![0; terms.len()];
        let mut own =
            Self { header, terms, children, n_below, n_obsolete: 0, n_dangling: 0, folded };
        let mut seen = vec![u32::MAX; own.len()];
        own.n_below = (0..own.len()).map(|place| own.walk(place, &mut seen).len() as u32).collect();
        own
    }

    /// What the file says of itself.
    #[must_use]
    pub fn header(&self) -> &OntologyHeader {
        &self.header
    }

    /// The same types under another header.
    #[must_use]
    pub fn with_header(self, header: OntologyHeader) -> Self {
        Self { header, ..self }
    }

    /// How many types there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there are none, which [`parse`](Self::parse) never gives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// All types.
    #[must_use]
    pub fn terms(&self) -> &[OntologyTerm] {
        &self.terms
    }

    /// How many types have a definition.
    #[must_use]
    pub fn n_defined(&self) -> usize {
        self.terms.iter().filter(|term| !term.definition.is_empty()).count()
    }

    /// Types of the file that are out of use.
    #[must_use]
    pub fn n_obsolete(&self) -> usize {
        self.n_obsolete
    }

    /// `is_a` lines whose type is not in the file, or is out of use.
    #[must_use]
    pub fn n_dangling(&self) -> usize {
        self.n_dangling
    }

    /// The place of the type with that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.terms.iter().position(|term| term.id == id)
    }

    /// How many kinds are below a type, itself not counted.
    #[must_use]
    pub fn n_below(&self, place: usize) -> usize {
        self.n_below.get(place).map_or(0, |&n| n as usize)
    }

    /// Places of all kinds below a type, each once, ascending; without the type itself.
    #[must_use]
    pub fn below(&self, place: usize) -> Vec<u32> {
        let mut found = self.walk(place, &mut vec![u32::MAX; self.len()]);
        found.sort_unstable();
        found
    }

    /// The kinds below a type; `seen` holds the type whose walk saw each last.
    fn walk(&self, place: usize, seen: &mut [u32]) -> Vec<u32> {
        let mut open = self.children.get(place).cloned().unwrap_or_default();
        let mut found = Vec::new();
        while let Some(next) = open.pop() {
            let last = std::mem::replace(&mut seen[next as usize], place as u32);
            if last != place as u32 {
                found.push(next);
                open.extend(&self.children[next as usize]);
            }
        }
        found
    }

    /// The same types without those that are no kind of `root`, which stays.
    ///
    /// None where no type has that id.
    #[must_use]
    pub fn under(&self, root: &str) -> Option<Self> {
        let root = self.find(root)?;
        let mut kept = self.below(root);
        kept.push(root as u32);
        kept.sort_unstable();
        let places: HashMap<u32, u32> = kept.iter().copied().zip(0..).collect();
        let term = |&place: &u32| {
            let mut term = self.terms[place as usize].clone();
            let parents = term.parents.iter();
            term.parents = parents.filter_map(|parent| places.get(parent).copied()).collect();
            term
        };
        Some(Self::assemble(self.header.clone(), kept.iter().map(term).collect()))
    }

    /// Puts types from elsewhere together; `parents` are ids, and those that are not there are left out.
    ///
    /// # Errors
    /// An id that is there twice, types that are kinds of each other, or no type at all.
    pub fn from_terms(
        file: &str,
        header: OntologyHeader,
        terms: Vec<(OntologyTerm, Vec<String>)>,
    ) -> Result<Self, OboError> {
        let stanza = |(place, (term, parents)): (usize, (OntologyTerm, Vec<String>))| obo::Stanza {
            line: place as u64 + 1,
            parents: parents.into_iter().map(|id| (place as u64 + 1, id)).collect(),
            is_obsolete: false,
            term,
        };
        obo::link(file, header, terms.into_iter().enumerate().map(stanza).collect())
    }
}
