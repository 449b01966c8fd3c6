//! What a training reads, gathered and checked before it starts.

use std::rc::Rc;

use lexicell_analysis::AnalysisError;
use lexicell_analysis::contrastive::joint::{JointOptions, PairedCells};
use lexicell_analysis::contrastive::{Augment, Objective, TrainOptions};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};
use lexicell_protocol::{
    FailureKind, Objective as Chosen, PcaSettings, PoolSettings, RefineSettings, RefineSpace, View,
};

use super::super::{missing, score};
use crate::session::{Dataset, GeneVectors, PooledGenes, Shared};
use crate::store::key_of;
use crate::task::{Stop, Task};

/// What a training reads.
pub(super) struct Inputs {
    pub(super) dataset: Rc<Dataset>,
    pub(super) vectors: Rc<GeneVectors>,
    /// Their vectors as the cells average them.
    pub(super) genes: Rc<PooledGenes>,
    pub(super) pooling: PoolSettings,
    /// Pooled cells, not centred, `[n_obs × d]`.
    pub(super) embedding: Rc<DenseMatrix>,
    /// Principal components of the cells, and what they were found with, for a joint view.
    pub(super) expression: Option<(Rc<DenseMatrix>, PcaSettings)>,
    /// Class of each cell, `MISSING_CODE` where it has none; nothing without labels.
    pub(super) classes: Option<Vec<u32>>,
    pub(super) class_names: Vec<String>,
    /// Cells that may train: embedded, and labelled where labels are read.
    pub(super) usable: Vec<usize>,
    pub(super) n_unlabeled: u64,
    pub(super) n_unusable: u64,
    /// Whatever decides the result, as one number.
    pub(super) key: u64,
}

impl Inputs {
    pub(super) fn collect(
        task: &Task,
        session: &Shared,
        settings: &RefineSettings,
    ) -> Result<Self, Stop> {
        let (dataset, vectors, genes, embedding, pooling) = {
            let session = session.borrow();
            let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
            let vectors =
                session.vectors.clone().ok_or_else(|| missing(task, "The genes' vectors"))?;
            let embedding =
                session.embedding(View::Text).ok_or_else(|| missing(task, "The cells' vectors"))?;
            let genes =
                session.pooled.clone().ok_or_else(|| missing(task, "The cells' vectors"))?;
            (dataset, vectors, genes, embedding, session.used.pool.clone())
        };
        let expression = match settings.space {
            RefineSpace::Text => None,
            RefineSpace::Joint => Some(expression(task, session)?),
        };
        let labels = match (&settings.label, settings.needs_labels()) {
            (Some(name), _) => Some(score::labels(task, session, &dataset, name)?),
            (None, false) => None,
            (None, true) => {
                let mut failure = task.failure(
                    FailureKind::BadSetting,
                    "This objective learns from labels, and no label column is chosen.",
                );
                failure.remedy = Some(
                    "Choose the column of obs that says what each cell is, or the objective without labels (NT-Xent)."
                        .to_owned(),
                );
                return Err(failure.into());
            }
        };
        let (classes, class_names) = match labels {
            Some(labels) => (Some(labels.codes), labels.categories),
            None => (None, Vec::new()),
        };
        let is_embedded = |cell: usize| embedding.row(cell).iter().any(|value| *value != 0.0);
        let is_labelled = |cell: usize| {
            !settings.needs_labels()
                || classes.as_ref().is_none_or(|classes| classes[cell] != MISSING_CODE)
        };
        let n = embedding.n_rows();
        let usable: Vec<usize> =
            (0..n).filter(|&cell| is_embedded(cell) && is_labelled(cell)).collect();
        let n_unusable = (0..n).filter(|&cell| !is_embedded(cell)).count() as u64;
        let n_unlabeled =
            classes.iter().flatten().filter(|&&class| class == MISSING_CODE).count() as u64;
        let components = expression.as_ref().map(|(cells, _)| &**cells);
        let key = key(settings, &pooling, &embedding, components, classes.as_deref());
        Ok(Self {
            dataset,
            vectors,
            genes,
            pooling,
            embedding,
            expression,
            classes,
            class_names,
            usable,
            n_unlabeled,
            n_unusable,
            key,
        })
    }

    /// The cells in both views.
    pub(super) fn paired(&self) -> Result<Option<PairedCells<'_>>, AnalysisError> {
        let expression = self.expression.as_ref().map(|(cells, _)| cells);
        expression.map(|cells| PairedCells::new(&self.embedding, cells)).transpose()
    }

    /// Classes with a single cell.
    pub(super) fn thin_classes(&self) -> Vec<&str> {
        let mut counts = vec![0usize; self.class_names.len()];
        if let Some(classes) = &self.classes {
            for &cell in &self.usable {
                if let Some(count) = counts.get_mut(classes[cell] as usize) {
                    *count += 1;
                }
            }
        }
        let named = self.class_names.iter().zip(counts);
        named.filter(|(_, count)| *count == 1).map(|(name, _)| name.as_str()).collect()
    }
}

/// The principal components.
fn expression(task: &Task, session: &Shared) -> Result<(Rc<DenseMatrix>, PcaSettings), Stop> {
    let session = session.borrow();
    let Some(cells) = session.embedding(View::Pca) else {
        let mut failure = task.failure(
            FailureKind::MissingInput,
            "The joint view is made of the gene descriptions and of the principal components of expression, which are not there.",
        );
        failure.remedy = Some(
            "Compute the PCA of expression first (Map), or refine the gene descriptions alone."
                .to_owned(),
        );
        return Err(failure.into());
    };
    Ok((cells, session.used.pca.clone()))
}

/// The training of a joint view that settings ask for; triplets are refused by the training itself.
pub(crate) fn joint_options(settings: &RefineSettings) -> JointOptions {
    let mut train = options(settings);
    train.objective = if settings.joint_labels > 0.0 {
        Objective::Mixed { supervised: settings.joint_labels }
    } else {
        Objective::NtXent
    };
    JointOptions { train, ..JointOptions::default() }
}

/// The training that settings ask for.
pub(crate) fn options(settings: &RefineSettings) -> TrainOptions {
    TrainOptions {
        objective: match settings.objective {
            Chosen::SupCon => Objective::SupCon,
            Chosen::NtXent => Objective::NtXent,
            Chosen::Mixed { supervised } => Objective::Mixed { supervised },
            Chosen::TripletCrossEntropy { margin } => Objective::TripletCrossEntropy { margin },
        },
        hidden: settings.hidden.map(|width| width as usize),
        dim: settings.dim as usize,
        temperature: settings.temperature,
        batch_size: settings.batch_size as usize,
        epochs: settings.epochs as usize,
        patience: settings.patience as usize,
        learning_rate: settings.learning_rate,
        weight_decay: settings.weight_decay,
        validation_share: settings.validation_share,
        seed: settings.seed,
    }
}

/// How a second view of a cell is made.
pub(crate) fn augment(settings: &RefineSettings) -> Augment {
    Augment {
        gene_dropout: settings.augment.gene_dropout,
        count_share: settings.augment.count_share,
        disjoint_genes: settings.augment.disjoint_genes,
    }
}

fn key(
    settings: &RefineSettings,
    pooling: &PoolSettings,
    embedding: &DenseMatrix,
    components: Option<&DenseMatrix>,
    classes: Option<&[u32]>,
) -> u64 {
    let components = components.map_or(&[][..], DenseMatrix::data);
    let cells = embedding.data().iter().chain(components).map(|value| value.to_bits());
    let sum = cells
        .chain(classes.unwrap_or_default().iter().copied())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, word| {
            (hash ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3)
        });
    key_of(&format!("{}/{settings:?}/{pooling:?}/{sum:x}", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_train_what_the_ablation_judges() {
        let shipped = RefineSettings::default();
        let objective = Objective::Mixed { supervised: 0.5 };
        assert_eq!(options(&shipped), TrainOptions { objective, ..TrainOptions::default() });
        assert_eq!(joint_options(&shipped), JointOptions::default());
    }
}
