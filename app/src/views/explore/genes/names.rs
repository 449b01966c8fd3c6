use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use lexicell_protocol::Command;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::state::{Asked, app_state};

/// Typing rests this long before the worker is asked.
const REST: Duration = Duration::from_millis(120);

/// A list of genes; the last one is completed by the genes of the data set.
#[component]
pub(super) fn GeneNames() -> impl IntoView {
    let app = app_state();
    let form = app.explore.figures.genes;
    let timer = StoredValue::<Option<TimeoutHandle>>::new(None);
    let typed = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        form.update(|form| form.genes = input.value());
        if let Some(Some(waiting)) = timer.try_update_value(Option::take) {
            waiting.clear();
        }
        let start = halves(&input.value()).1.to_owned();
        if start.is_empty() {
            return app.gene_names.set(Vec::new());
        }
        let ask = move || {
            app.ask(Command::SearchGenes(start.clone()), Asked::GeneNames);
        };
        timer.set_value(set_timeout_with_handle(ask, REST).ok());
    };
    // An option holds the whole list: the browser offers what begins as the field does.
    let options = move || {
        let written = form.with(|form| halves(&form.genes).0.to_owned());
        let option = |name: String| view! { <option value=format!("{written}{name}") /> };
        app.gene_names.get().into_iter().map(option).collect_view()
    };
    view! {
        <div class="field choice">
            <label for="genes-names">"Genes"</label>
            <input id="genes-names" data-testid="genes-names" type="text" list="genes-offered" autocomplete="off" spellcheck="false" placeholder="CD3E, MS4A1, NKG7" prop:value=move || form.with(|form| form.genes.clone()) on:input=typed aria-describedby="genes-names-hint" />
            <datalist id="genes-offered">{options}</datalist>
            <p class="hint" id="genes-names-hint">"With commas between: symbols, aliases or ids. Empty: the strongest markers of the last comparison, or else the most variable genes."</p>
        </div>
    }
}

/// What is written already, and the name that is being typed.
fn halves(text: &str) -> (&str, &str) {
    let at = text.rfind([',', ';', '\n']).map_or(0, |at| at + 1);
    let rest = &text[at..];
    let begin = at + rest.len() - rest.trim_start().len();
    (&text[..begin], text[begin..].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_is_completed() {
        assert_eq!(halves("CD3E, MS4"), ("CD3E, ", "MS4"));
        assert_eq!(halves("CD"), ("", "CD"));
        assert_eq!(halves("CD3E;"), ("CD3E;", ""));
        assert_eq!(halves(""), ("", ""));
    }
}
