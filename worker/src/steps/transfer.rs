//! Labels from a reference to the open data set: through the texts of the genes, whatever genes they
//! share, and beside it through the expression of those that they share.

mod expression;
mod gene_keys;
mod notes;
mod reference;
mod rehearsal;
mod telling;
mod text;

use std::rc::Rc;

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::transfer::{
    FEWEST_SHARED, LabelTransfer, OwnMean, Transferred, gene_overlap, shared_genes,
};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{FailureKind, Output, TransferReport, TransferSettings};

use super::missing;
use crate::failure::IntoFailure;
use crate::map;
use crate::session::{Dataset, GeneVectors, MappedGenes, Reference, Shared};
use crate::task::{Stop, Task};

pub(crate) use reference::keep as keep_reference;
pub(crate) use rehearsal::Rehearsal;

/// Tiles of pairs compared between two looks at the clock.
const TILES_PER_RUN: usize = 1;
/// Cells centred between two looks at the clock.
const CENTRED_PER_RUN: usize = 1024;
/// The column of `obs` that holds what was told through texts.
const COLUMN: &str = "transferred_label";
/// The column of `obs` that holds what was told through expression.
const EXPRESSION_COLUMN: &str = "transferred_label_expression";

/// Tells the open data set's labels by the reference.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: TransferSettings,
) -> Result<Output, Stop> {
    let reference =
        session.borrow().reference.clone().ok_or_else(|| missing(task, "A reference"))?;
    let (dataset, vectors, genes) = inputs(task, session)?;
    check(task, session, &settings, &reference, &vectors)?;
    let keys = gene_keys::of(task, &genes).await?;
    let (of_reference, of_query) = gene_keys::comparable(&reference.genes, &keys);
    let overlap = gene_overlap(of_reference, of_query);
    let shared = shared_genes(of_reference, of_query);
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;

    let text = text::tell(task, &reference, &normalized, &vectors, &settings).await?;
    let expression = expression::tell(task, &reference, &normalized, shared, &settings).await?;

    let mut notes = notes::of_text(&text);
    let (expression, n_genes_compared) = match expression {
        Ok(told) => {
            notes.extend(notes::of_expression(&told.answer, overlap.shared));
            (Some(told.answer), told.n_genes as u64)
        }
        Err(reason) => {
            notes.push(reason);
            (None, 0)
        }
    };
    let classes = &reference.report.classes;
    let (n_told_by_both, n_agreeing) =
        expression.as_ref().map_or((0, 0), |other| telling::agreement(&text, other));
    let report = TransferReport {
        settings,
        n_shared: overlap.shared as u64,
        n_reference_only: overlap.reference_only as u64,
        n_query_only: overlap.query_only as u64,
        through_orthologues: reference.genes.species != keys.species,
        text: telling::enter(session, COLUMN, classes, text),
        expression: expression
            .map(|answer| telling::enter(session, EXPRESSION_COLUMN, classes, answer)),
        fewest_shared: FEWEST_SHARED as u64,
        n_genes_compared,
        n_told_by_both,
        n_agreeing,
        notes,
        reference: reference.report.clone(),
    };
    map::refresh(session);
    Ok(Output::Transferred(Box::new(report)))
}

type Parts = (Rc<Dataset>, Rc<GeneVectors>, Rc<MappedGenes>);

fn inputs(task: &Task, session: &Shared) -> Result<Parts, Stop> {
    let session = session.borrow();
    let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
    let vectors = session.vectors.clone().ok_or_else(|| missing(task, "The genes' vectors"))?;
    let genes = session.genes.clone().ok_or_else(|| missing(task, "The mapped genes"))?;
    Ok((dataset, vectors, genes))
}

fn check(
    task: &Task,
    session: &Shared,
    settings: &TransferSettings,
    reference: &Reference,
    vectors: &GeneVectors,
) -> Result<(), Stop> {
    if settings.k == 0 || !(0.0..=0.5).contains(&settings.lost) {
        let text = format!(
            "k = {}, lost = {}: k must be at least 1, and lost from 0 to 0.5.",
            settings.k, settings.lost
        );
        return Err(task.failure(FailureKind::BadSetting, text).into());
    }
    if super::gene_table(&session.borrow(), vectors) != reference.gene_table {
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
    Ok(())
}

/// Takes the side's own mean away from its cells.
async fn centre(task: &Task, cells: DenseMatrix) -> Result<DenseMatrix, Stop> {
    let mut own = OwnMean::new(cells);
    loop {
        let progress = own.run(CENTRED_PER_RUN).map_err(|error| error.at(task.step))?;
        task.breathe().await?;
        if progress.is_done() {
            return own.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

/// The votes of a reference's cells; both sides are centred.
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
