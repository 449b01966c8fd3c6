use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{ColorBy, GeneTrend, PathReport};

use super::tables::{Classes, Eigenvalues, Ties, Trends};
use crate::components::{FigureView, Icon, IconName, Meanings, Notes, count};
use crate::plot::{N_TRENDS, class_graph, trends};
use crate::state::{AppState, Inquiry, Stage, is_path_of_earlier_selection, set_in_words};
use crate::views::map::OverMap;
use crate::words::{PATH, view_in_words};

/// The answer: pseudotime, which classes are joined, and what changes on the way.
pub(super) fn report(app: AppState, report: Arc<PathReport>) -> AnyView {
    let column = report.column.clone();
    let show = move |_| {
        app.color_by(ColorBy::Obs(column.clone()));
        app.stage.set(Stage::Map);
    };
    let graph = class_graph(&report);
    let has_trends = report.trends.iter().any(|gene| !gene.bins.is_empty());
    let lines = has_trends.then(|| {
        let picture = trends(&with_bins(&report.trends));
        view! { <FigureView figure=Signal::stored(picture) testid="trends" /> }
    });
    view! {
        <div class="stack" data-testid="path-report">
            <div class="heading-line">
                <h2>{format!("Path from {}", set_in_words(&report.settings.root))}</h2>
                <button type="button" class="link" data-testid="show-path" on:click=show>"Show on the map"</button>
            </div>
            {earlier_selection(app, Arc::clone(&report))}
            <p data-testid="path-words">{in_words(&report)}</p>
            <Notes notes=report.notes.clone() testid="path-notes" />
            <section>
                <h2>"Which classes are joined"</h2>
                <OverMap testid="graph-over-map" />
                <FigureView figure=Signal::stored(graph) testid="class-graph" />
                <Classes report=Arc::clone(&report) />
                <Ties report=Arc::clone(&report) />
                <Eigenvalues values=report.eigenvalues.clone() />
            </section>
            <section>
                <h2>"Genes along the path"</h2>
                <p class="hint">{trends_in_words(&report)}</p>
                {lines}
                <Trends report=Arc::clone(&report) />
            </section>
            <Meanings of=PATH testid="meanings-path" />
        </div>
    }
    .into_any()
}

/// That other cells are selected now than those that the path began at.
fn earlier_selection(app: AppState, report: Arc<PathReport>) -> impl IntoView {
    let is_earlier =
        Memo::new(move |_| app.sets.with(|sets| is_path_of_earlier_selection(&report, sets)));
    let is_possible = move || app.sets.with(|sets| sets.selection.n_selected > 0);
    view! {
        <Show when=move || is_earlier.get()>
            <div class="note warning" role="status" data-testid="path-earlier-selection">
                <Icon name=IconName::Warning />
                <span>
                    "This path begins at an earlier selection: other cells are selected on the map now. "
                    <button type="button" class="link" data-testid="path-again" disabled=move || !is_possible() || app.explore.is_pending(Inquiry::Path) on:click=move |_| app.inquire(Inquiry::Path)>"Follow it again"</button>
                </span>
            </div>
        </Show>
    }
}

/// The genes with a line to draw, as many as a figure holds.
fn with_bins(trends: &[GeneTrend]) -> Vec<GeneTrend> {
    trends.iter().filter(|gene| !gene.bins.is_empty()).take(N_TRENDS).cloned().collect()
}

fn in_words(report: &PathReport) -> String {
    let view = view_in_words(report.settings.view);
    let begins = format!("It begins at cell {} and follows the neighbours by {view}.", report.root);
    let unreached = match report.n_unreached {
        0 => "Every cell is reached.".to_owned(),
        n => format!("{} cells are not reached: no path of neighbours leads to them.", count(n)),
    };
    let end = match (&report.settings.to, report.along.is_empty()) {
        (None, _) => String::new(),
        (Some(to), true) => {
            format!(" No chain of classes leads to {to}: the trends follow all cells.")
        }
        (Some(_), false) => {
            let names: Vec<&str> = report
                .along
                .iter()
                .filter_map(|&place| Some(report.classes.get(place as usize)?.name.as_str()))
                .collect();
            format!(" It goes through {}.", names.join(" → "))
        }
    };
    format!("{begins} {unreached}{end}")
}

fn trends_in_words(report: &PathReport) -> String {
    format!(
        "Spearman correlation of expression with pseudotime over {} cells, {} genes tested. A gene that is high only in the middle has none. Pseudotime was made from these very cells, so p is too small: take it as an order of genes, not as a test.",
        count(report.n_followed),
        count(report.n_tested)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::path_report;

    #[test]
    fn cells_and_ends_that_no_path_reaches_are_told() {
        let mut report = path_report();
        assert!(in_words(&report).contains("30 cells are not reached"));
        report.settings.to = Some("1".to_owned());
        assert!(in_words(&report).ends_with("It goes through <0> → 1."));
        (report.along, report.n_unreached) = (vec![], 0);
        let words = in_words(&report);
        assert!(words.contains("Every cell") && words.contains("No chain"), "{words}");
    }

    #[test]
    fn a_gene_without_a_line_takes_no_panel() {
        assert_eq!(with_bins(&path_report().trends).len(), 1);
    }
}
