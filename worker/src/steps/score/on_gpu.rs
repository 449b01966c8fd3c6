//! The trainings of the rounds, on the GPU where there is one that takes them.

use lexicell_analysis::AnalysisError;
use lexicell_analysis::contrastive::{GpuTraining, Training};
use lexicell_analysis::evaluation::Trial;
use lexicell_kernels::{Gpu, Pace};
use lexicell_protocol::{Note, NoteLevel};

use super::super::start;
use crate::session::Shared;
use crate::task::{Stop, Task};
use crate::transfer::now;

/// Trains on the GPU as long as it does.
pub(super) struct Trainer<'a> {
    task: &'a Task,
    session: &'a Shared,
    gpu: Option<(Gpu, Pace)>,
    has_trained: bool,
}

impl<'a> Trainer<'a> {
    pub(super) fn new(task: &'a Task, session: &'a Shared) -> Self {
        let gpu = session.borrow().compute.gpu().map(|gpu| {
            let pace = Pace::new(&gpu);
            (gpu, pace)
        });
        Self { task, session, gpu, has_trained: false }
    }

    /// The training that a trial is about to do, if it can be done here.
    pub(super) fn takes<'t>(&self, trial: &mut Trial<'t>) -> Option<Training<'t>> {
        self.gpu.as_ref()?;
        let training = trial.take_training()?;
        if training.progress().is_done() || !GpuTraining::supports(training.objective()) {
            trial.return_training(training);
            return None;
        }
        Some(training)
    }

    /// Trains to the end; where the GPU fails, what is left is for the CPU. The inner error is that of
    /// the training cells.
    pub(super) async fn train<'t>(
        &mut self,
        training: Training<'t>,
        (done, total): (u64, u64),
    ) -> Result<Result<Training<'t>, AnalysisError>, Stop> {
        let Some((gpu, pace)) = &mut self.gpu else { return Ok(Ok(training)) };
        let mut training = match GpuTraining::new(gpu, training).await {
            Ok(training) => training,
            Err(refusal) => {
                self.gpu = None;
                return Ok(Ok(refusal.training));
            }
        };
        loop {
            let began = now();
            match training.run(pace.limit()).await {
                Ok(progress) if progress.is_done() => break,
                Ok(_) => pace.observe(training.worked(), (now() - began) / 1000.0),
                Err(error @ AnalysisError::Gpu(_)) => {
                    start::lose_gpu(self.session, &error.to_string());
                    self.gpu = None;
                    break;
                }
                Err(error) => return Ok(Err(error)),
            }
            self.task.tick("rounds", done, total).await?;
        }
        self.has_trained = true;
        Ok(Ok(training.into_training()))
    }

    /// What the reader must know to repeat the score.
    pub(super) fn note(self) -> Option<Note> {
        let text = "Heads were trained on the GPU: another device may tell a few cells otherwise. On the CPU the same settings give the same figures to the last digit.".to_owned();
        self.has_trained.then_some(Note { level: NoteLevel::Info, text })
    }
}
