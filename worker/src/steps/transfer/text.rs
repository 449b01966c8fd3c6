//! Labels told through the texts of the genes.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::pool::{CpuPool, PoolJob};
use lexicell_analysis::transfer::Acceptance;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{PoolSettings, TransferSettings};

use super::telling::Answer;
use super::{centre, vote};
use crate::failure::IntoFailure;
use crate::session::{GeneVectors, Reference};
use crate::steps::pool_choice;
use crate::task::{Stop, Task};

/// Cells pooled between two looks at the clock.
const CELLS_PER_RUN: usize = 64;

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
    let query = cells(task, query, &vectors.rows, &vectors.table).await?;
    let told = vote(task, &reference.cells, &reference.classes, query, k).await?;
    Ok(Answer { told, acceptance, rehearsed })
}

/// Cells as the shipped settings pool them, whatever the map is made of: reference and query must be
/// pooled alike. Centred on their own mean.
pub(super) async fn cells(
    task: &Task,
    normalized: &Normalized<'_>,
    rows: &[Option<u32>],
    table: &DenseMatrix,
) -> Result<DenseMatrix, Stop> {
    let settings = pool_choice(&PoolSettings::default());
    let job = PoolJob::new(normalized, rows, table.n_rows(), settings)
        .map_err(|error| error.at(task.step))?;
    let mut pool = CpuPool::new(job, table).map_err(|error| error.at(task.step))?;
    loop {
        let progress = pool.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let pooled = pool.finish().map_err(|error| error.at(task.step))?;
    centre(task, pooled.embedding).await
}
