use lexicell_matrix::{Categorical, DenseMatrix};

use super::{
    Approach, RoundCells,
    refinement::{self, Refinement},
};
use crate::{
    AnalysisError, Neighbors, Progress,
    centering::Centering,
    classify::{Told, vote},
    contrastive::{
        Training,
        joint::{JointOptions, PairedCells},
    },
    knn::KnnSearch,
    logistic::{LogisticFit, LogisticParams},
    split::Round,
    unit,
};

const STEP: &str = "the score";
/// A trial counts as this much progress.
const UNITS: usize = 1000;

/// One method in one round, to be driven with [`run`](Self::run).
///
/// Of the labels it keeps those of the training cells only.
#[derive(Debug)]
pub struct Trial<'a> {
    round: &'a Round,
    /// Classes of the training cells, in their order.
    classes: Vec<u32>,
    k: usize,
    stage: Stage<'a>,
}

#[derive(Debug)]
enum Stage<'a> {
    Start(Approach<'a>),
    Ready { queries: DenseMatrix, reference: DenseMatrix },
    Search(KnnSearch),
    Regression(Box<LogisticFit>, &'a RoundCells),
    Refinement(Refinement<'a>),
    Done(Told),
    Failed,
}

impl<'a> Trial<'a> {
    /// Prepares a trial in which `k` neighbours vote by cosine.
    ///
    /// On the low-sample curve there are at most as many voters as training cells of a class: more
    /// would always reach into other classes.
    ///
    /// # Errors
    /// If `k` is 0 or a cell of the round has no label, or, outside the low-sample curve, there are
    /// fewer than `k` training cells.
    pub fn new(
        approach: Approach<'a>,
        labels: &Categorical,
        round: &'a Round,
        k: usize,
    ) -> Result<Self, AnalysisError> {
        if k == 0 {
            return Err(AnalysisError::setting("k", "at least 1", k));
        }
        let (what, len) = ("labels", labels.codes.len());
        let outside = round.train.iter().chain(&round.test).find(|&&cell| cell >= len);
        if let Some(&index) = outside {
            return Err(AnalysisError::IndexOutOfRange { what, index, len });
        }
        let k = voters(round, k);
        if round.train.len() < k {
            let (needed, found) = (k, round.train.len());
            let step = "the score (training cells of a fold)";
            return Err(AnalysisError::TooFewCells { step, needed, found });
        }
        let classes = round.train.iter().map(|&cell| labels.codes[cell]).collect();
        Ok(Self { round, classes, k, stage: Stage::Start(approach) })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// If a fit fails on the training cells, or a value is not finite.
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

    /// The neighbour search that the trial is ready for: queries, reference and `k`.
    ///
    /// To have it done on the GPU, call [`run`](Self::run) with a limit of 1 until this is there, and
    /// answer with [`supply`](Self::supply); the next `run` would search here.
    #[must_use]
    pub fn search(&self) -> Option<(&DenseMatrix, &DenseMatrix, usize)> {
        match &self.stage {
            Stage::Ready { queries, reference } => Some((queries, reference, self.k)),
            _ => None,
        }
    }

    /// Takes the neighbours of the test cells among the training cells, in place of a search here.
    ///
    /// # Errors
    /// If no search is waited for, or the neighbours are not those of the test cells.
    pub fn supply(&mut self, neighbors: &Neighbors) -> Result<Progress, AnalysisError> {
        if !matches!(self.stage, Stage::Ready { .. }) {
            let message = "neighbours were supplied before they were asked for";
            return Err(AnalysisError::OutOfTurn { step: STEP, message });
        }
        let (expected, found) = (self.round.test.len(), neighbors.n_rows());
        if expected != found || neighbors.k != self.k {
            return Err(AnalysisError::Shape { what: "neighbours of test cells", expected, found });
        }
        self.stage = Stage::Done(vote(neighbors, &self.classes)?);
        Ok(self.progress())
    }

    /// Hands out the training of a head that the trial has begun, to be done on a GPU
    /// ([`GpuTraining`](crate::contrastive::GpuTraining)); [`return_training`](Self::return_training)
    /// brings it back, done or in part, before the next [`run`](Self::run).
    #[must_use]
    pub fn take_training(&mut self) -> Option<Training<'a>> {
        match &mut self.stage {
            Stage::Refinement(refinement) => refinement.take_training(),
            _ => None,
        }
    }

    /// Takes a training back that was handed out; what is left of it is done here.
    pub fn return_training(&mut self, training: Training<'a>) {
        if let Stage::Refinement(refinement) = &mut self.stage {
            refinement.return_training(training);
        }
    }

    /// What was told of the test cells, in their order, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<Told, AnalysisError> {
        let message = "the classes were asked for before the trial was done";
        match self.stage {
            Stage::Done(told) => Ok(told),
            _ => Err(AnalysisError::OutOfTurn { step: STEP, message }),
        }
    }

    fn advance(&self, stage: Stage<'a>) -> Result<Stage<'a>, AnalysisError> {
        match stage {
            Stage::Start(approach) => self.begin(approach),
            Stage::Ready { queries, reference } => {
                Ok(Stage::Search(KnnSearch::between(queries, reference, self.k)?))
            }
            Stage::Search(mut search) => {
                if !search.run(1)?.is_done() {
                    return Ok(Stage::Search(search));
                }
                Ok(Stage::Done(vote(&search.finish()?, &self.classes)?))
            }
            Stage::Regression(mut fit, cells) => {
                if !fit.run(1)?.is_done() {
                    return Ok(Stage::Regression(fit, cells));
                }
                Ok(Stage::Done(fit.finish()?.predict(&cells.scores, &cells.test())?))
            }
            Stage::Refinement(mut refinement) => Ok(match refinement.advance()? {
                None => Stage::Refinement(refinement),
                Some((reference, queries)) => Stage::Ready { queries, reference },
            }),
            Stage::Done(told) => Ok(Stage::Done(told)),
            Stage::Failed => {
                let message = "the trial was driven on after an error";
                Err(AnalysisError::OutOfTurn { step: STEP, message })
            }
        }
    }

    fn begin(&self, approach: Approach<'a>) -> Result<Stage<'a>, AnalysisError> {
        let Round { train, test, .. } = self.round;
        match approach {
            Approach::Embedding(cells) => {
                let centering = Centering::fit(cells, train)?;
                let queries = centering.apply(cells, test)?;
                Ok(Stage::Ready { queries, reference: centering.apply(cells, train)? })
            }
            Approach::Pca(cells) => {
                self.check(cells)?;
                let mut reference = rows(&cells.scores, 0..cells.n_train)?;
                let mut queries = rows(&cells.scores, cells.n_train..cells.scores.n_rows())?;
                unit::normalize_rows(&mut reference);
                unit::normalize_rows(&mut queries);
                Ok(Stage::Ready { queries, reference })
            }
            Approach::LogisticPca(cells) => {
                self.check(cells)?;
                let params = LogisticParams::default();
                let fit = LogisticFit::new(&cells.scores, &cells.train(), &self.classes, params)?;
                Ok(Stage::Regression(Box::new(fit), cells))
            }
            Approach::Refined { cells, views, options } => {
                let labelled = (&train[..], &self.classes[..]);
                Ok(Stage::Refinement(Refinement::new(cells, labelled, test, views, options)?))
            }
            Approach::RefinedPca { cells, views, options } => {
                self.check(cells)?;
                let (train, test) = (cells.train(), cells.test());
                let labelled = (&train[..], &self.classes[..]);
                let fit = Refinement::new(&cells.scores, labelled, &test, views, options)?;
                Ok(Stage::Refinement(fit))
            }
            Approach::Joint { text, cells, options } => {
                self.check(cells)?;
                let text_rows = train.iter().chain(test).copied().collect();
                let paired = PairedCells::with_rows(text, text_rows, &cells.scores)?;
                let options = JointOptions { neighbors: self.k, ..options };
                let labelled = (&cells.train()[..], &self.classes[..]);
                let fit = Refinement::joint(paired, labelled, &cells.test(), options)?;
                Ok(Stage::Refinement(fit))
            }
            Approach::Majority => Ok(Stage::Done(self.majority())),
        }
    }

    /// Checks that the components are those of this round.
    fn check(&self, cells: &RoundCells) -> Result<(), AnalysisError> {
        let expected = self.round.train.len() + self.round.test.len();
        let found = cells.scores.n_rows();
        if expected != found || cells.n_train != self.round.train.len() {
            return Err(AnalysisError::Shape { what: "cells of the round's PCA", expected, found });
        }
        Ok(())
    }

    fn majority(&self) -> Told {
        let mut classes = self.classes.clone();
        classes.sort_unstable();
        let runs = classes.chunk_by(|a, b| a == b);
        let largest =
            runs.fold(&[][..], |best, run| if run.len() > best.len() { run } else { best });
        let share = largest.len() as f64 / classes.len().max(1) as f64;
        let class = largest.first().copied().unwrap_or(u32::MAX);
        let n = self.round.test.len();
        Told { classes: vec![class; n], confidence: vec![share; n] }
    }

    fn progress(&self) -> Progress {
        let share = |progress: Progress, from: usize, to: usize| {
            from + (to - from) * progress.done / progress.total.max(1)
        };
        let done = match &self.stage {
            Stage::Start(_) | Stage::Failed => 0,
            Stage::Refinement(fit) => fit.done(),
            Stage::Ready { .. } => refinement::UNITS,
            Stage::Search(search) => share(search.progress(), refinement::UNITS, UNITS - 1),
            Stage::Regression(fit, _) => share(fit.progress(), 0, UNITS - 1),
            Stage::Done(_) => UNITS,
        };
        Progress { done, total: UNITS }
    }
}

fn voters(round: &Round, k: usize) -> usize {
    round.per_class.map_or(k, |n| k.min(n)).max(1)
}

fn rows(matrix: &DenseMatrix, range: std::ops::Range<usize>) -> Result<DenseMatrix, AnalysisError> {
    let d = matrix.n_cols();
    let data = matrix.data()[range.start * d..range.end * d].to_vec();
    Ok(DenseMatrix::try_new(range.len(), d, data)?)
}
