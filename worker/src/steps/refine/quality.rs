//! The space before and after a refinement, judged on the cells that did not train.

use lexicell_analysis::centering::Centering;
use lexicell_analysis::knn::KnnSearch;
use lexicell_analysis::purity::neighbor_purity;
use lexicell_analysis::silhouette::Silhouette;
use lexicell_matrix::{Categorical, DenseMatrix};
use lexicell_protocol::{View, ViewQuality};

use super::Trained;
use super::inputs::Inputs;
use crate::failure::IntoFailure;
use crate::task::{Stop, Task};

/// Neighbours whose labels are compared.
const K: usize = 10;
/// Cells judged between two looks at the clock.
const CELLS_PER_RUN: usize = 64;

/// The views before and after on the cells that were kept aside; nothing without labels or such cells.
pub(super) async fn before_and_after(
    task: &Task,
    inputs: &Inputs,
    trained: &Trained,
    embedding: &DenseMatrix,
) -> Result<Vec<ViewQuality>, Stop> {
    let Some(classes) = &inputs.classes else { return Ok(Vec::new()) };
    let judged: Vec<usize> = trained
        .validation
        .iter()
        .copied()
        .filter(|&cell| (classes[cell] as usize) < inputs.class_names.len())
        .collect();
    if judged.len() <= K {
        return Ok(Vec::new());
    }
    let labels = Categorical {
        codes: judged.iter().map(|&cell| classes[cell]).collect(),
        categories: inputs.class_names.clone(),
    };
    let mut before = vec![(View::Text, &inputs.embedding)];
    before.extend(inputs.expression.iter().map(|(cells, _)| (View::Pca, cells)));
    let mut found = Vec::new();
    for (view, cells) in before {
        let centred = Centering::fit(cells, &trained.fitted)
            .and_then(|centering| centering.apply(cells, &judged))
            .map_err(|error| error.at(task.step))?;
        found.push(quality(task, view, centred, &labels).await?);
    }
    let mut after = DenseMatrix::zeros(judged.len(), embedding.n_cols());
    for (row, &cell) in judged.iter().enumerate() {
        after.row_mut(row).copy_from_slice(embedding.row(cell));
    }
    found.push(quality(task, View::Refined, after, &labels).await?);
    Ok(found)
}

async fn quality(
    task: &Task,
    view: View,
    cells: DenseMatrix,
    labels: &Categorical,
) -> Result<ViewQuality, Stop> {
    let n = cells.n_rows();
    let all: Vec<usize> = (0..n).collect();
    let silhouette = silhouette(task, &cells, labels, &all).await?;
    let mut search = KnnSearch::within(cells, K).map_err(|error| error.at(task.step))?;
    while !search.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?.is_done() {
        let progress = search.progress();
        task.tick("cells judged", progress.done as u64, progress.total as u64).await?;
    }
    let neighbors = search.finish().map_err(|error| error.at(task.step))?;
    let purity = neighbor_purity(&neighbors, labels).map_err(|error| error.at(task.step))?;
    Ok(ViewQuality { view, n_obs: n as u64, silhouette, purity })
}

/// Nothing where the cells kept aside are all of one class.
async fn silhouette(
    task: &Task,
    cells: &DenseMatrix,
    labels: &Categorical,
    judged: &[usize],
) -> Result<Option<f64>, Stop> {
    let counts = labels.counts();
    // It is defined for 2 to n − 1 classes only.
    let n_classes = counts.iter().filter(|&&count| count > 0).count();
    if n_classes < 2 || n_classes >= counts.iter().sum() {
        return Ok(None);
    }
    let mut silhouette =
        Silhouette::new(cells, labels, judged).map_err(|error| error.at(task.step))?;
    loop {
        let progress = silhouette.run(CELLS_PER_RUN);
        task.tick("cells judged", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return Ok(Some(silhouette.value()));
        }
    }
}
