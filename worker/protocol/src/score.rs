use serde::{Deserialize, Serialize};

use crate::{Note, View};

/// How cells are judged (SCIENCE.md, honest evaluation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSettings {
    /// The column of `obs` that labels the cells.
    pub label: String,
    /// Neighbours that vote.
    pub k: u32,
    /// Folds.
    pub n_folds: u32,
    /// Seed of the split.
    pub seed: u64,
}

impl ScoreSettings {
    /// The usual protocol on that label: 5 stratified folds, 10 neighbours.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self { label: label.to_owned(), k: 10, n_folds: 5, seed: 0 }
    }
}

/// How well neighbours tell the label of held-out cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReport {
    /// The protocol.
    pub settings: ScoreSettings,
    /// Cells judged.
    pub n_obs: u64,
    /// Cells without a label, left out.
    pub n_unlabeled: u64,
    /// The classes, in the column's order.
    pub classes: Vec<String>,
    /// One score for each view and control, on the same folds.
    pub scores: Vec<MethodScore>,
    /// The verdict on text against the others, in words.
    pub verdict: String,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// What was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// A view of the cells.
    View(View),
    /// Control: random vectors in place of the genes' texts.
    RandomVectors,
    /// Control: texts exchanged among the genes at random.
    ShuffledTexts,
    /// Control: always the most frequent class.
    Majority,
}

/// The score of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodScore {
    /// What was judged.
    pub method: Method,
    /// Share of cells told rightly.
    pub accuracy: MeanSd,
    /// Mean over classes of the share told rightly.
    pub balanced_accuracy: MeanSd,
    /// Mean over classes of F1.
    pub macro_f1: MeanSd,
    /// Mean of F1, weighted by class size.
    pub weighted_f1: MeanSd,
    /// Per class, over all folds.
    pub per_class: Vec<ClassScore>,
    /// Cells by true (row) and told (column) class, row after row, over all folds.
    pub confusion: Vec<u32>,
}

/// Mean and standard deviation over folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanSd {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (n − 1).
    pub sd: f64,
}

/// The score of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class.
    pub name: String,
    /// Of the cells told to be of it, the share that is.
    pub precision: f64,
    /// Of its cells, the share told rightly.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Its cells.
    pub support: u64,
}
