//! From the names that a data set uses to genes of the bundle.
//!
//! The rule, in the order of trial, for each name of a variable and then each of its further ids:
//! 1. Ensembl identifier, its version stripped, also out of `ENSG…_SYMBOL`; an Entrez id in an id
//!    column or if nearly all names are numbers;
//! 2. the official symbol as written;
//! 3. the official symbol in another case;
//! 4. a previous symbol, 5. a synonym: as written, then in another case;
//! 6. the same after a genome prefix (`hg19_`, `mm10___`) was cut off;
//! 7. the official symbol after a suffix that makes names unique (`Gene-1`, `GENE.1`) was cut off.
//!
//! A form that names several genes maps to the only protein-coding one among them, if there is
//! exactly one; otherwise the variable stays unmapped and the candidates are reported. An
//! identifier column outranks the name where the two contradict each other.

mod detect;
mod forms;
mod index;
mod report;

pub(crate) use forms::cmp_fold;
pub(crate) use index::SortedNames;

pub use detect::{SpeciesRate, SpeciesReport, detect_species};
pub use index::GeneIndex;
pub use report::{MappingReport, Share};

use serde::{Deserialize, Serialize};

use crate::{GeneId, OtherSpecies, Species};

/// How a name led to a gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Route {
    /// The official symbol, letter by letter.
    Symbol,
    /// The official symbol in another case.
    SymbolCase,
    /// A symbol that was official once.
    Previous,
    /// A synonym.
    Synonym,
    /// An Ensembl gene identifier.
    Ensembl,
    /// An NCBI Gene identifier.
    Entrez,
    /// A genome prefix was cut off first.
    Prefixed,
    /// A suffix that made names unique was cut off first.
    UniqueSuffix,
}

impl Route {
    /// Every route, in the order of the report.
    pub const ALL: [Route; 8] = [
        Route::Symbol,
        Route::SymbolCase,
        Route::Previous,
        Route::Synonym,
        Route::Ensembl,
        Route::Entrez,
        Route::Prefixed,
        Route::UniqueSuffix,
    ];

    /// The route in words for a report.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Route::Symbol => "symbol",
            Route::SymbolCase => "symbol in another case",
            Route::Previous => "previous symbol",
            Route::Synonym => "synonym",
            Route::Ensembl => "Ensembl id",
            Route::Entrez => "Entrez id",
            Route::Prefixed => "genome prefix removed",
            Route::UniqueSuffix => "suffix removed",
        }
    }
}

/// A variable's gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// Its index in the bundle.
    pub gene: usize,
    /// Its NCBI identifier, where it has one.
    pub id: Option<GeneId>,
    /// How it was found.
    pub route: Route,
}

/// Why a variable has no gene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnmappedReason {
    /// The name is blank.
    Blank,
    /// No symbol, alias or identifier of the bundle.
    Unknown,
    /// An identifier of the right form that the bundle does not list: retired, or without NCBI record.
    UnknownId,
    /// It stands for several genes.
    Ambiguous {
        /// Their symbols, the first few.
        candidates: Vec<String>,
    },
    /// It names a gene of the other supported species.
    OtherSpecies(Species),
    /// It names a gene of a species without a bundle.
    UnsupportedSpecies(OtherSpecies),
    /// A spreadsheet has turned the symbol into a date.
    SpreadsheetDate,
    /// A spike-in, a control or an antibody.
    NotAGene,
}

impl UnmappedReason {
    /// The reason in words for a report.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            UnmappedReason::Blank => "blank name".into(),
            UnmappedReason::Unknown => "no symbol, alias or id of the bundle".into(),
            UnmappedReason::UnknownId => {
                "identifier without an NCBI Gene record (retired or not annotated)".into()
            }
            UnmappedReason::Ambiguous { candidates } => {
                format!("ambiguous: {}", candidates.join(", "))
            }
            UnmappedReason::OtherSpecies(species) => format!("a {species} gene"),
            UnmappedReason::UnsupportedSpecies(species) => format!("a gene of {species}"),
            UnmappedReason::SpreadsheetDate => "a spreadsheet turned the symbol into a date".into(),
            UnmappedReason::NotAGene => "a spike-in, control or antibody".into(),
        }
    }
}

/// A variable without gene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmapped {
    /// Its index among the variables.
    pub var: usize,
    /// Why.
    pub reason: UnmappedReason,
}

/// Several variables that map to one gene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// The gene's index in the bundle.
    pub gene: usize,
    /// The variables, ascending.
    pub vars: Vec<usize>,
}

/// Which gene each variable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneMapping {
    /// The species of the bundle.
    pub species: Species,
    /// The names that were mapped, `n_vars`.
    pub names: Vec<String>,
    /// The gene of each variable, `n_vars`.
    pub genes: Vec<Option<Mapped>>,
    /// The variables without gene, ascending.
    pub unmapped: Vec<Unmapped>,
    /// Genes that several variables map to, by first variable.
    pub duplicates: Vec<Duplicate>,
    /// Variables whose name and identifier column name different genes; the identifier was followed.
    pub contradictions: Vec<usize>,
}

impl GeneMapping {
    /// How many variables have a gene.
    #[must_use]
    pub fn n_mapped(&self) -> usize {
        self.genes.len() - self.unmapped.len()
    }
}
