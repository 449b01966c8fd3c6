//! The training itself, on the GPU where there is one that takes it, with losses told as they come and
//! checkpoints that outlive the tab.

use std::rc::Rc;

use lexicell_analysis::contrastive::{GpuTraining, PooledViews, Refined, Training};
use lexicell_analysis::{AnalysisError, Progress};
use lexicell_kernels::{Gpu, Pace};
use lexicell_protocol::{Backend, Event, RefineSettings};

use super::super::{pool, start};
use super::inputs::{self, Inputs};
use super::picture::Picture;
use super::{in_words, options};
use crate::failure::IntoFailure;
use crate::session::Shared;
use crate::store::VectorStore;
use crate::task::{Stop, Task};
use crate::transfer::{now, send};

/// Batches between two looks at the clock.
const BATCHES_PER_RUN: usize = 1;
/// Shortest time between two checkpoints, in milliseconds.
const CHECKPOINT_MILLIS: f64 = 3000.0;

/// Trains to the end; says what computed it.
pub(super) async fn run(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    settings: &RefineSettings,
    resume: bool,
) -> Result<(Refined, Backend), Stop> {
    let views = PooledViews::new(
        &inputs.dataset.adata.x,
        inputs.dataset.state,
        inputs.vectors.rows.clone(),
        &inputs.vectors.table,
        pool::choice(&inputs.pooling),
        inputs::augment(settings),
    )
    .map_err(|error| error.at(task.step))?;
    let mut training = Training::new(
        &inputs.embedding,
        inputs.classes.as_deref(),
        inputs.usable.clone(),
        settings.objective.needs_views().then_some(&views as _),
        options(settings),
    )
    .map_err(|error| error.at(task.step))?;
    let store = session.borrow().store.as_ref().ok().cloned();
    let label = settings.label.as_deref().filter(|_| settings.objective.needs_labels());
    let picture = Picture::new(task, session, inputs, label);
    let mut course = Course { task, store, key: inputs.key, told: 0, kept: now(), picture };
    if resume {
        course.resume(&mut training).await?;
    }
    let (gpu, backend) = {
        let session = session.borrow();
        (session.compute.gpu(), session.compute.report.backend.clone())
    };
    match gpu.filter(|_| GpuTraining::supports(options(settings).objective)) {
        Some(gpu) => match on_gpu(&mut course, &gpu, training).await? {
            Trained::Whole(refined) => Ok((*refined, backend)),
            Trained::InPart(training, error) => {
                start::lose_gpu(session, &error.to_string());
                Ok((on_cpu(&mut course, *training).await?, Backend::Cpu))
            }
        },
        None => Ok((on_cpu(&mut course, training).await?, Backend::Cpu)),
    }
}

/// How far the GPU came.
enum Trained<'a> {
    Whole(Box<Refined>),
    /// The GPU failed; the training can go on from where its weights were read back last.
    InPart(Box<Training<'a>>, AnalysisError),
}

async fn on_gpu<'a>(
    course: &mut Course<'_>,
    gpu: &Gpu,
    training: Training<'a>,
) -> Result<Trained<'a>, Stop> {
    let mut training = match GpuTraining::new(gpu, training).await {
        Ok(training) => training,
        Err(refusal) => return Ok(Trained::InPart(Box::new(refusal.training), refusal.error)),
    };
    let mut pace = Pace::new(gpu);
    loop {
        let began = now();
        let progress = match training.run(pace.limit()).await {
            Ok(progress) => progress,
            Err(error @ AnalysisError::Gpu(_)) => {
                return Ok(Trained::InPart(Box::new(training.into_training()), error));
            }
            Err(error) => return Err(error.at(course.task.step).into()),
        };
        pace.observe(training.worked(), (now() - began) / 1000.0);
        let ticked = course.tick(training.training(), progress).await;
        if ticked.is_err() {
            // Paused: what the GPU did since the last epoch's end is worth keeping too.
            let _ = training.pull().await;
        }
        course.keep(training.training(), ticked.is_err()).await;
        ticked?;
        if course.picture.is_due()
            && let Ok(refiner) = training.refiner().await
        {
            course.picture.draw(&refiner).await?;
        }
        if progress.is_done() {
            let refined = training.finish().map_err(|error| error.at(course.task.step))?;
            return Ok(Trained::Whole(Box::new(refined)));
        }
    }
}

async fn on_cpu(course: &mut Course<'_>, mut training: Training<'_>) -> Result<Refined, Stop> {
    loop {
        let progress = training.run(BATCHES_PER_RUN).map_err(|error| error.at(course.task.step))?;
        let ticked = course.tick(&training, progress).await;
        course.keep(&training, ticked.is_err()).await;
        ticked?;
        if course.picture.is_due() {
            course.picture.draw(&training.refiner()).await?;
        }
        if progress.is_done() {
            return training.finish().map_err(|error| error.at(course.task.step).into());
        }
    }
}

/// What goes on beside a training: losses told, checkpoints kept.
struct Course<'a> {
    task: &'a Task,
    store: Option<Rc<VectorStore>>,
    key: u64,
    /// Epochs whose losses were told.
    told: usize,
    /// When the last checkpoint was kept.
    kept: f64,
    picture: Picture<'a>,
}

impl Course<'_> {
    /// Goes on from the checkpoint of the same training, if there is one.
    async fn resume(&mut self, training: &mut Training<'_>) -> Result<(), Stop> {
        let Some(store) = &self.store else { return Ok(()) };
        if let Ok(Some(state)) = store.checkpoint(self.key).await {
            training.resume(&state).map_err(|error| error.at(self.task.step))?;
        }
        self.tell(training);
        Ok(())
    }

    async fn tick(&mut self, training: &Training<'_>, progress: Progress) -> Result<(), Stop> {
        self.tell(training);
        self.task.tick("batches", progress.done as u64, progress.total as u64).await
    }

    fn tell(&mut self, training: &Training<'_>) {
        for &loss in &training.curve()[self.told..] {
            send(&Event::Epoch { id: self.task.id, loss: in_words(loss) });
        }
        self.told = training.curve().len();
    }

    /// Keeps a checkpoint when it is time, or at once. Without one the training cannot be gone on with
    /// later, but it is not wrong: a full disk does not end it.
    async fn keep(&mut self, training: &Training<'_>, at_once: bool) {
        let Some(store) = &self.store else { return };
        if at_once || now() - self.kept > CHECKPOINT_MILLIS {
            let _ = store.keep_checkpoint(self.key, &training.checkpoint()).await;
            self.kept = now();
        }
    }
}
