use lexicell_protocol::{ClassExpression, GeneInClasses, GenesReport};

use super::axes::{Field, x_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Place, Shape, cut};
use super::scale::Scale;
use crate::components::figure as decimals;

const ROW: f64 = 34.0;
const LEFT: f64 = 220.0;
const RIGHT: f64 = 680.0;
const TOP: f64 = 8.0;

/// How the values of one gene are spread in each class.
pub(crate) fn violins(report: &GenesReport, gene: &GeneInClasses) -> Figure {
    let bottom = TOP + ROW * report.classes.len().max(1) as f64;
    let field = Field { left: LEFT, top: TOP, right: RIGHT, bottom };
    let mut figure = Figure {
        title: format!("{} by {}", cut(&gene.name, 30), cut(&report.by, 40)),
        alt: in_words(report, gene),
        caption: "Density of expression over the cells of each class, zeros included, every violin of the same width (Gaussian kernel of Scott’s bandwidth, at most 2,000 cells); the bar joins the quartiles, the ring is the median, the thin line reaches from the least to the greatest value.".to_owned(),
        width: 720.0,
        height: bottom + 44.0,
        marks: Vec::new(),
    };
    let most = gene.classes.iter().map(|own| own.quantiles[4]).filter(|value| value.is_finite());
    let high = most.fold(0.0, f64::max);
    let x = Scale::linear((0.0, if high > 0.0 { high } else { 1.0 }), field.across());
    x_axis(&mut figure, field, &x, &x.ticks(6), "log1p of counts per 10,000");
    for (row, &class) in report.class_order.iter().enumerate() {
        let y = TOP + ROW * (row as f64 + 0.5);
        let (Some(own), Some((name, n))) =
            (gene.classes.get(class as usize), report.classes.get(class as usize))
        else {
            continue;
        };
        figure.text((LEFT - 12.0, y), &cut(name, 30), Anchor::End, Paint::Ink);
        violin(&mut figure, &x, y, own, format!("{name}, {n} cells: {}", spread(own)));
    }
    figure
}

fn violin(figure: &mut Figure, x: &Scale, y: f64, own: &ClassExpression, words: String) {
    let [least, low, middle, high, most] = own.quantiles;
    if !middle.is_finite() {
        return;
    }
    let peak = own.density.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let last = own.density.len().saturating_sub(1).max(1) as f64;
    let edge = |sign: f64| {
        let of = move |(step, density): (usize, &f32)| -> Place {
            let value = least + (most - least) * step as f64 / last;
            (x.place(value), y + sign * f64::from(density / peak) * ROW * 0.44)
        };
        own.density.iter().enumerate().map(of).collect::<Vec<Place>>()
    };
    if !own.density.is_empty() {
        let through = edge(-1.0).into_iter().chain(edge(1.0).into_iter().rev()).collect();
        figure.add(Mark::Area { through, paint: Paint::Series(0), opacity: 0.35 });
    }
    figure.line((x.place(least), y), (x.place(most), y), Paint::Muted, 1.0, Dash::Solid);
    figure.line((x.place(low), y), (x.place(high), y), Paint::Ink, 5.0, Dash::Solid);
    let at = (x.place(middle), y);
    let (shape, paint) = (Shape::Disc, Paint::Surface);
    figure.add(Mark::Dot { at, shape, radius: 4.5, paint: Paint::Ink, words: words.clone() });
    figure.add(Mark::Dot { at, shape, radius: 2.8, paint, words });
}

fn spread(own: &ClassExpression) -> String {
    let [_, low, middle, high, _] = own.quantiles.map(|value| decimals(value, 2));
    format!("median {middle}, quartiles {low} and {high}")
}

fn in_words(report: &GenesReport, gene: &GeneInClasses) -> String {
    let lines: Vec<String> = report
        .classes
        .iter()
        .zip(&gene.classes)
        .take(10)
        .map(|((name, _), own)| format!("{name}: {}", spread(own)))
        .collect();
    format!("{}. The table holds all numbers.", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::genes_report;
    use super::*;

    #[test]
    fn a_class_without_spread_has_a_median_and_no_violin() {
        let report = genes_report();
        let figure = violins(&report, &report.genes[0]);
        let areas = figure.marks.iter().filter(|mark| matches!(mark, Mark::Area { .. })).count();
        assert_eq!(areas, 1);
        let svg = figure.svg(Palette::Page);
        assert!(svg.contains("median 1.00") && !svg.contains("NaN"));
    }
}
