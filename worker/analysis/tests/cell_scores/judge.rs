//! Drives an evaluation to its end, in steps of any size.

use lexicell_analysis::{
    Progress,
    classify::Told,
    contrastive::{Augment, Objective, TrainOptions, ViewSource, joint::JointOptions},
    evaluation::{Approach, PcaSource, RoundCells, RoundPca, Trial},
    score::{Ledger, Score},
    split::{Plan, Round},
    state::MatrixState,
};
use lexicell_matrix::{Categorical, DenseMatrix};

use crate::K;

/// A small head, so that tests are quick.
const OPTIONS: TrainOptions = TrainOptions {
    objective: Objective::SupCon,
    hidden: Some(32),
    dim: 16,
    temperature: 0.1,
    batch_size: 128,
    epochs: 6,
    patience: 3,
    learning_rate: 3e-3,
    weight_decay: 1e-4,
    validation_share: 0.15,
    seed: 4,
};

/// A method, before its PCA is fitted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method<'a> {
    Embedding(&'a DenseMatrix),
    Pca(PcaSource<'a>),
    Logistic(PcaSource<'a>),
    Refined(&'a DenseMatrix),
    RefinedPca(PcaSource<'a>),
    /// The same on views made of raw counts.
    RefinedPcaOnViews(PcaSource<'a>),
    Joint(&'a DenseMatrix, PcaSource<'a>),
    Majority,
}

impl<'a> Method<'a> {
    fn source(self) -> Option<PcaSource<'a>> {
        match self {
            Self::Pca(source)
            | Self::Logistic(source)
            | Self::RefinedPca(source)
            | Self::RefinedPcaOnViews(source)
            | Self::Joint(_, source) => Some(source),
            Self::Embedding(_) | Self::Refined(_) | Self::Majority => None,
        }
    }
}

pub(crate) fn drive<E: std::fmt::Debug>(mut run: impl FnMut() -> Result<Progress, E>) {
    let mut before = 0;
    loop {
        let progress = run().expect("runs");
        assert!(progress.done >= before, "progress fell from {before} to {}", progress.done);
        before = progress.done;
        if progress.is_done() {
            break;
        }
    }
}

pub(crate) fn components(source: PcaSource<'_>, round: &Round, limit: usize) -> RoundCells {
    let mut pca = RoundPca::new(source, round).expect("valid");
    drive(|| pca.run(limit));
    pca.finish().expect("done")
}

pub(crate) fn told(method: Method<'_>, labels: &Categorical, round: &Round, limit: usize) -> Told {
    let cells = method.source().map(|source| components(source, round, limit));
    let views = match (method, &cells) {
        (Method::RefinedPcaOnViews(source), Some(cells)) => {
            let x = (source.expression.stored(), MatrixState::RawCounts);
            Some(cells.views(x, Augment::default()).expect("valid"))
        }
        _ => None,
    };
    let approach = match (method, &cells) {
        (Method::Embedding(cells), _) => Approach::Embedding(cells),
        (Method::Pca(_), Some(cells)) => Approach::Pca(cells),
        (Method::Logistic(_), Some(cells)) => Approach::LogisticPca(cells),
        (Method::Refined(cells), _) => Approach::Refined { cells, views: None, options: OPTIONS },
        (Method::RefinedPca(_), Some(cells)) => {
            Approach::RefinedPca { cells, views: None, options: OPTIONS }
        }
        (Method::RefinedPcaOnViews(_), Some(cells)) => {
            let views = views.as_ref().map(|views| views as &dyn ViewSource);
            let options =
                TrainOptions { objective: Objective::Mixed { supervised: 0.5 }, ..OPTIONS };
            Approach::RefinedPca { cells, views, options }
        }
        (Method::Joint(text, _), Some(cells)) => {
            let train = TrainOptions { objective: Objective::Mixed { supervised: 0.9 }, ..OPTIONS };
            Approach::Joint { text, cells, options: JointOptions { train, ..Default::default() } }
        }
        _ => Approach::Majority,
    };
    let mut trial = Trial::new(approach, labels, round, K).expect("valid");
    drive(|| trial.run(limit));
    trial.finish().expect("done")
}

/// The score at each point of the plan.
pub(crate) fn scores(
    method: Method<'_>,
    labels: &Categorical,
    plan: &Plan,
    limit: usize,
) -> Vec<Score> {
    let mut ledger = Ledger::new(labels, plan);
    for round in &plan.rounds {
        ledger.enter(round, &told(method, labels, round, limit)).expect("a round of the plan");
    }
    ledger.finish()
}

pub(crate) fn score(method: Method<'_>, labels: &Categorical, plan: &Plan, limit: usize) -> Score {
    scores(method, labels, plan, limit).remove(0)
}
