use crate::AnalysisError;

/// What training minimises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// Supervised contrastive loss, positives averaged outside the log (Khosla 2020, equation 2).
    SupCon,
    /// NT-Xent between two views of each cell (SimCLR, Chen 2020): needs no labels.
    NtXent,
    /// `supervised · SupCon + (1 − supervised) · NT-Xent`, for few labels.
    Mixed {
        /// Weight of the supervised part, 0 to 1.
        supervised: f64,
    },
    /// Triplet loss over all triplets plus cross-entropy of a linear classifier (scELMo).
    TripletCrossEntropy {
        /// Margin of the triplets, in cosine distance.
        margin: f64,
    },
}

impl Objective {
    /// Whether it reads labels.
    #[must_use]
    pub fn needs_labels(self) -> bool {
        self != Self::NtXent
    }

    /// Whether it needs two views of each cell; the others use them where they are given.
    #[must_use]
    pub fn needs_views(self) -> bool {
        matches!(self, Self::NtXent | Self::Mixed { .. })
    }
}

/// How a head is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainOptions {
    /// What is minimised.
    pub objective: Objective,
    /// Width of the hidden layer (ReLU); `None` makes the head linear.
    pub hidden: Option<usize>,
    /// Length of a refined vector.
    pub dim: usize,
    /// Temperature of the contrastive losses and of the classifier.
    pub temperature: f64,
    /// Cells in a batch, at most; with two views the batch has twice as many rows.
    pub batch_size: usize,
    /// Most epochs.
    pub epochs: usize,
    /// Epochs without a better validation loss before the training ends.
    pub patience: usize,
    /// Highest learning rate of the cosine schedule.
    pub learning_rate: f64,
    /// Decoupled weight decay (AdamW), on weights and not on biases.
    pub weight_decay: f64,
    /// Share of the training cells kept aside for early stopping, 0 to 0.5.
    pub validation_share: f64,
    /// Seed of the split, the weights, the batches and the views.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            objective: Objective::SupCon,
            hidden: Some(256),
            dim: 128,
            temperature: 0.1,
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

/// How another view of a cell is made from its counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augment {
    /// Share of a cell's genes that are left out, 0 to 1.
    pub gene_dropout: f64,
    /// Share of a cell's counts that are kept by binomial thinning, 0 to 1. Values that are not counts
    /// cannot be thinned: there only genes are left out.
    pub count_share: f64,
    /// Makes the two views of a batch from disjoint random halves of the genes: the space learns not to
    /// depend on the panel.
    pub disjoint_genes: bool,
}

impl Default for Augment {
    fn default() -> Self {
        Self { gene_dropout: 0.2, count_share: 0.8, disjoint_genes: false }
    }
}

impl TrainOptions {
    pub(super) fn check(&self) -> Result<(), AnalysisError> {
        let counts = [
            ("hidden", self.hidden.unwrap_or(1), 1),
            ("dim", self.dim, 1),
            ("batch_size", self.batch_size, 4),
            ("epochs", self.epochs, 1),
            ("patience", self.patience, 1),
        ];
        for (setting, found, least) in counts {
            // Sizes beyond this are mistakes, and their products would not fit 32 bits.
            if !(least..=1 << 20).contains(&found) {
                let allowed = format!("from {least} to {}", 1 << 20);
                return Err(AnalysisError::setting(setting, allowed, found));
            }
        }
        let (least, most) = (f64::MIN_POSITIVE, f64::MAX);
        let (supervised, margin) = match self.objective {
            Objective::Mixed { supervised } => (supervised, 0.0),
            Objective::TripletCrossEntropy { margin } => (1.0, margin),
            Objective::SupCon | Objective::NtXent => (1.0, 0.0),
        };
        in_range("temperature", self.temperature, 1e-3, 100.0)?;
        in_range("learning_rate", self.learning_rate, least, most)?;
        in_range("weight_decay", self.weight_decay, 0.0, most)?;
        in_range("validation_share", self.validation_share, 0.0, 0.5)?;
        in_range("supervised", supervised, 0.0, 1.0)?;
        in_range("margin", margin, 0.0, 2.0)
    }
}

impl Augment {
    pub(super) fn check(&self) -> Result<(), AnalysisError> {
        in_range("gene_dropout", self.gene_dropout, 0.0, 0.99)?;
        in_range("count_share", self.count_share, 0.01, 1.0)
    }
}

fn in_range(setting: &'static str, found: f64, least: f64, most: f64) -> Result<(), AnalysisError> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let allowed = match (least == f64::MIN_POSITIVE, most == f64::MAX) {
        (true, _) => "above 0".to_owned(),
        (_, true) => format!("at least {least}"),
        _ => format!("from {least} to {most}"),
    };
    Err(AnalysisError::setting(setting, allowed, found))
}
