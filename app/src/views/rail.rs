//! The steps from data to score, with their states and settings.

mod run_bar;
mod stage_entry;
mod summary;

use leptos::prelude::*;

use crate::components::{Icon, IconName};
use crate::state::{Stage, app_state};
use crate::views::choose_files;
use crate::views::tour::TourOffer;
use run_bar::RunBar;
use stage_entry::StageEntry;

/// The left column.
#[component]
pub(crate) fn Rail() -> impl IntoView {
    let app = app_state();
    view! {
        <nav class="rail" aria-label="Steps" data-testid="rail">
            <div class="rail-open">
                <button type="button" class="button" data-testid="open-files" on:click=move |_| choose_files()>
                    <Icon name=IconName::Upload />
                    "Open files"
                </button>
                <button type="button" class="button quiet" data-testid="open-demo" on:click=move |_| app.open_demo()>"Demo"</button>
            </div>
            <TourOffer />
            <ol class="stages">
                {Stage::ALL.into_iter().map(|stage| view! { <StageEntry stage=stage /> }).collect_view()}
            </ol>
            <RunBar />
        </nav>
    }
}
