use lexicell_protocol::{AxisReport, AxisUnit};

use super::axes::{Field, point_entry, x_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Shape, cut};
use super::scale::{Scale, range};
use crate::components::{count, signed};

const ROW: f64 = 20.0;
const LEFT: f64 = 230.0;
const RIGHT: f64 = 660.0;
const TOP: f64 = 52.0;
/// More units than these are in the table alone.
const MOST: usize = 60;

/// Where the cells of each unit lie between two groups.
pub(crate) fn units(report: &AxisReport, names: &[String; 2]) -> Figure {
    let mut shown: Vec<&AxisUnit> =
        report.units.iter().filter(|unit| unit.quartiles[1].is_finite()).collect();
    shown.sort_by(|a, b| b.quartiles[1].total_cmp(&a.quartiles[1]));
    let n_left_out = shown.len().saturating_sub(MOST);
    shown.truncate(MOST);
    let bottom = TOP + ROW * shown.len().max(1) as f64;
    let field = Field { left: LEFT, top: TOP, right: RIGHT, bottom };
    let left_out = match n_left_out {
        0 => String::new(),
        n => format!(" {n} more are in the table alone."),
    };
    let mut figure = Figure {
        title: format!("Between {} and {}", cut(&names[0], 40), cut(&names[1], 40)),
        alt: in_words(&shown, names),
        caption: format!(
            "Median of the cells of each value of “{}”, with the quartiles as a line, on the axis from {} (−1) to {} (+1). The values of both groups made the axis and lie apart on it by construction; the others did not.{left_out}",
            report.settings.column, names[1], names[0]
        ),
        width: 720.0,
        height: bottom + 44.0,
        marks: Vec::new(),
    };
    let ends = shown.iter().flat_map(|unit| unit.quartiles).chain([-1.0, 1.0]);
    let (low, high) = range(ends);
    let room = (high - low) * 0.04;
    let x = Scale::linear((low - room, high + room), field.across());
    x_axis(&mut figure, field, &x, &x.ticks(6), "Place on the axis");
    for (end, name) in [(1.0, &names[0]), (-1.0, &names[1])] {
        let at = x.place(end);
        figure.line((at, TOP - 4.0), (at, bottom), Paint::Muted, 1.0, Dash::Dashed);
        figure.text((at, TOP - 14.0), &cut(name, 22), Anchor::Middle, Paint::Muted);
    }
    let mut left = 8.0;
    for (group, name) in
        [(Some(0), names[0].as_str()), (Some(1), names[1].as_str()), (None, "in neither group")]
    {
        let (paint, shape) = style_of(group);
        point_entry(&mut figure, (left, 12.0), &cut(name, 26), paint, shape);
        left += 40.0 + name.chars().count().min(26) as f64 * 6.6;
    }
    for (place, unit) in shown.into_iter().enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5);
        let (paint, shape) = style_of(unit.group);
        let [low, middle, high] = unit.quartiles;
        figure.text((LEFT - 12.0, y), &cut(&unit.name, 32), Anchor::End, Paint::Ink);
        if low.is_finite() && high.is_finite() {
            figure.line((x.place(low), y), (x.place(high), y), paint, 2.0, Dash::Solid);
        }
        let words = told(unit, names);
        figure.add(Mark::Dot { at: (x.place(middle), y), shape, radius: 4.5, paint, words });
    }
    figure
}

fn style_of(group: Option<u8>) -> (Paint, Shape) {
    match group {
        Some(0) => (Paint::Series(0), Shape::Disc),
        Some(_) => (Paint::Series(1), Shape::Square),
        None => (Paint::Muted, Shape::Ring),
    }
}

fn told(unit: &AxisUnit, names: &[String; 2]) -> String {
    let group = match unit.group {
        Some(0) => names[0].as_str(),
        Some(_) => names[1].as_str(),
        None => "in neither group",
    };
    format!(
        "{} ({group}): median {}, {} cells",
        unit.name,
        signed(unit.quartiles[1], 2),
        count(unit.n_obs)
    )
}

fn in_words(units: &[&AxisUnit], names: &[String; 2]) -> String {
    let ends: Vec<String> = units
        .iter()
        .take(2)
        .chain(units.iter().skip(2).rev().take(2))
        .map(|unit| told(unit, names))
        .collect();
    format!("At the ends: {}. The table holds all numbers.", ends.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::axis_report;
    use super::*;

    #[test]
    fn units_stand_in_the_order_of_their_medians_in_their_group_s_shape() {
        let names = ["resilient".to_owned(), "vulnerable".to_owned()];
        let mut report = axis_report();
        report.units.reverse();
        let figure = units(&report, &names);
        let dots: Vec<(Shape, bool)> = figure
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Dot { shape, words, .. } if !words.is_empty() => {
                    Some((*shape, words.contains("M1")))
                }
                _ => None,
            })
            .collect();
        assert_eq!(dots, [(Shape::Disc, true), (Shape::Ring, false), (Shape::Square, false)]);
        report.units.clear();
        assert!(!units(&report, &names).svg(Palette::Page).contains("NaN"));
    }
}
