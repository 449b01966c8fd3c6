use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::PathReport;

use crate::components::{CappedRows, GeneLink, SaveCsv, count, figure, p_value, signed};
use crate::files::{Csv, or_empty};

/// The classes in the order of their pseudotime; those that are not reached come last.
#[component]
pub(super) fn Classes(report: Arc<PathReport>) -> impl IntoView {
    let order = by_time(&report);
    let saved = Arc::clone(&report);
    let total = order.len();
    let by = report.by.clone();
    let row = move |place: usize| {
        let at = order[place];
        let class = &report.classes[at];
        let is_along = report.along.contains(&(at as u32));
        let median = class.median.map_or("not reached".to_owned(), |median| figure(median, 3));
        view! {
            <tr class:best=is_along data-testid="path-class">
                <th scope="row">{class.name.clone()}{is_along.then(|| view! { " "<span class="badge">"on the path"</span> })}</th>
                <td class="number">{count(class.n_obs)}</td>
                <td class="number">{median}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <table data-testid="path-classes">
            <caption>"Earliest first; median over the cells that are reached. 0 is the root, 1 the farthest cell."</caption>
            <thead><tr><th scope="col">{by}</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Median pseudotime"</th></tr></thead>
            <CappedRows total=total columns=3 testid="path-classes-more" row=row />
        </table>
        <SaveCsv name="lexicell-path-classes.csv" testid="save-path-classes" table=move |()| classes_csv(&saved) />
    }
}

/// The ties of the graph in numbers, strongest first.
#[component]
pub(super) fn Ties(report: Arc<PathReport>) -> impl IntoView {
    let ties = by_tie(&report);
    let saved = Arc::clone(&report);
    let total = ties.len();
    let row = move |place: usize| {
        let (from, to, tie, is_tree) = ties[place];
        let name = |at: u32| report.classes.get(at as usize).map(|class| class.name.clone());
        view! {
            <tr>
                <th scope="row">{name(from)}</th>
                <td>{name(to)}</td>
                <td class="number">{figure(tie, 3)}</td>
                <td>{if is_tree { "in the spanning tree" } else { "" }}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <details class="twin">
            <summary data-testid="ties-as-table">"The graph as a table"</summary>
            <table data-testid="path-ties">
                <thead><tr><th scope="col">"Class"</th><th scope="col">"and"</th><th scope="col" class="number">"Connectivity"</th><th scope="col">"Line"</th></tr></thead>
                <CappedRows total=total columns=4 testid="path-ties-more" row=row />
            </table>
            <SaveCsv name="lexicell-path-graph.csv" testid="save-path-graph" table=move |()| ties_csv(&saved) />
        </details>
    }
}

/// The eigenvalues, for who checks whether enough components count.
#[component]
pub(super) fn Eigenvalues(values: Vec<f64>) -> impl IntoView {
    let text = values.iter().map(|&value| figure(value, 4)).collect::<Vec<_>>().join(", ");
    view! {
        <details class="twin">
            <summary data-testid="eigenvalues">{format!("Eigenvalues of the diffusion map ({})", values.len())}</summary>
            <p class="examples">{text}</p>
        </details>
    }
}

/// The genes by how closely they follow pseudotime, either way.
#[component]
pub(super) fn Trends(report: Arc<PathReport>) -> impl IntoView {
    let order = by_strength(&report);
    let saved = Arc::clone(&report);
    let total = order.len();
    let row = move |place: usize| {
        let gene = &report.trends[order[place]];
        let ends = match (gene.bins.first(), gene.bins.last()) {
            (Some(first), Some(last)) => format!("{} → {}", figure(first.1, 2), figure(last.1, 2)),
            _ => "–".to_owned(),
        };
        view! {
            <tr data-testid="path-gene">
                <th scope="row"><GeneLink name=gene.name.clone() /></th>
                <td class="number">{signed(gene.spearman, 3)}</td>
                <td class="number">{p_value(gene.p_adjusted)}</td>
                <td class="number">{ends}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <table data-testid="path-genes-table">
            <thead>
                <tr>
                    <th scope="col">"Gene"</th>
                    <th scope="col" class="number" title="Spearman correlation of expression with pseudotime">"Spearman"</th>
                    <th scope="col" class="number">"Adjusted p"</th>
                    <th scope="col" class="number" title="Mean expression in the first and in the last stretch (log1p of counts per 10,000)">"Start → end"</th>
                </tr>
            </thead>
            <CappedRows total=total columns=4 testid="path-genes-more" row=row />
        </table>
        <SaveCsv name="lexicell-path-genes.csv" testid="save-path-genes" table=move |()| trends_csv(&saved) />
    }
}

fn classes_csv(report: &PathReport) -> Csv {
    let mut table = Csv::new(&["class", "n_cells", "median_pseudotime", "on_the_path"]);
    for place in by_time(report) {
        let class = &report.classes[place];
        let is_along = report.along.contains(&(place as u32));
        table.row([
            class.name.clone(),
            class.n_obs.to_string(),
            or_empty(class.median),
            is_along.to_string(),
        ]);
    }
    table
}

fn ties_csv(report: &PathReport) -> Csv {
    let mut table = Csv::new(&["class", "other", "connectivity", "in_spanning_tree"]);
    let name = |place: u32| {
        report.classes.get(place as usize).map_or(String::new(), |class| class.name.clone())
    };
    for (from, to, tie, is_tree) in by_tie(report) {
        table.row([name(from), name(to), tie.to_string(), is_tree.to_string()]);
    }
    table
}

/// Correlation, p and every stretch of each gene.
fn trends_csv(report: &PathReport) -> Csv {
    let mut table = Csv::new(&[
        "gene",
        "spearman",
        "p_adjusted",
        "stretch",
        "pseudotime",
        "mean",
        "standard_error",
    ]);
    for place in by_strength(report) {
        let gene = &report.trends[place];
        let own = [gene.name.clone(), or_empty(Some(gene.spearman)), gene.p_adjusted.to_string()];
        if gene.bins.is_empty() {
            table.row(own.clone().into_iter().chain(std::iter::repeat_n(String::new(), 4)));
        }
        for (stretch, &(time, mean, error)) in gene.bins.iter().enumerate() {
            let numbers = [time, mean, error].map(|value| or_empty(Some(value)));
            table.row(own.clone().into_iter().chain([(stretch + 1).to_string()]).chain(numbers));
        }
    }
    table
}

fn by_tie(report: &PathReport) -> Vec<(u32, u32, f64, bool)> {
    let mut ties = report.edges.clone();
    ties.sort_by(|a, b| b.2.total_cmp(&a.2));
    ties
}

fn by_time(report: &PathReport) -> Vec<usize> {
    let mut order: Vec<usize> = (0..report.classes.len()).collect();
    let time = |place: &usize| report.classes[*place].median.unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| time(a).total_cmp(&time(b)));
    order
}

fn by_strength(report: &PathReport) -> Vec<usize> {
    let mut order: Vec<usize> = (0..report.trends.len()).collect();
    let strength = |place: &usize| {
        let own = report.trends[*place].spearman.abs();
        if own.is_finite() { own } else { -1.0 }
    };
    order.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::path_report;

    #[test]
    fn what_is_not_reached_and_what_is_no_number_come_last() {
        let mut report = path_report();
        report.classes.swap(0, 2);
        report.trends[0].spearman = f64::NAN;
        assert_eq!(by_time(&report), [2, 1, 0]);
        assert_eq!(by_strength(&report), [1, 0]);
    }

    #[test]
    fn saved_tables_hold_every_class_tie_and_stretch() {
        let report = path_report();
        let lines = |table: Csv| table.text().lines().count() - 1;
        assert_eq!(lines(classes_csv(&report)), report.classes.len());
        assert_eq!(lines(ties_csv(&report)), report.edges.len());
        let stretches: usize = report.trends.iter().map(|gene| gene.bins.len().max(1)).sum();
        assert_eq!(lines(trends_csv(&report)), stretches);
        assert!(trends_csv(&report).text().contains(",1,0,0.1,0.02\r\n"));
    }
}
