use lexicell_protocol::GenesReport;

use super::figure::Figure;
use super::mark::{Anchor, Mark, Paint, Place, cut};
use crate::components::{figure as decimals, percent};

const SIDE: f64 = 22.0;
const TOP: f64 = 10.0;
const BIGGEST: f64 = 9.0;
const LETTER: f64 = 6.6;
const NAME_LENGTH: usize = 28;
/// Room for the legend.
const LEGEND: f64 = 150.0;

/// Classes in rows, genes in columns: how many cells express each gene, and how much.
pub(crate) fn dot_plot(report: &GenesReport, is_scaled: bool) -> Figure {
    let (left, field) = (room(report), SIDE * report.genes.len() as f64);
    let bottom = TOP + SIDE * report.classes.len() as f64;
    let unit = if is_scaled {
        "mean expression, each gene from its lowest class (0) to its highest (1)"
    } else {
        "mean expression (log1p of counts per 10,000)"
    };
    let mut figure = Figure {
        title: format!("Genes by {}", cut(&report.by, 40)),
        alt: in_words(report),
        caption: format!(
            "The larger the dot, the larger the share of the class’s cells that express the gene; the darker, the higher the {unit}, over all cells of the class. Classes of like expression stand together."
        ),
        width: left + field + LEGEND,
        height: (bottom + names_below(report)).max(190.0),
        marks: Vec::new(),
    };
    names(&mut figure, report, (left, bottom));
    let most = most(report);
    for (column, gene) in report.genes.iter().enumerate() {
        let means: Vec<f64> = gene.classes.iter().map(|own| own.mean).collect();
        let (low, high) = super::scale::range(means.into_iter());
        for (row, &class) in report.class_order.iter().enumerate() {
            let Some(own) = gene.classes.get(class as usize) else { continue };
            let depth = match is_scaled {
                true if high > low => (own.mean - low) / (high - low),
                true => 0.0,
                false => own.mean / most,
            };
            if own.fraction > 0.0 {
                figure.add(Mark::Disc {
                    at: (left + SIDE * (column as f64 + 0.5), TOP + SIDE * (row as f64 + 0.5)),
                    radius: radius(own.fraction),
                    paint: Paint::Heat,
                    opacity: depth_to_opacity(depth),
                    words: format!(
                        "{} in {}: {} of cells, mean {}",
                        gene.name,
                        report.classes[class as usize].0,
                        percent(own.fraction),
                        decimals(own.mean, 2)
                    ),
                });
            }
        }
    }
    let most = if is_scaled { 1.0 } else { most };
    legend(&mut figure, (left + field + 24.0, TOP), most, is_scaled);
    figure
}

/// Names of the classes at the left and of the genes below.
pub(super) fn names(figure: &mut Figure, report: &GenesReport, (left, bottom): Place) {
    for (row, &class) in report.class_order.iter().enumerate() {
        let Some((name, _)) = report.classes.get(class as usize) else { continue };
        let at = (left - 8.0, TOP + SIDE * (row as f64 + 0.5));
        figure.text(at, &cut(name, NAME_LENGTH), Anchor::End, Paint::Ink);
    }
    for (column, gene) in report.genes.iter().enumerate() {
        figure.add(Mark::Text {
            at: (left + SIDE * (column as f64 + 0.5), bottom + 8.0),
            text: cut(&gene.name, 18),
            size: 11.0,
            anchor: Anchor::End,
            paint: Paint::Ink,
            turn: -60.0,
        });
    }
}

/// Room for the names of the classes, and so that the first turned name fits.
pub(super) fn room(report: &GenesReport) -> f64 {
    let longest = report.classes.iter().map(|(name, _)| name.chars().count().min(NAME_LENGTH));
    (longest.max().unwrap_or(0) as f64 * LETTER + 16.0).max(70.0)
}

/// Room for the turned names of the genes.
pub(super) fn names_below(report: &GenesReport) -> f64 {
    let longest = report.genes.iter().map(|gene| gene.name.chars().count().min(18)).max();
    longest.unwrap_or(0) as f64 * LETTER * 0.87 + 22.0
}

/// Side of a square and the top of the field, for figures of the same frame.
pub(super) const FRAME: (f64, f64, f64) = (SIDE, TOP, LEGEND);

fn radius(fraction: f64) -> f64 {
    // The area tells the share.
    (BIGGEST * fraction.max(0.0).sqrt()).max(0.8)
}

fn depth_to_opacity(depth: f64) -> f64 {
    0.12 + 0.88 * depth.clamp(0.0, 1.0)
}

fn most(report: &GenesReport) -> f64 {
    let means = report.genes.iter().flat_map(|gene| &gene.classes).map(|own| own.mean);
    means.filter(|mean| mean.is_finite()).fold(f64::MIN_POSITIVE, f64::max)
}

fn legend(figure: &mut Figure, (x, y): Place, most: f64, is_scaled: bool) {
    figure.text((x, y + 4.0), "Cells expressing", Anchor::Start, Paint::Ink);
    for (place, share) in [0.1, 0.25, 0.5, 1.0].into_iter().enumerate() {
        let at = (x + 10.0, y + 24.0 + 20.0 * place as f64);
        let (paint, words) = (Paint::Muted, String::new());
        figure.add(Mark::Disc { at, radius: radius(share), paint, opacity: 1.0, words });
        figure.text(
            (x + 26.0, at.1),
            &format!("{:.0} %", share * 100.0),
            Anchor::Start,
            Paint::Ink,
        );
    }
    let y = y + 118.0;
    let title = if is_scaled { "Scaled mean" } else { "Mean" };
    figure.text((x, y), title, Anchor::Start, Paint::Ink);
    for step in 0..10 {
        figure.add(Mark::Rect {
            corner: (x + 10.0 * f64::from(step), y + 10.0),
            width: 10.0,
            height: 12.0,
            paint: Paint::Heat,
            opacity: depth_to_opacity(f64::from(step) / 9.0),
            words: String::new(),
        });
    }
    figure.text((x, y + 32.0), "0", Anchor::Start, Paint::Muted);
    figure.text((x + 100.0, y + 32.0), &decimals(most, 1), Anchor::End, Paint::Muted);
}

fn in_words(report: &GenesReport) -> String {
    let top = |gene: &lexicell_protocol::GeneInClasses| {
        let best = gene.classes.iter().enumerate().max_by(|a, b| a.1.mean.total_cmp(&b.1.mean))?;
        Some(format!("{} is highest in {}", gene.name, report.classes.get(best.0)?.0))
    };
    let lines: Vec<String> = report.genes.iter().take(8).filter_map(top).collect();
    format!("{}. The table holds all numbers.", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::genes_report;
    use super::*;

    #[test]
    fn each_class_that_expresses_a_gene_has_a_dot_of_its_share() {
        let report = genes_report();
        for is_scaled in [false, true] {
            let figure = dot_plot(&report, is_scaled);
            let told = |mark: &&Mark| matches!(mark, Mark::Disc { words, .. } if !words.is_empty());
            assert_eq!(figure.marks.iter().filter(told).count(), 3);
            let svg = figure.svg(Palette::Print);
            assert!(svg.contains("&lt;G&gt;") && !svg.contains("NaN"));
        }
        assert!(radius(1.0) > radius(0.5));
        assert!((radius(1.0).powi(2) - 2.0 * radius(0.5).powi(2)).abs() < 1e-9);
    }
}
