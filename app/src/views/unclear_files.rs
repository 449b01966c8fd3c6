use leptos::prelude::*;
use lexicell_protocol::Command;

use crate::state::app_state;

/// Asks what a dropped table is, where its name does not tell.
#[component]
pub(crate) fn UnclearFiles() -> impl IntoView {
    let app = app_state();
    let name = move || {
        app.unclear.with(|files| files.first().map(web_sys::File::name).unwrap_or_default())
    };
    let as_data = move |_| {
        let files = app.unclear.get_untracked();
        app.unclear.set(Vec::new());
        app.open(files);
    };
    let as_vectors = move |_| {
        let files = app.unclear.get_untracked();
        app.unclear.set(Vec::new());
        app.open_encoder(Command::OpenVectors, &files);
    };
    view! {
        <Show when=move || app.unclear.with(|files| !files.is_empty())>
            <div class="question" role="dialog" aria-labelledby="unclear-title" data-testid="unclear-files">
                <h2 id="unclear-title">{move || format!("What is {}?", name())}</h2>
                <p>"A table may hold the expression of cells, or a vector for each gene."</p>
                <div class="buttons">
                    <button type="button" class="button primary" data-testid="unclear-data" on:click=as_data>"A new data set"</button>
                    <button type="button" class="button" data-testid="unclear-vectors" on:click=as_vectors>"Gene vectors for the open one"</button>
                    <button type="button" class="button quiet" data-testid="unclear-cancel" on:click=move |_| app.unclear.set(Vec::new())>"Neither"</button>
                </div>
            </div>
        </Show>
    }
}
