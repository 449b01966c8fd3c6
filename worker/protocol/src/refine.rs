use serde::{Deserialize, Serialize};

use crate::{Backend, Note, View};

/// How the cells' space is refined by contrastive learning (P2, SCIENCE.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RefineSettings {
    /// What is refined.
    pub space: RefineSpace,
    /// The column of `obs` whose labels supervise; an objective without labels needs none.
    pub label: Option<String>,
    /// What is minimised.
    pub objective: Objective,
    /// Width of the head's hidden layer (ReLU); `None` makes the head linear.
    pub hidden: Option<u32>,
    /// Length of a refined vector.
    pub dim: u32,
    /// Temperature of the contrastive losses.
    pub temperature: f64,
    /// Weight of the labels (SupCon within each part) in the loss of the joint view, 0 to 1; InfoNCE between
    /// a cell's two parts has the rest. Without any of it the two would share no space.
    #[serde(default = "joint_labels")]
    pub joint_labels: f64,
    /// How a second view of a cell is made.
    pub augment: Augment,
    /// Cells in a batch.
    pub batch_size: u32,
    /// Most epochs.
    pub epochs: u32,
    /// Epochs without a better validation loss before the training ends.
    pub patience: u32,
    /// Highest learning rate of the cosine schedule.
    pub learning_rate: f64,
    /// Decoupled weight decay (AdamW).
    pub weight_decay: f64,
    /// Share of the training cells kept aside for early stopping, 0 to 0.5.
    pub validation_share: f64,
    /// Seed of the split, the weights, the batches and the views.
    pub seed: u64,
}

/// The share of the labels in the loss of the joint view, unless another is wished.
pub const JOINT_LABELS: f64 = 0.97;

fn joint_labels() -> f64 {
    JOINT_LABELS
}

impl RefineSettings {
    /// Whether the training of its space reads labels.
    #[must_use]
    pub fn needs_labels(&self) -> bool {
        match self.space {
            RefineSpace::Text => self.objective.needs_labels(),
            RefineSpace::Joint => self.joint_labels > 0.0,
        }
    }

    /// Whether it compares two views of each cell that are made by leaving out counts. In the joint space
    /// text and expression are compared.
    #[must_use]
    pub fn needs_views(&self) -> bool {
        self.space == RefineSpace::Text && self.objective.needs_views()
    }
}

impl Default for RefineSettings {
    fn default() -> Self {
        Self {
            space: RefineSpace::Text,
            label: None,
            objective: Objective::Mixed { supervised: 0.5 },
            joint_labels: JOINT_LABELS,
            hidden: Some(256),
            dim: 128,
            temperature: 0.1,
            augment: Augment::default(),
            batch_size: 512,
            epochs: 100,
            patience: 10,
            learning_rate: 1e-3,
            weight_decay: 1e-4,
            validation_share: 0.15,
            seed: 0,
        }
    }
}

/// What is refined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RefineSpace {
    /// The cells' text embedding, by one head.
    #[default]
    Text,
    /// The text embedding and the principal components of expression, by two heads that are trained
    /// together; how much the text counts is chosen on the cells kept aside.
    Joint,
}

/// What training minimises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Objective {
    /// Supervised contrastive loss, positives averaged outside the log (Khosla 2020, equation 2).
    SupCon,
    /// NT-Xent between two views of each cell (SimCLR): needs no labels.
    NtXent,
    /// A weighted sum of both, for few labels.
    Mixed {
        /// Weight of the supervised part, 0 to 1.
        supervised: f64,
    },
    /// Triplet loss with cross-entropy (scELMo).
    TripletCrossEntropy {
        /// Margin of the triplets.
        margin: f64,
    },
}

impl Objective {
    /// Whether it reads labels.
    #[must_use]
    pub fn needs_labels(self) -> bool {
        self != Self::NtXent
    }

    /// Whether it reads a second view of each cell.
    #[must_use]
    pub fn needs_views(self) -> bool {
        matches!(self, Self::NtXent | Self::Mixed { .. })
    }
}

/// How another view of a cell is made from its counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Augment {
    /// Share of a cell's genes that are left out, 0 to 1.
    pub gene_dropout: f64,
    /// Share of a cell's counts that are kept by binomial thinning, 0 to 1.
    pub count_share: f64,
    /// Make the two views from disjoint halves of the genes: the space learns not to depend on the panel.
    pub disjoint_genes: bool,
}

impl Default for Augment {
    fn default() -> Self {
        Self { gene_dropout: 0.2, count_share: 0.8, disjoint_genes: false }
    }
}

/// The losses of one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochLoss {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Mean loss of the training batches.
    pub train: f64,
    /// Loss of the validation cells, where there are any.
    pub validation: Option<f64>,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrainingEnd {
    /// All epochs were run.
    AllEpochs,
    /// The validation loss stopped falling.
    EarlyStop,
}

/// What came out of a refinement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefineReport {
    /// Its settings.
    pub settings: RefineSettings,
    /// Cells that trained.
    pub n_train: u64,
    /// Cells kept aside for early stopping.
    pub n_validation: u64,
    /// Cells without a label: refined, but not trained on.
    pub n_unlabeled: u64,
    /// The classes, in the column's order; empty without labels.
    pub classes: Vec<String>,
    /// The losses.
    pub curve: Vec<EpochLoss>,
    /// The epoch whose head was kept.
    pub best_epoch: u32,
    /// Why it ended.
    pub ended: TrainingEnd,
    /// The weight of the text in the joint view, 0 to 1; none where the text alone is refined.
    pub text_weight: Option<f64>,
    /// The space before and after, judged on cells that did not train.
    pub quality: Vec<ViewQuality>,
    /// What computed it.
    pub backend: Backend,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// How well a view separates the labels, on cells that nothing was fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ViewQuality {
    /// The view.
    pub view: View,
    /// Cells judged.
    pub n_obs: u64,
    /// Mean silhouette of the labels by cosine distance, −1 to 1.
    pub silhouette: Option<f64>,
    /// Mean share of a cell's ten nearest neighbours with its label.
    pub purity: Option<f64>,
}

/// A head that was dropped, or just trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadReport {
    /// Its file's name.
    pub name: String,
    /// The settings it was trained with.
    pub settings: RefineSettings,
    /// The data set it was trained on, by its file's name.
    pub trained_on: String,
    /// Cells that trained it.
    pub n_train: u64,
    /// The classes it knows.
    pub classes: Vec<String>,
    /// Length of the cell vectors that it takes.
    pub n_inputs: u64,
    /// Whether the gene vectors in use are those that it was trained with.
    pub same_gene_table: bool,
}

/// What a head told about new cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApplyReport {
    /// The head.
    pub head: HeadReport,
    /// The column of `obs` that now holds the told classes.
    pub column: String,
    /// Cells told to be of each class.
    pub counts: Vec<u64>,
    /// Cells told to be of none.
    pub n_none: u64,
    /// The least cosine to the nearest class that tells it, from the validation cells; without such
    /// cells none is turned away.
    pub threshold: Option<f64>,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_depends_on_the_space() {
        let shipped = RefineSettings::default();
        assert!(shipped.needs_labels() && shipped.needs_views());
        let joint = RefineSettings { space: RefineSpace::Joint, ..shipped };
        assert!(joint.needs_labels() && !joint.needs_views());
        assert!(!RefineSettings { joint_labels: 0.0, ..joint }.needs_labels());
    }

    #[test]
    fn settings_without_the_share_of_labels_have_the_shipped_one() {
        let mut json = serde_json::to_value(RefineSettings::default()).expect("JSON");
        json.as_object_mut().expect("an object").remove("joint_labels").expect("there");
        let read: RefineSettings = serde_json::from_value(json).expect("settings");
        assert_eq!(read, RefineSettings::default());
    }
}
