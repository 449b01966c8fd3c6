use serde::{Deserialize, Serialize};

use crate::Note;

/// How labels go from a reference to the open data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TransferSettings {
    /// Neighbours that vote.
    pub k: u32,
    /// Share of rightly told cells that "none of these" may cost, 0 to 0.5; fixed on the reference alone.
    pub lost: f64,
}

impl Default for TransferSettings {
    fn default() -> Self {
        Self { k: 15, lost: 0.05 }
    }
}

/// How well labels were told within the reference, with the truth known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// Cells told.
    pub n_obs: u64,
    /// Neighbours that voted.
    pub k: u32,
    /// Share of them told rightly.
    pub accuracy: f64,
    /// The same for the most frequent class.
    pub majority: f64,
}

/// A labelled data set that is kept to tell the labels of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceReport {
    /// Its files.
    pub name: String,
    /// The column of `obs` that labels its cells.
    pub label: String,
    /// Cells with a label and a place in the text's space; of identical cells the first.
    pub n_obs: u64,
    /// Genes with a vector.
    pub n_genes: u64,
    /// Its classes.
    pub classes: Vec<String>,
    /// Bytes that it keeps in memory, its expression among them.
    pub bytes: u64,
    /// Told through texts from one random half of the genes to the other, on cells apart.
    pub rehearsed: Rehearsed,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// What one way of comparing cells told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Telling {
    /// The column of `obs` that now holds the told classes.
    pub column: String,
    /// Cells told to be of each class.
    pub counts: Vec<u64>,
    /// Cells that are like none of them.
    pub n_none: u64,
    /// Least share of the votes that tells a class.
    pub least_confidence: f64,
    /// Least mean cosine with the neighbours that voted for it.
    pub least_similarity: f64,
    /// The rehearsal that both were set by. Through texts: disjoint halves of the genes, cells apart.
    /// Through expression: the shared genes, cells apart.
    pub rehearsed: Rehearsed,
}

/// What a reference told about the open data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferReport {
    /// Its settings.
    pub settings: TransferSettings,
    /// The reference.
    pub reference: ReferenceReport,
    /// Genes of both.
    pub n_shared: u64,
    /// Genes that the reference alone has.
    pub n_reference_only: u64,
    /// Genes that the open data set alone has.
    pub n_query_only: u64,
    /// Whether the two are of different species, so that orthologues count as shared.
    pub through_orthologues: bool,
    /// Told through the texts of the genes.
    pub text: Telling,
    /// Told through the expression of shared genes, where there are enough.
    pub expression: Option<Telling>,
    /// Fewer shared genes are not compared by their expression.
    pub fewest_shared: u64,
    /// Genes whose expression was compared.
    pub n_genes_compared: u64,
    /// Cells to which both gave a class.
    pub n_told_by_both: u64,
    /// Those of them to which both gave the same.
    pub n_agreeing: u64,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}
