//! Nearest neighbours of every cell, and the weighted graph that clusters and UMAP rest on.

use std::rc::Rc;

use lexicell_analysis::Neighbors;
use lexicell_analysis::graph::Connectivities;
use lexicell_analysis::knn::KnnSearch;
use lexicell_kernels::Pace;
use lexicell_kernels::knn::GpuKnn;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{Backend, NeighborSettings, NeighborsReport, Output, Step, View};

use super::{announce, compared, missing};
use crate::failure::IntoFailure;
use crate::session::Shared;
use crate::task::{Stop, Task};
use crate::transfer::now;

/// Cells searched for between two looks at the clock.
const CELLS_PER_RUN: usize = 64;
/// Cells weighted between two looks at the clock.
const WEIGHTS_PER_RUN: usize = 4096;

/// Finds the neighbours of every cell of a view.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    view: View,
    settings: NeighborSettings,
) -> Result<Output, Stop> {
    let rows =
        compared(&session.borrow(), view).ok_or_else(|| missing(task, "The cells' vectors"))?;
    // scanpy's n_neighbors counts the cell itself.
    let k = (settings.n_neighbors.max(2) as usize - 1).min(rows.n_rows().saturating_sub(1));
    let (neighbors, backend) = search(task, session, rows, k).await?;
    let mut weights =
        Connectivities::new(neighbors.clone()).map_err(|error| error.at(task.step))?;
    loop {
        let progress = weights.run(WEIGHTS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("weights", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let graph = weights.into_matrix().map_err(|error| error.at(task.step))?;
    let report = NeighborsReport { view, n_neighbors: k as u64 + 1, backend };
    let lost = {
        let mut session = session.borrow_mut();
        session.used.neighbors = settings;
        let lost = session.invalidate(Step::Neighbors, Some(view));
        let state = session.view(view);
        state.neighbors = Some(Rc::new(neighbors));
        state.graph = Some(Rc::new(graph));
        lost
    };
    announce(lost);
    Ok(Output::Neighbors(Box::new(report)))
}

async fn search(
    task: &Task,
    session: &Shared,
    rows: DenseMatrix,
    k: usize,
) -> Result<(Neighbors, Backend), Stop> {
    let (gpu, backend) = {
        let session = session.borrow();
        (session.compute.gpu(), session.compute.report.backend.clone())
    };
    if let Some(gpu) = gpu {
        match on_gpu(task, &gpu, &rows, k).await {
            Ok(neighbors) => return Ok((neighbors, backend)),
            Err(Stop::Cancelled) => return Err(Stop::Cancelled),
            Err(Stop::Failed(failure)) => super::start::lose_gpu(session, &failure.message),
        }
    }
    Ok((on_cpu(task, rows, k).await?, Backend::Cpu))
}

async fn on_gpu(
    task: &Task,
    gpu: &lexicell_kernels::Gpu,
    rows: &DenseMatrix,
    k: usize,
) -> Result<Neighbors, Stop> {
    let mut pace = Pace::new(gpu);
    let mut search =
        GpuKnn::new(gpu, rows.data(), rows.n_cols(), k).map_err(|error| error.at(task.step))?;
    loop {
        let (before, began) = (search.progress().done, now());
        let progress = search.run(pace.limit()).await.map_err(|error| error.at(task.step))?;
        let cost = (progress.done - before) as f64 * 2.0 * rows.n_cols() as f64;
        pace.observe(cost, (now() - began) / 1000.0);
        task.tick("comparisons", progress.done, progress.total).await?;
        if progress.is_done() {
            break;
        }
    }
    let found = search.into_neighbors();
    let distances =
        found.similarities.iter().map(|similarity| (1.0 - similarity).max(0.0)).collect();
    Neighbors::try_new(found.k, found.indices, distances)
        .map_err(|error| error.at(task.step).into())
}

async fn on_cpu(task: &Task, rows: DenseMatrix, k: usize) -> Result<Neighbors, Stop> {
    let mut search = KnnSearch::within(rows, k).map_err(|error| error.at(task.step))?;
    loop {
        let progress = search.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return search.finish().map_err(|error| error.at(task.step).into());
        }
    }
}
