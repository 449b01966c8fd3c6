use leptos::prelude::*;

use crate::state::{Drive, app_state};

/// Stops what runs, or computes what is out of date.
#[component]
pub(super) fn RunBar() -> impl IntoView {
    let app = app_state();
    let running = move || app.activity.get().task();
    let is_stopping = move || app.activity.get().is_stopping();
    let waits = move || {
        running().is_none()
            && app.drive.get() == Drive::Halted
            && app.has_data()
            && !app.coming().is_empty()
    };
    view! {
        <div class="run-bar" data-testid="run-bar">
            {move || {
                running()
                    .map(|task| {
                        view! {
                            <p class="muted">{if is_stopping() { "Stopping…" } else { task.title() }}</p>
                            <button type="button" class="button" data-testid="cancel" disabled=is_stopping on:click=move |_| app.cancel() title="Escape">"Cancel"</button>
                        }
                    })
            }}
            <Show when=waits>
                <p class="muted">{move || if app.has_stale() { "Settings changed" } else { "Stopped" }}</p>
                <button type="button" class="button primary" data-testid="update" on:click=move |_| app.resume()>{move || if app.has_stale() { "Update" } else { "Go on" }}</button>
            </Show>
        </div>
    }
}
