use leptos::prelude::*;
use lexicell_protocol::{ApplyReport, HeadReport, SaveKind};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::told_table::{Told, ToldTable};
use crate::components::{Notes, count, figure};
use crate::state::app_state;
use crate::views::file_picker::files_of;

/// A head that was saved or dropped: what it is, and what it tells about these cells.
#[component]
pub(super) fn HeadPanel() -> impl IntoView {
    let app = app_state();
    let take = move |event: web_sys::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let files = files_of(&input);
        input.set_value("");
        if let Some(file) = files.first() {
            app.open_head(file);
        }
    };
    let has_unlabeled = move || {
        app.steps.refine.with(|refine| {
            refine
                .latest()
                .is_some_and(|report| report.n_unlabeled > 0 && !report.classes.is_empty())
        })
    };
    let is_joint = move || {
        app.steps
            .refine
            .with(|refine| refine.latest().is_some_and(|report| report.text_weight.is_some()))
    };
    let save_label = move || if is_joint() { "Save the joint view" } else { "Save the head" };
    view! {
        <section data-testid="heads">
            <h2>"Take it to other cells"</h2>
            <p class="muted">"A trained head with its settings is one file (safetensors). Dropped on another data set, it tells the classes of its cells; a cell that is like none of those it knows is told to be none of these."</p>
            <div class="buttons">
                // The worker holds one head: a dropped one, which lies in a file already, takes the trained one's place.
                <Show when=move || app.has_refined() && app.training.head.with(Option::is_none)>
                    <button type="button" class="button" data-testid="save-head" on:click=move |_| app.save(SaveKind::Head)>{save_label}</button>
                </Show>
                <label class="button file-button">
                    "Use a saved head…"
                    <input class="spoken" type="file" accept=".safetensors" data-testid="head-input" on:change=take />
                </label>
                <Show when=move || has_unlabeled() && app.training.head.with(Option::is_none)>
                    <button type="button" class="button" data-testid="apply-own-head" disabled=move || !app.can_apply() on:click=move |_| app.apply_head()>"Tell the cells without a label"</button>
                </Show>
            </div>
            {move || app.training.head.get().map(|head| view! { <Loaded head=head /> })}
            {move || app.training.applied.get().map(|report| view! { <Applied report=report /> })}
        </section>
    }
}

#[component]
fn Loaded(head: HeadReport) -> impl IntoView {
    let app = app_state();
    let learned = match &head.settings.label {
        Some(label) if !head.classes.is_empty() => {
            format!("It knows {} classes of “{label}”.", head.classes.len())
        }
        _ => "It was trained without labels and knows no classes.".to_owned(),
    };
    let has_classes = !head.classes.is_empty();
    let differs = (!head.same_gene_table).then(|| view! {
        <p class="note warning" data-testid="head-differs"><span>"The gene vectors in use are not those that it was trained with. What it tells would be a guess; choose the same encoder or vector table first."</span></p>
    });
    view! {
        <div class="card" data-testid="head-report">
            <h3>{head.name}</h3>
            <p>{format!("Trained on {} cells of {}. {learned} It takes vectors of length {}.", count(head.n_train), head.trained_on, count(head.n_inputs))}</p>
            {differs}
            {has_classes.then(|| view! { <button type="button" class="button primary" data-testid="apply-head" disabled=move || !app.can_apply() on:click=move |_| app.apply_head()>"Tell the classes of these cells"</button> })}
        </div>
    }
}

#[component]
fn Applied(report: ApplyReport) -> impl IntoView {
    let caption = match report.threshold {
        Some(threshold) => format!(
            "Column “{}”. None of these: less like the nearest class than {} (cosine), a threshold that turns away a few of the cells kept aside too. Strangers are turned away well only where the known classes stand well apart: a class that is told is no proof that the cell is of it.",
            report.column,
            figure(threshold, 3)
        ),
        None => format!(
            "Column “{}”. No cells were kept aside when the head was trained: it has no threshold and turns no cell away.",
            report.column
        ),
    };
    let told = Told {
        heading: format!("What {} told", report.head.name),
        caption,
        column: report.column,
        classes: report.head.classes,
        counts: report.counts,
        n_none: report.n_none,
    };
    view! {
        <div data-testid="apply-report">
            <ToldTable told=told testid="apply-table" more_testid="apply-more" show_testid="show-told">
                <Notes notes=report.notes testid="apply-notes" />
            </ToldTable>
        </div>
    }
}
