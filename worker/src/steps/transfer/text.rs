//! Labels told through the texts of the genes.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::transfer::Acceptance;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{PoolSettings, TransferSettings};

use super::telling::Answer;
use super::{centre, vote};
use crate::failure::IntoFailure;
use crate::session::{GeneVectors, PooledGenes, Reference};
use crate::steps::pool;
use crate::task::{Stop, Task};

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

/// Cells as the shipped settings pool them, whatever the map is made of: reference and query must be
/// pooled alike. Centred on their own mean.
pub(super) async fn cells(
    task: &Task,
    normalized: &Normalized<'_>,
    genes: &PooledGenes,
) -> Result<DenseMatrix, Stop> {
    let settings = PoolSettings::default();
    let (cells, _) = pool::normalized_on_cpu(task, normalized, genes, &settings).await?;
    centre(task, cells).await
}
