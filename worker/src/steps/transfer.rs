//! Labels from a reference to the open data set through the text space, whatever genes they share.

use std::rc::Rc;

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::rng::SplitMix64;
use lexicell_analysis::transfer::{
    Acceptance, ContrastPool, ContrastWeights, LabelTransfer, Transferred, disjoint_halves,
    gene_overlap,
};
use lexicell_matrix::{Categorical, DenseMatrix, MISSING_CODE};
use lexicell_protocol::{
    FailureKind, Note, NoteLevel, Output, ReferenceReport, TransferReport, TransferSettings,
};

use super::{missing, rows_of, score};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::{Dataset, GeneVectors, MappedGenes, Reference, Shared, Told};
use crate::task::{Stop, Task};

/// Cells pooled between two looks at the clock.
const CELLS_PER_RUN: usize = 64;
/// Tiles of pairs compared between two looks at the clock.
const TILES_PER_RUN: usize = 1;
/// Most cells on each side of the rehearsal within the reference.
const MOST_REHEARSED: usize = 2000;
/// Neighbours that vote in the rehearsal.
const K: usize = 15;
/// Seed of the rehearsal's halves.
const SEED: u64 = 0;
/// The column of `obs` that holds what was told.
const COLUMN: &str = "transferred_label";
/// The class of cells that are like none of the reference's.
const NONE: &str = "none of these";

/// Keeps the open data set's cells in the text space, with their labels, for another data set.
pub(crate) async fn keep_reference(
    task: &Task,
    session: &Shared,
    label: String,
) -> Result<Output, Stop> {
    let (dataset, vectors, genes) = inputs(task, session)?;
    let labels = score::labels(task, &dataset, &label)?;
    let cells = pool(task, &dataset, &vectors, &vectors.rows).await?;
    let rehearsal = rehearse(task, &dataset, &vectors, &labels).await?;
    let usable = (0..cells.n_rows())
        .filter(|&cell| {
            labels.codes[cell] != MISSING_CODE && cells.row(cell).iter().any(|&x| x != 0.0)
        })
        .count();
    let report = ReferenceReport {
        name: dataset.report.files.join(", "),
        label,
        n_obs: usable as u64,
        n_genes: vectors.report.n_genes,
        classes: labels.categories.clone(),
        bytes: cells.bytes() as u64,
        accuracy_across_panels: rehearsal.accuracy(),
        majority: rehearsal.majority(),
        notes: Vec::new(),
    };
    let reference = Reference {
        report: report.clone(),
        cells,
        classes: labels.codes,
        gene_ids: gene_ids(&genes),
        gene_table: super::gene_table(&session.borrow(), &vectors),
        rehearsal,
    };
    session.borrow_mut().reference = Some(Rc::new(reference));
    Ok(Output::Reference(Box::new(report)))
}

/// Tells the open data set's labels by the reference.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: TransferSettings,
) -> Result<Output, Stop> {
    let reference =
        session.borrow().reference.clone().ok_or_else(|| missing(task, "A reference"))?;
    let (dataset, vectors, genes) = inputs(task, session)?;
    if super::gene_table(&session.borrow(), &vectors) != reference.gene_table {
        let mut failure = task.failure(
            FailureKind::BadSetting,
            "The reference and the open data set use different gene vectors: their cells lie in different spaces.",
        );
        failure.remedy = Some(
            "Keep the reference again with the encoder and the text settings that are in use now."
                .to_owned(),
        );
        return Err(failure.into());
    }
    let acceptance =
        Acceptance::calibrate(&reference.rehearsal.told, &reference.rehearsal.truth, settings.lost)
            .map_err(|error| error.at(task.step))?;
    let query = pool(task, &dataset, &vectors, &vectors.rows).await?;
    let told = vote(task, &reference.cells, &reference.classes, query, settings.k as usize).await?;
    let none = told.none_of_these(acceptance);
    let n_classes = reference.report.classes.len();
    let is_empty = |cell: usize| told.told.classes[cell] == MISSING_CODE;
    let codes = (0..none.len())
        .map(|cell| match told.told.classes[cell] {
            _ if is_empty(cell) => MISSING_CODE,
            _ if none[cell] => n_classes as u32,
            class => class,
        })
        .collect();
    let mut categories = reference.report.classes.clone();
    categories.push(NONE.to_owned());
    let classes = Categorical { codes, categories };
    let counts: Vec<u64> = classes.counts().iter().map(|&count| count as u64).collect();
    let overlap = gene_overlap(&reference.gene_ids, &gene_ids(&genes));
    let column = super::free_column(&session.borrow(), COLUMN);
    let n_empty = (0..none.len()).filter(|&cell| is_empty(cell)).count();
    let report = TransferReport {
        settings,
        reference: reference.report.clone(),
        n_shared: overlap.shared as u64,
        n_reference_only: overlap.reference_only as u64,
        n_query_only: overlap.query_only as u64,
        column: column.clone(),
        n_none: counts.last().copied().unwrap_or(0),
        counts: counts[..n_classes].to_vec(),
        least_confidence: acceptance.confidence,
        least_similarity: acceptance.similarity,
        notes: notes(&reference, n_empty),
    };
    let similarity = told.similarity.iter().map(|&value| value as f32).collect();
    session.borrow_mut().tell(Told { column, classes, similarity });
    map::refresh(session);
    Ok(Output::Transferred(Box::new(report)))
}

/// A transfer within the reference, on cells and genes apart, with the truth known.
pub(crate) struct Rehearsal {
    told: Transferred,
    truth: Vec<u32>,
}

impl Rehearsal {
    fn accuracy(&self) -> f64 {
        let right = self.told.told.classes.iter().zip(&self.truth).filter(|(a, b)| a == b).count();
        right as f64 / self.truth.len().max(1) as f64
    }

    fn majority(&self) -> f64 {
        let mut sorted = self.truth.clone();
        sorted.sort_unstable();
        let most = sorted.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
        most as f64 / self.truth.len().max(1) as f64
    }
}

type Parts = (Rc<Dataset>, Rc<GeneVectors>, Rc<MappedGenes>);

fn inputs(task: &Task, session: &Shared) -> Result<Parts, Stop> {
    let session = session.borrow();
    let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
    let vectors = session.vectors.clone().ok_or_else(|| missing(task, "The genes' vectors"))?;
    let genes = session.genes.clone().ok_or_else(|| missing(task, "The mapped genes"))?;
    Ok((dataset, vectors, genes))
}

/// Pools every cell by how it differs from the mean of its own data set.
async fn pool(
    task: &Task,
    dataset: &Dataset,
    vectors: &GeneVectors,
    rows: &[Option<u32>],
) -> Result<DenseMatrix, Stop> {
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let mut pool =
        ContrastPool::new(&normalized, rows, &vectors.table, ContrastWeights::Standardized)
            .map_err(|error| error.at(task.step))?;
    loop {
        let progress = pool.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return pool.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

async fn vote(
    task: &Task,
    reference: &DenseMatrix,
    classes: &[u32],
    query: DenseMatrix,
    k: usize,
) -> Result<Transferred, Stop> {
    let mut transfer =
        LabelTransfer::new(reference, classes, query, k).map_err(|error| error.at(task.step))?;
    loop {
        let progress = transfer.run(TILES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("comparisons", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return transfer.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

/// Tells one half of the cells by the other, each seen through another half of the genes: what a
/// transfer to a panel without a gene in common can be expected to reach.
async fn rehearse(
    task: &Task,
    dataset: &Dataset,
    vectors: &GeneVectors,
    labels: &Categorical,
) -> Result<Rehearsal, Stop> {
    let [here, there] = disjoint_halves(&vectors.rows, SEED);
    let mut cells: Vec<usize> =
        (0..labels.codes.len()).filter(|&cell| labels.codes[cell] != MISSING_CODE).collect();
    SplitMix64::new(SEED).shuffle(&mut cells);
    let half = (cells.len() / 2).min(MOST_REHEARSED);
    let (reference, query) = (&cells[..half], &cells[half..(2 * half).min(cells.len())]);
    let seen = pool(task, dataset, vectors, &here).await?;
    let asked = pool(task, dataset, vectors, &there).await?;
    let classes =
        |cells: &[usize]| cells.iter().map(|&cell| labels.codes[cell]).collect::<Vec<_>>();
    let told = vote(
        task,
        &rows_of(task, &seen, reference)?,
        &classes(reference),
        rows_of(task, &asked, query)?,
        K.min(half.max(1)),
    )
    .await?;
    Ok(Rehearsal { told, truth: classes(query) })
}

fn gene_ids(genes: &MappedGenes) -> Vec<Option<u64>> {
    let of = |mapped: &Option<lexicell_genes::Mapped>| {
        mapped.as_ref().and_then(|mapped| mapped.id).map(|id| u64::from(id.0))
    };
    genes.mapping.genes.iter().map(of).collect()
}

fn notes(reference: &Reference, n_empty: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    if reference.rehearsal.accuracy() <= reference.rehearsal.majority() {
        notes.push(Note {
            level: NoteLevel::Warning,
            text: "Within the reference itself, texts carry the labels from one half of the genes to the other no better than the most frequent class does: do not rely on what is told here.".to_owned(),
        });
    }
    if n_empty > 0 {
        notes.push(Note {
            level: NoteLevel::Warning,
            text: format!("{n_empty} cells have no gene with a vector and are told nothing."),
        });
    }
    notes
}
