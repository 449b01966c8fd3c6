use super::{
    EVEN_WEIGHT, JointOptions, JointSpace, PairedCells, WEIGHTS, WeightScore,
    network::JointNetwork,
    validation::{JointRows, JointValidation},
    weight::Weighing,
};
use crate::{
    AnalysisError, Progress,
    centering::Centering,
    contrastive::{
        AdamW, EpochLoss, Head, Objective, Refiner, TrainingEnd,
        course::{Course, NextBatch},
        network::Network,
        split::{Partition, partition},
        stream::{Purpose, stream},
        training::loss_of,
    },
};

/// What came out of the training of a joint view.
#[derive(Debug, Clone, PartialEq)]
pub struct JointRefined {
    /// Both heads and the weight of the text.
    pub space: JointSpace,
    /// The weights tried on the labelled validation cells. Where there are none the weight is 0,
    /// expression alone; where no labels were given it is [`EVEN_WEIGHT`].
    pub weights: Vec<WeightScore>,
    /// The losses, epoch by epoch.
    pub curve: Vec<EpochLoss>,
    /// The epoch whose heads were kept, from 1: that of the lowest validation loss, or the last one.
    pub best_epoch: usize,
    /// Why training ended.
    pub ended: TrainingEnd,
    /// Cells that the centrings and the heads were fitted on.
    pub fitted: Vec<usize>,
    /// Cells that early stopping and the choice of the weight looked at.
    pub validation: Vec<usize>,
}

/// A training of both heads under way, to be driven with [`run`](Self::run).
///
/// Everything fitted sees the training cells only; the same seed gives the same bits, whether the training
/// was interrupted or not.
#[derive(Debug)]
pub struct JointTraining<'a> {
    pub(super) cells: PairedCells<'a>,
    pub(super) partition: Partition,
    pub(super) course: Course,
    /// Of text and expression, as all pairs here.
    centerings: [Centering; 2],
    pub(super) network: JointNetwork<f32>,
    pub(super) optimizers: [AdamW<f32>; 2],
    pub(super) validation: JointValidation,
    rows: JointRows,
    pub(super) neighbors: usize,
    pub(super) weighing: Option<Box<Weighing>>,
    pub(super) weight: Option<f64>,
}

impl<'a> JointTraining<'a> {
    /// Prepares a training: splits the training cells, fits the centrings, draws the weights.
    ///
    /// Cells without a class (`u32::MAX`) train the alignment of the views alone; cells that are missing
    /// in a view take no part. Without `classes`, the views are aligned and nothing else is learnt.
    ///
    /// # Shapes
    /// `classes`: one for each of the `cells`; `train`: places among the `cells`.
    ///
    /// # Errors
    /// If sizes disagree, a training cell is not finite, a setting lies outside its range, or the
    /// training cells cannot be contrasted: where labels are to be read there is none, one class, or one
    /// cell of each class.
    pub fn new(
        cells: PairedCells<'a>,
        classes: Option<&[u32]>,
        train: Vec<usize>,
        options: JointOptions,
    ) -> Result<Self, AnalysisError> {
        options.check()?;
        let JointOptions { train: mut settings, neighbors } = options;
        if classes.is_none() {
            settings.objective = Objective::NtXent;
        }
        let sides = cells.sides();
        let [text, expression] = &sides;
        let partition = partition(&[text, expression], classes, train, false, &settings)?;
        let centre = |side: usize| {
            Centering::fit(sides[side].matrix(), &sides[side].rows(&partition.fitted))
        };
        let centerings = [centre(0)?, centre(1)?];
        // The expression's head starts as a head on it alone would.
        let seed = |place| stream(settings.seed, Purpose::Weights, place).next_u64();
        let widths = [text.n_cols(), expression.n_cols()];
        let network =
            JointNetwork::new(widths, (settings.hidden, settings.dim), [seed(1), seed(0)]);
        let optimizer = |head: &Network<f32>| {
            AdamW::new(head.parameters().len(), head.weights(), settings.weight_decay)
        };
        Ok(Self {
            course: Course::new(&partition, settings),
            optimizers: [optimizer(&network.text), optimizer(&network.expression)],
            validation: JointValidation::new(&partition, &settings),
            cells,
            partition,
            centerings,
            network,
            rows: JointRows::default(),
            neighbors,
            weighing: None,
            weight: None,
        })
    }

    /// Does up to `limit` batches; chunks of cells kept aside and pieces of the choice of the weight
    /// count as batches too.
    ///
    /// # Errors
    /// If the loss is no longer a number.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.weight.is_some() {
                break;
            }
            if self.course.ended.is_some() {
                self.weigh()?;
                continue;
            }
            if !self.course.batches_are_done() {
                self.train_batch()?;
            } else {
                let fitted = (&self.centerings, &self.partition.class_of[..]);
                let loss = loss_of(&self.course.options);
                self.validation.step(&self.cells, fitted, &mut self.network, loss);
            }
            if self.course.batches_are_done() && self.validation.progress().is_done() {
                let validation = self.validation.take().value(self.course.options.objective);
                self.course.end_epoch(validation, || self.network.parameters());
            }
        }
        Ok(self.progress())
    }

    /// Batches and weights done, and those of all epochs.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let Progress { done, total } = self.course.progress(self.validation.progress());
        let tried = self.weighing.as_ref().map_or(0, |weighing| weighing.scores.len());
        let tried =
            if self.weight.is_some() { WEIGHTS.len() } else { tried.min(WEIGHTS.len() - 1) };
        Progress { done: done + tried, total: total + WEIGHTS.len() }
    }

    /// The losses of the epochs done.
    #[must_use]
    pub fn curve(&self) -> &[EpochLoss] {
        &self.course.curve
    }

    /// The heads of now with the even weight, for a map that moves.
    #[must_use]
    pub fn space(&self) -> JointSpace {
        self.space_of(&self.network.parameters(), EVEN_WEIGHT)
    }

    /// Cells that are fitted on, in rising order.
    #[must_use]
    pub fn fitted(&self) -> &[usize] {
        &self.partition.fitted
    }

    /// Cells kept aside for early stopping and the choice of the weight, in rising order.
    #[must_use]
    pub fn validation(&self) -> &[usize] {
        &self.partition.validation
    }

    /// The best heads and their weight, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<JointRefined, AnalysisError> {
        let Some(weight) = self.weight else {
            let message = "the heads were asked for before the training was done";
            return Err(AnalysisError::OutOfTurn { step: "joint view", message });
        };
        let (ended, best_epoch, best) = self.course.outcome()?;
        let space = match best {
            Some(parameters) => self.space_of(parameters, weight),
            None => self.space_of(&self.network.parameters(), weight),
        };
        let weights = self.weighing.map_or_else(Vec::new, |weighing| weighing.scores);
        let Partition { fitted, validation, .. } = self.partition;
        let curve = self.course.curve;
        Ok(JointRefined { space, weights, curve, best_epoch, ended, fitted, validation })
    }

    fn train_batch(&mut self) -> Result<(), AnalysisError> {
        let NextBatch { place, learning_rate, .. } = self.course.take_batch();
        let cells = &self.course.plan[place];
        self.rows.gather(&self.cells, cells, &self.centerings, &self.partition.class_of);
        let loss = loss_of(&self.course.options);
        let Some(value) = self.network.loss_and_gradient(loss, &self.rows.batch()) else {
            // By chance no cell of the batch has a partner: nothing can be learnt from it.
            return Ok(());
        };
        self.course.count_loss(value)?;
        let heads = [&mut self.network.text, &mut self.network.expression];
        for (head, optimizer) in heads.into_iter().zip(&mut self.optimizers) {
            let (parameters, gradient) = head.parameters_and_gradient();
            optimizer.step(parameters, gradient, learning_rate);
        }
        Ok(())
    }

    /// Does a piece of the choice of the weight.
    fn weigh(&mut self) -> Result<(), AnalysisError> {
        if self.weighing.is_none() {
            let (_, _, best) = self.course.outcome()?;
            let space = match best {
                Some(parameters) => self.space_of(parameters, EVEN_WEIGHT),
                None => self.space_of(&self.network.parameters(), EVEN_WEIGHT),
            };
            self.weighing = Weighing::new(space, &self.partition, self.neighbors).map(Box::new);
        }
        self.weight = match &mut self.weighing {
            Some(weighing) => weighing.step(&self.cells)?,
            // Labels without a cell to try weights on leave the classical view as it is.
            None if self.course.options.objective.needs_labels() => Some(0.0),
            None => Some(EVEN_WEIGHT),
        };
        Ok(())
    }

    fn space_of(&self, parameters: &[f32], weight: f64) -> JointSpace {
        let shapes = [self.network.text.shape(), self.network.expression.shape()];
        let (text, expression) = parameters.split_at(shapes[0].n_parameters());
        let refiner = |side: usize, parameters: &[f32]| Refiner {
            centering: self.centerings[side].clone(),
            head: Head::of_training(shapes[side], parameters),
        };
        JointSpace { text: refiner(0, text), expression: refiner(1, expression), weight }
    }
}
