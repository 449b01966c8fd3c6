//! Genes in classes of cells: how many cells express them, how much, and how that is spread.

mod names;
mod report;

use leptos::prelude::*;

use super::groupings::GroupingField;
use super::start::Start;
use crate::state::{GenesForm, Inquiry, Source, Task, app_state};

use super::columns::missing_step;
use names::GeneNames;

/// Which genes in which classes, and the figures.
#[component]
pub(super) fn Genes() -> impl IntoView {
    let app = app_state();
    let figures = app.explore.figures;
    let form = figures.genes;
    let obstacle = Signal::derive(move || {
        missing_step(app, Task::Open)
            .or_else(|| form.with(|form| form.settings().err().map(str::to_owned)))
    });
    view! {
        <section>
            <h2>"Genes by class"</h2>
            <p class="muted">"How many cells of each class express a gene, how much, and how its values are spread: as dots, as violins or boxes, as a heat map and as a table."</p>
            <GeneNames />
            <GroupingField
                testid="genes-by" label="Classes of" none="choose a column or clusters"
                value=Signal::derive(move || form.with(|form| form.by.clone()))
                set=Callback::new(move |by: Option<Source>| form.update(|form: &mut GenesForm| form.by = by))
            />
            <Start inquiry=Inquiry::Genes label="Show the genes" obstacle=obstacle />
        </section>
        {move || figures.shown.get().map(|shown| report::report(app, shown))}
    }
}
