//! Gene identifiers, their mapping, the bundle of NCBI descriptions, and what ontologies write of cells.
//!
//! A [`GeneBundle`] is read from static files, a [`GeneIndex`] maps the names of a data set to its
//! genes, and [`gene_text`] says what the encoder reads about each. Genes are addressed by their
//! index in the bundle. An [`Ontology`] holds types of cells with their definitions.

mod bundle;
mod error;
mod hash;
mod mapping;
mod ontology;
mod record;
mod search;
mod sentences;
mod species;
mod text;
mod vector_table;

pub use bundle::{BundleHeader, BundleSource, GeneBundle, SCHEMA_VERSION, ShardKind};
pub use error::{BundleError, OboError, VectorTableError};
pub use mapping::{
    Duplicate, GeneIndex, GeneMapping, Mapped, MappingReport, Route, Share, SpeciesRate,
    SpeciesReport, Unmapped, UnmappedReason, detect_species,
};
pub use ontology::{Ontology, OntologyHeader, OntologyTerm, TypeHit};
pub use record::{GeneId, GeneRecord, GeneType, GoAspect, GoTerm, Origin, Orthologue, Summary};
pub use search::SearchHit;
pub use sentences::{sentences, without};
pub use species::{OtherSpecies, Recognised, Species, species_of_identifier};
pub use text::{
    GeneText, Template, TemplateError, TextKind, gene_text, strip_attribution, text_hash,
};
pub use vector_table::{VectorTable, VectorTableHeader, VectorTableWriter};
