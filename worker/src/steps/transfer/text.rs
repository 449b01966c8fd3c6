//! Labels told through the texts of the genes.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::transfer::{Acceptance, ContrastPool, ContrastWeights};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::TransferSettings;

use super::telling::Answer;
use super::vote;
use crate::failure::IntoFailure;
use crate::session::{GeneVectors, PooledGenes, Reference};
use crate::steps::pool;
use crate::task::{Stop, Task};

/// Cells pooled between two looks at the clock.
const CELLS_PER_RUN: usize = 16;

/// Tells the cells by their nearest of the reference in the text space.
pub(super) async fn tell(
    task: &Task,
    reference: &Reference,
    query: &Normalized<'_>,
    vectors: &GeneVectors,
    settings: &TransferSettings,
) -> Result<Answer, Stop> {
    let k = settings.k as usize;
    let rehearsed = reference.rehearsal.with(task, k).await?;
    let acceptance = Acceptance::calibrate(&rehearsed.told, &rehearsed.truth, settings.lost)
        .map_err(|error| error.at(task.step))?;
    let genes = pool::mapped(task, vectors, reference.whitening.as_ref()).await?;
    let query = cells(task, query, &genes).await?;
    let told = vote(task, &reference.cells, &reference.classes, query, k).await?;
    Ok(Answer { told, acceptance, rehearsed })
}

/// Cells by how their expression stands out from the mean of their own side, whatever the map is made
/// of: reference and query must be pooled alike.
pub(super) async fn cells(
    task: &Task,
    normalized: &Normalized<'_>,
    genes: &PooledGenes,
) -> Result<DenseMatrix, Stop> {
    let weights = ContrastWeights::Difference;
    let mut pool = ContrastPool::new(normalized, &genes.rows, &genes.table, weights)
        .map_err(|error| error.at(task.step))?;
    loop {
        let progress = pool.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return pool.finish().map_err(|error| error.at(task.step).into());
        }
    }
}
