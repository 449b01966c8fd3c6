use leptos::prelude::*;

use crate::words::Meaning;

/// What the numbers of a report mean and what they do not, folded away below them.
#[component]
pub(crate) fn Meanings(of: &'static [Meaning], testid: &'static str) -> impl IntoView {
    let lines = of
        .iter()
        .map(|meaning| view! { <div><dt>{meaning.name}</dt><dd>{meaning.means}</dd></div> })
        .collect_view();
    view! {
        <details class="twin">
            <summary data-testid=testid>"What these numbers mean, and what they do not"</summary>
            <dl class="meanings">{lines}</dl>
        </details>
    }
}
