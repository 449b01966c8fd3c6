//! Held-out kNN scores: everything that is fitted is fitted on the training cells of each fold.

use std::borrow::Cow;

use lexicell_matrix::{Categorical, DenseMatrix};

use crate::{
    AnalysisError, Neighbors, Progress,
    centering::Centering,
    classify::classify,
    folds::{EXCLUDED, Folds},
    hvg::HvgFit,
    knn::KnnSearch,
    metrics::{ClassScore, Confusion},
    normalize::Normalized,
    pca::{PcaFit, PcaModel},
    unit,
};

/// Cells that are read or placed in one unit of work.
const CELLS_PER_UNIT: usize = 256;
/// Each fold counts as this much progress.
const FOLD_UNITS: usize = 1000;

/// The space in which neighbours are sought.
#[derive(Debug, Clone, Copy)]
pub enum CellView<'a> {
    /// Embedded cells, `[n_obs × d]`, centred on the mean of the training cells.
    Embedding(&'a DenseMatrix),
    /// PCA of highly variable genes, both fitted on the training cells.
    Pca {
        /// The expression, log1p-CP10k.
        expression: &'a Normalized<'a>,
        /// Genes to choose.
        n_top_genes: usize,
        /// Components to keep.
        n_components: usize,
        /// Seed of the PCA.
        seed: u64,
    },
}

/// Mean and standard deviation (ddof = 1) over folds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeanSd {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// The score of one fold.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FoldScore {
    /// Share of test cells that were predicted right.
    pub accuracy: f64,
    /// Mean recall over classes.
    pub balanced_accuracy: f64,
    /// Mean F1 over classes.
    pub macro_f1: f64,
    /// F1 weighted by class size.
    pub weighted_f1: f64,
    /// Training cells.
    pub n_train: usize,
    /// Test cells.
    pub n_test: usize,
}

/// A held-out kNN score.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// Accuracy over folds.
    pub accuracy: MeanSd,
    /// Balanced accuracy over folds.
    pub balanced_accuracy: MeanSd,
    /// Macro-F1 over folds.
    pub macro_f1: MeanSd,
    /// Weighted F1 over folds.
    pub weighted_f1: MeanSd,
    /// Each fold by itself.
    pub folds: Vec<FoldScore>,
    /// Each class, over the test cells of all folds.
    pub per_class: Vec<ClassScore>,
    /// True against predicted classes, over the test cells of all folds.
    pub confusion: Confusion,
    /// The predicted class of every cell; [`EXCLUDED`] where it took no part.
    pub predictions: Vec<u32>,
}

/// What the fold at work is waiting for.
#[derive(Debug)]
enum Stage<'a> {
    Start,
    Genes(HvgFit<'a>, &'a Normalized<'a>),
    Components(PcaFit<'a>, &'a Normalized<'a>),
    Places { model: PcaModel, expression: &'a Normalized<'a>, train: Vec<f32>, test: Vec<f32> },
    Search(KnnSearch<'static>),
    Finished,
}

/// Scores one view of the cells on given folds, to be driven with [`run`](Self::run).
#[derive(Debug)]
pub struct Evaluation<'a> {
    view: CellView<'a>,
    labels: &'a Categorical,
    folds: &'a Folds,
    k: usize,
    fold: usize,
    train: Vec<usize>,
    test: Vec<usize>,
    stage: Stage<'a>,
    score: Score,
}

impl<'a> Evaluation<'a> {
    /// Prepares a score with `k` neighbours by cosine.
    ///
    /// # Errors
    /// If the numbers of cells disagree, `k` is 0, or a fold has fewer than `k` training cells.
    pub fn new(
        view: CellView<'a>,
        labels: &'a Categorical,
        folds: &'a Folds,
        k: usize,
    ) -> Result<Self, AnalysisError> {
        let n_cells = match view {
            CellView::Embedding(embedding) => embedding.n_rows(),
            CellView::Pca { expression, .. } => expression.n_cells(),
        };
        for (what, found) in
            [("labels", labels.codes.len()), ("cells of the folds", folds.of_cell.len())]
        {
            if found != n_cells {
                return Err(AnalysisError::Shape { what, expected: n_cells, found });
            }
        }
        if k == 0 {
            return Err(AnalysisError::setting("k", "at least 1", k));
        }
        let smallest = (0..folds.n_folds).map(|fold| folds.train(fold).len()).min().unwrap_or(0);
        if smallest < k {
            let step = "the score (training cells of a fold)";
            return Err(AnalysisError::TooFewCells { step, needed: k, found: smallest });
        }
        let score = Score {
            confusion: Confusion::new(labels.categories.len()),
            predictions: vec![EXCLUDED; n_cells],
            ..Score::default()
        };
        let (train, test, stage) = (Vec::new(), Vec::new(), Stage::Start);
        Ok(Self { view, labels, folds, k, fold: 0, train, test, stage, score })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// If a fit fails on the training cells of a fold (no gene varies, a value is not finite).
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.fold >= self.folds.n_folds {
                break;
            }
            let stage = std::mem::replace(&mut self.stage, Stage::Finished);
            self.stage = self.advance(stage)?;
        }
        Ok(self.progress())
    }

    /// The neighbour search that the fold at work waits for, to be done elsewhere (on the GPU) and
    /// answered with [`supply`](Self::supply): queries, reference and `k`.
    #[must_use]
    pub fn search(&self) -> Option<(&DenseMatrix, &DenseMatrix, usize)> {
        match &self.stage {
            Stage::Search(search) => Some((search.queries(), search.reference(), self.k)),
            _ => None,
        }
    }

    /// Takes the neighbours of the test cells among the training cells, in place of a search here.
    ///
    /// # Errors
    /// If no search is waited for, or the neighbours are not those of the test cells.
    pub fn supply(&mut self, neighbors: &Neighbors) -> Result<Progress, AnalysisError> {
        if !matches!(self.stage, Stage::Search(_)) {
            let message = "neighbours were supplied before they were asked for";
            return Err(AnalysisError::OutOfTurn { step: "the score", message });
        }
        let (expected, found) = (self.test.len(), neighbors.n_rows());
        if expected != found || neighbors.k != self.k {
            return Err(AnalysisError::Shape { what: "neighbours of test cells", expected, found });
        }
        self.stage = self.close_fold(neighbors)?;
        Ok(self.progress())
    }

    /// The score, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If folds are left to do.
    pub fn finish(self) -> Result<Score, AnalysisError> {
        if self.fold < self.folds.n_folds {
            let message = "the score was asked for before all folds were done";
            return Err(AnalysisError::OutOfTurn { step: "the score", message });
        }
        let over = |value: fn(&FoldScore) -> f64| mean_sd(self.score.folds.iter().map(value));
        Ok(Score {
            accuracy: over(|fold| fold.accuracy),
            balanced_accuracy: over(|fold| fold.balanced_accuracy),
            macro_f1: over(|fold| fold.macro_f1),
            weighted_f1: over(|fold| fold.weighted_f1),
            per_class: self.score.confusion.per_class(),
            ..self.score
        })
    }

    fn advance(&mut self, stage: Stage<'a>) -> Result<Stage<'a>, AnalysisError> {
        match stage {
            Stage::Start => self.open_fold(),
            Stage::Genes(fit, expression) => self.choose_genes(fit, expression),
            Stage::Components(mut fit, expression) => {
                if !fit.run(2)?.is_done() {
                    return Ok(Stage::Components(fit, expression));
                }
                let (train, test) = (Vec::new(), Vec::new());
                Ok(Stage::Places { model: fit.finish()?, expression, train, test })
            }
            Stage::Places { model, expression, train, test } => {
                self.place(model, expression, train, test)
            }
            Stage::Search(mut search) => {
                if !search.run(1)?.is_done() {
                    return Ok(Stage::Search(search));
                }
                let neighbors = search.finish()?;
                self.close_fold(&neighbors)
            }
            Stage::Finished => {
                let message = "the score was driven on after an error";
                Err(AnalysisError::OutOfTurn { step: "the score", message })
            }
        }
    }

    fn open_fold(&mut self) -> Result<Stage<'a>, AnalysisError> {
        self.train = self.folds.train(self.fold);
        self.test = self.folds.test(self.fold);
        match self.view {
            CellView::Embedding(embedding) => {
                let centering = Centering::fit(embedding, &self.train)?;
                let train = centering.apply(embedding, &self.train)?;
                self.start_search(train, centering.apply(embedding, &self.test)?)
            }
            CellView::Pca { expression, .. } => {
                Ok(Stage::Genes(HvgFit::new(expression, self.train.clone())?, expression))
            }
        }
    }

    fn choose_genes(
        &self,
        mut fit: HvgFit<'a>,
        expression: &'a Normalized<'a>,
    ) -> Result<Stage<'a>, AnalysisError> {
        let CellView::Pca { n_top_genes, n_components, seed, .. } = self.view else {
            return Ok(Stage::Start);
        };
        if !fit.run(CELLS_PER_UNIT)?.is_done() {
            return Ok(Stage::Genes(fit, expression));
        }
        let genes = fit.finish(n_top_genes)?.genes;
        let fit = PcaFit::new(expression, self.train.clone(), &genes, n_components, seed)?;
        Ok(Stage::Components(fit, expression))
    }

    fn place(
        &self,
        model: PcaModel,
        expression: &'a Normalized<'a>,
        mut train: Vec<f32>,
        mut test: Vec<f32>,
    ) -> Result<Stage<'a>, AnalysisError> {
        let d = model.n_components();
        let (cells, values) = if train.len() < self.train.len() * d {
            (&self.train, &mut train)
        } else {
            (&self.test, &mut test)
        };
        let next = values.len() / d;
        let end = (next + CELLS_PER_UNIT).min(cells.len());
        values.extend_from_slice(model.transform(expression, &cells[next..end])?.data());
        if test.len() < self.test.len() * d {
            return Ok(Stage::Places { model, expression, train, test });
        }
        let mut train = DenseMatrix::try_new(self.train.len(), d, train)?;
        let mut test = DenseMatrix::try_new(self.test.len(), d, test)?;
        unit::normalize_rows(&mut train);
        unit::normalize_rows(&mut test);
        self.start_search(train, test)
    }

    fn start_search(
        &self,
        train: DenseMatrix,
        test: DenseMatrix,
    ) -> Result<Stage<'a>, AnalysisError> {
        let search = KnnSearch::between(Cow::Owned(test), Cow::Owned(train), self.k)?;
        Ok(Stage::Search(search))
    }

    fn close_fold(&mut self, neighbors: &Neighbors) -> Result<Stage<'a>, AnalysisError> {
        let classes: Vec<u32> = self.train.iter().map(|&cell| self.labels.codes[cell]).collect();
        let predicted = classify(neighbors, &classes)?;
        let mut confusion = Confusion::new(self.labels.categories.len());
        for (&cell, &class) in self.test.iter().zip(&predicted) {
            confusion.add(self.labels.codes[cell], class);
            self.score.confusion.add(self.labels.codes[cell], class);
            self.score.predictions[cell] = class;
        }
        self.score.folds.push(FoldScore {
            accuracy: confusion.accuracy(),
            balanced_accuracy: confusion.balanced_accuracy(),
            macro_f1: confusion.macro_f1(),
            weighted_f1: confusion.weighted_f1(),
            n_train: self.train.len(),
            n_test: self.test.len(),
        });
        self.fold += 1;
        Ok(Stage::Start)
    }

    fn progress(&self) -> Progress {
        let total = self.folds.n_folds * FOLD_UNITS;
        let share = |progress: Progress, from: usize, to: usize| {
            from + (to - from) * progress.done / progress.total.max(1)
        };
        let within = match &self.stage {
            Stage::Start | Stage::Finished => 0,
            Stage::Genes(fit, _) => share(fit.progress(), 0, 100),
            Stage::Components(fit, _) => share(fit.progress(), 100, 600),
            Stage::Places { .. } => 600,
            Stage::Search(search) => share(search.progress(), 700, FOLD_UNITS - 1),
        };
        Progress { done: (self.fold * FOLD_UNITS + within).min(total), total }
    }
}

fn mean_sd(values: impl ExactSizeIterator<Item = f64> + Clone) -> MeanSd {
    let n = values.len() as f64;
    let mean = values.clone().sum::<f64>() / n.max(1.0);
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    MeanSd { mean, sd: if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 } }
}
