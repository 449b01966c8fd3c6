use lexicell_protocol::GeneTrend;

use super::axes::{Field, x_axis, y_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Place, Shape, cut};
use super::scale::{Scale, range};
use crate::components::signed;

/// Most genes in one figure.
pub(crate) const N_TRENDS: usize = 6;
const COLUMNS: usize = 3;
const PANEL: Place = (300.0, 200.0);

/// How genes change along a path: a panel for each of the first few.
pub(crate) fn trends(genes: &[GeneTrend]) -> Figure {
    let shown: Vec<&GeneTrend> =
        genes.iter().filter(|gene| !gene.bins.is_empty()).take(N_TRENDS).collect();
    let rows = shown.len().div_ceil(COLUMNS).max(1);
    let mut figure = Figure {
        title: "Genes along the path".to_owned(),
        alt: in_words(&shown),
        caption: "Mean expression (log1p of counts per 10,000) of the cells in each stretch of pseudotime; the band is ± 1 standard error of that mean. Each panel has its own vertical scale. The band treats cells as independent, which cells of one donor are not.".to_owned(),
        width: PANEL.0 * shown.len().clamp(1, COLUMNS) as f64,
        height: PANEL.1 * rows as f64,
        marks: Vec::new(),
    };
    for (place, gene) in shown.into_iter().enumerate() {
        let left = PANEL.0 * (place % COLUMNS) as f64;
        let top = PANEL.1 * (place / COLUMNS) as f64;
        panel(&mut figure, gene, (left, top));
    }
    figure
}

fn panel(figure: &mut Figure, gene: &GeneTrend, (left, top): Place) {
    let field = Field {
        left: left + 52.0,
        top: top + 26.0,
        right: left + PANEL.0 - 16.0,
        bottom: top + PANEL.1 - 46.0,
    };
    let error = |bin: &(f64, f64, f64)| if bin.2.is_finite() { bin.2 } else { 0.0 };
    let bins: Vec<&(f64, f64, f64)> =
        gene.bins.iter().filter(|bin| bin.0.is_finite() && bin.1.is_finite()).collect();
    let x = Scale::linear((0.0, 1.0), field.across());
    let (low, high) = range(bins.iter().flat_map(|bin| [bin.1 - error(bin), bin.1 + error(bin)]));
    let y = Scale::linear((low, high), field.upward());
    axes(figure, field, &x, &y);
    let title = format!("{} (ρ {})", cut(&gene.name, 20), signed(gene.spearman, 2));
    figure.text((field.left, top + 12.0), &title, Anchor::Start, Paint::Ink);
    let upper = bins.iter().map(|bin| (x.place(bin.0), y.place(bin.1 + error(bin))));
    let lower = bins.iter().rev().map(|bin| (x.place(bin.0), y.place(bin.1 - error(bin))));
    let paint = Paint::Series(0);
    figure.add(Mark::Area { through: upper.chain(lower).collect(), paint, opacity: 0.2 });
    let through: Vec<Place> = bins.iter().map(|bin| (x.place(bin.0), y.place(bin.1))).collect();
    let dash = Dash::Solid;
    figure.add(Mark::Line { through: through.clone(), paint, width: 2.0, dash });
    for (at, bin) in through.into_iter().zip(&bins) {
        let words = format!("{} at {:.2}: {:.2} ± {:.2}", gene.name, bin.0, bin.1, error(bin));
        figure.add(Mark::Dot { at, shape: Shape::Disc, radius: 2.6, paint, words });
    }
}

fn axes(figure: &mut Figure, field: Field, x: &Scale, y: &Scale) {
    let ticks = y.ticks(3);
    // The name of the axis is in the caption: its place within a figure of panels would be the sheet's edge.
    y_axis(figure, field, y, &ticks, "");
    x_axis(figure, field, x, &[0.0, 0.5, 1.0], "Pseudotime");
}

fn in_words(genes: &[&GeneTrend]) -> String {
    let lines: Vec<String> = genes
        .iter()
        .map(|gene| {
            let way = if gene.spearman >= 0.0 { "rises" } else { "falls" };
            format!("{} {way} (Spearman {})", gene.name, signed(gene.spearman, 2))
        })
        .collect();
    format!("{}. The table holds more.", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::path_report;
    use super::*;

    #[test]
    fn each_gene_with_a_trend_has_a_panel_of_its_own() {
        let figure = trends(&path_report().trends);
        let areas = figure.marks.iter().filter(|mark| matches!(mark, Mark::Area { .. })).count();
        assert_eq!(areas, 1);
        let svg = figure.svg(Palette::Page);
        assert!(svg.contains("&lt;G&gt;") && svg.contains("fill-opacity=\"0.2\""));
        assert!(!trends(&[]).svg(Palette::Page).contains("NaN"));
    }

    #[test]
    fn the_figure_grows_with_its_panels() {
        let gene = path_report().trends[0].clone();
        let many = trends(&vec![gene; 9]);
        assert_eq!((many.width, many.height), (3.0 * PANEL.0, 2.0 * PANEL.1));
    }
}
