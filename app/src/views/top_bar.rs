//! What computes, what is in memory, what is sent (nothing), where the time goes, and what can be saved.

mod backend_panel;
mod memory_panel;
mod privacy_panel;
mod save_panel;
mod time_panel;

use leptos::prelude::*;

use crate::components::{Icon, IconName};
use crate::state::app_state;
use crate::theme::Theme;
use backend_panel::BackendPanel;
use memory_panel::MemoryPanel;
use privacy_panel::PrivacyPanel;
use save_panel::SavePanel;
use time_panel::TimePanel;

/// The bar at the top.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let app = app_state();
    let theme: Theme = expect_context();
    let name =
        move || app.steps.open.with(|open| open.latest().map(|report| report.files.join(", ")));
    let toggle_label = move || if theme.is_dark() { "Light colours" } else { "Dark colours" };
    view! {
        <header class="top-bar">
            <p class="wordmark"><img src="icon.svg" alt="" width="24" height="24" />"Lexicell"</p>
            <p class="data-name" data-testid="data-name">{name}</p>
            <div class="chips">
                <BackendPanel />
                <MemoryPanel />
                <TimePanel />
                <PrivacyPanel />
                <SavePanel />
                <button type="button" class="icon-button" data-testid="theme-toggle" title=toggle_label aria-label=toggle_label on:click=move |_| theme.toggle()>
                    {move || view! { <Icon name=if theme.is_dark() { IconName::Sun } else { IconName::Moon } /> }}
                </button>
            </div>
        </header>
    }
}
