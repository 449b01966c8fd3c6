//! Leiden clusters on the neighbour graph.

use std::rc::Rc;

use lexicell_analysis::leiden::{Leiden, LeidenParams};
use lexicell_protocol::{ClusterReport, ClusterSettings, Output, View};

use super::missing;
use crate::failure::IntoFailure;
use crate::map;
use crate::session::Shared;
use crate::task::{Stop, Task};

/// Edges looked at between two looks at the clock.
const EDGES_PER_RUN: usize = 200_000;

/// Clusters the cells of a view.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    view: View,
    settings: ClusterSettings,
) -> Result<Output, Stop> {
    let graph = session
        .borrow_mut()
        .view(view)
        .graph
        .clone()
        .ok_or_else(|| missing(task, "The neighbours"))?;
    let params = LeidenParams {
        resolution: settings.resolution,
        seed: settings.seed,
        ..LeidenParams::default()
    };
    let mut leiden = Leiden::new(&graph, params).map_err(|error| error.at(task.step))?;
    loop {
        let progress = leiden.run(EDGES_PER_RUN);
        task.tick("passes", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let clusters = leiden.into_clusters().map_err(|error| error.at(task.step))?;
    let mut sizes = vec![0; clusters.n_clusters];
    for &label in &clusters.labels {
        sizes[label as usize] += 1;
    }
    let report = ClusterReport { view, sizes, modularity: clusters.modularity };
    {
        let mut session = session.borrow_mut();
        session.used.cluster = settings;
        session.view(view).clusters = Some(Rc::new(clusters.labels));
    }
    map::refresh(session);
    Ok(Output::Clustered(Box::new(report)))
}
