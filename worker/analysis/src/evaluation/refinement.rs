use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::{
    AnalysisError, Progress,
    contrastive::{
        Refiner, TrainOptions, Training, ViewSource,
        joint::{JointOptions, JointSpace, JointTraining, PairedCells},
    },
};

/// Cells that are placed in one unit of work.
const CELLS_PER_UNIT: usize = 256;
/// A refinement counts as this much progress.
pub(super) const UNITS: usize = 900;

/// Trains a head, or two, on the training cells of a round, then places all its cells, in steps.
#[derive(Debug)]
pub(super) struct Refinement<'a> {
    /// Rows of the training cells, then of the test cells.
    rows: Vec<usize>,
    n_train: usize,
    stage: Stage<'a>,
}

#[derive(Debug)]
enum Stage<'a> {
    Training(Learner<'a>),
    /// The head is trained elsewhere; these are the cells that it will place.
    Away(&'a DenseMatrix),
    Placing {
        placer: Placer<'a>,
        values: Vec<f32>,
        next: usize,
    },
    Failed,
}

/// What is trained.
#[derive(Debug)]
enum Learner<'a> {
    Head(Box<Training<'a>>, &'a DenseMatrix),
    Joint(Box<JointTraining<'a>>, PairedCells<'a>),
}

/// What came out of it, with the cells that it places.
#[derive(Debug)]
enum Placer<'a> {
    Head(Refiner, &'a DenseMatrix),
    Joint(Box<JointSpace>, PairedCells<'a>),
}

impl<'a> Refinement<'a> {
    /// Prepares a training that is given the classes of the training cells and of no other.
    pub(super) fn new(
        cells: &'a DenseMatrix,
        (train, classes): (&[usize], &[u32]),
        test: &[usize],
        views: Option<&'a dyn ViewSource>,
        options: TrainOptions,
    ) -> Result<Self, AnalysisError> {
        let known = known(cells.n_rows(), (train, classes))?;
        let labels = options.objective.needs_labels().then_some(&known[..]);
        let training = Training::new(cells, labels, train.to_vec(), views, options)?;
        Ok(Self::of(Learner::Head(Box::new(training), cells), train, test))
    }

    /// As [`new`](Self::new), for the heads of a joint view.
    pub(super) fn joint(
        cells: PairedCells<'a>,
        (train, classes): (&[usize], &[u32]),
        test: &[usize],
        options: JointOptions,
    ) -> Result<Self, AnalysisError> {
        let known = known(cells.n_obs(), (train, classes))?;
        let labels = options.train.objective.needs_labels().then_some(&known[..]);
        let training = JointTraining::new(cells.clone(), labels, train.to_vec(), options)?;
        Ok(Self::of(Learner::Joint(Box::new(training), cells), train, test))
    }

    fn of(learner: Learner<'a>, train: &[usize], test: &[usize]) -> Self {
        let rows = train.iter().chain(test).copied().collect();
        Self { rows, n_train: train.len(), stage: Stage::Training(learner) }
    }

    /// Trains on one batch or places 256 cells; the cells once all are placed: reference and queries.
    pub(super) fn advance(&mut self) -> Result<Option<(DenseMatrix, DenseMatrix)>, AnalysisError> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Training(mut learner) => {
                self.stage = if learner.run()?.is_done() {
                    Stage::Placing { placer: learner.finish()?, values: Vec::new(), next: 0 }
                } else {
                    Stage::Training(learner)
                };
                Ok(None)
            }
            Stage::Placing { placer, mut values, next } => {
                let end = (next + CELLS_PER_UNIT).min(self.rows.len());
                let block = placer.place(&self.rows[next..end])?;
                values.extend_from_slice(block.data());
                if end < self.rows.len() {
                    self.stage = Stage::Placing { placer, values, next: end };
                    return Ok(None);
                }
                let dim = block.n_cols();
                let queries = values.split_off(self.n_train * dim);
                let n_test = self.rows.len() - self.n_train;
                let reference = DenseMatrix::try_new(self.n_train, dim, values)?;
                Ok(Some((reference, DenseMatrix::try_new(n_test, dim, queries)?)))
            }
            Stage::Away(_) | Stage::Failed => {
                let message = "it was driven on after its end, or while its training was away";
                Err(AnalysisError::OutOfTurn { step: "refinement of a round", message })
            }
        }
    }

    /// Hands out the training of a single head.
    pub(super) fn take_training(&mut self) -> Option<Training<'a>> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Training(Learner::Head(training, cells)) => {
                self.stage = Stage::Away(cells);
                Some(*training)
            }
            stage => {
                self.stage = stage;
                None
            }
        }
    }

    /// Takes it back, done or not.
    pub(super) fn return_training(&mut self, training: Training<'a>) {
        if let Stage::Away(cells) = self.stage {
            self.stage = Stage::Training(Learner::Head(Box::new(training), cells));
        }
    }

    pub(super) fn done(&self) -> usize {
        let of = |progress: Progress, units: usize| units * progress.done / progress.total.max(1);
        match &self.stage {
            Stage::Training(learner) => of(learner.progress(), UNITS - 100),
            Stage::Placing { next, .. } => {
                UNITS - 100 + of(Progress { done: *next, total: self.rows.len() }, 99)
            }
            Stage::Away(_) => 0,
            Stage::Failed => UNITS,
        }
    }
}

impl<'a> Learner<'a> {
    /// Does one batch.
    fn run(&mut self) -> Result<Progress, AnalysisError> {
        match self {
            Self::Head(training, _) => training.run(1),
            Self::Joint(training, _) => training.run(1),
        }
    }

    fn progress(&self) -> Progress {
        match self {
            Self::Head(training, _) => training.progress(),
            Self::Joint(training, _) => training.progress(),
        }
    }

    fn finish(self) -> Result<Placer<'a>, AnalysisError> {
        Ok(match self {
            Self::Head(training, cells) => Placer::Head(training.finish()?.refiner, cells),
            Self::Joint(training, cells) => {
                Placer::Joint(Box::new(training.finish()?.space), cells)
            }
        })
    }
}

impl Placer<'_> {
    fn place(&self, rows: &[usize]) -> Result<DenseMatrix, AnalysisError> {
        match self {
            Self::Head(refiner, cells) => refiner.apply(cells, rows),
            Self::Joint(space, cells) => space.apply(cells, rows),
        }
    }
}

/// The classes of the training cells, and of no other.
fn known(n_obs: usize, (train, classes): (&[usize], &[u32])) -> Result<Vec<u32>, AnalysisError> {
    let mut known = vec![MISSING_CODE; n_obs];
    for (&index, &class) in train.iter().zip(classes) {
        let Some(place) = known.get_mut(index) else {
            let what = "training cells";
            return Err(AnalysisError::IndexOutOfRange { what, index, len: n_obs });
        };
        *place = class;
    }
    Ok(known)
}
