//! UMAP of the neighbour graph, drawn while it forms.

use std::rc::Rc;

use lexicell_analysis::spectral::SpectralLayout;
use lexicell_analysis::trustworthiness::{Metric, Trustworthiness, TrustworthinessParams};
use lexicell_analysis::umap::{Umap, UmapParams};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{Layout, Output, UmapReport, UmapSettings, View};

use super::{compared, missing};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::Shared;
use crate::task::{Stop, Task};
use crate::transfer::now;

/// Products with the graph between two looks at the clock.
const PRODUCTS_PER_RUN: usize = 4;
/// Edges pulled between two looks at the clock.
const EDGES_PER_RUN: usize = 20_000;
/// Cells judged for trustworthiness, at most.
const N_JUDGED: usize = 1000;
/// Milliseconds between two pictures of the forming map.
const FRAME_MILLIS: f64 = 120.0;

/// Lays the cells of a view out.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    view: View,
    settings: UmapSettings,
) -> Result<Output, Stop> {
    let graph = session
        .borrow_mut()
        .view(view)
        .graph
        .clone()
        .ok_or_else(|| missing(task, "The neighbours"))?;
    let rows =
        compared(&session.borrow(), view).ok_or_else(|| missing(task, "The cells' vectors"))?;
    let start = start(task, &graph, &rows, settings.seed).await?;
    let params = UmapParams {
        min_dist: settings.min_dist,
        spread: settings.spread,
        n_epochs: settings.n_epochs.map(|epochs| epochs as usize),
        seed: settings.seed,
        ..UmapParams::default()
    };
    let mut umap = Umap::new(&graph, &start, params).map_err(|error| error.at(task.step))?;
    let layout = Layout::Umap(view);
    let mut drawn = now();
    let n_epochs = loop {
        let progress = umap.run_edges(EDGES_PER_RUN);
        if now() - drawn > FRAME_MILLIS {
            map::preview(session, layout, &points(umap.embedding()));
            drawn = now();
        }
        if let Err(stop) = task.tick("epochs", progress.done as u64, progress.total as u64).await {
            map::refresh(session);
            return Err(stop);
        }
        if progress.is_done() {
            break progress.total;
        }
    };
    let trustworthiness = judge(task, &rows, umap.embedding()).await?;
    let report = UmapReport {
        view,
        n_epochs: n_epochs as u64,
        trustworthiness,
        n_trustworthiness: rows.n_rows().min(N_JUDGED) as u64,
    };
    {
        let mut session = session.borrow_mut();
        session.used.umap = settings;
        session.view(view).umap = Some(Rc::new(points(umap.embedding())));
    }
    map::finished(session, layout);
    Ok(Output::Umap(Box::new(report)))
}

async fn start(
    task: &Task,
    graph: &lexicell_matrix::CsrMatrix,
    rows: &DenseMatrix,
    seed: u64,
) -> Result<Vec<f32>, Stop> {
    let mut spectral =
        SpectralLayout::new(graph, Some(rows), seed).map_err(|error| error.at(task.step))?;
    loop {
        let progress = spectral.run(PRODUCTS_PER_RUN);
        task.tick("products", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return spectral.into_positions().map_err(|error| error.at(task.step).into());
        }
    }
}

async fn judge(task: &Task, rows: &DenseMatrix, embedding: &[f32]) -> Result<f64, Stop> {
    let k = 15.min((rows.n_rows().max(3) - 1) / 2);
    let params =
        TrustworthinessParams { k, metric: Metric::Cosine, max_cells: Some(N_JUDGED), seed: 0 };
    let mut trust =
        Trustworthiness::new(rows, embedding, params).map_err(|error| error.at(task.step))?;
    loop {
        let progress = trust.run(1);
        task.tick("cells judged", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return Ok(trust.value());
        }
    }
}

fn points(embedding: &[f32]) -> Vec<[f32; 2]> {
    embedding.chunks_exact(2).map(|point| [point[0], point[1]]).collect()
}
