use serde::{Deserialize, Serialize};

use crate::{
    ClusterSettings, EmbedSettings, GeneSettings, LoadChoice, NeighborSettings, PcaSettings,
    PoolSettings, RefineSettings, ScoreSettings, UmapSettings,
};

/// Every setting of an analysis: saved as JSON, and dropped back to repeat it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What to load.
    pub load: LoadChoice,
    /// How genes are mapped.
    pub genes: GeneSettings,
    /// Which text, and how it is embedded.
    pub embed: EmbedSettings,
    /// How gene vectors become cell vectors.
    pub pool: PoolSettings,
    /// The classical view.
    pub pca: PcaSettings,
    /// The neighbour search, in both views.
    pub neighbors: NeighborSettings,
    /// Clustering, in both views.
    pub cluster: ClusterSettings,
    /// UMAP, in both views.
    pub umap: UmapSettings,
    /// Contrastive refinement.
    pub refine: RefineSettings,
    /// The score, once a label was picked.
    pub score: Option<ScoreSettings>,
}
