use super::{
    TrainOptions,
    batches::Batches,
    learning_rate,
    split::Partition,
    stream::{Purpose, stream},
};
use crate::{AnalysisError, Progress, rng::SplitMix64};

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

/// The parameters with the lowest validation loss so far.
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

/// The course of a training, whatever it is that learns: batches, schedule, losses, early stopping.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) options: TrainOptions,
    batches: Batches,
    /// The batches of the epoch at work.
    pub(super) plan: Vec<Vec<usize>>,
    /// The epoch at work, from 0, and its next batch.
    pub(super) epoch: usize,
    pub(super) batch: usize,
    /// Sum of the losses of this epoch's batches, and their number.
    pub(super) running: (f64, usize),
    pub(super) curve: Vec<EpochLoss>,
    pub(super) best: Option<Best>,
    pub(super) ended: Option<TrainingEnd>,
}

impl Course {
    pub(super) fn new(partition: &Partition, options: TrainOptions) -> Self {
        let batches = Batches::new(partition, &options);
        Self {
            options,
            plan: batches.epoch(options.seed, 0),
            batches,
            epoch: 0,
            batch: 0,
            running: (0.0, 0),
            curve: Vec::new(),
            best: None,
            ended: None,
        }
    }

    /// Batches of an epoch.
    pub(super) fn n_batches(&self) -> usize {
        self.batches.len()
    }

    /// Whether all batches of the epoch are done.
    pub(super) fn batches_are_done(&self) -> bool {
        self.batch == self.plan.len()
    }

    /// Batches done, and those of all epochs; of the cells kept aside, `aside` of so many chunks.
    pub(super) fn progress(&self, aside: Progress) -> Progress {
        let of_epoch = self.batches.len() + aside.total;
        let total = self.options.epochs * of_epoch;
        let done = self.epoch * of_epoch + self.batch + aside.done;
        Progress { done: if self.ended.is_some() { total } else { done }, total }
    }

    /// Puts the training at the start of a batch; the plan of its epoch follows from the seed.
    pub(super) fn go_to(&mut self, epoch: usize, batch: usize) {
        self.plan = self.batches.epoch(self.options.seed, epoch);
        (self.epoch, self.batch) = (epoch, batch.min(self.plan.len()));
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

    /// Ends the epoch with the loss of the cells kept aside: keeps the parameters if they are the best
    /// so far, then begins the next epoch or ends the training.
    pub(super) fn end_epoch(
        &mut self,
        validation: Option<f64>,
        parameters: impl FnOnce() -> Vec<f32>,
    ) {
        let (sum, n) = std::mem::take(&mut self.running);
        let epoch = self.epoch + 1;
        self.curve.push(EpochLoss { epoch, train: sum / n.max(1) as f64, validation });
        if let Some(loss) = validation
            && self.best.as_ref().is_none_or(|best| loss < best.loss)
        {
            self.best = Some(Best { epoch, loss, parameters: parameters() });
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

    /// Why the training ended, the epoch that is kept and its parameters, `None` for those of now.
    pub(super) fn outcome(&self) -> Result<(TrainingEnd, usize, Option<&[f32]>), AnalysisError> {
        let Some(ended) = self.ended else {
            let message = "the head was asked for before the training was done";
            return Err(AnalysisError::OutOfTurn { step: "refinement", message });
        };
        Ok(match &self.best {
            Some(best) => (ended, best.epoch, Some(&best.parameters)),
            None => (ended, self.curve.len(), None),
        })
    }
}
