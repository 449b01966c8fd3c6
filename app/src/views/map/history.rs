use leptos::prelude::*;
use lexicell_protocol::SetsCommand;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::state::{AppState, app_state};

/// Takes the last change of the marks back, or makes it again.
#[component]
pub(super) fn History() -> impl IntoView {
    let app = app_state();
    let undo = Memo::new(move |_| app.sets.with(|sets| sets.undo.clone()));
    let redo = Memo::new(move |_| app.sets.with(|sets| sets.redo.clone()));
    let text = |word: &str, what: Option<String>| {
        what.map_or(word.to_owned(), |what| format!("{word}: {what}"))
    };
    view! {
        <Show when=move || undo.with(Option::is_some) || redo.with(Option::is_some)>
            <div class="marks-history" role="group" aria-label="Changes of selections, sets and labels">
                <button type="button" class="link" data-testid="undo" title="Ctrl+Z" disabled=move || undo.with(Option::is_none) on:click=move |_| app.tell_sets(SetsCommand::Undo)>{move || text("Undo", undo.get())}</button>
                <button type="button" class="link" data-testid="redo" title="Ctrl+Shift+Z" disabled=move || redo.with(Option::is_none) on:click=move |_| app.tell_sets(SetsCommand::Redo)>{move || text("Redo", redo.get())}</button>
            </div>
        </Show>
    }
}

/// Ctrl+Z and Ctrl+Shift+Z on the map and beside it; in a text field they are the field's own.
pub(super) fn key(app: AppState, event: &KeyboardEvent) {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if target.is_some_and(|element| element.tag_name() == "INPUT") {
        return;
    }
    let command = match (event.key().as_str(), event.shift_key()) {
        ("z" | "Z", false) => SetsCommand::Undo,
        ("z" | "Z", true) | ("y" | "Y", false) => SetsCommand::Redo,
        _ => return,
    };
    event.prevent_default();
    app.tell_sets(command);
}
