//! What a held-out evaluation returns.

use crate::metrics::{ClassScore, Confusion};

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
    /// The predicted class of every cell; [`EXCLUDED`](crate::folds::EXCLUDED) where it took no part.
    pub predictions: Vec<u32>,
}

impl FoldScore {
    pub(crate) fn new(confusion: &Confusion, n_train: usize, n_test: usize) -> Self {
        Self {
            accuracy: confusion.accuracy(),
            balanced_accuracy: confusion.balanced_accuracy(),
            macro_f1: confusion.macro_f1(),
            weighted_f1: confusion.weighted_f1(),
            n_train,
            n_test,
        }
    }
}

impl Score {
    /// Fills in what follows from the folds and the confusion matrix.
    pub(crate) fn summarised(self) -> Self {
        let over = |value: fn(&FoldScore) -> f64| mean_sd(self.folds.iter().map(value));
        Self {
            accuracy: over(|fold| fold.accuracy),
            balanced_accuracy: over(|fold| fold.balanced_accuracy),
            macro_f1: over(|fold| fold.macro_f1),
            weighted_f1: over(|fold| fold.weighted_f1),
            per_class: self.confusion.per_class(),
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
}
