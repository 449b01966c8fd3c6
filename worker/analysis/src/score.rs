//! What a held-out evaluation returns.

use lexicell_matrix::Categorical;

use crate::{
    AnalysisError,
    classify::Told,
    metrics::{ClassScore, Confusion},
    reliability::{Bin, Reliability},
    split::{Plan, Round},
};

/// Mean and standard deviation (ddof = 1) over rounds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeanSd {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// The score of one round.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FoldScore {
    /// The draw of the split, from 0.
    pub repeat: usize,
    /// The held-out part within the draw, from 0.
    pub fold: usize,
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

/// The held-out score of one method.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// Training cells of each class, on the low-sample curve.
    pub per_class_trained: Option<usize>,
    /// Accuracy over rounds.
    pub accuracy: MeanSd,
    /// Balanced accuracy over rounds.
    pub balanced_accuracy: MeanSd,
    /// Macro-F1 over rounds.
    pub macro_f1: MeanSd,
    /// Weighted F1 over rounds.
    pub weighted_f1: MeanSd,
    /// Each round by itself.
    pub folds: Vec<FoldScore>,
    /// Each class, over the test cells of all rounds.
    pub per_class: Vec<ClassScore>,
    /// Whether the votes can be believed, over the test cells of all rounds.
    pub reliability: Vec<Bin>,
    /// True against predicted classes, over the test cells of all rounds.
    pub confusion: Confusion,
    /// The predicted classes of the test cells of each round, in their order.
    pub predictions: Vec<Vec<u32>>,
}

/// Compares what a method told, round after round, with the truth.
#[derive(Debug)]
pub struct Ledger<'a> {
    labels: &'a Categorical,
    scores: Vec<(Score, Reliability)>,
}

impl<'a> Ledger<'a> {
    /// Opens a score for each point of the plan.
    #[must_use]
    pub fn new(labels: &'a Categorical, plan: &Plan) -> Self {
        let open = |per_class_trained| {
            let confusion = Confusion::new(labels.categories.len());
            let score = Score { per_class_trained, confusion, ..Score::default() };
            (score, Reliability::default())
        };
        Self { labels, scores: plan.points().into_iter().map(open).collect() }
    }

    /// Enters what was told of the test cells of a round.
    ///
    /// # Errors
    /// If the numbers of cells disagree, or the round is of no point of the plan.
    pub fn enter(&mut self, round: &Round, told: &Told) -> Result<(), AnalysisError> {
        let (expected, found) = (round.test.len(), told.classes.len());
        if expected != found || told.confidence.len() != found {
            return Err(AnalysisError::Shape { what: "cells told", expected, found });
        }
        let point =
            self.scores.iter_mut().find(|(score, _)| score.per_class_trained == round.per_class);
        let Some((score, reliability)) = point else {
            let message = "a round was entered that is not in the plan";
            return Err(AnalysisError::OutOfTurn { step: "the score", message });
        };
        let mut own = Confusion::new(self.labels.categories.len());
        for (at, &cell) in round.test.iter().enumerate() {
            let (truth, class) = (self.labels.codes[cell], told.classes[at]);
            own.add(truth, class);
            score.confusion.add(truth, class);
            reliability.add(told.confidence[at], truth == class);
        }
        score.folds.push(FoldScore::new(&own, round));
        score.predictions.push(told.classes.clone());
        Ok(())
    }

    /// A score for each point of the plan that a round was entered for, in their order.
    #[must_use]
    pub fn finish(self) -> Vec<Score> {
        let entered = self.scores.into_iter().filter(|(score, _)| !score.folds.is_empty());
        entered.map(|(score, reliability)| score.summarised(&reliability)).collect()
    }
}

impl FoldScore {
    fn new(confusion: &Confusion, round: &Round) -> Self {
        Self {
            repeat: round.repeat,
            fold: round.fold,
            accuracy: confusion.accuracy(),
            balanced_accuracy: confusion.balanced_accuracy(),
            macro_f1: confusion.macro_f1(),
            weighted_f1: confusion.weighted_f1(),
            n_train: round.train.len(),
            n_test: round.test.len(),
        }
    }
}

impl Score {
    /// Fills in what follows from the rounds and the confusion matrix.
    fn summarised(self, reliability: &Reliability) -> Self {
        let over = |value: fn(&FoldScore) -> f64| mean_sd(self.folds.iter().map(value));
        Self {
            accuracy: over(|fold| fold.accuracy),
            balanced_accuracy: over(|fold| fold.balanced_accuracy),
            macro_f1: over(|fold| fold.macro_f1),
            weighted_f1: over(|fold| fold.weighted_f1),
            per_class: self.confusion.per_class(),
            reliability: reliability.bins(),
            ..self
        }
    }
}

fn mean_sd(values: impl ExactSizeIterator<Item = f64> + Clone) -> MeanSd {
    let n = values.len() as f64;
    let mean = values.clone().sum::<f64>() / n.max(1.0);
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    MeanSd { mean, sd: if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_a_sample() {
        let MeanSd { mean, sd } = mean_sd([1.0, 2.0, 3.0].into_iter());
        assert_eq!((mean, sd), (2.0, 1.0));
        assert_eq!(mean_sd([0.5].into_iter()), MeanSd { mean: 0.5, sd: 0.0 });
    }

    #[test]
    fn rounds_are_entered_at_their_point() {
        let labels = Categorical {
            codes: vec![0, 1, 0, 1],
            categories: vec!["a".to_owned(), "b".to_owned()],
        };
        let round = |per_class| Round {
            repeat: 0,
            fold: 0,
            per_class: Some(per_class),
            train: vec![0, 1],
            test: vec![2, 3],
        };
        let plan = Plan { rounds: vec![round(1), round(5)], ..Plan::default() };
        let told = |classes: &[u32]| Told {
            classes: classes.to_vec(),
            confidence: vec![0.8; classes.len()],
        };
        let mut ledger = Ledger::new(&labels, &plan);
        ledger.enter(&plan.rounds[1], &told(&[0, 0])).expect("it is in the plan");
        assert!(ledger.enter(&plan.rounds[1], &told(&[0])).is_err());
        assert!(ledger.enter(&round(7), &told(&[0, 0])).is_err());
        let scores = ledger.finish();
        assert_eq!(scores.len(), 1);
        assert_eq!((scores[0].per_class_trained, scores[0].accuracy.mean), (Some(5), 0.5));
        assert_eq!(scores[0].reliability[0].n_obs, 2);
    }
}
