use lexicell_protocol::{ClassExpression, GeneInClasses, GenesReport};

use super::axes::{Field, x_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Place, Shape, cut};
use super::scale::Scale;
use crate::components::{count, figure as decimals};

const ROW: f64 = 34.0;
const LEFT: f64 = 220.0;
const RIGHT: f64 = 680.0;
const TOP: f64 = 8.0;
/// Most classes that a caption names.
const N_NAMED: usize = 6;

/// How the spread of a gene is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Spread {
    #[default]
    Violin,
    Box,
}

/// How the values of one gene are spread in each class.
pub(crate) fn spread(report: &GenesReport, gene: &GeneInClasses, drawn_as: Spread) -> Figure {
    let bottom = TOP + ROW * report.classes.len().max(1) as f64;
    let field = Field { left: LEFT, top: TOP, right: RIGHT, bottom };
    let mut figure = Figure {
        title: format!("{} by {}", cut(&gene.name, 30), cut(&report.by, 40)),
        alt: in_words(report, gene),
        caption: match drawn_as {
            Spread::Violin => violin_caption(report, gene),
            Spread::Box => box_caption(gene),
        },
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
        let words = format!("{name}, {n} cells: {}", told(own));
        match drawn_as {
            _ if !own.quantiles[2].is_finite() => {}
            Spread::Violin => violin(&mut figure, &x, y, own, words),
            Spread::Box => whiskered(&mut figure, &x, y, own, words),
        }
    }
    figure
}

fn violin(figure: &mut Figure, x: &Scale, y: f64, own: &ClassExpression, words: String) {
    let [least, low, middle, high, most] = own.quantiles;
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

/// A box with its whiskers and what lies beyond them.
fn whiskered(figure: &mut Figure, x: &Scale, y: f64, own: &ClassExpression, words: String) {
    let [_, low, middle, high, _] = own.quantiles.map(|value| x.place(value));
    let ends = own.whiskers.map(|value| x.place(value));
    let (tall, cap) = (ROW * 0.3, ROW * 0.16);
    for (from, to) in [(low, ends[0]), (high, ends[1])] {
        figure.line((from, y), (to, y), Paint::Ink, 1.0, Dash::Solid);
        figure.line((to, y - cap), (to, y + cap), Paint::Ink, 1.0, Dash::Solid);
    }
    let (corner, width, height) = ((low, y - tall), (high - low).max(1.0), 2.0 * tall);
    let (paint, opacity) = (Paint::Series(0), 0.35);
    figure.add(Mark::Rect { corner, width, height, paint, opacity, words });
    let corners = [(low, y - tall), (high, y - tall), (high, y + tall), (low, y + tall)];
    let through = corners.into_iter().chain([corners[0]]).collect();
    figure.add(Mark::Line { through, paint: Paint::Ink, width: 1.0, dash: Dash::Solid });
    figure.line((middle, y - tall), (middle, y + tall), Paint::Ink, 2.5, Dash::Solid);
    for &value in &own.outliers {
        figure.add(Mark::Dot {
            at: (x.place(f64::from(value)), y),
            shape: Shape::Ring,
            radius: 2.2,
            paint: Paint::Muted,
            words: String::new(),
        });
    }
}

fn violin_caption(report: &GenesReport, gene: &GeneInClasses) -> String {
    let lacking = |is: &dyn Fn(&ClassExpression, u64) -> bool| {
        let classes = report.classes.iter().zip(&gene.classes);
        let own = classes.filter(|((_, n), own)| own.density.is_empty() && is(own, *n));
        own.map(|((name, _), _)| cut(name, 30)).collect::<Vec<_>>()
    };
    let is_constant = |own: &ClassExpression| {
        !own.quantiles[4].is_finite() || own.quantiles[0] == own.quantiles[4]
    };
    let mut caption = "Density of expression over the cells of each class, zeros included, every violin of the same width (Gaussian kernel of Scott’s bandwidth, at most 2,000 cells); the bar joins the quartiles, the ring is the median, the thin line reaches from the least to the greatest value.".to_owned();
    let mut say = |names: Vec<String>, why: &str| {
        if !names.is_empty() {
            let others = match names.len().saturating_sub(N_NAMED) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let names = names[..names.len().min(N_NAMED)].join(", ");
            caption.push_str(&format!(" No violin for {names}{others}: {why}."));
        }
    };
    say(lacking(&|_, n| n < 2), "a density needs at least two cells");
    say(lacking(&|own, n| n >= 2 && is_constant(own)), "all cells have the same value");
    let is_left_out = |own: &ClassExpression, n: u64| n >= 2 && !is_constant(own);
    say(lacking(&is_left_out), "so many genes and classes come without densities");
    caption
}

fn box_caption(gene: &GeneInClasses) -> String {
    let (n, shown) = gene
        .classes
        .iter()
        .fold((0, 0), |(n, shown), own| (n + own.n_outliers, shown + own.outliers.len() as u64));
    let outliers = match (n, shown) {
        (0, _) => "no cell lies beyond them".to_owned(),
        (n, shown) if shown == n => format!("rings are the {} cells beyond them", count(n)),
        (n, 0) => format!("the {} cells beyond them are not drawn", count(n)),
        (n, shown) => format!(
            "rings are {} of the {} cells beyond them, evenly chosen with the outermost",
            count(shown),
            count(n)
        ),
    };
    format!(
        "Box: quartiles (linear interpolation, as numpy.percentile), zeros included; thick line: median; whiskers: the outermost values within 1.5 quartile ranges of the box; {outliers}. Where more than three quarters of the cells have no count, box and whiskers shrink to 0 and every other cell lies beyond them."
    )
}

fn told(own: &ClassExpression) -> String {
    let [_, low, middle, high, _] = own.quantiles.map(|value| decimals(value, 2));
    format!("median {middle}, quartiles {low} and {high}")
}

fn in_words(report: &GenesReport, gene: &GeneInClasses) -> String {
    let lines: Vec<String> = report
        .classes
        .iter()
        .zip(&gene.classes)
        .take(10)
        .map(|((name, _), own)| format!("{name}: {}", told(own)))
        .collect();
    format!("{}. The table holds all numbers.", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::genes_report;
    use super::*;

    #[test]
    fn a_class_without_spread_has_a_median_and_no_violin_and_the_caption_says_why() {
        let mut report = genes_report();
        let figure = spread(&report, &report.genes[0], Spread::Violin);
        let areas = figure.marks.iter().filter(|mark| matches!(mark, Mark::Area { .. })).count();
        assert_eq!(areas, 1);
        let svg = figure.svg(Palette::Page);
        assert!(svg.contains("median 1.00") && !svg.contains("NaN"));
        assert!(figure.caption.ends_with("No violin for T: all cells have the same value."));
        report.classes[1].1 = 1;
        let figure = spread(&report, &report.genes[0], Spread::Violin);
        assert!(figure.caption.ends_with("No violin for T: a density needs at least two cells."));
        report.genes[1].classes[0].density.clear();
        let figure = spread(&report, &report.genes[1], Spread::Violin);
        assert!(figure.caption.contains("No violin for B: so many genes"), "{}", figure.caption);
    }

    #[test]
    fn a_box_has_its_whiskers_and_a_ring_for_each_cell_beyond_them() {
        let mut report = genes_report();
        let own = &mut report.genes[0].classes[0];
        (own.whiskers, own.n_outliers, own.outliers) = ([0.0, 2.0], 2, vec![2.5, 3.0]);
        let figure = spread(&report, &report.genes[0], Spread::Box);
        let count =
            |is: &dyn Fn(&Mark) -> bool| figure.marks.iter().filter(|mark| is(mark)).count();
        assert_eq!(count(&|mark| matches!(mark, Mark::Dot { shape: Shape::Ring, .. })), 2);
        assert_eq!(count(&|mark| matches!(mark, Mark::Rect { .. })), 2);
        assert!(figure.caption.contains("rings are the 2 cells beyond"), "{}", figure.caption);
        assert!(!figure.svg(Palette::Print).contains("NaN"));
        report.genes[0].classes[0].n_outliers = 90;
        let caption = spread(&report, &report.genes[0], Spread::Box).caption;
        assert!(caption.contains("rings are 2 of the 90 cells"), "{caption}");
    }
}
