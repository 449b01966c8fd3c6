use leptos::prelude::*;
use lexicell_protocol::{Layout, RefineReport, View};

use crate::components::{count, figure};
use crate::state::{AppState, app_state};
use crate::words::{refined_in_words, view_slug};

/// The space before and after, in numbers, and the way to both maps.
#[component]
pub(super) fn Quality(report: RefineReport) -> impl IntoView {
    let app = app_state();
    let trust = move |view: View| {
        app.steps.view(view).umap.with(|umap| {
            umap.latest().map_or("–".to_owned(), |umap| figure(umap.trustworthiness, 3))
        })
    };
    let show = |value: Option<f64>| value.map_or("–".to_owned(), |value| figure(value, 3));
    let n_judged = report.quality.first().map_or(0, |quality| quality.n_obs);
    let caption = format!(
        "Silhouette and purity are of {} cells that did not train (their loss chose the epoch that was kept). Trustworthiness is of the map, on all its cells.",
        count(n_judged)
    );
    let rows = report
        .quality
        .iter()
        .map(|quality| {
            let view = quality.view;
            let slug = view_slug(view);
            view! {
                <tr>
                    <th scope="row">{refined_in_words(view, Some(&report))}</th>
                    <td class="number" data-testid=format!("silhouette-{slug}")>{show(quality.silhouette)}</td>
                    <td class="number" data-testid=format!("purity-{slug}")>{show(quality.purity)}</td>
                    <td class="number">{move || trust(view)}</td>
                </tr>
            }
        })
        .collect_view();
    let table = (!report.quality.is_empty()).then(|| view! {
        <table data-testid="quality-table">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Cells compared by"</th>
                    <th scope="col" class="number" title="How much nearer a cell is to its own class than to the next one, by cosine distance; −1 to 1">"Silhouette of the labels"</th>
                    <th scope="col" class="number" title="Mean share of a cell’s ten nearest neighbours, among these cells, with its label; 0 to 1">"Neighbours alike (purity)"</th>
                    <th scope="col" class="number" title="How well the UMAP keeps each cell’s neighbours; 1 is perfect">"Trustworthiness of the map"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    });
    let none = report.quality.is_empty().then(|| view! { <p class="muted">"Without labelled cells that were kept aside, before and after cannot be compared in numbers."</p> });
    view! {
        <section>
            <h2>"Before and after"</h2>
            {table}
            {none}
            <div class="buttons">
                <button type="button" class="button" data-testid="see-both" disabled=move || !has_both(app) on:click=move |_| app.see_both()>"See both maps side by side"</button>
            </div>
            <p class="note warning"><span>"The refined map shows cells that the training has seen. That classes lie apart on it is no evidence. The evidence is the Score: there a head is trained anew in each fold, and judged on cells that it never saw."</span></p>
        </section>
    }
}

/// Whether both maps are there.
fn has_both(app: AppState) -> bool {
    app.map.state.with(|state| {
        state.as_ref().is_some_and(|state| {
            [View::Text, View::Refined]
                .iter()
                .all(|&view| state.layouts.iter().any(|(layout, _)| *layout == Layout::Umap(view)))
        })
    })
}
