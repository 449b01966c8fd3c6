//! Averaging gene vectors into cell vectors (P1, SCIENCE.md).

mod genes;

use std::rc::Rc;

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::pool::{
    CpuPool, PoolJob, PoolReport, PoolSettings as Choice, PoolWeights as Weights,
};
use lexicell_kernels::Gpu;
use lexicell_kernels::ops::SparsePool;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{
    Backend, CellPooling, Note, NoteLevel, Output, PoolSettings, PoolWeights, Step, View,
};

use super::{announce, missing, start};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::{Dataset, PooledGenes, Shared};
use crate::task::{Stop, Task};

pub(crate) use genes::{map_of_part, mapped, pooled, whitened};

/// Cells pooled on the CPU between two looks at the clock.
const CELLS_PER_RUN: usize = 64;
/// Cells pooled on the GPU in one submission.
const CELLS_PER_CHUNK: usize = 2048;

/// Pools every cell of the open data set.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: PoolSettings,
) -> Result<Output, Stop> {
    let (dataset, vectors, kept, gpu, report) = {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let vectors = session.vectors.clone().ok_or_else(|| missing(task, "The genes' vectors"))?;
        let report = session.compute.report.backend.clone();
        (dataset, vectors, session.pooled.clone(), session.compute.gpu(), report)
    };
    let genes = match kept.filter(|kept| kept.is(settings.gene_table)) {
        Some(kept) => kept,
        None => Rc::new(genes::pooled(task, &vectors, settings.gene_table).await?),
    };
    let mut pooled = None;
    if let Some(gpu) = gpu {
        match on_gpu(task, &gpu, &dataset, &genes, &settings).await {
            Ok(result) => pooled = Some((result, report)),
            Err(Stop::Failed(failure)) if failure.kind == lexicell_protocol::FailureKind::Gpu => {
                start::lose_gpu(session, &failure.message)
            }
            Err(stop) => return Err(stop),
        }
    }
    let ((embedding, chosen), backend) = match pooled {
        Some(pooled) => pooled,
        None => (on_cpu(task, &dataset, &genes, &settings).await?, Backend::Cpu),
    };
    let report = CellPooling {
        n_obs: embedding.n_rows() as u64,
        dim: embedding.n_cols() as u64,
        median_genes: chosen.median_genes.round() as u64,
        n_empty: chosen.cells_without_genes.len() as u64,
        backend,
        notes: notes(&chosen),
    };
    let lost = {
        let mut session = session.borrow_mut();
        session.used.pool = settings;
        session.pooled = Some(genes);
        session.view(View::Text).embedding = Some(Rc::new(embedding));
        session.invalidate(Step::PoolCells, Some(View::Text))
    };
    announce(lost);
    map::refresh(session);
    Ok(Output::Pooled(Box::new(report)))
}

/// The choice of genes that settings ask for.
pub(crate) fn choice(settings: &PoolSettings) -> Choice {
    Choice {
        top_n: settings.top_n.map(|n| n as usize),
        weights: match settings.weights {
            PoolWeights::Expression => Weights::Expression,
            PoolWeights::Uniform => Weights::Uniform,
            PoolWeights::Rank => Weights::Rank,
        },
    }
}

/// Pools on the CPU with any vectors of the data set's genes.
pub(crate) async fn on_cpu(
    task: &Task,
    dataset: &Dataset,
    genes: &PooledGenes,
    settings: &PoolSettings,
) -> Result<(DenseMatrix, PoolReport), Stop> {
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    normalized_on_cpu(task, &normalized, genes, settings).await
}

/// Pools cells that are normalised already.
pub(crate) async fn normalized_on_cpu(
    task: &Task,
    normalized: &Normalized<'_>,
    genes: &PooledGenes,
    settings: &PoolSettings,
) -> Result<(DenseMatrix, PoolReport), Stop> {
    let job = PoolJob::new(normalized, &genes.rows, genes.table.n_rows(), choice(settings))
        .map_err(|error| error.at(task.step))?;
    let mut pool = CpuPool::new(job, &genes.table).map_err(|error| error.at(task.step))?;
    loop {
        let progress = pool.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            let pooled = pool.finish().map_err(|error| error.at(task.step))?;
            return Ok((pooled.embedding, pooled.report));
        }
    }
}

async fn on_gpu(
    task: &Task,
    gpu: &Gpu,
    dataset: &Dataset,
    genes: &PooledGenes,
    settings: &PoolSettings,
) -> Result<(DenseMatrix, PoolReport), Stop> {
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let mut job = PoolJob::new(&normalized, &genes.rows, genes.table.n_rows(), choice(settings))
        .map_err(|error| error.at(task.step))?;
    let d = genes.table.n_cols();
    let mut embedding = DenseMatrix::zeros(dataset.adata.n_obs(), d);
    let table = gpu.upload(genes.table.data()).map_err(|error| error.at(task.step))?;
    while let Some(chunk) = job.next_chunk(CELLS_PER_CHUNK) {
        let n_rows = chunk.indptr.len() - 1;
        let out = gpu.alloc::<f32>(n_rows * d).map_err(|error| error.at(task.step))?;
        if !chunk.indices.is_empty() {
            let upload = |error: lexicell_kernels::GpuError| error.at(task.step);
            let indptr = gpu.upload(&chunk.indptr).map_err(upload)?;
            let indices = gpu.upload(&chunk.indices).map_err(upload)?;
            let weights = gpu.upload(&chunk.weights).map_err(upload)?;
            let mut batch = gpu.batch();
            batch
                .run(&SparsePool {
                    indptr: &indptr,
                    indices: &indices,
                    weights: &weights,
                    table: &table,
                    out: &out,
                    n_rows,
                    d,
                })
                .map_err(upload)?;
            batch.submit().map_err(upload)?;
        }
        let rows = gpu.read(&out, ..).await.map_err(|error| error.at(task.step))?;
        embedding.data_mut()[chunk.first_cell * d..][..n_rows * d].copy_from_slice(&rows);
        let progress = job.progress();
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
    }
    Ok((embedding, job.report()))
}

fn notes(chosen: &PoolReport) -> Vec<Note> {
    let n_empty = chosen.cells_without_genes.len();
    if n_empty == 0 {
        return Vec::new();
    }
    let text = format!(
        "{n_empty} cells express no gene that has a vector: they have no place in this view and are left out of the score."
    );
    vec![Note { level: NoteLevel::Warning, text }]
}
