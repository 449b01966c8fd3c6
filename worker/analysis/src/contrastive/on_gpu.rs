//! The same training with the passes through the head on the GPU.

mod start;
mod terms;

use lexicell_kernels::{
    Gpu,
    ops::AdamWStep,
    train::{Contrast, GpuHead, Inputs},
};

use self::{
    start::{Source, flatten, numbers, start},
    terms::{Term, losses, pairs, terms},
};
use super::{
    Objective, Refined, Refiner, Training,
    adamw::{BETA_1, BETA_2, EPSILON},
    course::{Course, NextBatch},
    network::Keys,
    training::loss_of,
};
use crate::{AnalysisError, Progress};

/// A [`Training`] whose passes through the head run on the GPU.
///
/// Batches, schedule, validation and early stopping are the training's own, and so are the numbers:
/// they differ from those of the CPU by the order of sums. Weights are read back at the end of each
/// epoch, losses of batches after each call of [`run`](Self::run).
pub struct GpuTraining<'a> {
    training: Training<'a>,
    head: GpuHead,
    source: Source,
    /// Where the training was when its weights were read back last.
    pulled: Mark,
    /// What the batches of the last run cost.
    worked: f64,
}

/// A place in a training.
#[derive(Debug, Clone, Copy)]
struct Mark {
    epoch: usize,
    batch: usize,
    running: (f64, usize),
    n_steps: u64,
}

/// A training that the GPU did not take: it can go on where it is.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The training, unchanged.
    pub training: Training<'a>,
    /// Why the GPU did not take it.
    pub error: AnalysisError,
}

impl<'a> GpuTraining<'a> {
    /// Whether the GPU has the kernels of an objective; the others are trained on the CPU.
    #[must_use]
    pub fn supports(objective: Objective) -> bool {
        !matches!(objective, Objective::TripletCrossEntropy { .. })
    }

    /// Brings a training, new or resumed, to the GPU.
    ///
    /// # Errors
    /// The training itself, and the reason: an objective without kernels, a device that fails the
    /// self-test of training, has too little memory or was lost.
    pub async fn new(gpu: &Gpu, training: Training<'a>) -> Result<Self, Box<Refusal<'a>>> {
        if !Self::supports(training.course.options.objective) {
            let allowed = "SupCon, NT-Xent or both on the GPU";
            let error = AnalysisError::setting("objective", allowed, "triplet loss");
            return Err(Box::new(Refusal { training, error }));
        }
        match start(gpu, &training).await {
            Ok((head, source)) => {
                let pulled = Mark::of(&training);
                Ok(Self { training, head, source, pulled, worked: 0.0 })
            }
            Err(error) => Err(Box::new(Refusal { training, error: error.into() })),
        }
    }

    /// Does about `work` operations ([`lexicell_kernels::Pace::limit`]) and waits for them: some
    /// batches, or a part of the cells kept aside.
    ///
    /// # Errors
    /// As [`Training::run`], or the device was lost or failed; [`into_training`](Self::into_training)
    /// saves what was done before.
    pub async fn run(&mut self, work: f64) -> Result<Progress, AnalysisError> {
        self.worked = 0.0;
        if self.training.course.ended.is_some() {
            return Ok(self.training.progress());
        }
        if self.training.course.batch < self.training.course.plan.len() {
            self.train(work).await?;
        } else {
            self.validate().await?;
        }
        if self.training.epoch_is_done() {
            self.pull().await?;
            self.training.end_epoch();
            self.pulled = Mark::of(&self.training);
        }
        Ok(self.training.progress())
    }

    /// What the batches of the last [`run`](Self::run) cost, to be told to a [`lexicell_kernels::Pace`]:
    /// less than it was given at an epoch's end, 0 where cells kept aside were judged.
    #[must_use]
    pub fn worked(&self) -> f64 {
        self.worked
    }

    /// The training: its losses, its cells, how far it is. Its weights are those of the last epoch's
    /// end, or of the last [`pull`](Self::pull).
    #[must_use]
    pub fn training(&self) -> &Training<'a> {
        &self.training
    }

    /// Reads weights and moments back, so that [`training`](Self::training) can be saved as it is now.
    ///
    /// # Errors
    /// The device was lost or failed.
    pub async fn pull(&mut self) -> Result<(), AnalysisError> {
        let state = self.head.state().await?;
        let parameters = flatten(&state, |layer| &layer.values);
        self.training.network.parameters_mut().copy_from_slice(&parameters);
        self.training.optimizer.means = flatten(&state, |layer| &layer.first_moment);
        self.training.optimizer.squares = flatten(&state, |layer| &layer.second_moment);
        self.pulled = Mark::of(&self.training);
        Ok(())
    }

    /// Gives the GPU up: the training goes on, on the CPU, from where its weights were read back last.
    #[must_use]
    pub fn into_training(mut self) -> Training<'a> {
        let Mark { epoch, batch, running, n_steps } = self.pulled;
        if self.training.course.ended.is_none() {
            self.training.course.go_to(epoch, batch);
            self.training.course.running = running;
            self.training.optimizer.n_steps = n_steps;
            // Cells kept aside are judged anew.
            self.training.validation.take();
        }
        self.training
    }

    /// The centring and the head of now, for a map that moves.
    ///
    /// # Errors
    /// As [`pull`](Self::pull).
    pub async fn refiner(&self) -> Result<Refiner, AnalysisError> {
        let layers = self.head.layers().await?;
        Ok(self.training.refiner_of(&layers.iter().flat_map(numbers).collect::<Vec<f32>>()))
    }

    /// As [`Training::finish`].
    ///
    /// # Errors
    /// If batches are left to do.
    pub fn finish(self) -> Result<Refined, AnalysisError> {
        self.training.finish()
    }

    /// Submits batches of this epoch and waits for their losses.
    async fn train(&mut self, work: f64) -> Result<(), AnalysisError> {
        let objective = self.training.course.options.objective;
        let n_terms = terms(objective).len();
        while self.training.course.batch < self.training.course.plan.len()
            && (self.worked == 0.0 || self.worked < work)
        {
            let n_rows = self.submit()?;
            self.worked += self.head.step_cost(n_rows, n_terms).max(1.0);
        }
        for found in self.head.losses().await? {
            let loss = losses(objective, &found).value(objective);
            loss.map_or(Ok(()), |loss| self.training.course.count_loss(loss))?;
        }
        Ok(())
    }

    /// Submits one batch, and says how many rows it has.
    fn submit(&mut self) -> Result<usize, AnalysisError> {
        let training = &mut self.training;
        let NextBatch { place, learning_rate, mut views } = training.course.take_batch();
        let (batch, rows) = (&training.course.plan[place], &mut training.rows);
        let class_of = &training.partition.class_of[..];
        let (cells, pooled);
        let inputs = match &self.source {
            Source::Table(places) => {
                cells = batch.iter().map(|&cell| places[cell]).collect::<Vec<_>>();
                rows.classes.clear();
                rows.classes.extend(batch.iter().map(|&cell| class_of[cell]));
                Inputs::Rows(&cells)
            }
            Source::Genes => {
                pooled = training.inputs.gather_genes(batch, class_of, &mut views, rows)?;
                Inputs::Pooled(pooled.rows())
            }
            Source::Host => {
                let fitted = (&training.centering, class_of);
                training.inputs.gather(batch, fitted, &mut views, rows)?;
                Inputs::Given(&rows.inputs)
            }
        };
        let n_rows = rows.classes.len();
        let pairs = pairs(n_rows);
        let contrast = |(term, weight): &(Term, f64)| Contrast {
            groups: if *term == Term::Supervised { &rows.classes } else { &pairs },
            temperature: training.course.options.temperature as f32,
            weight: *weight as f32,
        };
        let contrasts: Vec<_> =
            terms(training.course.options.objective).iter().map(contrast).collect();
        let step = AdamWStep {
            t: u32::try_from(training.optimizer.n_steps + 1).unwrap_or(u32::MAX),
            learning_rate,
            betas: (BETA_1, BETA_2),
            epsilon: EPSILON,
            weight_decay: training.course.options.weight_decay,
        };
        if self.head.step(inputs, &contrasts, &step)? {
            training.optimizer.n_steps += 1;
        }
        Ok(n_rows)
    }

    /// Judges a chunk of the cells kept aside: refined on the GPU, compared on the CPU.
    async fn validate(&mut self) -> Result<(), AnalysisError> {
        let Training { inputs, partition, centering, network, course, validation, .. } =
            &mut self.training;
        let fitted = (&*centering, &partition.class_of[..]);
        if let Some(rows) = validation.unrefined_keys(inputs, fitted)? {
            let classes = rows.classes.clone();
            let rows = self.head.forward(Inputs::Given(&rows.inputs)).await?;
            validation.refined_keys = Some(Keys { rows, classes });
        }
        let rows = validation.rows(inputs, fitted)?;
        let classes = rows.classes.clone();
        let refined = self.head.forward(Inputs::Given(&rows.inputs)).await?;
        let keys = validation.refined_keys.as_ref();
        let losses = network.losses_of(loss_of(&course.options), refined, &classes, keys);
        validation.judged(&losses, inputs);
        Ok(())
    }
}

impl Mark {
    fn of(training: &Training<'_>) -> Self {
        let Course { epoch, batch, running, .. } = training.course;
        Self { epoch, batch, running, n_steps: training.optimizer.n_steps }
    }
}
