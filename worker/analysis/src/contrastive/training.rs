use lexicell_matrix::DenseMatrix;

use super::{
    AdamW, EpochLoss, Head, HeadShape, Objective, Refiner, TrainOptions, TrainingEnd, ViewSource,
    course::{Course, NextBatch},
    inputs::{Inputs, Rows},
    network::{Loss, Network},
    split::{Partition, partition},
    stream::{Purpose, stream},
    validation::Validation,
};
use crate::{AnalysisError, Progress, centering::Centering};

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

/// A training under way, to be driven with [`run`](Self::run).
///
/// Everything fitted sees the training cells only. The same seed gives the same bits, whether the
/// training was interrupted or not.
pub struct Training<'a> {
    pub(super) course: Course,
    pub(super) inputs: Inputs<'a>,
    pub(super) partition: Partition,
    pub(super) centering: Centering,
    pub(super) network: Network<f32>,
    pub(super) optimizer: AdamW<f32>,
    pub(super) validation: Validation,
    /// Room for a batch.
    pub(super) rows: Rows,
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
        let partition = partition(&[cells], classes, train, views.is_some(), &options)?;
        let centering = Centering::fit(cells, &partition.fitted)?;
        let TrainOptions { hidden, dim, seed, .. } = options;
        let shape = HeadShape { inputs: cells.n_cols(), hidden, dim };
        let has_classifier = matches!(options.objective, Objective::TripletCrossEntropy { .. });
        let n_classes = has_classifier.then_some(partition.n_classes);
        let weights_seed = stream(seed, Purpose::Weights, 0).next_u64();
        let network = Network::new(shape, n_classes, weights_seed);
        let n_parameters = network.parameters().len();
        let optimizer = AdamW::new(n_parameters, network.weights(), options.weight_decay);
        let validation = Validation::new(&partition, &options);
        Ok(Self {
            course: Course::new(&partition, options),
            inputs: Inputs { cells, views },
            partition,
            centering,
            network,
            optimizer,
            validation,
            rows: Rows::default(),
        })
    }

    /// Does up to `limit` batches; the cells kept aside count as batches too.
    ///
    /// # Errors
    /// If a view cannot be made, or the loss is no longer a number.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.course.ended.is_some() {
                break;
            }
            if !self.course.batches_are_done() {
                self.train_batch()?;
            } else {
                let fitted = (&self.centering, &self.partition.class_of[..]);
                let loss = loss_of(&self.course.options);
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
        self.course.progress(self.validation.progress())
    }

    /// What is minimised.
    #[must_use]
    pub fn objective(&self) -> Objective {
        self.course.options.objective
    }

    /// The losses of the epochs done.
    #[must_use]
    pub fn curve(&self) -> &[EpochLoss] {
        &self.course.curve
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
        let (ended, best_epoch, best) = self.course.outcome()?;
        let refiner = self.refiner_of(best.unwrap_or(self.network.parameters()));
        let Partition { fitted, validation, .. } = self.partition;
        Ok(Refined { refiner, curve: self.course.curve, best_epoch, ended, fitted, validation })
    }

    /// Whether all batches and all cells kept aside are done.
    pub(super) fn epoch_is_done(&self) -> bool {
        self.course.batches_are_done() && self.validation.progress().is_done()
    }

    pub(super) fn refiner_of(&self, parameters: &[f32]) -> Refiner {
        let head = Head::of_training(self.network.shape(), parameters);
        Refiner { centering: self.centering.clone(), head }
    }

    fn train_batch(&mut self) -> Result<(), AnalysisError> {
        let NextBatch { place, learning_rate, mut views } = self.course.take_batch();
        let fitted = (&self.centering, &self.partition.class_of[..]);
        self.inputs.gather(&self.course.plan[place], fitted, &mut views, &mut self.rows)?;
        let loss = loss_of(&self.course.options);
        let Some(value) = self.network.loss_and_gradient(loss, &self.rows.batch()) else {
            // By chance no cell of the batch has a partner: nothing can be learnt from it.
            return Ok(());
        };
        self.course.count_loss(value)?;
        let (parameters, gradient) = self.network.parameters_and_gradient();
        self.optimizer.step(parameters, gradient, learning_rate);
        Ok(())
    }

    pub(super) fn end_epoch(&mut self) {
        let validation = self.validation.take().value(self.course.options.objective);
        self.course.end_epoch(validation, || self.network.parameters().to_vec());
    }
}

impl std::fmt::Debug for Training<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = out.debug_struct("Training");
        out.field("options", &self.course.options).field("progress", &self.progress());
        out.finish_non_exhaustive()
    }
}

pub(super) fn loss_of(options: &TrainOptions) -> Loss {
    Loss { objective: options.objective, temperature: options.temperature }
}
