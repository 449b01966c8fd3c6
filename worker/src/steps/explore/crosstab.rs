//! How two groupings of the same cells go together.

use lexicell_analysis::agreement::{agreement, flow_order};
use lexicell_protocol::{CrosstabReport, CrosstabSettings, FailureKind, Output};

use super::super::missing;
use super::groupings;
use crate::session::Shared;
use crate::task::{Stop, Task};

/// Counts the cells of each pair of classes.
pub(crate) fn run(
    task: &Task,
    session: &Shared,
    settings: CrosstabSettings,
) -> Result<Output, Stop> {
    if settings.first == settings.second {
        let text = "Both labelings are the same: choose two different ones.";
        return Err(task.failure(FailureKind::BadSetting, text).into());
    }
    let session = session.borrow();
    let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
    let first = groupings::shown(&session, &dataset, &settings.first)?;
    let second = groupings::shown(&session, &dataset, &settings.second)?;
    let n_classes = [first.categories.len(), second.categories.len()];
    let found = agreement(&first.codes, &second.codes, n_classes);
    if found.n_obs == 0 {
        let text = "No cell has a class in both labelings.";
        return Err(task.failure(FailureKind::BadSetting, text).into());
    }
    Ok(Output::Crosstab(Box::new(CrosstabReport {
        names: [groupings::name_of(&settings.first), groupings::name_of(&settings.second)],
        classes: [groupings::sizes(&first), groupings::sizes(&second)],
        order: flow_order(&found.counts, n_classes),
        counts: found.counts,
        n_obs: found.n_obs,
        n_missing: found.n_missing,
        adjusted_rand: found.adjusted_rand,
        mutual_information: found.mutual_information,
        settings,
    })))
}
