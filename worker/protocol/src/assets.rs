use serde::{Deserialize, Serialize};

/// The static assets that the page was built with: `index.json` beside them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AssetIndex {
    /// Gene bundles, one per species.
    pub bundles: Vec<BundleAsset>,
    /// Encoder models; the first is the default.
    pub models: Vec<ModelAsset>,
    /// Precomputed gene vectors.
    pub vector_tables: Vec<VectorTableAsset>,
    /// Data sets to try.
    pub demos: Vec<DemoAsset>,
    /// Ontologies of cell types, fetched only when they are asked for.
    #[serde(default)]
    pub ontologies: Vec<OntologyAsset>,
    /// Assets that were left out of this build, each with the reason in a line.
    pub missing: Vec<String>,
}

/// A file beside `index.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetFile {
    /// What it is for: `index`, `text`, `go`; `config.json`, `model.safetensors`, `tokenizer.json`, …
    pub role: String,
    /// Its name, which holds a part of its hash: it may be cached for ever.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The gene bundle of a species.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleAsset {
    /// `human` or `mouse`.
    pub species: String,
    /// The shards `index`, `text`, `go`, in the order in which they are needed.
    pub shards: Vec<AssetFile>,
    /// Where the descriptions come from, in words.
    pub source: String,
    /// The date of the source, `2021-07-08`.
    pub date: String,
    /// Terms of use.
    pub licence: String,
    /// Number of genes.
    pub n_genes: u64,
    /// Genes with an NCBI summary of their own.
    pub n_summaries: u64,
    /// Genes that borrow their orthologue's summary.
    pub n_borrowed_summaries: u64,
    /// Genes with GO annotations.
    pub n_annotated: u64,
}

/// An encoder model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelAsset {
    /// `all-MiniLM-L6-v2`
    pub id: String,
    /// Its name for the page.
    pub name: String,
    /// Files of a Hugging Face folder, by role.
    pub files: Vec<AssetFile>,
    /// Length of its vectors.
    pub dim: u32,
    /// Transformer layers.
    pub layers: u32,
    /// Most tokens of a text that it reads.
    pub max_tokens: u32,
    /// The encoder's hash of everything that can change a vector.
    pub hash: String,
    /// Terms of use.
    pub licence: String,
    /// Where it comes from.
    pub origin: String,
}

/// Precomputed vectors of gene texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorTableAsset {
    /// The model's id.
    pub model: String,
    /// The hash of the model that computed them.
    pub model_hash: String,
    /// `human` or `mouse`.
    pub species: String,
    /// The template in words, `symbol+name+summary`.
    pub template: String,
    /// The template's hash, hexadecimal.
    pub template_hash: String,
    /// How tokens were pooled: `mean` or `cls`; `remote` for a service.
    pub pooling: String,
    /// The table.
    pub file: AssetFile,
    /// Number of vectors.
    pub n_genes: u64,
    /// Length of a vector.
    pub dim: u32,
}

/// A labelled data set to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoAsset {
    /// Its name for the page.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// The file.
    pub file: AssetFile,
    /// The name under which it is opened, `10x_pbmc68k_reduced.h5ad`.
    pub file_name: String,
    /// Where it comes from.
    pub origin: String,
    /// Terms of use.
    pub licence: String,
    /// The `obs` column with the labels.
    pub label_column: String,
    /// `human` or `mouse`.
    pub species: String,
}

/// Types of cells with their definitions, as a gzipped OBO file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OntologyAsset {
    /// `Cell Ontology`
    pub name: String,
    /// The file.
    pub file: AssetFile,
    /// The release, `2024-08-16`.
    pub version: String,
    /// Terms of use.
    pub licence: String,
    /// Where the file was taken from, in words.
    pub source: String,
}
