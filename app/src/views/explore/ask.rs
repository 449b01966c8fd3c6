//! Cells asked for in words: a sentence, or types with their definitions.

mod report;
mod types;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use super::columns::{column_choices, missing_step};
use super::more::Chance;
use super::start::Start;
use crate::components::ChoiceField;
use crate::state::{EXCHANGES_OF_TEXTS, Inquiry, Task, app_state};
use types::Types;

/// What is asked, and the answer.
#[component]
pub(super) fn Ask() -> impl IntoView {
    let app = app_state();
    let form = app.explore.ask;
    let obstacle = Signal::derive(move || {
        missing_step(app, Task::PoolCells)
            .or_else(|| {
                form.with(|form| form.by.is_none().then(|| clusters_missing(app)).flatten())
            })
            .or_else(|| form.with(|form| form.settings().err().map(str::to_owned)))
    });
    let write = move |event: web_sys::Event| {
        let area = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
        if let Some(area) = area {
            form.update(|form| form.text = area.value());
        }
    };
    view! {
        <section>
            <h2>"Ask in words"</h2>
            <p class="muted">"What you write is read by the model that read the gene descriptions, and each cell is held against it. A sentence colours the cells by likeness. Several lines, one type in each as “name: definition”, also tell each cell a type, without a single label."</p>
            <div class="field choice">
                <label for="ask-text">"A sentence, or one type in each line"</label>
                <textarea
                    id="ask-text"
                    data-testid="ask-text"
                    rows="5"
                    placeholder="B cell: a lymphocyte that expresses an immunoglobulin complex and presents antigen"
                    prop:value=move || form.with(|form| form.text.clone())
                    on:input=write
                    aria-describedby="ask-text-hint"
                />
                <p class="hint" id="ask-text-hint">"Write as NCBI writes of genes: functions, processes, tissues. A name alone says little to the model."</p>
            </div>
            <Types />
            <ChoiceField
                testid="ask-by" label="Sum up by"
                hint="A column whose names are those of your types also judges the types told."
                choices=Signal::derive(move || column_choices(app, "clusters by text"))
                value=Signal::derive(move || form.with(|form| form.by.clone()))
                set=Callback::new(move |by| form.update(|form| form.by = by))
            />
            <Chance
                label="Exchanges of texts" default=EXCHANGES_OF_TEXTS most=20_000.0
                hint="Texts change places between genes at random so often; it shows what chance alone gives."
                n=Signal::derive(move || form.with(|form| form.n_permutations))
                set_n=Callback::new(move |n| form.update(|form| form.n_permutations = n))
                seed=Signal::derive(move || form.with(|form| form.seed))
                set_seed=Callback::new(move |seed| form.update(|form| form.seed = seed))
            />
            <Start inquiry=Inquiry::Ask label="Ask" obstacle=obstacle />
        </section>
        {move || app.explore.answered.get().map(|report| report::report(app, report))}
    }
}

fn clusters_missing(app: crate::state::AppState) -> Option<String> {
    let view = lexicell_protocol::View::Text;
    let is_there = app.steps.view(view).clusters.with(|clusters| clusters.latest().is_some());
    (!is_there).then(|| "Without clusters by text, choose a column to sum up by.".to_owned())
}
