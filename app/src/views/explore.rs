//! The stage of the scientist's own questions: why cells are apart, what they are like, where they lie
//! between two groups, and along which path they change.

mod ask;
mod axis;
mod columns;
mod compare;
mod crosstab;
mod genes;
mod groupings;
mod more;
mod path;
mod set_picker;
mod settings;
mod start;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::state::{Inquiry, app_state};
pub(crate) use compare::save_ranked;
pub(crate) use groupings::GroupingField;
pub(crate) use settings::ExploreSettings;

/// The questions as tabs, and the chosen one with its answer.
#[component]
pub(crate) fn Explore() -> impl IntoView {
    let app = app_state();
    let chosen = app.explore.inquiry;
    let key = move |event: KeyboardEvent| {
        if let Some(next) = neighbour(chosen.get_untracked(), &event.key()) {
            event.prevent_default();
            chosen.set(next);
            let tab = document().get_element_by_id(&tab_id(next));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                let _ = tab.focus();
            }
        }
    };
    let tab = move |inquiry: Inquiry| {
        let is_chosen = move || chosen.get() == inquiry;
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=tab_id(inquiry)
                data-testid=format!("tab-{}", inquiry.slug())
                aria-selected=move || is_chosen().to_string()
                aria-controls="explore-panel"
                tabindex=move || if is_chosen() { "0" } else { "-1" }
                on:click=move |_| chosen.set(inquiry)
            >
                {inquiry.title()}
            </button>
        }
    };
    let panel = move || match chosen.get() {
        Inquiry::Compare | Inquiry::RankTerms => view! { <compare::Compare /> }.into_any(),
        Inquiry::Ask => view! { <ask::Ask /> }.into_any(),
        Inquiry::Axis => view! { <axis::Axis /> }.into_any(),
        Inquiry::Path => view! { <path::Path /> }.into_any(),
        Inquiry::Genes => view! { <genes::Genes /> }.into_any(),
        Inquiry::Crosstab => view! { <crosstab::Crosstab /> }.into_any(),
    };
    view! {
        <article class="report explore" data-testid="explore" data-inquiry=move || chosen.get().slug()>
            <h1>"Explore"</h1>
            <div class="tabs" role="tablist" aria-label="Questions" data-testid="explore-tabs" on:keydown=key>
                {Inquiry::ALL.map(tab).into_iter().collect_view()}
            </div>
            <div class="stack" role="tabpanel" id="explore-panel" aria-labelledby=move || tab_id(chosen.get()) data-testid="explore-panel">{panel}</div>
        </article>
    }
}

fn tab_id(inquiry: Inquiry) -> String {
    format!("explore-tab-{}", inquiry.slug())
}

/// The tab that a key leads to.
fn neighbour(inquiry: Inquiry, key: &str) -> Option<Inquiry> {
    let n = Inquiry::ALL.len();
    let place = Inquiry::ALL.iter().position(|&own| own == inquiry)?;
    let next = match key {
        "ArrowRight" => (place + 1) % n,
        "ArrowLeft" => (place + n - 1) % n,
        "Home" => 0,
        "End" => n - 1,
        _ => return None,
    };
    Some(Inquiry::ALL[next])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_the_tabs() {
        assert_eq!(neighbour(Inquiry::Crosstab, "ArrowRight"), Some(Inquiry::Compare));
        assert_eq!(neighbour(Inquiry::Compare, "ArrowLeft"), Some(Inquiry::Crosstab));
        assert_eq!(neighbour(Inquiry::Ask, "End"), Some(Inquiry::Crosstab));
        assert_eq!(neighbour(Inquiry::Ask, "Tab"), None);
    }
}
