//! What a score reads, gathered and checked before anything is fitted.

use std::rc::Rc;

use lexicell_analysis::AnalysisError;
use lexicell_analysis::split::{Plan, PlanSettings, Scheme};
use lexicell_matrix::{Categorical, Column, DenseMatrix};
use lexicell_protocol::{FailureKind, PcaSettings, PoolSettings, ScoreSettings, Split, View};

use super::super::missing;
use crate::failure::IntoFailure;
use crate::session::{Dataset, PooledGenes, Shared};
use crate::task::{Stop, Task};

/// Most classes that a label may have: more are names, not classes.
const MOST_CLASSES: usize = 500;
/// Most draws: each is a full evaluation.
const MOST_REPEATS: u32 = 1000;

/// What a score reads.
pub(super) struct Inputs {
    pub(super) dataset: Rc<Dataset>,
    /// The genes' vectors as the cells average them.
    pub(super) genes: Rc<PooledGenes>,
    /// Pooled cells, not centred, `[n_obs × d]`.
    pub(super) embedding: Rc<DenseMatrix>,
    pub(super) pooling: PoolSettings,
    pub(super) pca: PcaSettings,
    pub(super) labels: Categorical,
    pub(super) groups: Option<Categorical>,
    pub(super) plan: Plan,
}

impl Inputs {
    pub(super) fn collect(
        task: &Task,
        session: &Shared,
        settings: &ScoreSettings,
    ) -> Result<Self, Stop> {
        let (dataset, genes, embedding, pooling, pca) = {
            let session = session.borrow();
            let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
            let embedding =
                session.embedding(View::Text).ok_or_else(|| missing(task, "The cells' vectors"))?;
            let genes =
                session.pooled.clone().ok_or_else(|| missing(task, "The cells' vectors"))?;
            (dataset, genes, embedding, session.used.pool.clone(), session.used.pca.clone())
        };
        check(task, settings)?;
        let labels = labels(task, session, &dataset, &settings.label)?;
        let groups = match &settings.split {
            Split::HeldOutGroups { column, .. } => Some(groups(task, session, &dataset, column)?),
            Split::StratifiedKFold { .. } | Split::FewLabels { .. } => None,
        };
        let unusable: Vec<u32> = (0..embedding.n_rows())
            .filter(|&row| embedding.row(row).iter().all(|value| *value == 0.0))
            .map(|row| row as u32)
            .collect();
        let points = points(settings);
        let plan = Plan::new(&PlanSettings {
            labels: &labels,
            scheme: scheme(settings, groups.as_ref(), &points),
            repeats: settings.repeats as usize,
            seed: settings.seed,
            duplicates: Some(&dataset.duplicates),
            unusable: &unusable,
        })
        .map_err(|error| refused(task, settings, error))?;
        check_voters(task, settings, &plan)?;
        Ok(Self { dataset, genes, embedding, pooling, pca, labels, groups, plan })
    }
}

/// The labels of a column, if they are classes.
pub(crate) fn labels(
    task: &Task,
    session: &Shared,
    dataset: &Dataset,
    name: &str,
) -> Result<Categorical, Stop> {
    let by_hand = session.borrow().labelled(name).map(Column::Categorical);
    let column = by_hand.as_ref().or_else(|| dataset.adata.obs.column(name)).ok_or_else(|| {
        task.failure(FailureKind::BadSetting, format!("There is no column {name:?} in obs."))
    })?;
    let refuse = |found: String| {
        let mut failure = task.failure(
            FailureKind::UnfitLabels,
            format!("{name:?}: expected 2 to {MOST_CLASSES} classes, found {found}."),
        );
        failure.remedy =
            Some("Choose a column that names cell types, conditions or clusters.".to_owned());
        Stop::Failed(failure)
    };
    let labels = column.to_categorical().ok_or_else(|| refuse("real numbers".to_owned()))?;
    let n_classes = labels.counts().iter().filter(|&&count| count > 0).count();
    if n_classes > MOST_CLASSES {
        return Err(refuse(format!("{n_classes} different values")));
    }
    Ok(labels)
}

fn groups(
    task: &Task,
    session: &Shared,
    dataset: &Dataset,
    name: &str,
) -> Result<Categorical, Stop> {
    let by_hand = session.borrow().labelled(name).map(Column::Categorical);
    let column = by_hand.as_ref().or_else(|| dataset.adata.obs.column(name)).ok_or_else(|| {
        task.failure(
            FailureKind::BadSetting,
            format!("There is no column {name:?} of groups in obs."),
        )
    })?;
    column.to_categorical().ok_or_else(|| {
        let text = format!("{name:?}: expected names of groups, found real numbers.");
        other_groups(task, text)
    })
}

fn check(task: &Task, settings: &ScoreSettings) -> Result<(), Stop> {
    let refuse = |text: String| Stop::from(task.failure(FailureKind::BadSetting, text));
    if settings.methods.is_empty() {
        return Err(refuse("Expected at least one method to judge, found none.".to_owned()));
    }
    if settings.repeats > MOST_REPEATS {
        return Err(refuse(format!(
            "repeats = {}: must be at most {MOST_REPEATS}",
            settings.repeats
        )));
    }
    if settings.k == 0 {
        return Err(refuse("k = 0: must be at least 1".to_owned()));
    }
    Ok(())
}

/// The neighbours must be there in every round; on the low-sample curve fewer vote.
fn check_voters(task: &Task, settings: &ScoreSettings, plan: &Plan) -> Result<(), Stop> {
    let (needed, found) = (settings.k as usize, plan.fewest_training_cells());
    if found >= needed || matches!(settings.split, Split::FewLabels { .. }) {
        return Ok(());
    }
    let step = "the score (training cells of a fold)";
    Err(AnalysisError::TooFewCells { step, needed, found }.at(task.step).into())
}

fn points(settings: &ScoreSettings) -> Vec<usize> {
    match &settings.split {
        Split::FewLabels { per_class } => per_class.iter().map(|&n| n as usize).collect(),
        Split::StratifiedKFold { .. } | Split::HeldOutGroups { .. } => Vec::new(),
    }
}

fn scheme<'a>(
    settings: &ScoreSettings,
    groups: Option<&'a Categorical>,
    points: &'a [usize],
) -> Scheme<'a> {
    match (&settings.split, groups) {
        (Split::HeldOutGroups { n_folds, .. }, Some(groups)) => {
            Scheme::HeldOutGroups { groups, n_folds: *n_folds as usize }
        }
        (Split::FewLabels { .. }, _) => Scheme::FewLabels { per_class: points },
        (Split::StratifiedKFold { n_folds } | Split::HeldOutGroups { n_folds, .. }, _) => {
            Scheme::StratifiedKFold { n_folds: *n_folds as usize }
        }
    }
}

fn refused(task: &Task, settings: &ScoreSettings, error: AnalysisError) -> Stop {
    let Split::HeldOutGroups { column, .. } = &settings.split else {
        return error.at(task.step).into();
    };
    match error {
        AnalysisError::GroupsAreLabels { .. }
        | AnalysisError::TooFewGroups { .. }
        | AnalysisError::ClassesInOneGroup { .. } => {
            let text = format!(
                "The groups of {column:?} cannot be held out to judge {:?}: {error}.",
                settings.label
            );
            other_groups(task, text)
        }
        error => error.at(task.step).into(),
    }
}

fn other_groups(task: &Task, text: String) -> Stop {
    let mut failure = task.failure(FailureKind::BadSetting, text);
    failure.remedy = Some(
        "Choose a column of donors, batches or animals that each hold several classes.".to_owned(),
    );
    failure.into()
}
