//! One step, one file: each takes its inputs from the session, computes, and puts its result back.

mod cluster;
mod describe;
mod embed;
mod encoder;
pub(crate) mod explore;
mod genes;
mod neighbors;
mod open;
mod pca;
mod pool;
mod refine;
mod report;
mod score;
pub(crate) mod start;
mod transfer;
mod umap;

use std::rc::Rc;

use js_sys::Uint8Array;
use lexicell_protocol::{Command, Event, Failure, FailureKind, Output, Step, View};

use crate::session::{Session, Shared};
use crate::task::{Stop, Task};
use crate::transfer::{Incoming, send};
use crate::{map, marks, save};

pub(crate) use pool::choice as pool_choice;
pub(crate) use transfer::Rehearsal;

type Answer = (Output, Vec<Uint8Array>);

/// The step that a command belongs to.
pub(crate) fn step_of(command: &Command) -> Step {
    match command {
        Command::Open | Command::OpenDemo | Command::Reload(_) => Step::Open,
        Command::MapGenes(_) | Command::DescribeGene(_) | Command::SearchGenes(_) => Step::MapGenes,
        Command::OpenModel
        | Command::OpenVectors
        | Command::UseBuiltInModel
        | Command::EmbedGenes(_) => Step::EmbedGenes,
        Command::PoolCells(_) => Step::PoolCells,
        Command::ComputePca(_) => Step::Pca,
        Command::FindNeighbors { .. } => Step::Neighbors,
        Command::Cluster { .. } => Step::Cluster,
        Command::Umap { .. } => Step::Umap,
        Command::Refine { .. } | Command::OpenHead | Command::ApplyHead => Step::Refine,
        Command::KeepReference(_) | Command::Transfer(_) => Step::Transfer,
        Command::Score(_) => Step::Score,
        Command::Compare(_)
        | Command::RankTerms(_)
        | Command::ListClasses(_)
        | Command::TraceText(_)
        | Command::Ask(_)
        | Command::FitAxis(_)
        | Command::FindPath(_) => Step::Explore,
        Command::OpenOntology | Command::SearchTypes(_) | Command::KindsBelow(_) => Step::Explore,
        Command::ShowGenes(_) | Command::Crosstab(_) | Command::DescribeCell(..) => Step::Explore,
        Command::Map(_) | Command::Sets(_) => Step::Map,
        Command::Save(_) => Step::Save,
        Command::UseGpu(_) | Command::Cancel(_) => Step::Start,
    }
}

/// Runs a step to its end.
pub(crate) async fn run(task: &Task, session: &Shared, incoming: Incoming) -> Result<Answer, Stop> {
    let Incoming { request, files, .. } = incoming;
    let output = match request.command {
        Command::Open => open::run(task, session, files).await?,
        Command::OpenDemo => open::demo(task, session).await?,
        Command::Reload(choice) => open::reload(task, session, choice).await?,
        Command::MapGenes(settings) => genes::run(task, session, settings).await?,
        Command::OpenModel => encoder::open_model(task, session, files).await?,
        Command::OpenVectors => encoder::open_vectors(task, session, files).await?,
        Command::UseBuiltInModel => encoder::use_built_in(session),
        Command::EmbedGenes(settings) => embed::run(task, session, settings).await?,
        Command::PoolCells(settings) => pool::run(task, session, settings).await?,
        Command::ComputePca(settings) => pca::run(task, session, settings).await?,
        Command::FindNeighbors { view, settings } => {
            neighbors::run(task, session, view, settings).await?
        }
        Command::Cluster { view, settings } => cluster::run(task, session, view, settings).await?,
        Command::Umap { view, settings } => umap::run(task, session, view, settings).await?,
        Command::Refine { settings, resume } => {
            refine::run(task, session, settings, resume).await?
        }
        Command::OpenHead => refine::open(task, session, files)?,
        Command::ApplyHead => refine::apply(task, session).await?,
        Command::KeepReference(label) => transfer::keep_reference(task, session, label).await?,
        Command::Transfer(settings) => transfer::run(task, session, settings).await?,
        Command::Score(settings) => score::run(task, session, settings).await?,
        Command::Compare(settings) => explore::compare(task, session, settings).await?,
        Command::RankTerms(settings) => explore::rank_terms(task, session, settings).await?,
        Command::TraceText(gene) => explore::trace(task, session, gene).await?,
        Command::Ask(settings) => explore::ask(task, session, settings).await?,
        Command::FitAxis(settings) => explore::axis(task, session, settings).await?,
        Command::FindPath(settings) => explore::path(task, session, settings).await?,
        Command::ShowGenes(settings) => explore::genes(task, session, settings).await?,
        Command::Crosstab(settings) => explore::crosstab(task, session, settings)?,
        Command::Save(kind) => return save::run(task, session, kind).await,
        Command::UseGpu(wanted) => start::use_gpu(session, wanted).await,
        Command::DescribeGene(_)
        | Command::DescribeCell(..)
        | Command::ListClasses(_)
        | Command::SearchGenes(_)
        | Command::OpenOntology
        | Command::SearchTypes(_)
        | Command::KindsBelow(_)
        | Command::Map(_)
        | Command::Sets(_)
        | Command::Cancel(_) => Output::Done,
    };
    Ok((output, Vec::new()))
}

/// Carries out what does not wait for the running step.
pub(crate) async fn run_at_once(session: &Shared, incoming: Incoming) -> Result<Answer, Failure> {
    let output = match incoming.request.command {
        Command::DescribeGene(name) => describe::gene(&session.borrow(), &name)?,
        Command::DescribeCell(cell, by) => explore::cell(&session.borrow(), cell, by)?,
        Command::ListClasses(column) => explore::list_classes(&session.borrow(), column)?,
        Command::SearchGenes(start) => describe::search(&session.borrow(), &start),
        Command::OpenOntology => {
            let task = Task::new(incoming.request.id, Step::Explore, Rc::default());
            explore::open_ontology(&task, session, incoming.files).await?
        }
        Command::SearchTypes(query) => explore::search_types(&session.borrow(), query),
        Command::KindsBelow(id) => explore::kinds_below(&session.borrow(), id),
        Command::Map(command) => map::run(session, command, incoming.canvas).await?,
        Command::Sets(command) => {
            let task = Task::new(incoming.request.id, Step::Map, Rc::default());
            marks::run(&task, session, command)?
        }
        _ => Output::Done,
    };
    Ok((output, Vec::new()))
}

/// The rows of a view as they are compared: centred if so chosen, of unit length.
fn compared(session: &Session, view: View) -> Option<lexicell_matrix::DenseMatrix> {
    let mut rows = (*session.embedding(view)?).clone();
    if view == View::Pca || session.used.pool.center {
        center(&mut rows);
    }
    lexicell_analysis::unit::normalize_rows(&mut rows);
    Some(rows)
}

/// Subtracts the mean row.
fn center(rows: &mut lexicell_matrix::DenseMatrix) {
    let (n_rows, n_cols) = (rows.n_rows(), rows.n_cols());
    let mut mean = vec![0.0f64; n_cols];
    for row in rows.data().chunks_exact(n_cols.max(1)) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    for row in rows.data_mut().chunks_exact_mut(n_cols.max(1)) {
        for (value, sum) in row.iter_mut().zip(&mean) {
            *value -= (sum / n_rows as f64) as f32;
        }
    }
}

/// Some rows of a matrix, in that order.
fn rows_of(
    task: &Task,
    cells: &lexicell_matrix::DenseMatrix,
    rows: &[usize],
) -> Result<lexicell_matrix::DenseMatrix, Stop> {
    let values = rows.iter().flat_map(|&row| cells.row(row).iter().copied()).collect();
    lexicell_matrix::DenseMatrix::try_new(rows.len(), cells.n_cols(), values)
        .map_err(|error| task.failure(FailureKind::Bug, error.to_string()).into())
}

/// What identifies a table of gene vectors whatever the data set's genes: encoder, template, pooling.
fn gene_table(session: &Session, vectors: &crate::session::GeneVectors) -> String {
    let embed = &session.used.embed;
    format!("{}/{:?}/{:?}", vectors.report.encoder_hash, embed.template, embed.pooling)
}

/// A name like that one that no column of the data set bears.
pub(crate) fn free_column(session: &Session, name: &str) -> String {
    let mut name = name.to_owned();
    while session.dataset.as_ref().is_some_and(|dataset| dataset.adata.obs.column(&name).is_some())
        || session.marks.now().labeling(&name).is_some()
    {
        name.push('_');
    }
    name
}

/// Tells the page which results fell with a new one.
fn announce(steps: Vec<Step>) {
    if !steps.is_empty() {
        send(&Event::Invalidated { steps });
    }
}

/// The failure of a step whose input is not there yet.
fn missing(task: &Task, what: &str) -> Stop {
    Stop::Failed(task.failure(FailureKind::MissingInput, format!("{what} must be there first.")))
}
