//! Methods on the rounds of a plan.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use lexicell_analysis::{
    AnalysisError,
    classify::{Told, vote},
    contrastive::{Augment, ViewSource, joint::JointOptions},
    evaluation::{Approach, PcaSource, RoundCells, RoundPca, Trial},
    knn::KnnSearch,
    normalize::Normalized,
    score::{Ledger, Score},
    split::{Plan, Round},
    state::MatrixState,
    unit,
};
use lexicell_matrix::{Categorical, CsrMatrix, DenseMatrix};

use crate::{
    case::Case,
    error::{AblationError, Result},
    refine,
    run::Run,
    spaces::K,
};

/// What tells the classes of test cells.
pub(crate) enum Method<'a> {
    /// kNN in an embedding, one for each draw or one for all, centred on training cells.
    Embedding(Vec<&'a DenseMatrix>),
    /// The same without centring.
    Uncentred(Vec<&'a DenseMatrix>),
    /// kNN in the refinement of an embedding, trained anew in each round.
    Refined(&'a DenseMatrix, refine::Recipe<'a>),
    /// kNN on PCA.
    Pca,
    /// kNN in the refinement of PCA, trained anew in each round; on views along the components where the
    /// recipe has views.
    RefinedPca(refine::Recipe<'a>),
    /// kNN in the joint space of an embedding and PCA, trained anew in each round.
    Joint(&'a DenseMatrix, JointOptions),
    /// Logistic regression on PCA.
    LogisticPca,
    /// The most frequent class.
    Majority,
}

/// What a round is judged with.
pub(crate) struct Judge<'a> {
    labels: &'a Categorical,
    pca: PcaSource<'a>,
    /// The matrix that views of the cells are made of.
    counts: (&'a CsrMatrix, MatrixState),
    threads: usize,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(case: &'a Case, view: &'a Normalized<'a>, run: &Run<'_>) -> Self {
        let counts = (&case.set.x, case.set.state);
        Self { labels: &case.set.labels, pca: case.pca(view), counts, threads: run.threads }
    }

    /// The scores of each method, one for each point of the plan.
    pub(crate) fn scores(&self, plan: &Plan, methods: &[Method<'_>]) -> Result<Vec<Vec<Score>>> {
        let told =
            parallel(plan.rounds.len(), self.threads, |at| self.round(&plan.rounds[at], methods))?;
        let mut scores = Vec::new();
        for method in 0..methods.len() {
            let mut ledger = Ledger::new(self.labels, plan);
            for (round, told) in plan.rounds.iter().zip(&told) {
                if let Some(told) = &told[method] {
                    ledger.enter(round, told)?;
                }
            }
            scores.push(ledger.finish());
        }
        Ok(scores)
    }

    fn round(&self, round: &Round, methods: &[Method<'_>]) -> Result<Vec<Option<Told>>> {
        let needs_pca = |method: &Method<'_>| {
            matches!(
                method,
                Method::Pca | Method::LogisticPca | Method::RefinedPca(_) | Method::Joint(..)
            )
        };
        let components =
            if methods.iter().any(needs_pca) { Some(self.components(round)?) } else { None };
        let told = |method: &Method<'_>| match self.told(round, method, components.as_ref()) {
            Ok(told) => Ok(Some(told)),
            // One cell of each class: without views there is nothing to be drawn together, and of two or
            // three classes too few to be trained on.
            Err(AblationError::Analysis(
                AnalysisError::NoPositivePair { .. } | AnalysisError::TooFewCells { .. },
            )) => Ok(None),
            Err(error) => Err(error),
        };
        methods.iter().map(told).collect()
    }

    fn components(&self, round: &Round) -> Result<RoundCells> {
        let mut fit = RoundPca::new(self.pca, round)?;
        while !fit.run(usize::MAX)?.is_done() {}
        Ok(fit.finish()?)
    }

    fn told(
        &self,
        round: &Round,
        method: &Method<'_>,
        components: Option<&RoundCells>,
    ) -> Result<Told> {
        let views = match (method, components) {
            (Method::RefinedPca(recipe), Some(cells)) if recipe.views.is_some() => {
                Some(cells.views(self.counts, Augment::default())?)
            }
            _ => None,
        };
        let approach = match (method, components) {
            (Method::Embedding(draws), _) => Approach::Embedding(draws[round.repeat % draws.len()]),
            (Method::Pca, Some(cells)) => Approach::Pca(cells),
            (Method::LogisticPca, Some(cells)) => Approach::LogisticPca(cells),
            (Method::RefinedPca(recipe), Some(cells)) => {
                let views = views.as_ref().map(|views| views as &dyn ViewSource);
                Approach::RefinedPca { cells, views, options: recipe.options }
            }
            (&Method::Joint(text, options), Some(cells)) => {
                Approach::Joint { text, cells, options }
            }
            (Method::Refined(cells, recipe), _) => Approach::Refined {
                cells,
                views: recipe.views.map(|views| views as &dyn ViewSource),
                options: recipe.options,
            },
            (Method::Uncentred(draws), _) => {
                let cells = draws[round.repeat % draws.len()];
                let side = |rows: &[usize]| {
                    let mut side = take(cells, rows);
                    unit::normalize_rows(&mut side);
                    side
                };
                return self.nearest(round, side(&round.test), side(&round.train));
            }
            _ => Approach::Majority,
        };
        let mut trial = Trial::new(approach, self.labels, round, K)?;
        while !trial.run(usize::MAX)?.is_done() {}
        Ok(trial.finish()?)
    }

    fn nearest(&self, round: &Round, queries: DenseMatrix, reference: DenseMatrix) -> Result<Told> {
        // As `Trial` has it: no more voters than training cells of a class.
        let k = round.per_class.map_or(K, |n| K.min(n)).max(1);
        let mut search = KnnSearch::between(queries, reference, k)?;
        while !search.run(usize::MAX)?.is_done() {}
        Ok(vote(&search.finish()?, &self.classes(round))?)
    }

    fn classes(&self, round: &Round) -> Vec<u32> {
        round.train.iter().map(|&cell| self.labels.codes[cell]).collect()
    }
}

/// Rows of a matrix, in the order given.
pub(crate) fn take(cells: &DenseMatrix, rows: &[usize]) -> DenseMatrix {
    let mut out = DenseMatrix::zeros(rows.len(), cells.n_cols());
    for (place, &row) in rows.iter().enumerate() {
        out.row_mut(place).copy_from_slice(cells.row(row));
    }
    out
}

/// Runs `work` for each of `0..n` on a few threads; results in order, the first error of them all.
pub(crate) fn parallel<T: Send>(
    n: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<T>>>> = Mutex::new((0..n).map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, n.max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= n {
                        break;
                    }
                    let result = work(at);
                    results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}
