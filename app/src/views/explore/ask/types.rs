use std::sync::Arc;
use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use lexicell_protocol::{CellType, FoundTypes, MOST_TEXTS, OntologyReport};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::components::{Icon, IconName, Notes, count};
use crate::state::{AppState, OntologyState, app_state, names_in};
use crate::views::file_picker::files_of;

/// Typing rests this long before the worker is asked.
const REST: Duration = Duration::from_millis(120);

/// Chooses types out of an ontology into the list of what is asked about.
#[component]
pub(super) fn Types() -> impl IntoView {
    let app = app_state();
    let types = app.explore.types;
    let built_in = move || {
        app.worker.with(|worker| {
            let first = worker.ready().and_then(|ready| ready.assets.ontologies.first());
            first.map(|asset| asset.name.clone())
        })
    };
    let choose = move || {
        built_in().map(|name| {
            view! { <button type="button" class="button" data-testid="open-ontology" on:click=move |_| app.open_ontology(None)>{format!("Choose from the {name}…")}</button> }
        })
    };
    let take = move |event: web_sys::Event| {
        if let Some(input) = input_of(&event) {
            let files = files_of(&input);
            // The same file may be chosen again.
            input.set_value("");
            if let Some(file) = files.first() {
                app.open_ontology(Some(file));
            }
        }
    };
    let panel = move || {
        match types.ontology.get() {
        OntologyState::Closed => ().into_any(),
        OntologyState::Opening => {
            view! { <p class="hint" role="status">"The types are being read…"</p> }.into_any()
        }
        OntologyState::Refused(why) => {
            view! { <p class="note warning" role="alert" data-testid="ontology-refused"><Icon name=IconName::Warning /><span>{why}</span></p> }.into_any()
        }
        OntologyState::Open(report) => view! { <Ontology report=report /> }.into_any(),
    }
    };
    view! {
        <div class="types">
            <div class="buttons">
                {choose}
                <label class="button file-button">
                    "Open an OBO file…"
                    <input class="spoken" type="file" accept=".obo,.gz" data-testid="obo-input" on:change=take />
                </label>
            </div>
            {panel}
        </div>
    }
}

/// An open ontology: a search, and what it found.
#[component]
fn Ontology(report: Arc<OntologyReport>) -> impl IntoView {
    let app = app_state();
    let types = app.explore.types;
    let timer = StoredValue::<Option<TimeoutHandle>>::new(None);
    let typed = move |event: web_sys::Event| {
        let Some(input) = input_of(&event) else { return };
        let query = input.value().trim().to_owned();
        types.query.set(query.clone());
        if let Some(Some(waiting)) = timer.try_update_value(Option::take) {
            waiting.clear();
        }
        timer
            .set_value(set_timeout_with_handle(move || app.search_types(query.clone()), REST).ok());
    };
    let names = Memo::new(move |_| app.explore.ask.with(|form| names_in(&form.text)));
    let n_lines = move || app.explore.ask.with(|form| form.n_lines());
    let hits = move || {
        let found = types.found.get()?;
        let rows = found.types.iter().map(|own| row(app, own.clone(), names)).collect_view();
        Some(view! {
            <p class="hint" role="status" data-testid="types-n">{found_in_words(&found)}</p>
            <ul class="types-found">{rows}</ul>
        })
    };
    view! {
        <section class="card" data-testid="ontology" aria-labelledby="ontology-name">
            <div class="heading-line">
                <h3 id="ontology-name">{report.name.clone()}</h3>
                <button type="button" class="link" data-testid="ontology-close" on:click=move |_| app.close_ontology()>"Close"</button>
            </div>
            <p class="hint" data-testid="ontology-facts">{report.facts.clone()}</p>
            <Notes notes=report.notes.clone() testid="ontology-notes" />
            <div class="field choice">
                <label for="type-search">"A type, by any of its names or its id"</label>
                <input id="type-search" data-testid="type-search" type="search" autocomplete="off" spellcheck="false" placeholder="lymphocyte" value=types.query.get_untracked() on:input=typed />
            </div>
            {hits}
            <p class="types-said" role="status" data-testid="types-said">{types.said}</p>
            <p class="hint" data-testid="types-in-list">{move || format!("The list above holds {} of at most {MOST_TEXTS} texts. Its lines can be edited: call a type what your labels call it, and it is judged by them.", count(n_lines()))}</p>
        </section>
    }
}

/// A type that was found: what it is, and what of it can be added.
fn row(app: AppState, own: CellType, names: Memo<Vec<String>>) -> AnyView {
    let known = own.name.replace(':', " ").trim().to_lowercase();
    let is_known = Memo::new(move |_| names.with(|names| names.contains(&known)));
    let also = own.synonym.as_ref().map(|synonym| format!(" · also: {synonym}"));
    let definition = if own.definition.is_empty() {
        view! { <p class="muted">"No definition: its name alone would be asked about."</p> }
            .into_any()
    } else {
        view! { <p>{own.definition.clone()}</p> }.into_any()
    };
    let kinds = match own.n_below {
        0 => view! { <span class="muted">"No kinds below it"</span> }.into_any(),
        n => {
            let (label, below) = (kinds_in_words(n), own.clone());
            let spoken = format!("{label}: {}", own.name);
            view! { <button type="button" class="button" data-testid="add-kinds" aria-label=spoken on:click=move |_| app.add_kinds(&below)>{label}</button> }.into_any()
        }
    };
    let label = move || if is_known.get() { "In the list" } else { "Add this type" };
    let called = own.name.clone();
    let spoken = move || format!("{}: {called}", label());
    let (name, id) = (own.name.clone(), own.id.clone());
    view! {
        <li data-testid="type-found">
            <p><strong data-testid="type-name">{name}</strong><span class="muted">{format!(" · {id}")}{also}</span></p>
            {definition}
            <div class="buttons">
                <button type="button" class="button" data-testid="add-type" aria-label=spoken disabled=is_known on:click=move |_| app.add_type(&own)>
                    {label}
                </button>
                {kinds}
            </div>
        </li>
    }
    .into_any()
}

fn input_of(event: &web_sys::Event) -> Option<HtmlInputElement> {
    event.target().and_then(|target| target.dyn_into().ok())
}

fn kinds_in_words(n: u64) -> String {
    match n {
        1 => "Add the 1 kind below it".to_owned(),
        n => format!("Add all {} kinds below it", count(n)),
    }
}

fn found_in_words(found: &FoundTypes) -> String {
    match (found.types.len() as u64, found.n_found) {
        (_, 0) => format!("No type has a name with “{}” in it.", found.query),
        (_, 1) => "1 type".to_owned(),
        (n, all) if n < all => {
            format!("{} of {} types that fit. Write more to see others.", count(n), count(all))
        }
        (_, all) => format!("{} types", count(all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_counted() {
        let found = |n: usize, n_found| {
            let own = CellType {
                id: String::new(),
                name: String::new(),
                definition: String::new(),
                synonym: None,
                n_below: 0,
            };
            found_in_words(&FoundTypes { query: "x".to_owned(), types: vec![own; n], n_found })
        };
        assert!(found(0, 0).contains("“x”"));
        assert_eq!((found(1, 1), found(3, 3)), ("1 type".to_owned(), "3 types".to_owned()));
        assert!(found(20, 143).starts_with("20 of 143"));
        assert_eq!(kinds_in_words(1), "Add the 1 kind below it");
    }
}
