use serde::{Deserialize, Serialize};

use crate::{Note, RefineSettings, View};

/// The protocol by which cells are judged: enough to repeat it (SCIENCE.md, honest evaluation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreSettings {
    /// The column of `obs` that labels the cells.
    pub label: String,
    /// How cells are held out.
    pub split: Split,
    /// Neighbours that vote.
    pub k: u32,
    /// How often the split is drawn anew, with the seeds `seed`, `seed + 1`, …
    pub repeats: u32,
    /// Seed of the first split.
    pub seed: u64,
    /// What is judged, each on the same folds.
    pub methods: Vec<Method>,
    /// How the space is refined, in each fold on its training cells alone.
    pub refine: RefineSettings,
}

impl ScoreSettings {
    /// The quick protocol on that label: 5 stratified folds once, 10 neighbours, nothing trained.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            split: Split::StratifiedKFold { n_folds: 5 },
            k: 10,
            repeats: 1,
            seed: 0,
            methods: Method::QUICK.to_vec(),
            refine: RefineSettings { label: Some(label.to_owned()), ..RefineSettings::default() },
        }
    }

    /// The protocol to publish: every method, five draws of the split.
    #[must_use]
    pub fn full(self) -> Self {
        // A dropped table is there for few: it is asked for by hand.
        let is_own = |method: &Method| *method != Method::DroppedVectors;
        let methods = Method::ALL.into_iter().filter(is_own).collect();
        Self { repeats: self.repeats.max(5), methods, ..self }
    }
}

/// How cells are held out. Copies of a cell stay together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// Parts with the same mix of classes, each held out in turn.
    StratifiedKFold {
        /// How many parts.
        n_folds: u32,
    },
    /// Whole groups (donors, batches, animals) held out in turn.
    HeldOutGroups {
        /// The column of `obs` that names the groups.
        column: String,
        /// Most parts that the groups are dealt to.
        n_folds: u32,
    },
    /// A few cells of each class train, all others test: the low-sample curve.
    FewLabels {
        /// Training cells of each class, one point of the curve each.
        per_class: Vec<u32>,
    },
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
    /// The order of the classes in which those taken for each other stand side by side.
    pub class_order: Vec<u32>,
    /// One score for each method, and for each point of the low-sample curve, on the same folds.
    pub scores: Vec<MethodScore>,
    /// Paired differences between methods on the same folds.
    pub comparisons: Vec<Comparison>,
    /// The verdict on text against the others, in words.
    pub verdict: String,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// What was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// kNN in a view of the cells; the refined view is trained anew in each fold.
    View(View),
    /// kNN in the joint space of text and PCA, trained anew in each fold.
    Joint,
    /// kNN in the refinement of PCA in the text's place.
    RefinedPca,
    /// Logistic regression on PCA.
    LogisticPca,
    /// kNN in cells made of the table of gene vectors that was dropped last, while another encoder is
    /// in use.
    DroppedVectors,
    /// Control: random vectors in place of the genes' texts.
    RandomVectors,
    /// Control: texts exchanged among the genes at random.
    ShuffledTexts,
    /// Control: the genes' names alone, without their descriptions.
    NamesOnly,
    /// Control: always the most frequent class.
    Majority,
}

impl Method {
    /// What is judged without being asked for: it takes seconds.
    pub const QUICK: [Self; 5] = [
        Self::View(View::Text),
        Self::View(View::Pca),
        Self::RandomVectors,
        Self::ShuffledTexts,
        Self::Majority,
    ];
    /// Everything.
    pub const ALL: [Self; 11] = [
        Self::View(View::Text),
        Self::View(View::Refined),
        Self::Joint,
        Self::View(View::Pca),
        Self::RefinedPca,
        Self::LogisticPca,
        Self::DroppedVectors,
        Self::RandomVectors,
        Self::ShuffledTexts,
        Self::NamesOnly,
        Self::Majority,
    ];
}

/// The score of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodScore {
    /// What was judged.
    pub method: Method,
    /// Training cells of each class, on the low-sample curve.
    pub per_class_trained: Option<u32>,
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
    /// Each fold of each repeat.
    pub folds: Vec<FoldScore>,
    /// Whether the votes can be believed: share of the winning votes against share told rightly.
    pub reliability: Vec<ReliabilityBin>,
    /// Cells by true (row) and told (column) class, row after row, over all folds.
    pub confusion: Vec<u32>,
}

/// The score of one held-out fold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FoldScore {
    /// The draw of the split, from 0.
    pub repeat: u32,
    /// The fold within it, from 0.
    pub fold: u32,
    /// Training cells.
    pub n_train: u64,
    /// Test cells.
    pub n_test: u64,
    /// Share of cells told rightly.
    pub accuracy: f64,
    /// Mean over classes of the share told rightly.
    pub balanced_accuracy: f64,
    /// Mean over classes of F1.
    pub macro_f1: f64,
    /// Mean of F1, weighted by class size.
    pub weighted_f1: f64,
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Mean share of the votes that the told class got.
    pub confidence: f64,
    /// Share of the cells told rightly.
    pub accuracy: f64,
    /// Cells in the bin.
    pub n_obs: u64,
}

/// A paired comparison of two methods' macro-F1 on the same folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The method.
    pub method: Method,
    /// The method that it is compared with.
    pub baseline: Method,
    /// Training cells of each class, on the low-sample curve.
    pub per_class_trained: Option<u32>,
    /// Mean difference, method minus baseline.
    pub difference: f64,
    /// Lower end of the 95 % interval, corrected for overlapping training cells (Nadeau and Bengio 2003).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided p of the corrected t-test.
    pub p: f64,
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
