use leptos::prelude::*;
use lexicell_protocol::{Method, SaveKind, ScoreReport as Report, View};

use super::class_table::ClassTable;
use super::method_table::MethodTable;
use super::words::method_in_words;
use crate::components::{Choice, ChoiceField, Notes, count};
use crate::plot::ConfusionMatrix;
use crate::state::app_state;

/// The score: methods by metrics, classes, and who is taken for whom.
#[component]
pub(crate) fn ScoreReport() -> impl IntoView {
    let app = app_state();
    let method = RwSignal::new(Method::View(View::Text));
    move || match app.steps.score.with(|score| score.latest().cloned()) {
        Some(found) => report(found, method).into_any(),
        None => view! { <Waiting /> }.into_any(),
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let app = app_state();
    let text = move || {
        if app.settings.with(|settings| settings.score.is_none()) {
            "Choose the column that labels the cells, at the left. Without labels there is nothing to score against."
        } else {
            "The score follows once the cells have their vectors."
        }
    };
    view! { <article class="report"><h1>"Score"</h1><p class="muted" data-testid="report-waiting">{text}</p></article> }
}

fn report(report: Report, method: RwSignal<Method>) -> impl IntoView {
    let app = app_state();
    let (settings, classes, scores) = (report.settings, report.classes, report.scores.clone());
    let unlabeled = match report.n_unlabeled {
        0 => String::new(),
        n => format!(" {} cells without a label are left out.", count(n)),
    };
    let protocol = format!(
        "{} cells in {} classes of “{}”. In turn, one of {} parts is held out, and each of its cells is told by its {} nearest cells of the others.{unlabeled}",
        count(report.n_obs),
        classes.len(),
        settings.label,
        settings.n_folds,
        settings.k,
    );
    let judged: Vec<Choice<Method>> = scores
        .iter()
        .map(|score| Choice::new(score.method, method_in_words(score.method)))
        .collect();
    let details = move || {
        let wanted = method.get();
        let score = scores.iter().find(|score| score.method == wanted).or(scores.first())?.clone();
        Some(view! {
            <ConfusionMatrix classes=classes.clone() confusion=score.confusion.clone() />
            <ClassTable classes=score.per_class confusion=score.confusion />
        })
    };
    view! {
        <article class="report" data-testid="score-report">
            <header class="heading-line">
                <h1>"How well neighbours tell the label"</h1>
                <button type="button" class="button quiet" data-testid="save-score" on:click=move |_| app.save(SaveKind::ScoreCsv)>"Save as CSV"</button>
            </header>
            <p class="verdict" data-testid="verdict">{report.verdict}</p>
            <p class="muted" data-testid="protocol">{protocol}</p>
            <Notes notes=report.notes testid="score-notes" />
            <MethodTable scores=report.scores />
            <section>
                <h2>"Class by class"</h2>
                <ChoiceField testid="score-method" label="Told by" choices=Signal::stored(judged) value=method set=Callback::new(move |wanted| method.set(wanted)) />
                <div class="score-details">{details}</div>
            </section>
        </article>
    }
}
