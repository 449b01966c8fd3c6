//! Why two sets of cells are apart: by gene descriptions, by expression, by GO terms.

mod genes;
mod head;
mod ranked;
mod report;
mod row;
mod terms;
mod traced;

use leptos::prelude::*;

pub(crate) use ranked::save_ranked;

use super::columns::{missing_selection, missing_step};
use super::more::Chance;
use super::set_picker::SetPicker;
use super::start::Start;
use crate::state::{EXCHANGES_OF_CELLS, Inquiry, Pick, Task, app_state};

/// What is compared with what, and the answer.
#[component]
pub(super) fn Compare() -> impl IntoView {
    let app = app_state();
    let form = app.explore.compare;
    let obstacle = Signal::derive(move || {
        missing_step(app, Task::PoolCells)
            .or_else(|| form.with(|form| missing_selection(app, &form.first)))
            .or_else(|| form.with(|form| missing_selection(app, &form.second)))
            .or_else(|| form.with(|form| form.settings().err().map(str::to_owned)))
    });
    let set_first = Callback::new(move |pick: Pick| form.update(|form| form.first = pick));
    let set_second = Callback::new(move |pick: Pick| form.update(|form| form.second = pick));
    view! {
        <section>
            <h2>"Why are these cells apart?"</h2>
            <p class="muted">"Two sets of cells are held against each other: by what is written about the genes that they express, by the expression itself, and by GO terms. What is told of a gene can be traced to the sentence of its NCBI record."</p>
            <div class="pair">
                <SetPicker source_testid="compare-first" class_testid="compare-first-class" label="These cells" offers_rest=false value=Signal::derive(move || form.with(|form| form.first.clone())) set=set_first />
                <SetPicker source_testid="compare-second" class_testid="compare-second-class" label="against" offers_rest=true value=Signal::derive(move || form.with(|form| form.second.clone())) set=set_second />
            </div>
            <Chance
                label="Exchanges of cells" default=EXCHANGES_OF_CELLS most=10_000.0
                hint="Cells change sides at random so often; it shows what chance alone gives."
                n=Signal::derive(move || form.with(|form| form.n_permutations))
                set_n=Callback::new(move |n| form.update(|form| form.n_permutations = n))
                seed=Signal::derive(move || form.with(|form| form.seed))
                set_seed=Callback::new(move |seed| form.update(|form| form.seed = seed))
            />
            <Start inquiry=Inquiry::Compare label="Compare" obstacle=obstacle />
        </section>
        {move || app.explore.compared.get().map(|report| report::report(app, report))}
    }
}
