//! The path along which cells change, from a root that the scientist names.

mod report;
mod tables;

use leptos::prelude::*;
use lexicell_protocol::View;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::columns::{
    classes_of, column_choices, missing_selection, missing_step, view_choices, view_of,
};
use super::set_picker::SetPicker;
use super::start::Start;
use crate::components::{Choice, ChoiceField, NumberField, count};
use crate::state::{AppState, Inquiry, N_DCS, PathForm, Pick, Source, Task, app_state};
use crate::words::view_slug;

/// Where it begins and what is followed, and the answer.
#[component]
pub(super) fn Path() -> impl IntoView {
    let app = app_state();
    let form = app.explore.path;
    let obstacle = Signal::derive(move || obstacle(app, &form.get()));
    view! {
        <section>
            <h2>"Along a path"</h2>
            <p class="muted">"From a root, pseudotime says how far each cell lies along the neighbours of the cells (diffusion pseudotime). A graph shows which classes are joined (PAGA), and which genes rise and fall along the way."</p>
            <p class="hint">"Pseudotime orders cells by likeness. It is no clock, and its direction is your choice of root; cells that no path joins are told so."</p>
            <div class="pair">
                <div>
                    <ChoiceField
                        testid="path-view" label="Neighbours by"
                        choices=Signal::derive(move || view_choices(|view| has_neighbors(app, view)))
                        value=Signal::derive(move || Some(view_slug(form.with(|form| form.view)).to_owned()))
                        set=Callback::new(move |slug| form.update(|form| {
                            form.view = view_of(slug);
                            form.to = None;
                        }))
                    />
                    <SetPicker source_testid="path-root" class_testid="path-root-class" label="The path begins among" offers_rest=false offers_likes=true value=Signal::derive(move || form.with(|form| form.root.clone())) set=Callback::new(move |root: Pick| form.update(|form| form.root = root)) />
                </div>
                <Classes />
            </div>
            <Start inquiry=Inquiry::Path label="Find the path" obstacle=obstacle />
        </section>
        {move || app.explore.found.get().map(|report| report::report(app, report))}
    }
}

/// The classes that the graph joins, the end, and the genes.
#[component]
fn Classes() -> impl IntoView {
    let app = app_state();
    let form = app.explore.path;
    let choose = move |by: Option<String>| {
        if let Some(column) = &by {
            app.look_up_classes(column);
        }
        form.update(|form| (form.by, form.to) = (by, None));
    };
    let write = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            form.update(|form| form.genes = input.value());
        }
    };
    view! {
        <div>
            <ChoiceField
                testid="path-by" label="Join the classes of"
                choices=Signal::derive(move || column_choices(app, "clusters of this view"))
                value=Signal::derive(move || form.with(|form| form.by.clone()))
                set=Callback::new(choose)
            />
            <ChoiceField
                testid="path-to" label="The path ends at"
                hint="Trends then follow the classes between root and end alone."
                choices=Signal::derive(move || ends(app, &form.get()))
                value=Signal::derive(move || form.with(|form| form.to.clone()))
                set=Callback::new(move |to| form.update(|form| form.to = to))
            />
            <div class="field choice">
                <label for="path-genes">"Genes to follow"</label>
                <input id="path-genes" data-testid="path-genes" type="text" autocomplete="off" spellcheck="false" placeholder="CD34, MPO, GATA1" prop:value=move || form.with(|form| form.genes.clone()) on:change=write aria-describedby="path-genes-hint" />
                <p class="hint" id="path-genes-hint">"With commas between. Empty: those that change most."</p>
            </div>
            <details class="more">
                <summary data-testid="explore-more">"More settings"</summary>
                <div class="more-fields">
                    <NumberField
                        testid="path-dcs" label="Diffusion components" hint="As many as scanpy takes." min=2.0 max=50.0 step=1.0 default=Some(f64::from(N_DCS))
                        value=Signal::derive(move || form.with(|form| Some(f64::from(form.n_dcs))))
                        set=Callback::new(move |n: Option<f64>| form.update(|form| form.n_dcs = n.map_or(N_DCS, |n| n as u32)))
                    />
                </div>
            </details>
        </div>
    }
}

fn obstacle(app: AppState, form: &PathForm) -> Option<String> {
    let clusters = || {
        let clusters = app.steps.view(form.view).clusters;
        let is_missing = form.by.is_none() && clusters.with(|own| own.latest().is_none());
        is_missing.then(|| "This view has no clusters yet: choose a column of classes.".to_owned())
    };
    missing_step(app, Task::Neighbors(form.view))
        .or_else(clusters)
        .or_else(|| missing_selection(app, &form.root))
        .or_else(|| form.settings().err().map(str::to_owned))
}

fn has_neighbors(app: AppState, view: View) -> bool {
    app.steps.has_result(Task::Neighbors(view))
}

/// The classes at which a path can end.
fn ends(app: AppState, form: &PathForm) -> Vec<Choice<Option<String>>> {
    let source = match &form.by {
        Some(column) => Source::Column(column.clone()),
        None => Source::Clusters(form.view),
    };
    let known = classes_of(app, &source).unwrap_or_default();
    let named = known.into_iter().map(|(name, n)| {
        let text = format!("{name} ({} cells)", count(n));
        Choice::new(Some(name.clone()), &text).keyed(&name)
    });
    std::iter::once(Choice::new(None, "no end: all cells").keyed("")).chain(named).collect()
}
