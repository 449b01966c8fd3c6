use lexicell_protocol::{CompareReport, GeneFinding};

use super::axes::{Field, point_entry, x_axis, y_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Place, Shape, cut};
use super::scale::{Scale, range};
use crate::components::signed;
use crate::words::{NamedBy, named_by, share_of, signed_percent};

const FIELD: Field = Field { left: 62.0, top: 34.0, right: 700.0, bottom: 390.0 };
/// Most names of genes for each group of them.
const MOST_NAMES: [(NamedBy, usize); 3] =
    [(NamedBy::Both, 10), (NamedBy::Text, 5), (NamedBy::Expression, 5)];
/// Width of a letter of a name, and the height of its line.
const LETTER: f64 = 6.6;
const LINE: f64 = 12.0;

/// A larger fold change is drawn there: a gene that one set lacks has one without bound.
const MOST_FOLD: f64 = 10.0;

/// A gene with its place.
struct Point<'a> {
    gene: &'a GeneFinding,
    named: NamedBy,
    /// Its part of the separation in percent; 0 without a vector.
    share: f64,
    at: Place,
}

/// Each gene's part of the distance between two sets by its change of expression.
pub(crate) fn contrast(report: &CompareReport) -> Figure {
    let [first, second] = &report.names;
    let mut figure = Figure {
        title: format!("Genes that set {} apart from {}", cut(first, 40), cut(second, 40)),
        alt: in_words(report),
        caption: format!(
            "Right: higher in {first}; left: higher in {second}. Up: the larger the part of the gene’s description in the distance between both sets; below 0 it draws them together. Genes without a description lie at 0, genes that one set all but lacks at ±{MOST_FOLD}. Clear: adjusted p ≤ .05. The parts add up exactly to the distance, over all genes; that is arithmetic, no proof of a cause."
        ),
        width: 740.0,
        height: 430.0,
        marks: Vec::new(),
    };
    let genes = || report.genes.iter().filter(|gene| gene.log2_fold_change.is_finite());
    let percent =
        |gene: &GeneFinding| share_of(gene.contribution, report.separation).unwrap_or(0.0) * 100.0;
    let (low, high) = range(genes().map(fold).chain([-1.0, 1.0]));
    let room = (high - low) * 0.06;
    let x = Scale::linear((low - room, high + room), FIELD.across());
    let (low, high) = range(genes().map(percent).chain([0.0]));
    let room = (high - low).max(0.01) * 0.08;
    let y = Scale::linear((low - room, high + room), FIELD.upward());
    y_axis(&mut figure, FIELD, &y, &y.ticks(5), "Part of the distance by text (%)");
    x_axis(&mut figure, FIELD, &x, &x.ticks(7), "log₂ fold change of expression");
    let zero = x.place(0.0);
    figure.line((zero, FIELD.top), (zero, FIELD.bottom), Paint::Muted, 1.0, Dash::Dashed);
    let mut points: Vec<Point> = genes()
        .map(|gene| {
            let share = percent(gene);
            let at = (x.place(fold(gene)), y.place(share));
            Point { gene, named: named_by(gene), share, at }
        })
        .collect();
    // What both name lies on top.
    points.sort_by_key(|point| std::cmp::Reverse(rank(point.named)));
    for point in &points {
        let (paint, shape, radius) = style_of(point.named);
        figure.add(Mark::Dot { at: point.at, shape, radius, paint, words: told(point, report) });
    }
    write_names(&mut figure, &points);
    figure.text((FIELD.left, 14.0), "Named by", Anchor::Start, Paint::Muted);
    let mut left = FIELD.left + 62.0;
    for named in NamedBy::ALL {
        let n = points.iter().filter(|point| point.named == named).count();
        let text = format!("{} ({n})", named.title());
        let (paint, shape, _) = style_of(named);
        point_entry(&mut figure, (left, 14.0), &text, paint, shape);
        left += 40.0 + text.chars().count() as f64 * LETTER;
    }
    figure
}

fn fold(gene: &GeneFinding) -> f64 {
    gene.log2_fold_change.clamp(-MOST_FOLD, MOST_FOLD)
}

fn rank(named: NamedBy) -> usize {
    NamedBy::ALL.iter().position(|&own| own == named).unwrap_or(0)
}

/// Colour, shape and size: no two groups share any of them.
fn style_of(named: NamedBy) -> (Paint, Shape, f64) {
    match named {
        NamedBy::Both => (Paint::Series(1), Shape::Diamond, 4.4),
        NamedBy::Text => (Paint::Series(0), Shape::Disc, 3.8),
        NamedBy::Expression => (Paint::Series(2), Shape::Square, 3.4),
        NamedBy::Neither => (Paint::Muted, Shape::Ring, 2.4),
    }
}

/// Writes the names of the genes that say most, where they cover no other name and no point that counts.
fn write_names(figure: &mut Figure, points: &[Point]) {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let strong: Vec<Place> = points
        .iter()
        .filter(|point| point.named != NamedBy::Neither)
        .map(|point| point.at)
        .collect();
    for (named, most) in MOST_NAMES {
        let mut own: Vec<&Point> = points.iter().filter(|point| point.named == named).collect();
        let weight = |point: &Point| match named {
            NamedBy::Expression => point.gene.score.abs(),
            _ => point.share.abs(),
        };
        own.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        for point in own.into_iter().take(most) {
            let name = cut(&point.gene.name, 16);
            let width = name.chars().count() as f64 * LETTER;
            let (x, y) = point.at;
            let sides = [(x + 8.0, y), (x - 8.0 - width, y), (x - width / 2.0, y - LINE)];
            let is_free = |&(left, line): &Place| {
                let right = left + width;
                let meets = |from: f64, to: f64, other: f64| {
                    left < to && right > from && (other - line).abs() < LINE
                };
                left > FIELD.left
                    && right < FIELD.right + 30.0
                    && !taken.iter().any(|&(from, to, other)| meets(from, to, other))
                    && !strong.iter().any(|&(x, y)| meets(x - 5.0, x + 5.0, y))
            };
            if let Some(at) = sides.into_iter().find(is_free) {
                taken.push((at.0, at.0 + width, at.1));
                figure.text(at, &name, Anchor::Start, Paint::Ink);
            }
        }
    }
}

fn told(point: &Point, report: &CompareReport) -> String {
    let part = match share_of(point.gene.contribution, report.separation) {
        Some(share) => format!("{} of the distance", signed_percent(share)),
        None => "no description".to_owned(),
    };
    format!(
        "{}: {part}, log2 fold change {}, named by {}",
        point.gene.name,
        signed(point.gene.log2_fold_change, 2),
        point.named.title()
    )
}

fn in_words(report: &CompareReport) -> String {
    let names = |named: NamedBy| {
        let own: Vec<&str> = report
            .genes
            .iter()
            .filter(|gene| named_by(gene) == named)
            .take(5)
            .map(|gene| gene.name.as_str())
            .collect();
        if own.is_empty() { "none".to_owned() } else { own.join(", ") }
    };
    format!(
        "Named by description and expression: {}. By the description only: {}. By expression only: {}. The table holds all numbers.",
        names(NamedBy::Both),
        names(NamedBy::Text),
        names(NamedBy::Expression)
    )
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::compare_report;
    use super::*;

    #[test]
    fn the_groups_differ_in_shape_and_in_colour() {
        for (place, &named) in NamedBy::ALL.iter().enumerate() {
            for &other in &NamedBy::ALL[..place] {
                assert_ne!(style_of(named).0, style_of(other).0);
                assert_ne!(style_of(named).1, style_of(other).1);
            }
        }
    }

    #[test]
    fn a_gene_has_a_place_only_where_it_has_a_number_and_names_are_no_markup() {
        let svg = contrast(&compare_report()).svg(Palette::Page);
        assert!(svg.contains(">MS4A1<") && svg.contains("&lt;TEXT&gt;"));
        assert!(!svg.contains("NaN") && !svg.contains("<TEXT>") && !svg.contains("ACTB:"));
        let mut empty = compare_report();
        empty.genes.clear();
        assert!(!contrast(&empty).svg(Palette::Page).contains("NaN"));
    }

    #[test]
    fn no_name_covers_another() {
        let mut report = compare_report();
        let gene = report.genes[0].clone();
        report.genes = (0..8).map(|_| gene.clone()).collect();
        let names: Vec<Place> = contrast(&report)
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text { at, text, .. } if text == "MS4A1" => Some(*at),
                _ => None,
            })
            .collect();
        assert!(!names.is_empty() && names.len() < 8);
        for (place, a) in names.iter().enumerate() {
            let is_apart =
                |b: &Place| (a.0 - b.0).abs() >= 5.0 * LETTER || (a.1 - b.1).abs() >= LINE;
            assert!(names[..place].iter().all(is_apart), "{names:?}");
        }
    }
}
