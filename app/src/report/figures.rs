use lexicell_protocol::{Method, MethodScore, RefineReport, ScoreReport};

use super::tables::SHOWN;
use crate::plot::{Figure, confusion_matrix, forest, loss_curve, low_sample_curve, reliability};
use crate::words::method_in_words;

/// The losses of the refinement.
pub(super) fn of_refinement(report: &RefineReport) -> Figure {
    loss_curve(&report.curve, Some(report.best_epoch), report.settings.epochs.min(last(report)))
}

fn last(report: &RefineReport) -> u32 {
    report.curve.last().map_or(1, |loss| loss.epoch)
}

/// The figures of the score: differences, the curve, and matrices and votes of the methods shown class by class.
pub(super) fn of_score(report: &ScoreReport) -> Vec<Figure> {
    let mut figures = Vec::new();
    if !report.comparisons.is_empty() {
        figures.push(forest(&report.comparisons));
    }
    let last = report.scores.iter().filter_map(|score| score.per_class_trained).max();
    if last.is_some() {
        figures.push(low_sample_curve(&report.scores));
    }
    let at = |method: Method| {
        report.scores.iter().find(|score| score.method == method && score.per_class_trained == last)
    };
    let found: Vec<&MethodScore> = SHOWN.into_iter().filter_map(at).collect();
    for score in found {
        let name = method_in_words(score.method);
        figures.push(confusion_matrix(
            name,
            &report.classes,
            &report.class_order,
            &score.confusion,
        ));
        if score.reliability.iter().any(|bin| bin.n_obs > 0) {
            figures.push(reliability(score.method, &score.reliability));
        }
    }
    figures
}
