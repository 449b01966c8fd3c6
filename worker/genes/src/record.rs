//! What NCBI Gene knows about one gene.

use serde::{Deserialize, Serialize};

/// The identifier of a gene in NCBI Gene (Entrez).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GeneId(pub u32);

impl std::fmt::Display for GeneId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// NCBI's `type_of_gene`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum GeneType {
    /// `protein-coding`
    ProteinCoding = 0,
    /// `ncRNA`
    NcRna = 1,
    /// `pseudo`
    Pseudo = 2,
    /// `rRNA`
    RRna = 3,
    /// `tRNA`
    TRna = 4,
    /// `snRNA`
    SnRna = 5,
    /// `snoRNA`
    SnoRna = 6,
    /// `scRNA`
    ScRna = 7,
    /// `biological-region`
    BiologicalRegion = 8,
    /// `other`
    Other = 9,
    /// `unknown`, and whatever NCBI adds
    Unknown = 10,
}

impl GeneType {
    const ALL: [(GeneType, &'static str); 11] = [
        (GeneType::ProteinCoding, "protein-coding"),
        (GeneType::NcRna, "ncRNA"),
        (GeneType::Pseudo, "pseudo"),
        (GeneType::RRna, "rRNA"),
        (GeneType::TRna, "tRNA"),
        (GeneType::SnRna, "snRNA"),
        (GeneType::SnoRna, "snoRNA"),
        (GeneType::ScRna, "scRNA"),
        (GeneType::BiologicalRegion, "biological-region"),
        (GeneType::Other, "other"),
        (GeneType::Unknown, "unknown"),
    ];

    /// NCBI's word for the type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The type that NCBI calls by this word; a word not known here is [`GeneType::Unknown`].
    #[must_use]
    pub fn from_ncbi(word: &str) -> Self {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == word)
            .map_or(GeneType::Unknown, |(kind, _)| *kind)
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).map(|(kind, _)| *kind)
    }
}

/// Whose words a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// The gene's own record.
    Own,
    /// The record of its orthologue in the other species.
    Orthologue,
}

/// A summary, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The text as NCBI gives it, with its closing `[provided by RefSeq, Jul 2008].`
    pub text: String,
    /// Whether it describes this gene or its orthologue.
    pub origin: Origin,
}

/// A gene of the other species that descends from the same ancestor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orthologue {
    /// Its identifier, where the source gives one.
    pub id: Option<GeneId>,
    /// Its symbol.
    pub symbol: String,
}

/// What is known about one gene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneRecord {
    /// NCBI's identifier; a mouse gene known from an orthologue table alone has none.
    pub id: Option<GeneId>,
    /// The official symbol.
    pub symbol: String,
    /// The full name; empty where there is none.
    pub name: String,
    /// Whose name it is.
    pub name_origin: Origin,
    /// The kind of gene.
    pub gene_type: GeneType,
    /// Other symbols in use.
    pub synonyms: Vec<String>,
    /// Symbols that were official once.
    pub previous: Vec<String>,
    /// Ensembl gene identifiers without version.
    pub ensembl: Vec<String>,
    /// The NCBI summary, where there is one.
    pub summary: Option<Summary>,
    /// Indices into the bundle's [`GoTerm`]s, ascending.
    pub go: Vec<u32>,
    /// Whose annotations `go` are.
    pub go_origin: Origin,
    /// Orthologues in the other species; the first is the one that is borrowed from.
    pub orthologues: Vec<Orthologue>,
}

impl GeneRecord {
    /// A record with nothing but its identifier and symbol.
    #[must_use]
    pub fn new(id: Option<GeneId>, symbol: impl Into<String>) -> Self {
        Self {
            id,
            symbol: symbol.into(),
            name: String::new(),
            name_origin: Origin::Own,
            gene_type: GeneType::Unknown,
            synonyms: Vec::new(),
            previous: Vec::new(),
            ensembl: Vec::new(),
            summary: None,
            go: Vec::new(),
            go_origin: Origin::Own,
            orthologues: Vec::new(),
        }
    }
}

/// One of the three ontologies of GO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum GoAspect {
    /// BP
    Process = 0,
    /// MF
    Function = 1,
    /// CC
    Component = 2,
}

/// A term of the Gene Ontology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoTerm {
    /// `GO:0005515`
    pub id: String,
    /// `protein binding`
    pub name: String,
    /// The ontology that it belongs to.
    pub aspect: GoAspect,
    /// Indices of its `is_a` and `part_of` parents; empty where the source has no hierarchy.
    pub parents: Vec<u32>,
}
