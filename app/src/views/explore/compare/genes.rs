use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::CompareReport;

use super::row::{N_COLUMNS, gene_row};
use crate::components::{CappedRows, count};
use crate::state::app_state;
use crate::words::{NamedBy, Order, OrderBy, arranged, named_by};

/// The genes in numbers: those that both name, the text alone or expression alone.
#[component]
pub(super) fn Genes(report: Arc<CompareReport>) -> impl IntoView {
    let app = app_state();
    let only = RwSignal::new(None::<NamedBy>);
    let order = RwSignal::new(Order { by: OrderBy::Contribution, rises: false });
    let [first, second] = report.names.clone();
    let filters = [None, Some(NamedBy::Both), Some(NamedBy::Text), Some(NamedBy::Expression)]
        .map(|named| filter(&report, only, named))
        .into_iter()
        .collect_view();
    let rows = move || {
        let places = arranged(&report.genes, only.get(), order.get());
        let total = places.len();
        let report = Arc::clone(&report);
        let row = move |place: usize| gene_row(app, &report, places[place]);
        view! { <CappedRows total=total columns=N_COLUMNS testid="compare-more" row=row /> }
            .into_any()
    };
    let pair = format!("{first} / {second}");
    view! {
        <div class="presets" role="group" aria-label="Genes shown">{filters}</div>
        <div class="scroll" tabindex="0" role="region" aria-label="Genes">
            <table data-testid="compare-table">
                <caption>{format!("Where a cell holds two numbers: {pair}. Adjusted p after Benjamini–Hochberg. A positive score and fold change mean higher in {first}.")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Gene"</th>
                        <th scope="col">"Named by"</th>
                        <th scope="col">"Text"</th>
                        {heading(order, OrderBy::Contribution, "Part of the distance", "sort-contribution")}
                        <th scope="col" class="number" title="Adjusted p of the part, from exchanges of cells">"its p"</th>
                        <th scope="col" class="number" title="Mean share of the gene’s description in the vectors of the cells">"Weight in cells"</th>
                        {heading(order, OrderBy::Score, "Wilcoxon score", "sort-score")}
                        <th scope="col" class="number" title="Adjusted p of the Wilcoxon rank-sum test">"its p"</th>
                        <th scope="col" class="number" title="log2 fold change of mean expression">"log₂ FC"</th>
                        <th scope="col" class="number" title="Share of cells that express it">"Expressed in"</th>
                        <th scope="col" class="number" title="Area under the ROC curve: .5 is chance, 1 tells the sets apart">"AUC"</th>
                    </tr>
                </thead>
                {rows}
            </table>
        </div>
    }
}

/// Shows all genes, or those named in one way.
fn filter(
    report: &CompareReport,
    only: RwSignal<Option<NamedBy>>,
    named: Option<NamedBy>,
) -> AnyView {
    let fits = |own: NamedBy| named.is_none_or(|named| named == own);
    let n = report.genes.iter().filter(|gene| fits(named_by(gene))).count() as u64;
    let title = named.map_or("all listed", NamedBy::title);
    let slug = named.map_or("all", NamedBy::slug);
    view! {
        <button type="button" class="button" data-testid=format!("show-{slug}") aria-pressed=move || (only.get() == named).to_string() on:click=move |_| only.set(named)>
            {format!("{title} ({})", count(n))}
        </button>
    }
    .into_any()
}

/// A heading that orders the rows; a second click turns the order round.
fn heading(
    order: RwSignal<Order>,
    by: OrderBy,
    title: &'static str,
    testid: &'static str,
) -> AnyView {
    let arrow = move || match order.get().aria(by) {
        "ascending" => " ↑",
        "descending" => " ↓",
        _ => "",
    };
    view! {
        <th scope="col" class="number" aria-sort=move || order.get().aria(by)>
            <button type="button" class="link" data-testid=testid on:click=move |_| order.update(|order| *order = order.clicked(by))>
                {title}<span aria-hidden="true">{arrow}</span>
            </button>
        </th>
    }
    .into_any()
}
