use leptos::prelude::*;

use crate::components::{GeneLink, Icon, IconName, percent};
use crate::state::app_state;

/// The cell that was clicked, with the genes whose texts weigh most in it.
#[component]
pub(super) fn CellCard() -> impl IntoView {
    let app = app_state();
    move || {
        app.map.pinned.get().map(|cell| {
            let index = cell.index;
            let values = cell.values.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
            let has_genes = !cell.top_genes.is_empty();
            let genes = cell
                .top_genes
                .into_iter()
                .map(|(name, share)| view! { <li><GeneLink name=name /><span class="number">{percent(share)}</span></li> })
                .collect::<Vec<_>>();
            view! {
                <section class="card" aria-label="Cell" data-testid="cell-card">
                    <div class="heading-line">
                        <h2>{cell.name}</h2>
                        <button type="button" class="icon-button" aria-label="Close the cell" on:click=move |_| app.map.pinned.set(None)><Icon name=IconName::Cross /></button>
                    </div>
                    <dl class="values">{values}</dl>
                    <button type="button" class="link" data-testid="about-cell" on:click=move |_| app.show_cell(index)>"About this cell"</button>
                    {has_genes.then(|| view! { <h3>"Genes that weigh most in its text"</h3> })}
                    <ul class="weights">{genes}</ul>
                </section>
            }
        })
    }
}
