use lexicell_matrix::{CsrMatrix, DenseMatrix};

use crate::{
    AnalysisError, Progress,
    contrastive::{Augment, ComponentViews},
    hvg::HvgFit,
    normalize::Normalized,
    pca::{PcaFit, PcaModel},
    split::Round,
    state::MatrixState,
};

/// Cells that are read or placed in one unit of work.
const CELLS_PER_UNIT: usize = 256;
/// A fit counts as this much progress.
const UNITS: usize = 1000;

/// What the PCA of a round is made from.
#[derive(Debug, Clone, Copy)]
pub struct PcaSource<'a> {
    /// The expression, log1p-CP10k.
    pub expression: &'a Normalized<'a>,
    /// Genes to choose.
    pub n_top_genes: usize,
    /// Components to keep.
    pub n_components: usize,
    /// Seed of the PCA.
    pub seed: u64,
}

/// The cells of a round along principal components that its training cells span.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundCells {
    /// Scores, not scaled: the training cells, then the test cells, `[(n_train + n_test) × d]`.
    pub scores: DenseMatrix,
    /// Training cells.
    pub n_train: usize,
    /// What places them.
    pub model: PcaModel,
    /// The cell of the matrix that each row stands for.
    pub cells: Vec<usize>,
}

/// Chooses highly variable genes and fits a PCA on the training cells of a round, then places all its
/// cells, to be driven with [`run`](Self::run).
#[derive(Debug)]
pub struct RoundPca<'a> {
    source: PcaSource<'a>,
    round: &'a Round,
    stage: Stage<'a>,
}

#[derive(Debug)]
enum Stage<'a> {
    Genes(HvgFit<'a>),
    Components(Box<PcaFit<'a>>),
    Places { model: PcaModel, values: Vec<f32>, next: usize },
    Done(Box<RoundCells>),
    Failed,
}

impl<'a> RoundPca<'a> {
    /// Prepares the fit.
    ///
    /// # Errors
    /// If there are fewer than two training cells, or a cell lies outside the matrix.
    pub fn new(source: PcaSource<'a>, round: &'a Round) -> Result<Self, AnalysisError> {
        let stage = Stage::Genes(HvgFit::new(source.expression, round.train.clone())?);
        Ok(Self { source, round, stage })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// If no gene varies in the training cells.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if matches!(self.stage, Stage::Done(_)) {
                break;
            }
            let stage = std::mem::replace(&mut self.stage, Stage::Failed);
            self.stage = self.advance(stage)?;
        }
        Ok(self.progress())
    }

    /// The cells, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<RoundCells, AnalysisError> {
        let message = "the cells were asked for before they were placed";
        match self.stage {
            Stage::Done(cells) => Ok(*cells),
            _ => Err(AnalysisError::OutOfTurn { step: "PCA of a round", message }),
        }
    }

    fn advance(&self, stage: Stage<'a>) -> Result<Stage<'a>, AnalysisError> {
        let PcaSource { expression, n_top_genes, n_components, seed } = self.source;
        match stage {
            Stage::Genes(mut fit) => {
                if !fit.run(CELLS_PER_UNIT)?.is_done() {
                    return Ok(Stage::Genes(fit));
                }
                let genes = fit.finish(n_top_genes)?.genes;
                let cells = self.round.train.clone();
                let fit = PcaFit::new(expression, cells, &genes, n_components, seed)?;
                Ok(Stage::Components(Box::new(fit)))
            }
            Stage::Components(mut fit) => {
                if !fit.run(2)?.is_done() {
                    return Ok(Stage::Components(fit));
                }
                Ok(Stage::Places { model: fit.finish()?, values: Vec::new(), next: 0 })
            }
            Stage::Places { model, values, next } => self.place(model, values, next),
            Stage::Done(cells) => Ok(Stage::Done(cells)),
            Stage::Failed => {
                let message = "it was driven on after an error";
                Err(AnalysisError::OutOfTurn { step: "PCA of a round", message })
            }
        }
    }

    fn place(
        &self,
        model: PcaModel,
        mut values: Vec<f32>,
        next: usize,
    ) -> Result<Stage<'a>, AnalysisError> {
        let Round { train, test, .. } = self.round;
        let all = train.len() + test.len();
        let end = (next + CELLS_PER_UNIT).min(all);
        let cells: Vec<usize> =
            train.iter().chain(test).skip(next).take(end - next).copied().collect();
        values.extend_from_slice(model.transform(self.source.expression, &cells)?.data());
        if end < all {
            return Ok(Stage::Places { model, values, next: end });
        }
        let scores = DenseMatrix::try_new(all, model.n_components(), values)?;
        let cells = train.iter().chain(test).copied().collect();
        Ok(Stage::Done(Box::new(RoundCells { scores, n_train: train.len(), model, cells })))
    }

    fn progress(&self) -> Progress {
        let share = |progress: Progress, from: usize, to: usize| {
            from + (to - from) * progress.done / progress.total.max(1)
        };
        let all = self.round.train.len() + self.round.test.len();
        let done = match &self.stage {
            Stage::Failed => 0,
            Stage::Genes(fit) => share(fit.progress(), 0, 100),
            Stage::Components(fit) => share(fit.progress(), 100, 800),
            Stage::Places { next, .. } => {
                share(Progress { done: *next, total: all }, 800, UNITS - 1)
            }
            Stage::Done(_) => UNITS,
        };
        Progress { done: done.min(UNITS), total: UNITS }
    }
}

impl RoundCells {
    /// Views of these cells, made from the matrix that the components were fitted on.
    ///
    /// # Errors
    /// If a share lies outside its range.
    pub fn views<'a>(
        &'a self,
        x: (&'a CsrMatrix, MatrixState),
        augment: Augment,
    ) -> Result<ComponentViews<'a>, AnalysisError> {
        ComponentViews::new(x, &self.model, self.cells.clone(), augment)
    }

    /// Rows of the training cells.
    #[must_use]
    pub fn train(&self) -> Vec<usize> {
        (0..self.n_train).collect()
    }

    /// Rows of the test cells.
    #[must_use]
    pub fn test(&self) -> Vec<usize> {
        (self.n_train..self.scores.n_rows()).collect()
    }
}
