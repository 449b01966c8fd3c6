//! Refining the text's view by contrastive learning on the user's own labels (P2, SCIENCE.md), by itself or
//! jointly with expression (P4).

mod head;
mod inputs;
mod picture;
mod quality;
mod train;

use std::rc::Rc;

use lexicell_analysis::AnalysisError;
use lexicell_analysis::contrastive::joint::JointSpace;
use lexicell_analysis::contrastive::{EpochLoss as Loss, Refiner, TrainingEnd as End};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{
    Backend, EpochLoss, Note, NoteLevel, Output, RefineReport, RefineSettings, Step, TrainingEnd,
    View,
};

use self::inputs::Inputs;
use super::{announce, missing};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::Shared;
use crate::task::{Stop, Task};

pub(crate) use head::{apply, open};
pub(crate) use inputs::{augment, joint_options, options};

/// Cells placed between two looks at the clock.
const CELLS_PER_RUN: usize = 256;

/// What places some of the cells.
type Place<'a> = dyn Fn(&[usize]) -> Result<DenseMatrix, AnalysisError> + 'a;

/// What came out of a training.
struct Trained {
    learnt: Learnt,
    curve: Vec<Loss>,
    best_epoch: usize,
    ended: End,
    /// Cells that were fitted on, and those kept aside.
    fitted: Vec<usize>,
    validation: Vec<usize>,
    backend: Backend,
}

/// What was learnt.
enum Learnt {
    Head(Refiner),
    Joint(Box<JointSpace>),
}

impl Learnt {
    fn text_weight(&self) -> Option<f64> {
        match self {
            Self::Head(_) => None,
            Self::Joint(space) => Some(space.weight),
        }
    }
}

/// Trains on the labelled cells and places every cell by what was learnt.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: RefineSettings,
    resume: bool,
) -> Result<Output, Stop> {
    let inputs = Inputs::collect(task, session, &settings)?;
    let trained = train::run(task, session, &inputs, &settings, resume).await?;
    let embedding = placed(task, &inputs, &trained.learnt).await?;
    let quality = quality::before_and_after(task, &inputs, &trained, &embedding).await?;
    let report = report(settings, &inputs, &trained, quality);
    let head = head::saved(task, session, &inputs, trained, &embedding, &report)?;
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

/// Every cell in the space that was learnt.
async fn placed(task: &Task, inputs: &Inputs, learnt: &Learnt) -> Result<DenseMatrix, Stop> {
    let text = &inputs.embedding;
    match (learnt, inputs.paired().map_err(|error| error.at(task.step))?) {
        (Learnt::Joint(space), Some(cells)) => {
            place(task, text.n_rows(), &|rows| space.apply(&cells, rows)).await
        }
        (Learnt::Joint(_), None) => Err(missing(task, "The principal components")),
        (Learnt::Head(refiner), _) => {
            place(task, text.n_rows(), &|rows| refiner.apply(text, rows)).await
        }
    }
}

async fn place(task: &Task, n: usize, place: &Place<'_>) -> Result<DenseMatrix, Stop> {
    let mut values = Vec::new();
    for first in (0..n).step_by(CELLS_PER_RUN) {
        let rows: Vec<usize> = (first..(first + CELLS_PER_RUN).min(n)).collect();
        let part = place(&rows).map_err(|error| error.at(task.step))?;
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
    trained: &Trained,
    quality: Vec<lexicell_protocol::ViewQuality>,
) -> RefineReport {
    RefineReport {
        n_train: trained.fitted.len() as u64,
        n_validation: trained.validation.len() as u64,
        n_unlabeled: inputs.n_unlabeled,
        classes: inputs.class_names.clone(),
        curve: trained.curve.iter().copied().map(in_words).collect(),
        best_epoch: trained.best_epoch as u32,
        ended: match trained.ended {
            End::AllEpochs => TrainingEnd::AllEpochs,
            End::EarlyStop => TrainingEnd::EarlyStop,
        },
        text_weight: trained.learnt.text_weight(),
        quality,
        backend: trained.backend.clone(),
        notes: notes(inputs, trained),
        settings,
    }
}

fn notes(inputs: &Inputs, trained: &Trained) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut warn = |text: String| notes.push(Note { level: NoteLevel::Warning, text });
    if trained.validation.is_empty() {
        warn("No cells were kept aside: the training ran blind, without early stopping.".into());
    }
    if inputs.n_unusable > 0 {
        let place = match trained.learnt.text_weight() {
            Some(weight) if weight < 1.0 => "are placed by their expression alone",
            _ => "have no place in the refined view",
        };
        warn(format!(
            "{} cells have no gene with a vector: they train nothing and {place}.",
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
