use leptos::prelude::*;
use lexicell_protocol::Progress;

use crate::components::{Icon, IconName, ProgressBar};
use crate::state::{Inquiry, app_state};

/// Names for tests: of a question, and of one within its answer.
const EXPLORE: [&str; 5] =
    ["explore-run", "explore-cancel", "explore-hint", "explore-progress", "explore-refused"];
const TERMS: [&str; 5] =
    ["terms-run", "terms-cancel", "terms-hint", "terms-progress", "terms-refused"];

/// Asks a question, shows how far the answer is, and says why there is none.
#[component]
pub(super) fn Start(
    inquiry: Inquiry,
    label: &'static str,
    /// What is missing before it can be asked.
    obstacle: Signal<Option<String>>,
) -> impl IntoView {
    let ids = if inquiry == Inquiry::RankTerms { TERMS } else { EXPLORE };
    let app = app_state();
    let explore = app.explore;
    let is_pending = Memo::new(move |_| explore.is_pending(inquiry));
    let own = move |progress: &Progress| {
        explore
            .pending
            .with(|pending| pending.iter().any(|&(id, own)| id == progress.id && own == inquiry))
    };
    let progress = Signal::derive(move || app.errand.get().filter(|progress| own(progress)));
    let waits = move || progress.with(Option::is_none) && app.activity.get().task().is_some();
    let refused = move || {
        explore.refused.get().filter(|(own, _)| *own == inquiry).map(|(_, why)| {
            view! { <p class="note warning" role="alert" data-testid=ids[4]><Icon name=IconName::Warning /><span>{why}</span></p> }
        })
    };
    view! {
        <section class="start">
            <div class="buttons">
                <button type="button" class="button primary" data-testid=ids[0] disabled=move || is_pending.get() || obstacle.with(Option::is_some) on:click=move |_| app.inquire(inquiry)>{label}</button>
                <Show when=move || is_pending.get()>
                    <button type="button" class="button" data-testid=ids[1] on:click=move |_| app.stop_inquiry(inquiry)>"Cancel"</button>
                </Show>
            </div>
            <p class="hint" data-testid=ids[2]>{move || obstacle.get().unwrap_or_default()}</p>
            <Show when=move || is_pending.get()>
                <ProgressBar progress=progress testid=ids[3] />
                <Show when=waits><p class="hint">"It begins as soon as the step that runs has ended."</p></Show>
            </Show>
            {refused}
        </section>
    }
}
