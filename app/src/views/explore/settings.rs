use leptos::prelude::*;

use crate::state::{Inquiry, app_state};

/// The questions in the left column, and which of them are answered.
#[component]
pub(crate) fn ExploreSettings() -> impl IntoView {
    let app = app_state();
    let line = move |inquiry: Inquiry| {
        let is_answered = move || app.explore.is_answered(inquiry);
        view! {
            <li>
                <button type="button" class="link" data-testid=format!("ask-{}", inquiry.slug()) aria-pressed=move || (app.explore.inquiry.get() == inquiry).to_string() on:click=move |_| app.explore.inquiry.set(inquiry)>{inquiry.title()}</button>
                <span class="muted">{move || if is_answered() { " · answered" } else { "" }}</span>
            </li>
        }
    };
    view! {
        <div class="settings" data-testid="settings-explore">
            <p class="hint">"Questions run only when you ask them. Their answers go when what they rest on is computed anew."</p>
            <ul>{Inquiry::ALL.map(line).into_iter().collect_view()}</ul>
        </div>
    }
}
