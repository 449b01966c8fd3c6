use lexicell_matrix::DenseMatrix;

use super::{
    AdamW, Head, HeadShape, Objective, Refiner, TrainOptions, ViewSource,
    batches::Batches,
    inputs::{Inputs, Rows},
    learning_rate,
    network::{Loss, Network},
    split::{Partition, partition},
    stream::{Purpose, stream},
    validation::Validation,
};
use crate::{AnalysisError, Progress, centering::Centering, rng::SplitMix64};

/// The losses of one epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochLoss {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean loss of the training batches.
    pub train: f64,
    /// Loss of the cells kept aside, where there are any.
    pub validation: Option<f64>,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingEnd {
    /// All epochs were run.
    AllEpochs,
    /// The validation loss stopped falling.
    EarlyStop,
}

/// What came out of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    /// The centring and the best head.
    pub refiner: Refiner,
    /// The losses, epoch by epoch.
    pub curve: Vec<EpochLoss>,
    /// The epoch whose head was kept, from 1: that of the lowest validation loss, or the last one.
    pub best_epoch: usize,
    /// Why training ended.
    pub ended: TrainingEnd,
    /// Cells that the centring and the head were fitted on.
    pub fitted: Vec<usize>,
    /// Cells that early stopping looked at.
    pub validation: Vec<usize>,
}

/// The head with the lowest validation loss so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Best {
    pub(super) epoch: usize,
    pub(super) loss: f64,
    pub(super) parameters: Vec<f32>,
}

/// What the next batch of a training is made of and learnt with, wherever that happens.
pub(super) struct NextBatch {
    /// Its place in the plan of the epoch.
    pub(super) place: usize,
    pub(super) learning_rate: f64,
    /// What its views are drawn with.
    pub(super) views: SplitMix64,
}

/// A training under way, to be driven with [`run`](Self::run).
///
/// Everything fitted sees the training cells only. The same seed gives the same bits, whether the
/// training was interrupted or not.
pub struct Training<'a> {
    pub(super) options: TrainOptions,
    pub(super) inputs: Inputs<'a>,
    pub(super) partition: Partition,
    pub(super) centering: Centering,
    pub(super) network: Network<f32>,
    pub(super) optimizer: AdamW<f32>,
    batches: Batches,
    pub(super) validation: Validation,
    /// The batches of the epoch at work.
    pub(super) plan: Vec<Vec<usize>>,
    /// Room for a batch.
    pub(super) rows: Rows,
    /// The epoch at work, from 0, and its next batch.
    pub(super) epoch: usize,
    pub(super) batch: usize,
    /// Sum of the losses of this epoch's batches, and their number.
    pub(super) running: (f64, usize),
    pub(super) curve: Vec<EpochLoss>,
    pub(super) best: Option<Best>,
    pub(super) ended: Option<TrainingEnd>,
}

impl<'a> Training<'a> {
    /// Prepares a training: splits the training cells, fits the centring, draws the weights.
    ///
    /// With `views`, every objective sees two views of each cell in place of the cell itself. Cells
    /// without a class (`u32::MAX`) train only objectives that compare views; rows of zeros take no
    /// part.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`, pooled and not centred; `classes`: `n_obs`; `train`: rows of `cells`.
    ///
    /// # Errors
    /// If sizes disagree, a training cell is not finite, a setting lies outside its range, views are
    /// needed and missing, or the training cells cannot be contrasted: no label, one class, or one cell
    /// of each class and no views.
    pub fn new(
        cells: &'a DenseMatrix,
        classes: Option<&[u32]>,
        train: Vec<usize>,
        views: Option<&'a dyn ViewSource>,
        options: TrainOptions,
    ) -> Result<Self, AnalysisError> {
        options.check()?;
        if cells.n_cols() == 0 {
            return Err(AnalysisError::setting("width of the embedding", "at least 1", 0));
        }
        if options.objective.needs_views() && views.is_none() {
            return Err(AnalysisError::NoViews);
        }
        let partition = partition(cells, classes, train, views.is_some(), &options)?;
        let centering = Centering::fit(cells, &partition.fitted)?;
        let TrainOptions { hidden, dim, seed, .. } = options;
        let shape = HeadShape { inputs: cells.n_cols(), hidden, dim };
        let has_classifier = matches!(options.objective, Objective::TripletCrossEntropy { .. });
        let n_classes = has_classifier.then_some(partition.n_classes);
        let weights_seed = stream(seed, Purpose::Weights, 0).next_u64();
        let network = Network::new(shape, n_classes, weights_seed);
        let n_parameters = network.parameters().len();
        let optimizer = AdamW::new(n_parameters, network.weights(), options.weight_decay);
        let batches = Batches::new(&partition, &options);
        let validation = Validation::new(&partition, &options);
        Ok(Self {
            options,
            inputs: Inputs { cells, views },
            plan: batches.epoch(seed, 0),
            partition,
            centering,
            network,
            optimizer,
            batches,
            validation,
            rows: Rows::default(),
            epoch: 0,
            batch: 0,
            running: (0.0, 0),
            curve: Vec::new(),
            best: None,
            ended: None,
        })
    }

    /// Does up to `limit` batches; the cells kept aside count as batches too.
    ///
    /// # Errors
    /// If a view cannot be made, or the loss is no longer a number.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.ended.is_some() {
                break;
            }
            if self.batch < self.plan.len() {
                self.train_batch()?;
            } else {
                let fitted = (&self.centering, &self.partition.class_of[..]);
                let loss = loss_of(&self.options);
                self.validation.step(&self.inputs, fitted, &mut self.network, loss)?;
            }
            if self.epoch_is_done() {
                self.end_epoch();
            }
        }
        Ok(self.progress())
    }

    /// Batches done, and those of all epochs.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let of_epoch = self.batches.len() + self.validation.len();
        let total = self.options.epochs * of_epoch;
        let done = self.epoch * of_epoch + self.batch + self.validation.next;
        Progress { done: if self.ended.is_some() { total } else { done }, total }
    }

    /// The losses of the epochs done.
    #[must_use]
    pub fn curve(&self) -> &[EpochLoss] {
        &self.curve
    }

    /// The centring and the head of now, for a map that moves.
    #[must_use]
    pub fn refiner(&self) -> Refiner {
        self.refiner_of(self.network.parameters())
    }

    /// Cells that are fitted on, in rising order.
    #[must_use]
    pub fn fitted(&self) -> &[usize] {
        &self.partition.fitted
    }

    /// Cells kept aside for early stopping, in rising order.
    #[must_use]
    pub fn validation(&self) -> &[usize] {
        &self.partition.validation
    }

    /// The best head, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If batches are left to do.
    pub fn finish(self) -> Result<Refined, AnalysisError> {
        let Some(ended) = self.ended else {
            let message = "the head was asked for before the training was done";
            return Err(AnalysisError::OutOfTurn { step: "refinement", message });
        };
        let (refiner, best_epoch) = match &self.best {
            Some(best) => (self.refiner_of(&best.parameters), best.epoch),
            None => (self.refiner(), self.curve.len()),
        };
        let Partition { fitted, validation, .. } = self.partition;
        Ok(Refined { refiner, curve: self.curve, best_epoch, ended, fitted, validation })
    }

    /// Batches of an epoch.
    pub(super) fn n_batches(&self) -> usize {
        self.batches.len()
    }

    /// Puts the training at the start of a batch; the plan of its epoch follows from the seed.
    pub(super) fn go_to(&mut self, epoch: usize, batch: usize) {
        self.plan = self.batches.epoch(self.options.seed, epoch);
        (self.epoch, self.batch) = (epoch, batch.min(self.plan.len()));
    }

    /// Whether all batches and all cells kept aside are done.
    pub(super) fn epoch_is_done(&self) -> bool {
        self.batch == self.plan.len() && self.validation.next == self.validation.len()
    }

    /// Moves on by a batch, which the caller is to learn from.
    pub(super) fn take_batch(&mut self) -> NextBatch {
        let TrainOptions { epochs, learning_rate: highest, seed, .. } = self.options;
        let n_batches = self.plan.len();
        let step = self.epoch * n_batches + self.batch;
        let place = self.batch;
        self.batch += 1;
        NextBatch {
            place,
            learning_rate: learning_rate(step, epochs * n_batches, highest),
            views: stream(seed, Purpose::Views, step as u64),
        }
    }

    /// Adds a batch's loss to those of the epoch.
    pub(super) fn count_loss(&mut self, value: f64) -> Result<(), AnalysisError> {
        if !value.is_finite() {
            let learning_rate = self.options.learning_rate;
            return Err(AnalysisError::Diverged { epoch: self.epoch + 1, learning_rate });
        }
        self.running = (self.running.0 + value, self.running.1 + 1);
        Ok(())
    }

    pub(super) fn refiner_of(&self, parameters: &[f32]) -> Refiner {
        let head = Head::of_training(self.network.shape(), parameters);
        Refiner { centering: self.centering.clone(), head }
    }

    fn train_batch(&mut self) -> Result<(), AnalysisError> {
        let NextBatch { place, learning_rate, mut views } = self.take_batch();
        let fitted = (&self.centering, &self.partition.class_of[..]);
        self.inputs.gather(&self.plan[place], fitted, &mut views, &mut self.rows)?;
        let loss = loss_of(&self.options);
        let Some(value) = self.network.loss_and_gradient(loss, &self.rows.batch()) else {
            // By chance no cell of the batch has a partner: nothing can be learnt from it.
            return Ok(());
        };
        self.count_loss(value)?;
        let (parameters, gradient) = self.network.parameters_and_gradient();
        self.optimizer.step(parameters, gradient, learning_rate);
        Ok(())
    }

    pub(super) fn end_epoch(&mut self) {
        let validation = self.validation.take().value(self.options.objective);
        let (sum, n) = std::mem::take(&mut self.running);
        let epoch = self.epoch + 1;
        self.curve.push(EpochLoss { epoch, train: sum / n.max(1) as f64, validation });
        if let Some(loss) = validation
            && self.best.as_ref().is_none_or(|best| loss < best.loss)
        {
            let parameters = self.network.parameters().to_vec();
            self.best = Some(Best { epoch, loss, parameters });
        }
        let waited = self.best.as_ref().map_or(0, |best| epoch - best.epoch);
        if waited >= self.options.patience {
            self.ended = Some(TrainingEnd::EarlyStop);
        } else if epoch == self.options.epochs {
            self.ended = Some(TrainingEnd::AllEpochs);
        }
        if self.ended.is_none() {
            self.go_to(epoch, 0);
        }
    }
}

impl std::fmt::Debug for Training<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = out.debug_struct("Training");
        out.field("options", &self.options).field("progress", &self.progress());
        out.finish_non_exhaustive()
    }
}

pub(super) fn loss_of(options: &TrainOptions) -> Loss {
    Loss { objective: options.objective, temperature: options.temperature }
}
