//! The training itself, on the GPU where there is one that takes it, with losses told as they come and
//! checkpoints that outlive the tab.

use std::rc::Rc;

use lexicell_analysis::contrastive::joint::{JointTraining, PairedCells};
use lexicell_analysis::contrastive::{EpochLoss, GpuTraining, PooledViews, Refined, Training};
use lexicell_analysis::{AnalysisError, Progress};
use lexicell_kernels::{Gpu, Pace};
use lexicell_protocol::{Backend, Event, RefineSettings};

use super::super::{pool, start};
use super::inputs::{self, Inputs};
use super::picture::Picture;
use super::{Learnt, Trained, in_words, options};
use crate::failure::IntoFailure;
use crate::session::Shared;
use crate::store::VectorStore;
use crate::task::{Stop, Task};
use crate::transfer::{now, send};

/// Batches between two looks at the clock.
const BATCHES_PER_RUN: usize = 1;
/// Shortest time between two checkpoints, in milliseconds.
const CHECKPOINT_MILLIS: f64 = 3000.0;

/// Trains what the settings say to the end.
pub(super) async fn run(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    settings: &RefineSettings,
    resume: bool,
) -> Result<Trained, Stop> {
    let store = session.borrow().store.as_ref().ok().cloned();
    let label = settings.label.as_deref().filter(|_| settings.needs_labels());
    let picture = Picture::new(task, session, inputs, label);
    let mut course = Course { task, store, key: inputs.key, told: 0, kept: now(), picture };
    match inputs.paired().map_err(|error| error.at(task.step))? {
        None => head(&mut course, session, inputs, settings, resume).await,
        Some(cells) => joint(&mut course, cells, inputs, settings, resume).await,
    }
}

/// Trains the heads of a joint view, on the CPU.
async fn joint(
    course: &mut Course<'_>,
    cells: PairedCells<'_>,
    inputs: &Inputs,
    settings: &RefineSettings,
    resume: bool,
) -> Result<Trained, Stop> {
    let step = course.task.step;
    let classes = inputs.classes.as_deref().filter(|_| settings.needs_labels());
    let options = inputs::joint_options(settings);
    let mut training = JointTraining::new(cells.clone(), classes, inputs.usable.clone(), options)
        .map_err(|error| error.at(step))?;
    if resume {
        course.resume(&mut training).await?;
    }
    loop {
        let progress = training.run(BATCHES_PER_RUN).map_err(|error| error.at(step))?;
        let ticked = course.tick(&training, progress).await;
        course.keep(&training, ticked.is_err()).await;
        ticked?;
        if progress.is_done() {
            break;
        }
        if course.picture.is_due() {
            let space = training.space();
            course.picture.draw(&|rows| space.apply(&cells, rows)).await?;
        }
    }
    let found = training.finish().map_err(|error| error.at(step))?;
    Ok(Trained {
        learnt: Learnt::Joint(Box::new(found.space)),
        curve: found.curve,
        best_epoch: found.best_epoch,
        ended: found.ended,
        fitted: found.fitted,
        validation: found.validation,
        backend: Backend::Cpu,
    })
}

/// Trains a head on the text embedding.
async fn head(
    course: &mut Course<'_>,
    session: &Shared,
    inputs: &Inputs,
    settings: &RefineSettings,
    resume: bool,
) -> Result<Trained, Stop> {
    let task = course.task;
    let views = PooledViews::new(
        &inputs.dataset.adata.x,
        inputs.dataset.state,
        inputs.genes.rows.clone(),
        &inputs.genes.table,
        pool::choice(&inputs.pooling),
        inputs::augment(settings),
    )
    .map_err(|error| error.at(task.step))?;
    let mut training = Training::new(
        &inputs.embedding,
        inputs.classes.as_deref(),
        inputs.usable.clone(),
        settings.needs_views().then_some(&views as _),
        options(settings),
    )
    .map_err(|error| error.at(task.step))?;
    if resume {
        course.resume(&mut training).await?;
    }
    let (gpu, backend) = {
        let session = session.borrow();
        (session.compute.gpu(), session.compute.report.backend.clone())
    };
    let (found, backend) = match gpu.filter(|_| GpuTraining::supports(training.objective())) {
        Some(gpu) => match on_gpu(course, inputs, &gpu, training).await? {
            Progressed::Whole(refined) => (*refined, backend),
            Progressed::InPart(training, error) => {
                start::lose_gpu(session, &error.to_string());
                (on_cpu(course, inputs, *training).await?, Backend::Cpu)
            }
        },
        None => (on_cpu(course, inputs, training).await?, Backend::Cpu),
    };
    Ok(Trained {
        learnt: Learnt::Head(found.refiner),
        curve: found.curve,
        best_epoch: found.best_epoch,
        ended: found.ended,
        fitted: found.fitted,
        validation: found.validation,
        backend,
    })
}

/// How far the GPU came.
enum Progressed<'a> {
    Whole(Box<Refined>),
    /// The GPU failed; the training can go on from where its weights were read back last.
    InPart(Box<Training<'a>>, AnalysisError),
}

async fn on_gpu<'a>(
    course: &mut Course<'_>,
    inputs: &Inputs,
    gpu: &Gpu,
    training: Training<'a>,
) -> Result<Progressed<'a>, Stop> {
    let mut training = match GpuTraining::new(gpu, training).await {
        Ok(training) => training,
        Err(refusal) => return Ok(Progressed::InPart(Box::new(refusal.training), refusal.error)),
    };
    let mut pace = Pace::new(gpu);
    loop {
        let began = now();
        let progress = match training.run(pace.limit()).await {
            Ok(progress) => progress,
            Err(error @ AnalysisError::Gpu(_)) => {
                return Ok(Progressed::InPart(Box::new(training.into_training()), error));
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
            course.picture.draw(&|rows| refiner.apply(&inputs.embedding, rows)).await?;
        }
        if progress.is_done() {
            let refined = training.finish().map_err(|error| error.at(course.task.step))?;
            return Ok(Progressed::Whole(Box::new(refined)));
        }
    }
}

async fn on_cpu(
    course: &mut Course<'_>,
    inputs: &Inputs,
    mut training: Training<'_>,
) -> Result<Refined, Stop> {
    loop {
        let progress = training.run(BATCHES_PER_RUN).map_err(|error| error.at(course.task.step))?;
        let ticked = course.tick(&training, progress).await;
        course.keep(&training, ticked.is_err()).await;
        ticked?;
        if course.picture.is_due() {
            let refiner = training.refiner();
            course.picture.draw(&|rows| refiner.apply(&inputs.embedding, rows)).await?;
        }
        if progress.is_done() {
            return training.finish().map_err(|error| error.at(course.task.step).into());
        }
    }
}

/// What a training of either kind tells of itself while it runs.
trait Resumable {
    fn curve(&self) -> &[EpochLoss];
    fn checkpoint(&self) -> Vec<u8>;
    fn resume(&mut self, state: &[u8]) -> Result<(), AnalysisError>;
}

macro_rules! resumable {
    ($training:ident) => {
        impl Resumable for $training<'_> {
            fn curve(&self) -> &[EpochLoss] {
                $training::curve(self)
            }

            fn checkpoint(&self) -> Vec<u8> {
                $training::checkpoint(self)
            }

            fn resume(&mut self, state: &[u8]) -> Result<(), AnalysisError> {
                $training::resume(self, state)
            }
        }
    };
}

resumable!(Training);
resumable!(JointTraining);

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
    async fn resume(&mut self, training: &mut dyn Resumable) -> Result<(), Stop> {
        let Some(store) = &self.store else { return Ok(()) };
        if let Ok(Some(state)) = store.checkpoint(self.key).await {
            training.resume(&state).map_err(|error| error.at(self.task.step))?;
        }
        self.tell(training);
        Ok(())
    }

    async fn tick(&mut self, training: &dyn Resumable, progress: Progress) -> Result<(), Stop> {
        self.tell(training);
        self.task.tick("batches", progress.done as u64, progress.total as u64).await
    }

    fn tell(&mut self, training: &dyn Resumable) {
        for &loss in &training.curve()[self.told..] {
            send(&Event::Epoch { id: self.task.id, loss: in_words(loss) });
        }
        self.told = training.curve().len();
    }

    /// Keeps a checkpoint when it is time, or at once. Without one the training cannot be gone on with
    /// later, but it is not wrong: a full disk does not end it.
    async fn keep(&mut self, training: &dyn Resumable, at_once: bool) {
        let Some(store) = &self.store else { return };
        if at_once || now() - self.kept > CHECKPOINT_MILLIS {
            let _ = store.keep_checkpoint(self.key, &training.checkpoint()).await;
            self.kept = now();
        }
    }
}
