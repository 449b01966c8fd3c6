use serde::{Deserialize, Serialize};

use crate::{Backend, Note};

/// A species that has a bundle of descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Species {
    /// Homo sapiens (9606).
    Human,
    /// Mus musculus (10090).
    Mouse,
}

/// How genes are mapped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GeneSettings {
    /// The species; `None` detects it.
    pub species: Option<Species>,
    /// The column of `var` that names the genes; `None` chooses the one that maps best.
    pub column: Option<String>,
}

/// How many genes were found, and by which route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MappingReport {
    /// The species.
    pub species: Species,
    /// How it was told, in a sentence.
    pub species_evidence: String,
    /// The column of `var` that named the genes.
    pub column: String,
    /// Genes of the data set.
    pub n_genes: u64,
    /// Genes mapped to a record.
    pub n_mapped: u64,
    /// Share of all counts that falls on mapped genes, 0 to 1.
    pub mapped_share: f64,
    /// Genes and share of the counts for each route.
    pub routes: Vec<ShareOfCounts>,
    /// Genes and share of the counts for each kind of text.
    pub texts: Vec<ShareOfCounts>,
    /// Unmapped genes with the largest share of the counts: name, share, reason.
    pub unmapped: Vec<UnmappedGene>,
    /// Genes of the data set that map to one record, by name.
    pub duplicates: Vec<Vec<String>>,
    /// Where the descriptions come from and their date.
    pub source: String,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// One line of a mapping table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareOfCounts {
    /// The route or kind of text, in words.
    pub name: String,
    /// Number of genes.
    pub n_genes: u64,
    /// Their share of all counts, 0 to 1.
    pub share: f64,
}

/// A gene without a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnmappedGene {
    /// Its name in the data set.
    pub name: String,
    /// Its share of all counts, 0 to 1.
    pub share: f64,
    /// Why it is not mapped.
    pub reason: String,
}

/// The record of one gene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedGene {
    /// Its name in the data set, where it is part of it.
    pub var_name: Option<String>,
    /// Official symbol.
    pub symbol: String,
    /// NCBI Gene id.
    pub gene_id: u32,
    /// The species of the record.
    pub species: Species,
    /// Full name.
    pub name: String,
    /// Type ("protein-coding").
    pub gene_type: String,
    /// Synonyms.
    pub aliases: Vec<String>,
    /// Ensembl ids.
    pub ensembl: Vec<String>,
    /// NCBI's summary.
    pub summary: Option<String>,
    /// Symbol of the human orthologue that lent the summary, if one did.
    pub summary_from: Option<String>,
    /// GO terms: id and name.
    pub go_terms: Vec<(String, String)>,
    /// The very text that the encoder reads.
    pub text: String,
    /// Where the record comes from and its date.
    pub source: String,
}

/// Which encoder, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedSettings {
    /// What of the record is read.
    pub template: TextTemplate,
    /// How token vectors become one vector.
    pub pooling: TokenPooling,
    /// Take vectors that the page was built with, or that an earlier visit computed.
    pub use_precomputed: bool,
}

impl Default for EmbedSettings {
    fn default() -> Self {
        Self { template: TextTemplate::Summary, pooling: TokenPooling::Mean, use_precomputed: true }
    }
}

/// What of a gene's record is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextTemplate {
    /// Symbol and full name.
    Name,
    /// Symbol, full name and summary.
    Summary,
    /// Symbol, full name, summary and GO terms.
    SummaryAndGo,
}

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenPooling {
    /// Mean over the text's tokens.
    Mean,
    /// The first token's vector.
    Cls,
}

/// What the gene vectors are, and where they came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmbedReport {
    /// The encoder or table.
    pub encoder: String,
    /// Hash of model or table, in hexadecimal.
    pub encoder_hash: String,
    /// Length of a vector.
    pub dim: u64,
    /// Genes that have a vector.
    pub n_genes: u64,
    /// Of these, taken from the table that the page was built with.
    pub n_from_table: u64,
    /// Of these, kept from an earlier visit.
    pub n_from_cache: u64,
    /// Of these, computed now.
    pub n_computed: u64,
    /// Tokens read now.
    pub n_tokens: u64,
    /// What computed them.
    pub backend: Backend,
    /// Texts that were longer than the model reads.
    pub n_truncated: u64,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// A dropped model or vector table that is now in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorReport {
    /// Its name.
    pub name: String,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// Length of a vector.
    pub dim: u64,
    /// Layers (model) or named vectors (table).
    pub size: String,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}
