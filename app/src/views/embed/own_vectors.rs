use leptos::prelude::*;
use lexicell_protocol::Command;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::state::app_state;
use crate::views::file_picker::files_of;

/// Another BERT model, or ready vectors, in the built-in model's place.
#[component]
pub(super) fn OwnVectors() -> impl IntoView {
    let app = app_state();
    let in_use = move || {
        app.vectors.with(|vectors| {
            vectors.as_ref().map(|report| format!("In use: {} ({})", report.name, report.size))
        })
    };
    view! {
        <fieldset class="own-vectors">
            <legend>"Your own model or vectors"</legend>
            <p class="hint">"Drop them on the page, or choose them here. A BERT model is a folder with config.json, its vocabulary and model.safetensors; vectors come as npy, npz, CSV, Parquet or safetensors."</p>
            <OwnFiles testid="model-input" label="BERT model…" command=Command::OpenModel />
            <OwnFiles testid="vectors-input" label="Gene vectors…" command=Command::OpenVectors />
            <p data-testid="vectors-in-use">{in_use}</p>
            <Show when=move || app.vectors.with(Option::is_some)>
                <button type="button" class="link" data-testid="default-encoder" on:click=move |_| app.use_default_encoder()>"Back to the built-in model"</button>
            </Show>
        </fieldset>
    }
}

#[component]
fn OwnFiles(testid: &'static str, label: &'static str, command: Command) -> impl IntoView {
    let app = app_state();
    let take = move |event: web_sys::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let files = files_of(&input);
        input.set_value("");
        if !files.is_empty() {
            app.open_encoder(command.clone(), &files);
        }
    };
    view! {
        <label class="button file-button">
            {label}
            <input class="spoken" type="file" multiple data-testid=testid on:change=take />
        </label>
    }
}
