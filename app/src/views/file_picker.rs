use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, HtmlInputElement};

use super::drop_target::take_in;
use crate::state::app_state;

const ID: &str = "file-input";

/// The browser's own file dialogue, opened by [`choose_files`].
#[component]
pub(crate) fn FilePicker() -> impl IntoView {
    let app = app_state();
    let take = move |event: web_sys::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let files = files_of(&input);
        // The same file may be chosen again.
        input.set_value("");
        spawn_local(async move { take_in(app, files).await });
    };
    view! { <input id=ID data-testid=ID class="hidden" type="file" multiple tabindex="-1" aria-hidden="true" on:change=take /> }
}

/// Opens the file dialogue.
pub(crate) fn choose_files() {
    if let Some(input) = document()
        .get_element_by_id(ID)
        .and_then(|element| element.dyn_into::<HtmlInputElement>().ok())
    {
        input.click();
    }
}

/// The files that an input holds.
pub(super) fn files_of(input: &HtmlInputElement) -> Vec<File> {
    let Some(list) = input.files() else { return Vec::new() };
    (0..list.length()).filter_map(|place| list.get(place)).collect()
}
