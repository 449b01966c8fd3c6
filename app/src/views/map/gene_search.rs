use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use lexicell_protocol::{ColorBy, Command};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use crate::state::{Asked, app_state};

/// Typing rests this long before the worker is asked.
const REST: Duration = Duration::from_millis(120);

/// Finds a gene by symbol, alias or id, and colours the map by it.
#[component]
pub(super) fn GeneSearch() -> impl IntoView {
    let app = app_state();
    let text = RwSignal::new(String::new());
    let active = RwSignal::new(0usize);
    let timer = StoredValue::<Option<TimeoutHandle>>::new(None);
    let is_open = Memo::new(move |_| {
        text.with(|text| !text.is_empty()) && app.gene_names.with(|names| !names.is_empty())
    });
    let typed = move |event: web_sys::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let start = input.value().trim().to_owned();
        text.set(start.clone());
        active.set(0);
        if let Some(Some(waiting)) = timer.try_update_value(Option::take) {
            waiting.clear();
        }
        if start.is_empty() {
            return app.gene_names.set(Vec::new());
        }
        let ask = move || {
            app.ask(Command::SearchGenes(start.clone()), Asked::GeneNames);
        };
        timer.set_value(set_timeout_with_handle(ask, REST).ok());
    };
    let choose = move |name: String| {
        text.set(String::new());
        app.gene_names.set(Vec::new());
        app.color_by(ColorBy::Gene(name.clone()));
        app.show_gene(&name);
    };
    let key = move |event: KeyboardEvent| {
        let n = app.gene_names.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if n > 0 => active.update(|place| *place = (*place + 1) % n),
            "ArrowUp" if n > 0 => active.update(|place| *place = (*place + n - 1) % n),
            "Enter" => {
                if let Some(name) = app
                    .gene_names
                    .with_untracked(|names| names.get(active.get_untracked()).cloned())
                {
                    choose(name);
                }
            }
            "Escape" if is_open.get_untracked() => {
                text.set(String::new());
                app.gene_names.set(Vec::new());
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(place, name): (usize, String)| {
        let chosen = name.clone();
        view! {
            <li
                id=format!("gene-option-{place}")
                role="option"
                data-testid="gene-option"
                aria-selected=move || (active.get() == place).to_string()
                on:mousedown=move |event| {
                    event.prevent_default();
                    choose(chosen.clone());
                }
            >
                {name}
            </li>
        }
    };
    view! {
        <div class="field combobox">
            <label for="gene-search">"Gene"</label>
            <input
                id="gene-search"
                data-testid="gene-search"
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder="CD3E, ENSG…"
                role="combobox"
                aria-autocomplete="list"
                aria-controls="gene-options"
                aria-expanded=move || is_open.get().to_string()
                aria-activedescendant=move || is_open.get().then(|| format!("gene-option-{}", active.get()))
                prop:value=text
                on:input=typed
                on:keydown=key
            />
            <ul id="gene-options" role="listbox" aria-label="Genes" class:hidden=move || !is_open.get()>
                {move || app.gene_names.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
        </div>
    }
}
