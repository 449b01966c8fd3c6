use leptos::prelude::*;

use crate::state::app_state;

/// A gene's name; a click opens its NCBI record.
#[component]
pub(crate) fn GeneLink(name: String) -> impl IntoView {
    let app = app_state();
    let asked = name.clone();
    view! {
        <button type="button" class="gene" data-testid="gene-link" title="What NCBI says about this gene" on:click=move |_| app.show_gene(&asked)>
            {name}
        </button>
    }
}
