use lexicell_protocol::{GeneInClasses, GenesReport};

use super::dots::{FRAME, names, names_below, room};
use super::figure::Figure;
use super::mark::{Anchor, Mark, Paint, cut};
use crate::components::signed;

/// Standard deviations at which a colour is full.
const FULL: f64 = 2.5;

/// Classes in rows, genes in columns: mean expression against the gene's mean over the classes.
pub(crate) fn heat_map(report: &GenesReport) -> Figure {
    let (side, top, legend) = FRAME;
    let (left, field) = (room(report), side * report.genes.len() as f64);
    let bottom = top + side * report.classes.len() as f64;
    let mut figure = Figure {
        title: format!("Genes by {}, against their mean", cut(&report.by, 40)),
        alt: "Mean expression of each gene in each class as a z-score. The table holds the means."
            .to_owned(),
        caption: "Mean expression (log1p of counts per 10,000) of each class, less the mean of the classes, in standard deviations over the classes, gene by gene. Higher than the mean: dots in the square. Classes of like expression stand together. A gene that hardly differs looks like one that differs much: the dot plot shows by how much.".to_owned(),
        width: left + field + legend,
        height: (bottom + names_below(report)).max(120.0),
        marks: Vec::new(),
    };
    names(&mut figure, report, (left, bottom));
    for (column, gene) in report.genes.iter().enumerate() {
        let z = z_scores(gene);
        for (row, &class) in report.class_order.iter().enumerate() {
            let Some(&z) = z.get(class as usize) else { continue };
            let corner = (left + side * column as f64, top + side * row as f64);
            let name = &report.classes[class as usize].0;
            square(&mut figure, corner, z, format!("{} in {name}: z {}", gene.name, signed(z, 2)));
        }
    }
    let x = left + field + 24.0;
    figure.text((x, top + 4.0), "z over classes", Anchor::Start, Paint::Ink);
    for (place, z) in [2.5, 1.0, 0.0, -1.0, -2.5].into_iter().enumerate() {
        let y = top + 16.0 + side * place as f64;
        square(&mut figure, (x, y), z, String::new());
        figure.text((x + 30.0, y + side / 2.0), &signed(z, 1), Anchor::Start, Paint::Ink);
    }
    figure
}

fn square(figure: &mut Figure, corner: (f64, f64), z: f64, words: String) {
    let side = FRAME.0;
    // Sign is told by colour and, for who does not see colours, by a dot.
    let paint = if z >= 0.0 { Paint::Series(1) } else { Paint::Series(0) };
    let strength = if z.is_finite() { (z.abs() / FULL).min(1.0) } else { 0.0 };
    let (width, height) = (side - 1.0, side - 1.0);
    let opacity = 0.04 + 0.96 * strength;
    figure.add(Mark::Rect { corner, width, height, paint, opacity, words });
    if z > 0.5 {
        let at = (corner.0 + width / 2.0, corner.1 + height / 2.0);
        let (paint, words) = (Paint::Surface, String::new());
        figure.add(Mark::Disc { at, radius: 2.0, paint, opacity: 1.0, words });
    }
}

fn z_scores(gene: &GeneInClasses) -> Vec<f64> {
    let n = gene.classes.len().max(1) as f64;
    let mean = gene.classes.iter().map(|own| own.mean).sum::<f64>() / n;
    let variance = gene.classes.iter().map(|own| (own.mean - mean).powi(2)).sum::<f64>() / n;
    let z = |value: f64| if variance > 0.0 { (value - mean) / variance.sqrt() } else { 0.0 };
    gene.classes.iter().map(|own| z(own.mean)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::genes_report;
    use super::*;

    #[test]
    fn z_scores_have_no_mean_and_unit_spread() {
        let report = genes_report();
        assert_eq!(z_scores(&report.genes[0]), [1.0, -1.0]);
        let svg = heat_map(&report).svg(Palette::Page);
        assert!(svg.contains("z +1.00") && !svg.contains("NaN"));
    }
}
