use serde::{Deserialize, Serialize};

use crate::{Backend, Note};

/// A space in which cells are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum View {
    /// What is written about the cells' genes: `obsm["X_text"]`.
    Text,
    /// PCA of log-normalised highly variable genes: `obsm["X_pca"]`.
    Pca,
    /// The text's view refined by contrastive learning: `obsm["X_refined"]`.
    Refined,
}

impl View {
    /// Every view, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Text, Self::Pca, Self::Refined];
}

/// How gene vectors become a cell vector (P1, SCIENCE.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSettings {
    /// How many of a cell's highest genes count; `None` is all.
    pub top_n: Option<u32>,
    /// Their weights.
    pub weights: PoolWeights,
    /// Their vectors.
    #[serde(default = "GeneTable::before_whitening")]
    pub gene_table: GeneTable,
    /// Subtract the mean cell before comparing by angle.
    pub center: bool,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            top_n: Some(100),
            weights: PoolWeights::Rank,
            gene_table: GeneTable::Whitened,
            center: true,
        }
    }
}

/// Weights of a cell's genes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolWeights {
    /// log1p-CP10k expression.
    Expression,
    /// All the same.
    Uniform,
    /// The rank of its expression among the cell's chosen genes.
    Rank,
}

/// The vectors of genes that cells average.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GeneTable {
    /// As the encoder gave them.
    AsEmbedded,
    /// Whitened over the data set's genes: no direction counts more than another.
    Whitened,
}

impl GeneTable {
    /// What settings mean that say nothing of it.
    fn before_whitening() -> Self {
        Self::AsEmbedded
    }
}

/// What came out of pooling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellPooling {
    /// Cells.
    pub n_obs: u64,
    /// Length of a cell vector.
    pub dim: u64,
    /// Median number of genes behind a cell.
    pub median_genes: u64,
    /// Cells that have no gene with a vector.
    pub n_empty: u64,
    /// What computed them.
    pub backend: Backend,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// Settings of the classical view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PcaSettings {
    /// Highly variable genes kept.
    pub n_top_genes: u32,
    /// Components.
    pub n_comps: u32,
    /// Seed.
    pub seed: u64,
}

impl Default for PcaSettings {
    fn default() -> Self {
        Self { n_top_genes: 2000, n_comps: 50, seed: 0 }
    }
}

/// What came out of PCA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PcaReport {
    /// Genes used.
    pub n_genes: u64,
    /// Share of variance of each component, 0 to 1.
    pub variance_ratio: Vec<f64>,
}

/// Settings of the neighbour search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighborSettings {
    /// Neighbours of each cell, itself counted as scanpy's `n_neighbors` does.
    pub n_neighbors: u32,
}

impl Default for NeighborSettings {
    fn default() -> Self {
        Self { n_neighbors: 15 }
    }
}

/// What came out of the neighbour search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeighborsReport {
    /// The view.
    pub view: View,
    /// Neighbours of each cell, itself counted.
    pub n_neighbors: u64,
    /// What computed them.
    pub backend: Backend,
}

/// Settings of Leiden clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterSettings {
    /// Resolution: higher gives more clusters.
    pub resolution: f64,
    /// Seed.
    pub seed: u64,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self { resolution: 1.0, seed: 0 }
    }
}

/// What came out of clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterReport {
    /// The view.
    pub view: View,
    /// Cells of each cluster, largest first.
    pub sizes: Vec<u64>,
    /// Modularity of the partition.
    pub modularity: f64,
}

/// Settings of UMAP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UmapSettings {
    /// Smallest distance between points.
    pub min_dist: f64,
    /// Scale of the layout.
    pub spread: f64,
    /// Epochs; `None` takes umap-learn's default for the size.
    pub n_epochs: Option<u32>,
    /// Seed.
    pub seed: u64,
}

impl Default for UmapSettings {
    fn default() -> Self {
        Self { min_dist: 0.5, spread: 1.0, n_epochs: None, seed: 0 }
    }
}

/// What came out of UMAP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UmapReport {
    /// The view.
    pub view: View,
    /// Epochs run.
    pub n_epochs: u64,
    /// How well the layout keeps neighbours, 0 to 1 (on a sample of cells where there are many).
    pub trustworthiness: f64,
    /// Cells behind that figure.
    pub n_trustworthiness: u64,
}
