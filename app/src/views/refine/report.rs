use leptos::prelude::*;
use lexicell_protocol::{EpochLoss, RefineReport as Report};

use super::course::CourseView;
use super::head::HeadPanel;
use super::quality::Quality;
use super::reference::ReferencePanel;
use crate::components::{FigureView, Meanings, Notes, SaveCsv, count};
use crate::files::{Csv, or_empty};
use crate::plot::loss_curve;
use crate::state::{Course, Phase, Task, app_state};
use crate::views::embed::backend_in_words;
use crate::words::{REFINE, end_in_words, text_weight_in_words, training_in_words};

/// The refinement: how to train it, how it goes, and what came out.
#[component]
pub(crate) fn RefineReport() -> impl IntoView {
    let app = app_state();
    let is_hidden = Memo::new(move |_| {
        app.steps.phase(Task::Refine) == Phase::Running
            || app.training.course.get() == Course::Paused
    });
    view! {
        <article class="report" data-testid="refine-view">
            <header>
                <h1>"Refine the space with your own labels"</h1>
                <p class="muted">"A small network (projection head) learns, on this machine, to draw cells of a class together and others apart (contrastive learning). It starts from the gene descriptions, or from these and expression together; the descriptions themselves stay as they are. Nothing is trained until you say so."</p>
            </header>
            <CourseView />
            {move || (!is_hidden.get()).then(|| app.steps.refine.with(|refine| refine.latest().cloned()).map(|report| view! { <Outcome report=report /> }))}
            <HeadPanel />
            <ReferencePanel />
        </article>
    }
}

#[component]
fn Outcome(report: Report) -> impl IntoView {
    let last = report.curve.last().map_or(1, |loss| loss.epoch);
    let figure = loss_curve(&report.curve, Some(report.best_epoch), last);
    let learned = match (&report.settings.label, report.settings.needs_labels()) {
        (Some(label), true) => format!("from “{label}” ({} classes)", report.classes.len()),
        _ => "without labels".to_owned(),
    };
    let unlabeled = match report.n_unlabeled {
        0 => String::new(),
        n => format!(
            " {} cells without a label trained nothing and are refined all the same.",
            count(n)
        ),
    };
    let summary = format!(
        "Learned {learned} by {}, on {}.{unlabeled}",
        training_in_words(&report.settings),
        backend_in_words(&report.backend)
    );
    let is_joint = report.text_weight.is_some();
    let text_weight = text_weight_in_words(&report).map(
        |words| view! { <p data-testid="text-weight" data-value=report.text_weight>{words}</p> },
    );
    // Beside the button that saves it.
    let not_applied = is_joint.then(|| view! { <p class="note" data-testid="joint-not-applied"><span>"What “Save the head” saves of a joint view is both heads and the weight of the text. It is not applied to other data: it needs the same genes and the same principal components."</span></p> });
    view! {
        <section data-testid="refine-report">
            <h2>"How the training went"</h2>
            <dl class="figures">
                <div><dt>"Cells that trained"</dt><dd data-testid="n-train">{count(report.n_train)}</dd></div>
                <div><dt>"Kept aside (validation)"</dt><dd data-testid="n-validation">{count(report.n_validation)}</dd></div>
                <div><dt>"Epoch kept"</dt><dd data-testid="best-epoch">{format!("{} of {}", report.best_epoch, last)}</dd></div>
            </dl>
            <p>{summary}</p>
            {text_weight}
            <p class="muted" data-testid="training-end">{end_in_words(report.ended)}</p>
            <Notes notes=report.notes.clone() testid="refine-notes" />
            <FigureView figure=Signal::stored(figure) testid="loss-curve" />
            <LossTable report=report.clone() />
        </section>
        <Quality report=report />
        <Meanings of=REFINE testid="meanings-refine" />
        {not_applied}
    }
}

fn losses_csv(curve: &[EpochLoss]) -> Csv {
    let mut table = Csv::new(&["epoch", "training", "validation"]);
    for loss in curve {
        table.row([loss.epoch.to_string(), or_empty(Some(loss.train)), or_empty(loss.validation)]);
    }
    table
}

/// The twin of the curve.
#[component]
fn LossTable(report: Report) -> impl IntoView {
    let total = report.curve.len();
    let best = report.best_epoch;
    let curve = report.curve;
    let saved = curve.clone();
    let row = move |place: usize| {
        let loss = curve[place];
        let validation =
            loss.validation.map_or("–".to_owned(), |loss| crate::components::figure(loss, 4));
        view! {
            <tr class:best=loss.epoch == best>
                <th scope="row">{loss.epoch.to_string()}</th>
                <td class="number">{crate::components::figure(loss.train, 4)}</td>
                <td class="number">{validation}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <details class="twin">
            <summary data-testid="loss-as-table">"The losses as a table"</summary>
            <table data-testid="loss-table">
                <thead><tr><th scope="col">"Epoch"</th><th scope="col" class="number">"Training"</th><th scope="col" class="number">"Kept aside (validation)"</th></tr></thead>
                <crate::components::CappedRows total=total columns=3 testid="losses-more" row=row />
            </table>
            <SaveCsv name="lexicell-losses.csv" testid="save-losses" table=move |()| losses_csv(&saved) />
        </details>
    }
}
