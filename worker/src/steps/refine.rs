//! Refining the text's view by contrastive learning on the user's own labels (P2, SCIENCE.md).

mod head;
mod inputs;
mod picture;
mod quality;
mod train;

use std::rc::Rc;

use lexicell_analysis::contrastive::{EpochLoss as Loss, Refined, TrainingEnd as End};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{
    Backend, EpochLoss, Note, NoteLevel, Output, RefineReport, RefineSettings, Step, TrainingEnd,
    View,
};

use self::inputs::Inputs;
use super::announce;
use crate::failure::IntoFailure;
use crate::map;
use crate::session::Shared;
use crate::task::{Stop, Task};

pub(crate) use head::{apply, open};
pub(crate) use inputs::{augment, options};

/// Cells placed between two looks at the clock.
const CELLS_PER_RUN: usize = 256;

/// Trains a head on the labelled cells and places every cell by it.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: RefineSettings,
    resume: bool,
) -> Result<Output, Stop> {
    let inputs = Inputs::collect(task, session, &settings)?;
    let (refined, backend) = train::run(task, session, &inputs, &settings, resume).await?;
    let embedding = place(task, &inputs.embedding, &refined).await?;
    let quality = quality::before_and_after(task, &inputs, &refined, &embedding).await?;
    let report = report(settings, &inputs, &refined, quality, backend);
    let head = head::saved(task, session, &inputs, &refined, &embedding, &report)?;
    let store = session.borrow().store.as_ref().ok().cloned();
    if let Some(store) = store {
        // A checkpoint that stays behind is of no harm: its key fits this very training only.
        let _ = store.forget_checkpoint().await;
    }
    let lost = {
        let mut session = session.borrow_mut();
        session.used.refine = report.settings.clone();
        session.head = Some(Rc::new(head));
        session.view(View::Refined).embedding = Some(Rc::new(embedding));
        session.invalidate(Step::Refine, Some(View::Refined))
    };
    announce(lost);
    map::refresh(session);
    Ok(Output::Refined(Box::new(report)))
}

/// Refines every cell.
async fn place(
    task: &Task,
    embedding: &DenseMatrix,
    refined: &Refined,
) -> Result<DenseMatrix, Stop> {
    let n = embedding.n_rows();
    let mut values = Vec::new();
    for first in (0..n).step_by(CELLS_PER_RUN) {
        let rows: Vec<usize> = (first..(first + CELLS_PER_RUN).min(n)).collect();
        let part = refined.refiner.apply(embedding, &rows).map_err(|error| error.at(task.step))?;
        values.extend_from_slice(part.data());
        task.tick("cells", (first + rows.len()) as u64, n as u64).await?;
    }
    let dim = values.len() / n.max(1);
    DenseMatrix::try_new(n, dim, values).map_err(|error| {
        task.failure(lexicell_protocol::FailureKind::Bug, error.to_string()).into()
    })
}

fn in_words(loss: Loss) -> EpochLoss {
    EpochLoss { epoch: loss.epoch as u32, train: loss.train, validation: loss.validation }
}

fn report(
    settings: RefineSettings,
    inputs: &Inputs,
    refined: &Refined,
    quality: Vec<lexicell_protocol::ViewQuality>,
    backend: Backend,
) -> RefineReport {
    RefineReport {
        n_train: refined.fitted.len() as u64,
        n_validation: refined.validation.len() as u64,
        n_unlabeled: inputs.n_unlabeled,
        classes: inputs.class_names.clone(),
        curve: refined.curve.iter().copied().map(in_words).collect(),
        best_epoch: refined.best_epoch as u32,
        ended: match refined.ended {
            End::AllEpochs => TrainingEnd::AllEpochs,
            End::EarlyStop => TrainingEnd::EarlyStop,
        },
        quality,
        backend,
        notes: notes(inputs, refined),
        settings,
    }
}

fn notes(inputs: &Inputs, refined: &Refined) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut warn = |text: String| notes.push(Note { level: NoteLevel::Warning, text });
    if refined.validation.is_empty() {
        warn("No cells were kept aside: the training ran blind, without early stopping.".into());
    }
    if inputs.n_unusable > 0 {
        warn(format!(
            "{} cells have no gene with a vector: they train nothing and have no place in the refined view.",
            inputs.n_unusable
        ));
    }
    let thin: Vec<&str> = inputs.thin_classes();
    if !thin.is_empty() {
        warn(format!(
            "A single labelled cell, which has no other to be drawn to: {}.",
            thin.join(", ")
        ));
    }
    notes
}
