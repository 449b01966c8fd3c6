use lexicell_protocol::{GeneTrend, PathReport};

use super::super::html::{Cell, Html, number, text};
use super::super::sections::notes;
use super::left_out;
use crate::components::{count, figure, p_value, signed};
use crate::plot::{N_TRENDS, class_graph, trends};
use crate::state::set_in_words;
use crate::words::view_in_words;

/// Genes listed.
const N_GENES: usize = 30;

/// The path of the cells from a root.
pub(super) fn write(html: &mut Html, report: &PathReport) {
    let settings = &report.settings;
    html.heading(3, &format!("Path from {}", set_in_words(&settings.root)));
    let name = |place: &u32| report.classes.get(*place as usize).map(|class| class.name.as_str());
    let along: Vec<&str> = report.along.iter().filter_map(name).collect();
    let values: Vec<String> = report.eigenvalues.iter().map(|&value| figure(value, 4)).collect();
    html.facts(&[
        ("Root", report.root.clone()),
        ("Neighbours by", view_in_words(settings.view).to_owned()),
        ("Cells that no path reaches", count(report.n_unreached)),
        ("Ends at", settings.to.clone().unwrap_or_default()),
        ("Classes on the way", along.join(" → ")),
        ("Diffusion components that count", settings.n_dcs.to_string()),
        ("Eigenvalues", values.join(", ")),
        ("Column of pseudotime", report.column.clone()),
    ]);
    notes(html, &report.notes);
    html.figure(&class_graph(report));
    classes(html, report);
    ties(html, report);
    genes(html, report);
}

fn classes(html: &mut Html, report: &PathReport) {
    let mut order: Vec<usize> = (0..report.classes.len()).collect();
    let time = |place: &usize| report.classes[*place].median.unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let row = |place: usize| {
        let class = &report.classes[place];
        let median = class.median.map_or("not reached".to_owned(), |median| figure(median, 3));
        vec![text(class.name.clone()), number(count(class.n_obs)), number(median)]
    };
    html.table(
        "Earliest first; 0 is the root, 1 the farthest cell.",
        &[text(report.by.clone()), number("Cells"), number("Median pseudotime")],
        order.into_iter().map(row).collect(),
    );
}

fn ties(html: &mut Html, report: &PathReport) {
    let name = |place: u32| report.classes.get(place as usize).map(|class| class.name.clone());
    let mut edges = report.edges.clone();
    edges.sort_by(|a, b| b.2.total_cmp(&a.2));
    let row = |(from, to, tie, is_tree): (u32, u32, f64, bool)| {
        let line = if is_tree { "in the spanning tree" } else { "" };
        Some(vec![text(name(from)?), text(name(to)?), number(figure(tie, 3)), text(line)])
    };
    let rows: Vec<_> = edges.into_iter().filter_map(row).collect();
    if !rows.is_empty() {
        html.table(
            "Which classes are joined (PAGA), strongest first",
            &[text("Class"), text("and"), number("Connectivity"), text("Line")],
            rows,
        );
    }
}

fn genes(html: &mut Html, report: &PathReport) {
    let drawn: Vec<GeneTrend> =
        report.trends.iter().filter(|gene| !gene.bins.is_empty()).take(N_TRENDS).cloned().collect();
    if !drawn.is_empty() {
        html.figure(&trends(&drawn));
    }
    if report.trends.is_empty() {
        return;
    }
    html.table(
        &format!(
            "Spearman correlation of expression with pseudotime over {} cells, {} genes tested. Pseudotime was made from these very cells: take p for an order of genes, not for a test.",
            count(report.n_followed),
            count(report.n_tested)
        ),
        &[text("Gene"), number("Spearman"), number("Adjusted p"), number("Start → end")],
        report.trends.iter().take(N_GENES).map(row).collect(),
    );
    left_out(html, N_GENES, report.trends.len(), "genes");
}

fn row(gene: &GeneTrend) -> Vec<Cell> {
    let ends = match (gene.bins.first(), gene.bins.last()) {
        (Some(first), Some(last)) => format!("{} → {}", figure(first.1, 2), figure(last.1, 2)),
        _ => "–".to_owned(),
    };
    vec![
        text(gene.name.clone()),
        number(signed(gene.spearman, 3)),
        number(p_value(gene.p_adjusted)),
        number(ends),
    ]
}
