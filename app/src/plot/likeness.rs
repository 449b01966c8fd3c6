use lexicell_protocol::ClassLikeness;

use super::axes::{Field, point_entry, x_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Shape, cut};
use super::scale::{Scale, range};
use crate::components::{count, p_value, signed};
use crate::words::is_clear_p;

const ROW: f64 = 20.0;
const LEFT: f64 = 230.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 34.0;
/// More classes than these are in the table alone.
const MOST: usize = 40;

/// How like the cells of each class are to a text.
pub(crate) fn likeness(text: &str, by: &str, classes: &[ClassLikeness]) -> Figure {
    let shown: Vec<&ClassLikeness> =
        classes.iter().filter(|class| class.cosine.is_finite()).take(MOST).collect();
    let bottom = TOP + ROW * shown.len().max(1) as f64;
    let field = Field { left: LEFT, top: TOP, right: RIGHT, bottom };
    let left_out = match classes.len().saturating_sub(shown.len()) {
        0 => String::new(),
        n => format!(" {n} more are in the table alone."),
    };
    let mut figure = Figure {
        title: format!("Cells by likeness to “{}”", cut(text, 48)),
        alt: in_words(classes),
        caption: format!(
            "Mean cosine of the cells of each class ({by}) with the text. Filled: stands out from exchanged texts and from a text that points anywhere (adjusted p ≤ .05); empty: does not.{left_out}"
        ),
        width: 720.0,
        height: bottom + 44.0,
        marks: Vec::new(),
    };
    let (low, high) = range(shown.iter().map(|class| class.cosine).chain([0.0]));
    let room = (high - low).max(0.01) * 0.06;
    let x = Scale::linear((low - room, high + room), field.across());
    x_axis(&mut figure, field, &x, &x.ticks(5), "Mean cosine with the text");
    let zero = x.place(0.0);
    figure.line((zero, TOP - 6.0), (zero, bottom), Paint::Muted, 1.0, Dash::Dashed);
    point_entry(&mut figure, (LEFT, 10.0), "stands out", Paint::Series(0), Shape::Disc);
    point_entry(&mut figure, (LEFT + 110.0, 10.0), "does not", Paint::Muted, Shape::Ring);
    for (place, class) in shown.into_iter().enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5);
        let (paint, shape) = if is_clear_p(class.p_adjusted) {
            (Paint::Series(0), Shape::Disc)
        } else {
            (Paint::Muted, Shape::Ring)
        };
        figure.text((LEFT - 12.0, y), &cut(&class.name, 32), Anchor::End, Paint::Ink);
        figure.line((LEFT, y), (RIGHT, y), Paint::Line, 1.0, Dash::Dotted);
        let words = told(class);
        figure.add(Mark::Dot { at: (x.place(class.cosine), y), shape, radius: 4.5, paint, words });
        let p = format!("p {}", p_value(class.p_adjusted));
        figure.text((RIGHT + 12.0, y), &p, Anchor::Start, Paint::Muted);
    }
    figure
}

fn told(class: &ClassLikeness) -> String {
    format!(
        "{}: cosine {}, adjusted p {}, {} cells",
        class.name,
        signed(class.cosine, 3),
        p_value(class.p_adjusted),
        count(class.n_obs)
    )
}

fn in_words(classes: &[ClassLikeness]) -> String {
    let first: Vec<String> = classes.iter().take(3).map(told).collect();
    format!("Most alike: {}. The table holds all numbers.", first.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::likenesses;
    use super::*;

    #[test]
    fn a_class_that_stands_out_is_filled_and_one_without_cells_has_no_point() {
        let figure = likeness("a <text>", "clusters", &likenesses());
        let shapes: Vec<Shape> = figure
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Dot { shape, words, .. } if !words.is_empty() => Some(*shape),
                _ => None,
            })
            .collect();
        assert_eq!(shapes, [Shape::Disc, Shape::Ring]);
        let svg = figure.svg(Palette::Page);
        assert!(!svg.contains("NaN") && svg.contains("B &lt;cell&gt;"));
        assert!(!likeness("", "", &[]).svg(Palette::Page).contains("NaN"));
    }
}
