use lexicell_protocol::{
    Comparison, MappingReport, Method, MethodScore, RefineReport, ScoreReport, ShareOfCounts, View,
};

use super::html::{Html, number, text};
use crate::components::{count, figure, mean_sd, p_value, percent, signed};
use crate::plot::row_name;
use crate::views::class_sizes;
use crate::words::{method_in_words, refined_in_words};

/// The methods that are shown class by class.
pub(super) const SHOWN: [Method; 4] =
    [Method::View(View::Text), Method::View(View::Refined), Method::Joint, Method::View(View::Pca)];

/// How the genes were found and what is written about them.
pub(super) fn genes(html: &mut Html, report: &MappingReport) {
    let rows = |shares: &[ShareOfCounts]| {
        let row = |share: &ShareOfCounts| {
            vec![
                text(share.name.clone()),
                number(count(share.n_genes)),
                number(percent(share.share)),
            ]
        };
        shares.iter().map(row).collect::<Vec<_>>()
    };
    for (caption, shares) in [
        ("How the genes were found", &report.routes),
        ("What is written about them", &report.texts),
    ] {
        if !shares.is_empty() {
            html.table(
                caption,
                &[text(""), number("Genes"), number("Share of the counts")],
                rows(shares),
            );
        }
    }
}

/// The space before and after refinement.
pub(super) fn quality(html: &mut Html, report: &RefineReport) {
    if report.quality.is_empty() {
        return;
    }
    let show = |value: Option<f64>| value.map_or("–".to_owned(), |value| figure(value, 3));
    let rows = report
        .quality
        .iter()
        .map(|quality| {
            vec![
                text(refined_in_words(quality.view, Some(report))),
                number(count(quality.n_obs)),
                number(show(quality.silhouette)),
                number(show(quality.purity)),
            ]
        })
        .collect();
    html.table(
        "On cells that did not train. Silhouette of the labels by cosine distance (−1 to 1); purity: mean share of the ten nearest of these cells with the same label (0 to 1).",
        &[text("Cells compared by"), number("Cells"), number("Silhouette"), number("Purity")],
        rows,
    );
}

/// The classes told by a head or a reference.
pub(super) fn told(html: &mut Html, classes: &[String], counts: &[u64], n_none: u64, none: &str) {
    let total = counts.iter().sum::<u64>() + n_none;
    let share = |n: u64| percent(n as f64 / total.max(1) as f64);
    let row = |class: &str, n: u64| vec![text(class), number(count(n)), number(share(n))];
    let mut rows: Vec<_> = classes.iter().zip(counts).map(|(class, &n)| row(class, n)).collect();
    rows.push(row(none, n_none));
    html.table("", &[text("Told to be"), number("Cells"), number("Share")], rows);
}

/// Methods by metrics; with a curve, one table for each of its points.
pub(super) fn methods(html: &mut Html, report: &ScoreReport) {
    let mut points: Vec<Option<u32>> =
        report.scores.iter().map(|score| score.per_class_trained).collect();
    points.sort_unstable();
    points.dedup();
    for point in points {
        let caption = match point {
            Some(n) => format!(
                "{n} training cells of each class. Mean ± standard deviation; 1 is perfect."
            ),
            None => "Mean ± standard deviation over the parts held out; 1 is perfect.".to_owned(),
        };
        let rows = report
            .scores
            .iter()
            .filter(|score| score.per_class_trained == point)
            .map(method)
            .collect();
        html.table(
            &caption,
            &[
                text("Cells compared by"),
                number("Accuracy"),
                number("Balanced accuracy"),
                number("Macro-F1"),
                number("Weighted F1"),
                number("Parts"),
            ],
            rows,
        );
    }
}

fn method(score: &MethodScore) -> Vec<super::html::Cell> {
    vec![
        text(method_in_words(score.method)),
        number(mean_sd(score.accuracy)),
        number(mean_sd(score.balanced_accuracy)),
        number(mean_sd(score.macro_f1)),
        number(mean_sd(score.weighted_f1)),
        number(score.folds.len().to_string()),
    ]
}

/// Paired differences.
pub(super) fn comparisons(html: &mut Html, comparisons: &[Comparison]) {
    if comparisons.is_empty() {
        return;
    }
    let rows = comparisons
        .iter()
        .map(|comparison| {
            vec![
                text(row_name(comparison)),
                number(signed(comparison.difference, 3)),
                number(format!("{} to {}", signed(comparison.low, 3), signed(comparison.high, 3))),
                number(p_value(comparison.p)),
            ]
        })
        .collect();
    html.table(
        "Difference of macro-F1 on the same folds, with the corrected 95 % interval and two-sided p.",
        &[text("Methods"), number("Difference"), number("95 % interval"), number("p")],
        rows,
    );
}

/// Each class by text, refined text, both together and expression, as far as they were judged.
pub(super) fn classes(html: &mut Html, report: &ScoreReport) {
    let last = report.scores.iter().filter_map(|score| score.per_class_trained).max();
    for method in SHOWN {
        let found = report
            .scores
            .iter()
            .find(|score| score.method == method && score.per_class_trained == last);
        let Some(score) = found else { continue };
        let rows = score
            .per_class
            .iter()
            .zip(class_sizes(score))
            .map(|(class, size)| {
                vec![
                    text(class.name.clone()),
                    number(figure(class.precision, 3)),
                    number(figure(class.recall, 3)),
                    number(figure(class.f1, 3)),
                    number(count(size)),
                ]
            })
            .collect();
        html.table(
            &format!("{}, class by class", method_in_words(method)),
            &[text("Class"), number("Precision"), number("Recall"), number("F1"), number("Cells")],
            rows,
        );
    }
}
