//! Keeping the open data set to tell the labels of another.

use std::rc::Rc;
use std::sync::Arc;

use lexicell_analysis::normalize::Normalized;
use lexicell_matrix::{DenseMatrix, MISSING_CODE};
use lexicell_protocol::{Note, NoteLevel, Output, PoolSettings, ReferenceReport, TransferSettings};

use super::super::{pool, score};
use super::rehearsal::Rehearsal;
use super::{gene_keys, inputs, text};
use crate::failure::IntoFailure;
use crate::session::{Dataset, Expression, Reference, Shared};
use crate::task::{Stop, Task};

/// A larger expression matrix would leave no room for the data set that is to be told.
const MOST_BYTES: usize = 1 << 30;

/// Keeps the open data set's cells in the text space and their expression, with their labels.
pub(crate) async fn keep(task: &Task, session: &Shared, label: String) -> Result<Output, Stop> {
    let (dataset, vectors, genes) = inputs(task, session)?;
    let labels = score::labels(task, session, &dataset, &label)?;
    let n_copies = copies(&dataset, &labels.codes);
    let classes: Vec<u32> = (0..labels.codes.len())
        .map(|cell| if is_copy(&dataset, cell) { MISSING_CODE } else { labels.codes[cell] })
        .collect();
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let whole = pool::pooled(task, &vectors, PoolSettings::default().gene_table).await?;
    let cells = text::cells(task, &normalized, &whole).await?;
    let k = TransferSettings::default().k as usize;
    let rehearsal = Rehearsal::new(task, &dataset, &vectors, &classes, k).await?;
    let expression = (dataset.adata.x.bytes() <= MOST_BYTES)
        .then(|| Expression { x: Arc::clone(&dataset.adata.x), state: dataset.state });
    let mut reference = Reference {
        report: ReferenceReport {
            name: dataset.report.files.join(", "),
            label,
            n_obs: n_usable(&cells, &classes) as u64,
            n_genes: vectors.report.n_genes,
            classes: labels.categories,
            bytes: 0,
            rehearsed: rehearsal.usual.summary(),
            notes: notes(n_copies, expression.is_none()),
        },
        cells,
        classes,
        expression,
        genes: gene_keys::of(task, &genes).await?,
        gene_table: super::super::gene_table(&session.borrow(), &vectors),
        whitening: whole.whitening,
        rehearsal,
    };
    reference.report.bytes = reference.bytes() as u64;
    let report = reference.report.clone();
    session.borrow_mut().reference = Some(Rc::new(reference));
    Ok(Output::Reference(Box::new(report)))
}

fn is_copy(dataset: &Dataset, cell: usize) -> bool {
    dataset.duplicates.first.get(cell).is_some_and(|&first| first as usize != cell)
}

fn copies(dataset: &Dataset, codes: &[u32]) -> usize {
    (0..codes.len()).filter(|&c| codes[c] != MISSING_CODE && is_copy(dataset, c)).count()
}

fn n_usable(cells: &DenseMatrix, classes: &[u32]) -> usize {
    let is_usable =
        |&cell: &usize| classes[cell] != MISSING_CODE && cells.row(cell).iter().any(|&x| x != 0.0);
    (0..cells.n_rows()).filter(is_usable).count()
}

fn notes(n_copies: usize, is_too_large: bool) -> Vec<Note> {
    let mut notes = Vec::new();
    if n_copies > 0 {
        notes.push(Note {
            level: NoteLevel::Info,
            text: format!(
                "{n_copies} labelled cells repeat an earlier cell exactly: they have no vote and no part in the rehearsal."
            ),
        });
    }
    if is_too_large {
        notes.push(Note {
            level: NoteLevel::Warning,
            text: "Its expression matrix takes more than 1 GiB and is not kept: labels are told through texts only.".to_owned(),
        });
    }
    notes
}
