//! Classes of the cells by what the scientist groups them by.

use lexicell_matrix::{Categorical, Column};
use lexicell_protocol::{Failure, FailureKind, Grouping, Output, Step, View};

use crate::map::cluster_classes;
use crate::session::{Dataset, Session};

/// Most classes that a figure can show.
pub(super) const MOST_CLASSES: usize = 200;

/// Most classes that a picker lists.
const MOST_LISTED: usize = 500;

/// What a grouping is called.
pub(super) fn name_of(grouping: &Grouping) -> String {
    match grouping {
        Grouping::Column(column) => column.clone(),
        Grouping::Clusters(View::Text) => "clusters by text".to_owned(),
        Grouping::Clusters(View::Pca) => "clusters by expression".to_owned(),
        Grouping::Clusters(View::Refined) => "clusters, refined".to_owned(),
    }
}

/// The classes of all cells.
pub(super) fn classes(
    session: &Session,
    dataset: &Dataset,
    grouping: &Grouping,
) -> Result<Categorical, Failure> {
    match grouping {
        Grouping::Column(column) => {
            if let Some(told) = session.told.iter().find(|told| told.column == *column) {
                return Ok(told.classes.clone());
            }
            if let Some(classes) = session.labelled(column) {
                return Ok(classes);
            }
            let found = dataset.adata.obs.column(column).and_then(Column::to_categorical);
            found.ok_or_else(|| {
                let text =
                    format!("{column:?}: expected a column of obs that names classes, found none.");
                refused(FailureKind::BadSetting, text)
            })
        }
        Grouping::Clusters(view) => {
            let clusters = session.views.get(view).and_then(|view| view.clusters.as_ref());
            clusters.map(|clusters| cluster_classes(clusters)).ok_or_else(|| {
                let text = "The clusters of that view are not there: compute them first (Map).";
                refused(FailureKind::MissingInput, text.to_owned())
            })
        }
    }
}

/// The classes that have cells, few enough to be shown.
pub(super) fn shown(
    session: &Session,
    dataset: &Dataset,
    grouping: &Grouping,
) -> Result<Categorical, Failure> {
    let all = classes(session, dataset, grouping)?;
    let counts = all.counts();
    let mut codes = vec![u32::MAX; counts.len()];
    let mut categories = Vec::new();
    for (code, name) in all.categories.iter().enumerate().filter(|(code, _)| counts[*code] > 0) {
        codes[code] = categories.len() as u32;
        categories.push(name.clone());
    }
    if categories.is_empty() || categories.len() > MOST_CLASSES {
        let text = format!(
            "{}: expected 1 to {MOST_CLASSES} classes, found {}.",
            name_of(grouping),
            categories.len()
        );
        return Err(refused(FailureKind::BadSetting, text));
    }
    let code = |code: &u32| codes.get(*code as usize).copied().unwrap_or(u32::MAX);
    Ok(Categorical { codes: all.codes.iter().map(code).collect(), categories })
}

/// The classes of a column that have cells, for pickers; none where there are too many to be listed.
pub(crate) fn list(session: &Session, column: String) -> Result<Output, Failure> {
    let dataset = session.dataset.as_ref().ok_or_else(|| {
        refused(FailureKind::MissingInput, "A data set must be there first.".to_owned())
    })?;
    let classes = classes(session, dataset, &Grouping::Column(column))?;
    let mut own = sizes(&classes);
    own.retain(|(_, n)| *n > 0);
    own.truncate(if own.len() > MOST_LISTED { 0 } else { MOST_LISTED });
    Ok(Output::Classes(own))
}

/// Each class with its cells.
pub(super) fn sizes(classes: &Categorical) -> Vec<(String, u64)> {
    let counts = classes.counts();
    classes.categories.iter().cloned().zip(counts.iter().map(|&n| n as u64)).collect()
}

/// A failure of a question.
pub(super) fn refused(kind: FailureKind, message: String) -> Failure {
    Failure { step: Step::Explore, kind, message, remedy: None, causes: Vec::new() }
}
