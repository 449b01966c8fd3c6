//! Scores for tests of figures and of the report.

use lexicell_protocol::{ClassScore, FoldScore, MeanSd, Method, MethodScore, ReliabilityBin};

/// A score with that mean in every metric, of three classes.
pub(crate) fn method_score(method: Method, mean: f64) -> MethodScore {
    let value = MeanSd { mean, sd: 0.02 };
    let class = |name: &str, f1: f64, support: u64| ClassScore {
        name: name.to_owned(),
        precision: f1,
        recall: f1,
        f1,
        support,
    };
    let fold = |fold| FoldScore {
        repeat: 0,
        fold,
        n_train: 80,
        n_test: 20,
        accuracy: mean,
        balanced_accuracy: mean,
        macro_f1: mean,
        weighted_f1: mean,
    };
    MethodScore {
        method,
        per_class_trained: None,
        accuracy: value,
        balanced_accuracy: value,
        macro_f1: value,
        weighted_f1: value,
        per_class: vec![class("B <cell>", mean, 60), class("T", mean, 32), class("NK", mean, 8)],
        folds: (0..5).map(fold).collect(),
        reliability: vec![
            ReliabilityBin { confidence: 0.55, accuracy: 0.5, n_obs: 20 },
            ReliabilityBin { confidence: 0.95, accuracy: 0.97, n_obs: 80 },
        ],
        confusion: vec![50, 6, 4, 3, 28, 1, 2, 1, 5],
    }
}
