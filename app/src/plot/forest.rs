use lexicell_protocol::Comparison;

use super::axes::{Field, x_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Shape};
use super::scale::{Scale, range};
use crate::components::signed;
use crate::words::{method_in_clause, method_in_words, per_class_in_words};

const ROW: f64 = 24.0;
const TOP: f64 = 24.0;
const LEFT: f64 = 470.0;
const RIGHT: f64 = 800.0;
const WIDTH: f64 = 985.0;

/// Differences between methods on the same folds, with their intervals.
pub(crate) fn forest(comparisons: &[Comparison]) -> Figure {
    let groups = groups(comparisons);
    let n_rows = comparisons.len() + groups.iter().filter(|(point, _)| point.is_some()).count();
    let bottom = TOP + ROW * n_rows as f64;
    let field = Field { left: LEFT, top: TOP, right: RIGHT, bottom };
    let mut figure = Figure {
        title: "Differences between methods".to_owned(),
        alt: comparisons.iter().map(in_words).collect::<Vec<_>>().join(" "),
        caption: "Difference of macro-F1 on the same folds: to the right of the line the first method is better. Bars are 95 % intervals, widened because folds share training cells (Nadeau and Bengio 2003). Where a bar crosses the line, no difference is shown.".to_owned(),
        width: WIDTH,
        height: bottom + 44.0,
        marks: Vec::new(),
    };
    let ends = comparisons
        .iter()
        .flat_map(|comparison| [comparison.low, comparison.high, comparison.difference]);
    let (low, high) = range(ends.chain([0.0]));
    let room = (high - low).max(0.02) * 0.05;
    let x = Scale::linear((low - room, high + room), field.across());
    x_axis(&mut figure, field, &x, &x.ticks(5), "Difference of macro-F1");
    let zero = x.place(0.0);
    figure.line((zero, field.top - 6.0), (zero, bottom), Paint::Ink, 1.0, Dash::Dashed);
    figure.text((RIGHT + 16.0, 10.0), "difference [95 % interval]", Anchor::Start, Paint::Muted);
    let mut y = field.top + ROW / 2.0;
    for (point, own) in groups {
        if let Some(n) = point {
            figure.text((8.0, y), &per_class_in_words(&[n]), Anchor::Start, Paint::Muted);
            y += ROW;
        }
        for comparison in own {
            draw_row(&mut figure, &x, y, comparison);
            y += ROW;
        }
    }
    figure
}

/// The comparisons by the point of the low-sample curve, in the order in which they come.
fn groups(comparisons: &[Comparison]) -> Vec<(Option<u32>, Vec<&Comparison>)> {
    let mut groups: Vec<(Option<u32>, Vec<&Comparison>)> = Vec::new();
    for comparison in comparisons {
        let point = comparison.per_class_trained;
        match groups.iter_mut().find(|(other, _)| *other == point) {
            Some((_, own)) => own.push(comparison),
            None => groups.push((point, vec![comparison])),
        }
    }
    groups
}

fn draw_row(figure: &mut Figure, x: &Scale, y: f64, comparison: &Comparison) {
    figure.text((LEFT - 14.0, y), &pair_name(comparison), Anchor::End, Paint::Ink);
    let (paint, shape) = if is_clear(comparison) {
        (Paint::Series(0), Shape::Disc)
    } else {
        (Paint::Muted, Shape::Ring)
    };
    if comparison.low.is_finite() && comparison.high.is_finite() {
        let (from, to) = (x.place(comparison.low), x.place(comparison.high));
        figure.line((from, y), (to, y), paint, 2.0, Dash::Solid);
        for end in [from, to] {
            figure.line((end, y - 4.0), (end, y + 4.0), paint, 2.0, Dash::Solid);
        }
    }
    if comparison.difference.is_finite() {
        let at = (x.place(comparison.difference), y);
        figure.add(Mark::Dot { at, shape, radius: 4.0, paint, words: in_words(comparison) });
    }
    figure.text((RIGHT + 16.0, y), &interval(comparison), Anchor::Start, Paint::Ink);
}

/// Whether the interval leaves no difference out of question.
pub(crate) fn is_clear(comparison: &Comparison) -> bool {
    comparison.low > 0.0 || comparison.high < 0.0
}

/// What is compared.
fn pair_name(comparison: &Comparison) -> String {
    format!(
        "{} against {}",
        method_in_words(comparison.method),
        method_in_clause(comparison.baseline)
    )
}

/// What is compared, with the point of the low-sample curve.
pub(crate) fn row_name(comparison: &Comparison) -> String {
    let name = pair_name(comparison);
    match comparison.per_class_trained {
        Some(n) => format!("{name}, {}", per_class_in_words(&[n])),
        None => name,
    }
}

/// `+0.034 [+0.010, +0.058]`.
fn interval(comparison: &Comparison) -> String {
    format!(
        "{} [{}, {}]",
        signed(comparison.difference, 3),
        signed(comparison.low, 3),
        signed(comparison.high, 3)
    )
}

fn in_words(comparison: &Comparison) -> String {
    format!("{}: {}.", row_name(comparison), interval(comparison))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::*;
    use lexicell_protocol::{Method, View};

    fn comparison(difference: f64, low: f64, high: f64) -> Comparison {
        Comparison {
            method: Method::View(View::Refined),
            baseline: Method::View(View::Text),
            per_class_trained: Some(5),
            difference,
            low,
            high,
            p: 0.01,
        }
    }

    #[test]
    fn an_interval_that_holds_zero_shows_no_difference() {
        assert!(is_clear(&comparison(0.1, 0.02, 0.18)));
        assert!(is_clear(&comparison(-0.1, -0.18, -0.02)));
        assert!(!is_clear(&comparison(0.1, -0.02, 0.22)));
        assert!(!is_clear(&comparison(0.1, f64::NAN, f64::NAN)));
    }

    #[test]
    fn every_row_is_named_and_has_its_numbers() {
        let figure =
            forest(&[comparison(0.1, 0.02, 0.18), comparison(f64::NAN, f64::NAN, f64::NAN)]);
        let svg = figure.svg(Palette::Print);
        assert!(svg.contains("Gene descriptions, refined against gene descriptions<"));
        assert!(svg.contains("with 5 training cells of each class"));
        assert!(svg.contains("+0.100 [+0.020, +0.180]"));
        assert!(!svg.contains("NaN"));
    }
}
