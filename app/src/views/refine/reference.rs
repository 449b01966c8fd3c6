use leptos::prelude::*;
use lexicell_protocol::{ReferenceReport, Rehearsed, Telling, TransferReport, TransferSettings};

use super::told_table::{Told, ToldTable};
use crate::components::{Choice, ChoiceField, Notes, NumberField, count, figure, percent};
use crate::state::{app_state, is_scorable};

/// Labels from one data set to another: keep this one as the reference, or be told by the one kept.
#[component]
pub(super) fn ReferencePanel() -> impl IntoView {
    let app = app_state();
    let label = RwSignal::new(None::<String>);
    let choices = Signal::derive(move || {
        let columns = app.columns();
        let named = columns
            .iter()
            .filter(|column| is_scorable(column))
            .map(|column| Choice::new(Some(column.name.clone()), &column.name).keyed(&column.name));
        std::iter::once(Choice::new(None, "choose a column")).chain(named).collect::<Vec<_>>()
    });
    let keep = move |_| {
        if let Some(label) = label.get_untracked() {
            app.keep_reference(label);
        }
    };
    view! {
        <section data-testid="reference">
            <h2>"Labels from one data set to another"</h2>
            <p class="muted">"Keep a labelled data set as the reference, then open another one: its cells are told by the reference's nearest cells in the space of gene descriptions. The two need not share a single gene. Where they share enough, their expression tells the labels too, beside it. Each data set is compared with its own mean."</p>
            <div class="buttons">
                <ChoiceField
                    testid="setting-reference-label" label="Labels of this data set"
                    choices=choices
                    value=Signal::derive(move || label.get())
                    set=Callback::new(move |name| label.set(name))
                />
                <button type="button" class="button" data-testid="keep-reference" disabled=move || label.with(Option::is_none) || !app.can_transfer() on:click=keep>"Keep as the reference"</button>
            </div>
            {move || app.transfer.reference.get().map(|reference| view! { <Kept reference=reference /> })}
            {move || app.transfer.told.get().map(|report| view! { <ToldBy report=report /> })}
        </section>
    }
}

#[component]
fn Kept(reference: ReferenceReport) -> impl IntoView {
    let app = app_state();
    let rehearsed = reference.rehearsed;
    view! {
        <div class="card" data-testid="reference-report">
            <h3>{format!("Reference: {}", reference.name)}</h3>
            <p>{format!("{} cells in {} classes of “{}”, {} genes with a vector.", count(reference.n_obs), reference.classes.len(), reference.label, count(reference.n_genes))}</p>
            <p class="muted">{format!("Rehearsed within the reference through texts, from one random half of its genes to the other and on cells apart, {} of the cells are told rightly (the most frequent class alone: {}). Expect no more of a data set without common genes.", percent(rehearsed.accuracy), percent(rehearsed.majority))}</p>
            <Notes notes=reference.notes testid="reference-notes" />
            <TransferFields />
            <button type="button" class="button primary" data-testid="transfer" disabled=move || !app.can_transfer() on:click=move |_| app.transfer()>"Tell the labels of the open data set"</button>
        </div>
    }
}

/// Neighbours that vote, and how strict "none of these" is.
#[component]
fn TransferFields() -> impl IntoView {
    let settings = app_state().transfer.settings;
    let usual = TransferSettings::default();
    view! {
        <div class="settings">
            <NumberField
                testid="setting-transfer-k" label="Neighbours that vote"
                hint="The nearest cells of the reference. The rehearsal is done with as many."
                min=1.0 max=200.0 step=1.0 default=Some(f64::from(usual.k))
                value=Signal::derive(move || settings.with(|settings| Some(f64::from(settings.k))))
                set=Callback::new(move |k: Option<f64>| settings.update(|settings| settings.k = k.map_or(usual.k, |k| k as u32)))
            />
            <NumberField
                testid="setting-transfer-lost" label="Share that “none of these” may cost"
                hint="Of the cells told rightly in the rehearsal, the share that each of the two measures (votes, cosine) may turn away."
                min=0.0 max=0.5 step=0.01 default=Some(usual.lost)
                value=Signal::derive(move || settings.with(|settings| Some(settings.lost)))
                set=Callback::new(move |lost: Option<f64>| settings.update(|settings| settings.lost = lost.unwrap_or(usual.lost)))
            />
        </div>
    }
}

#[component]
fn ToldBy(report: TransferReport) -> impl IntoView {
    let (overlap, agreement, rehearsals) =
        (overlap_in_words(&report), agreement_in_words(&report), rehearsals_in_words(&report));
    let name = &report.reference.name;
    let through_texts =
        told(&report, &report.text, format!("What {name} told through the texts of the genes"));
    let through_expression = report.expression.as_ref().map(|telling| {
        let heading = format!("What {name} told through the expression of shared genes");
        let told = told(&report, telling, heading);
        view! {
            <ToldTable told=told testid="transfer-expression-table" more_testid="transfer-expression-more" show_testid="show-transferred-expression">
                <p class="muted">{format!("By {} shared genes, along the principal components that the reference has on them; each data set is compared with its own mean.", count(report.n_genes_compared))}</p>
            </ToldTable>
        }
    });
    view! {
        <div class="stack" data-testid="transfer-report">
            <p data-testid="gene-overlap">{overlap}</p>
            <Notes notes=report.notes testid="transfer-notes" />
            <p data-testid="transfer-rehearsals">{rehearsals}</p>
            {agreement.map(|text| view! { <p data-testid="transfer-agreement">{text}</p> })}
            <ToldTable told=through_texts testid="transfer-table" more_testid="transfer-more" show_testid="show-transferred">""</ToldTable>
            {through_expression}
        </div>
    }
}

fn told(report: &TransferReport, telling: &Telling, heading: String) -> Told {
    let lost = percent(report.settings.lost);
    let caption = format!(
        "Column “{}”. None of these: fewer than {} of the {} votes, or a mean cosine below {} to the cells that voted. Each of the two is set by itself so that it would turn away {lost} of the cells told rightly in the rehearsal.",
        telling.column,
        percent(telling.least_confidence),
        report.settings.k,
        figure(telling.least_similarity, 3),
    );
    Told {
        heading,
        caption,
        column: telling.column.clone(),
        classes: report.reference.classes.clone(),
        counts: telling.counts.clone(),
        n_none: telling.n_none,
    }
}

fn overlap_in_words(report: &TransferReport) -> String {
    let counts = format!(
        "{} genes are shared; the reference alone has {}, the open data set alone {}.",
        count(report.n_shared),
        count(report.n_reference_only),
        count(report.n_query_only)
    );
    let species = if report.through_orthologues {
        " The two are of different species: a mouse gene counts as its human orthologue, where NCBI’s and MGI’s tables know one."
    } else {
        ""
    };
    let too_few = if report.n_shared < report.fewest_shared {
        format!(
            " Expression is compared from {} shared genes on: what fewer can tell was never measured.",
            count(report.fewest_shared)
        )
    } else {
        String::new()
    };
    format!("{counts}{species}{too_few}")
}

fn rehearsals_in_words(report: &TransferReport) -> String {
    let shares = |telling: &Telling| {
        let Rehearsed { accuracy, majority, k, .. } = telling.rehearsed;
        format!(
            "{} (the most frequent class alone: {}; {k} neighbours)",
            percent(accuracy),
            percent(majority)
        )
    };
    let text = format!(
        "Told rightly in the rehearsals within the reference, on cells apart: through texts, with no gene in common, {}",
        shares(&report.text)
    );
    match &report.expression {
        Some(telling) => format!(
            "{text}; through expression, on the shared genes themselves, {}. The second was the easier task, and knows nothing of another platform.",
            shares(telling)
        ),
        None => format!("{text}."),
    }
}

fn agreement_in_words(report: &TransferReport) -> Option<String> {
    report.expression.as_ref()?;
    let (both, same) = (report.n_told_by_both, report.n_agreeing);
    let share = percent(same as f64 / both.max(1) as f64);
    Some(format!(
        "Both give a class to {} cells, and the same class to {} of them ({share}).",
        count(both),
        count(same)
    ))
}
