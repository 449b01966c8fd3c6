use lexicell_protocol::MethodScore;

use super::axes::{Field, legend_entry, y_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint};
use super::method_style::style_of;
use super::scale::{Scale, range};
use crate::components::figure as number;
use crate::words::method_in_words;

const FIELD: Field = Field { left: 58.0, top: 14.0, right: 640.0, bottom: 290.0 };
/// Methods at one place stand beside each other by so much.
const ASIDE: f64 = 3.0;

/// Macro-F1 by the number of training cells of each class, one line for each method.
pub(crate) fn low_sample_curve(scores: &[MethodScore]) -> Figure {
    let points: Vec<&MethodScore> =
        scores.iter().filter(|score| score.per_class_trained.is_some_and(|n| n > 0)).collect();
    let mut figure = Figure {
        title: "Score by number of labelled cells".to_owned(),
        alt: in_words(&points),
        caption: "Macro-F1 (mean over classes of F1; 1 is perfect) with so many training cells of each class, all other cells held out. Bars: standard deviation over draws. The horizontal axis is logarithmic.".to_owned(),
        width: 900.0,
        height: 330.0,
        marks: Vec::new(),
    };
    let mut trained: Vec<u32> = points.iter().filter_map(|score| score.per_class_trained).collect();
    trained.sort_unstable();
    trained.dedup();
    let (least, most) = range(trained.iter().map(|&n| f64::from(n)));
    let x = Scale::log((least * 0.8, most * 1.25), FIELD.across());
    let ends = points.iter().flat_map(|score| {
        let sd = if score.macro_f1.sd.is_finite() { score.macro_f1.sd } else { 0.0 };
        [score.macro_f1.mean - sd, score.macro_f1.mean + sd]
    });
    let (low, high) = range(ends);
    let y =
        Scale::linear((low.clamp(0.0, 1.0) - 0.02, high.clamp(0.0, 1.0) + 0.02), FIELD.upward());
    y_axis(&mut figure, FIELD, &y, &y.ticks(5), "Macro-F1");
    axis_of_counts(&mut figure, &x, &trained);
    let mut methods: Vec<_> = points.iter().map(|score| score.method).collect();
    methods.dedup();
    let mut seen = Vec::new();
    methods.retain(|method| {
        !seen.contains(method) && {
            seen.push(*method);
            true
        }
    });
    let middle = (methods.len() as f64 - 1.0) / 2.0;
    for (place, &method) in methods.iter().enumerate() {
        let style = style_of(method);
        let aside = (place as f64 - middle) * ASIDE;
        let mut own: Vec<&&MethodScore> =
            points.iter().filter(|score| score.method == method).collect();
        own.sort_by_key(|score| score.per_class_trained);
        let mut through = Vec::new();
        for score in own {
            let n = score.per_class_trained.unwrap_or(1);
            let value = score.macro_f1;
            let at = (x.place(f64::from(n)) + aside, y.place(value.mean));
            if !at.1.is_finite() {
                continue;
            }
            if value.sd.is_finite() {
                let bar = [value.mean - value.sd, value.mean + value.sd]
                    .map(|end| y.place(end.clamp(0.0, 1.0)));
                figure.line((at.0, bar[0]), (at.0, bar[1]), style.paint, 1.0, Dash::Solid);
            }
            let words = format!(
                "{}, {n} per class: {} ± {}",
                method_in_words(method),
                number(value.mean, 3),
                number(value.sd, 3)
            );
            figure.add(Mark::Dot {
                at,
                shape: style.shape,
                radius: 4.0,
                paint: style.paint,
                words,
            });
            through.push(at);
        }
        figure.add(Mark::Line { through, paint: style.paint, width: 1.8, dash: style.dash });
        let at = (FIELD.right + 20.0, FIELD.top + 12.0 + 22.0 * place as f64);
        legend_entry(
            &mut figure,
            at,
            method_in_words(method),
            style.paint,
            style.dash,
            Some(style.shape),
        );
    }
    figure
}

/// The horizontal axis, with a tick at each number that was tried.
fn axis_of_counts(figure: &mut Figure, x: &Scale, counts: &[u32]) {
    figure.line(
        (FIELD.left, FIELD.bottom),
        (FIELD.right, FIELD.bottom),
        Paint::Muted,
        1.0,
        Dash::Solid,
    );
    for &n in counts {
        let at = x.place(f64::from(n));
        figure.line((at, FIELD.bottom), (at, FIELD.bottom + 4.0), Paint::Muted, 1.0, Dash::Solid);
        figure.text((at, FIELD.bottom + 14.0), &n.to_string(), Anchor::Middle, Paint::Muted);
    }
    let middle = (FIELD.left + FIELD.right) / 2.0;
    figure.text(
        (middle, FIELD.bottom + 31.0),
        "Training cells of each class",
        Anchor::Middle,
        Paint::Ink,
    );
}

fn in_words(points: &[&MethodScore]) -> String {
    points
        .iter()
        .map(|score| {
            format!(
                "{} with {} per class: {} ± {}.",
                method_in_words(score.method),
                score.per_class_trained.unwrap_or(0),
                number(score.macro_f1.mean, 3),
                number(score.macro_f1.sd, 3)
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::method_score;
    use super::*;
    use lexicell_protocol::{Method, View};

    #[test]
    fn each_method_has_a_line_through_its_points_in_order() {
        let mut scores = Vec::new();
        for n in [50, 1, 10, 5] {
            for method in [Method::View(View::Text), Method::Majority] {
                let mut score = method_score(method, 0.4 + f64::from(n) / 200.0);
                score.per_class_trained = Some(n);
                scores.push(score);
            }
        }
        let figure = low_sample_curve(&scores);
        let lines: Vec<&Vec<(f64, f64)>> = figure
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Line { through, .. } if through.len() == 4 => Some(through),
                _ => None,
            })
            .collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.windows(2).all(|pair| pair[0].0 < pair[1].0)));
    }

    #[test]
    fn without_points_nothing_is_drawn_that_is_no_number() {
        assert!(!low_sample_curve(&[]).svg(Palette::Page).contains("NaN"));
        let mut score = method_score(Method::Majority, f64::NAN);
        score.per_class_trained = Some(1);
        assert!(!low_sample_curve(&[score]).svg(Palette::Page).contains("NaN"));
    }
}
