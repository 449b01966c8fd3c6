use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::{
    AnalysisError, Progress,
    contrastive::{Refiner, TrainOptions, Training, ViewSource},
};

/// Cells that are placed in one unit of work.
const CELLS_PER_UNIT: usize = 256;
/// A refinement counts as this much progress.
pub(super) const UNITS: usize = 900;

/// Trains a head on the training cells of a round, then places all its cells, in steps.
#[derive(Debug)]
pub(super) struct Refinement<'a> {
    cells: &'a DenseMatrix,
    /// Rows of the training cells, then of the test cells.
    rows: Vec<usize>,
    n_train: usize,
    stage: Stage<'a>,
}

#[derive(Debug)]
enum Stage<'a> {
    Training(Box<Training<'a>>),
    Placing { refiner: Refiner, values: Vec<f32>, next: usize },
    Failed,
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
        let mut known = vec![MISSING_CODE; cells.n_rows()];
        for (&row, &class) in train.iter().zip(classes) {
            let len = known.len();
            let Some(place) = known.get_mut(row) else {
                let what = "training cells";
                return Err(AnalysisError::IndexOutOfRange { what, index: row, len });
            };
            *place = class;
        }
        let labels = options.objective.needs_labels().then_some(&known[..]);
        let training = Training::new(cells, labels, train.to_vec(), views, options)?;
        let rows = train.iter().chain(test).copied().collect();
        let stage = Stage::Training(Box::new(training));
        Ok(Self { cells, rows, n_train: train.len(), stage })
    }

    /// Trains on one batch or places 256 cells; the cells once all are placed: reference and queries.
    pub(super) fn advance(&mut self) -> Result<Option<(DenseMatrix, DenseMatrix)>, AnalysisError> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Training(mut training) => {
                self.stage = if training.run(1)?.is_done() {
                    let refiner = training.finish()?.refiner;
                    Stage::Placing { refiner, values: Vec::new(), next: 0 }
                } else {
                    Stage::Training(training)
                };
                Ok(None)
            }
            Stage::Placing { refiner, mut values, next } => {
                let end = (next + CELLS_PER_UNIT).min(self.rows.len());
                let block = refiner.apply(self.cells, &self.rows[next..end])?;
                values.extend_from_slice(block.data());
                if end < self.rows.len() {
                    self.stage = Stage::Placing { refiner, values, next: end };
                    return Ok(None);
                }
                let dim = block.n_cols();
                let queries = values.split_off(self.n_train * dim);
                let n_test = self.rows.len() - self.n_train;
                let reference = DenseMatrix::try_new(self.n_train, dim, values)?;
                Ok(Some((reference, DenseMatrix::try_new(n_test, dim, queries)?)))
            }
            Stage::Failed => {
                let message = "it was driven on after its end";
                Err(AnalysisError::OutOfTurn { step: "refinement of a round", message })
            }
        }
    }

    pub(super) fn done(&self) -> usize {
        let of = |progress: Progress, units: usize| units * progress.done / progress.total.max(1);
        match &self.stage {
            Stage::Training(training) => of(training.progress(), UNITS - 100),
            Stage::Placing { next, .. } => {
                UNITS - 100 + of(Progress { done: *next, total: self.rows.len() }, 99)
            }
            Stage::Failed => UNITS,
        }
    }
}
