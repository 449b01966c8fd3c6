use leptos::prelude::*;
use lexicell_protocol::{ReferenceReport, TransferReport};

use crate::components::{CappedRows, Choice, ChoiceField, Notes, count, figure, percent};
use crate::state::{Stage, app_state, is_scorable};

/// Labels from one data set to another: keep this one as the reference, or be told by the one kept.
#[component]
pub(super) fn ReferencePanel() -> impl IntoView {
    let app = app_state();
    let label = RwSignal::new(None::<String>);
    let choices = Signal::derive(move || {
        app.steps.open.with(|open| {
            let columns = open.latest().map_or(&[][..], |report| &report.obs_columns);
            let named = columns.iter().filter(|column| is_scorable(column)).map(|column| {
                Choice::new(Some(column.name.clone()), &column.name).keyed(&column.name)
            });
            std::iter::once(Choice::new(None, "choose a column")).chain(named).collect::<Vec<_>>()
        })
    });
    let keep = move |_| {
        if let Some(label) = label.get_untracked() {
            app.keep_reference(label);
        }
    };
    view! {
        <section data-testid="reference">
            <h2>"Labels from one data set to another"</h2>
            <p class="muted">"Keep a labelled data set as the reference, then open another one: its cells are told by the reference's nearest cells in the space of gene descriptions. The two need not share a single gene. Each is compared with its own mean."</p>
            <div class="buttons">
                <ChoiceField
                    testid="setting-reference-label" label="Labels of this data set"
                    choices=choices
                    value=Signal::derive(move || label.get())
                    set=Callback::new(move |name| label.set(name))
                />
                <button type="button" class="button" data-testid="keep-reference" disabled=move || label.with(Option::is_none) || !app.can_apply() on:click=keep>"Keep as the reference"</button>
            </div>
            {move || app.transfer.reference.get().map(|reference| view! { <Kept reference=reference /> })}
            {move || app.transfer.told.get().map(|report| view! { <ToldBy report=report /> })}
        </section>
    }
}

#[component]
fn Kept(reference: ReferenceReport) -> impl IntoView {
    let app = app_state();
    view! {
        <div class="card" data-testid="reference-report">
            <h3>{format!("Reference: {}", reference.name)}</h3>
            <p>{format!("{} cells in {} classes of “{}”, {} genes with a vector.", count(reference.n_obs), reference.classes.len(), reference.label, count(reference.n_genes))}</p>
            <p class="muted">{format!("Rehearsed within the reference, from one random half of its genes to the other and on cells apart, {} of the cells are told rightly (the most frequent class alone: {}). Expect no more of a data set without common genes.", percent(reference.accuracy_across_panels), percent(reference.majority))}</p>
            <button type="button" class="button primary" data-testid="transfer" disabled=move || !app.can_apply() on:click=move |_| app.transfer()>"Tell the labels of the open data set"</button>
        </div>
    }
}

#[component]
fn ToldBy(report: TransferReport) -> impl IntoView {
    let app = app_state();
    let total = report.counts.iter().sum::<u64>() + report.n_none;
    let share = move |n: u64| percent(n as f64 / total.max(1) as f64);
    let mut rows: Vec<(String, u64)> =
        report.reference.classes.iter().cloned().zip(report.counts.iter().copied()).collect();
    rows.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    rows.push(("none of these".to_owned(), report.n_none));
    let n_rows = rows.len();
    let row = move |place: usize| {
        let (name, n) = rows[place].clone();
        view! { <tr><th scope="row">{name}</th><td class="number">{count(n)}</td><td class="number">{share(n)}</td></tr> }.into_any()
    };
    let column = report.column.clone();
    let show = move |_| {
        app.color_by(lexicell_protocol::ColorBy::Obs(column.clone()));
        app.stage.set(Stage::Map);
    };
    view! {
        <div data-testid="transfer-report">
            <div class="heading-line">
                <h3>{format!("What {} told", report.reference.name)}</h3>
                <button type="button" class="link" data-testid="show-transferred" on:click=show>"Show it on the map"</button>
            </div>
            <p data-testid="gene-overlap">{format!("{} genes are shared; the reference alone has {}, the open data set alone {}.", count(report.n_shared), count(report.n_reference_only), count(report.n_query_only))}</p>
            <Notes notes=report.notes.clone() testid="transfer-notes" />
            <table data-testid="transfer-table">
                <caption>{format!("Column “{}”. None of these: fewer than {} of the {} votes, or a mean cosine below {} to the cells that voted; both are set so that {} of the cells told rightly in the rehearsal would be lost.", report.column, percent(report.least_confidence), report.settings.k, figure(report.least_similarity, 3), percent(report.settings.lost))}</caption>
                <thead><tr><th scope="col">"Told to be"</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Share"</th></tr></thead>
                <CappedRows total=n_rows columns=3 testid="transfer-more" row=row />
            </table>
        </div>
    }
}
