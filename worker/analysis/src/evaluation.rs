//! Held-out kNN scores: everything that is fitted is fitted on the training cells of each fold.

use lexicell_matrix::{Categorical, DenseMatrix};

use crate::{
    AnalysisError, Neighbors, Progress,
    centering::Centering,
    classify::classify,
    folds::{EXCLUDED, Folds},
    hvg::HvgFit,
    knn::KnnSearch,
    metrics::Confusion,
    normalize::Normalized,
    pca::{PcaFit, PcaModel},
    score::{FoldScore, Score},
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

/// What the fold at work is waiting for.
#[derive(Debug)]
enum Stage<'a> {
    Start,
    Genes(HvgFit<'a>, &'a Normalized<'a>),
    Components(Box<PcaFit<'a>>, &'a Normalized<'a>),
    Places { model: PcaModel, expression: &'a Normalized<'a>, train: Vec<f32>, test: Vec<f32> },
    Ready { queries: DenseMatrix, reference: DenseMatrix },
    Search(KnnSearch),
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

    /// The neighbour search that the fold at work is ready for: queries, reference and `k`.
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
        Ok(self.score.summarised())
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
            Stage::Ready { queries, reference } => {
                Ok(Stage::Search(KnnSearch::between(queries, reference, self.k)?))
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
                let queries = centering.apply(embedding, &self.test)?;
                Ok(Stage::Ready { queries, reference: centering.apply(embedding, &self.train)? })
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
        Ok(Stage::Components(Box::new(fit), expression))
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
        let mut reference = DenseMatrix::try_new(self.train.len(), d, train)?;
        let mut queries = DenseMatrix::try_new(self.test.len(), d, test)?;
        unit::normalize_rows(&mut reference);
        unit::normalize_rows(&mut queries);
        Ok(Stage::Ready { queries, reference })
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
        let (n_train, n_test) = (self.train.len(), self.test.len());
        self.score.folds.push(FoldScore::new(&confusion, n_train, n_test));
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
            Stage::Ready { .. } => 700,
            Stage::Search(search) => share(search.progress(), 700, FOLD_UNITS - 1),
        };
        Progress { done: (self.fold * FOLD_UNITS + within).min(total), total }
    }
}
