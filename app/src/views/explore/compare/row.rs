use leptos::prelude::*;
use lexicell_protocol::{CompareReport, GeneFinding};

use super::traced::traced_text;
use crate::components::{GeneLink, figure, p_value, percent, signed};
use crate::state::AppState;
use crate::words::{named_by, share_of, signed_percent};

/// Columns of the table of genes.
pub(super) const N_COLUMNS: usize = 11;

/// A gene in numbers, and below it what its text says once that was asked for.
pub(super) fn gene_row(app: AppState, report: &CompareReport, place: usize) -> AnyView {
    let Some(gene) = report.genes.get(place) else { return ().into_any() };
    let name = gene.name.clone();
    let named = named_by(gene);
    let part =
        share_of(gene.contribution, report.separation).map_or("–".to_owned(), signed_percent);
    let numbers = [
        part,
        gene.contribution_p.map_or("–".to_owned(), p_value),
        pair(gene.weight, gene.contribution.is_some()),
        signed(gene.score, 1),
        p_value(gene.p_adjusted),
        signed(gene.log2_fold_change, 2),
        pair(gene.fraction, true),
        figure(gene.auc, 3),
    ];
    let cells =
        numbers.into_iter().map(|text| view! { <td class="number">{text}</td> }).collect_view();
    let why = gene.contribution.map(|_| why_button(app, gene));
    let below = move || {
        app.explore.traced_of(&name).map(|traced| {
            view! { <tr class="traced"><td colspan=N_COLUMNS>{traced_text(traced)}</td></tr> }
        })
    };
    view! {
        <tr data-testid="compare-row" data-named=named.slug()>
            <th scope="row"><GeneLink name=gene.name.clone() /></th>
            <td class="kind">{named.title()}</td>
            <td>{why}</td>
            {cells}
        </tr>
        {below}
    }
    .into_any()
}

/// Asks which sentences of the gene's text carry its part, or takes the answer away.
fn why_button(app: AppState, gene: &GeneFinding) -> AnyView {
    let name = StoredValue::new(gene.name.clone());
    let is_open = move || name.with_value(|name| app.explore.traced_of(name).is_some());
    let turn = move |_| {
        name.with_value(|name| {
            if untrack(|| app.explore.traced_of(name).is_some()) {
                app.explore.forget_traced(name);
            } else {
                app.trace_text(name);
            }
        });
    };
    view! {
        <button type="button" class="link" data-testid="why" aria-expanded=move || is_open().to_string() aria-label=format!("Why {}? Sentence by sentence", gene.name) on:click=turn>
            {move || if is_open() { "Close" } else { "Why?" }}
        </button>
    }
    .into_any()
}

fn pair([first, second]: [f64; 2], is_there: bool) -> String {
    if is_there { format!("{} / {}", percent(first), percent(second)) } else { "–".to_owned() }
}
