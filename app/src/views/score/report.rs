use leptos::prelude::*;
use lexicell_protocol::{Method, MethodScore, SaveKind, ScoreReport as Report, Split, View};

use super::comparison_table::Comparisons;
use super::curve_table::{LowSampleCurve, points};
use super::details::Details;
use super::method_table::MethodTable;
use crate::components::{Choice, ChoiceField, Meanings, Notes, ProgressBar, count};
use crate::report;
use crate::state::{Phase, Task, app_state, is_long, trains};
use crate::words::{SCORE, sentences, split_in_words};

/// The score: methods by metrics, what their differences are worth, classes, and who is taken for whom.
#[component]
pub(crate) fn ScoreReport() -> impl IntoView {
    let app = app_state();
    let method = RwSignal::new(Method::View(View::Text));
    move || {
        let found = match app.steps.score.with(|score| score.latest().cloned()) {
            Some(found) => report(found, method).into_any(),
            None => view! { <Waiting /> }.into_any(),
        };
        view! {
            <article class="report">
                <ScoreNow />
                {found}
            </article>
        }
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let app = app_state();
    let text = move || {
        app.settings.with(|settings| match &settings.score {
            None => "Choose the column that labels the cells, at the left. Without labels there is nothing to score against.",
            Some(score) if is_long(score) => "This protocol starts when you say so.",
            Some(_) => "The score follows once the cells have their vectors.",
        })
    };
    view! { <h1>"Score"</h1><p class="muted" data-testid="report-waiting">{text}</p> }
}

/// Starts a protocol that takes long, which does not start by itself.
#[component]
fn ScoreNow() -> impl IntoView {
    let app = app_state();
    let phase = Memo::new(move |_| app.steps.phase(Task::Score));
    let is_offered = move || {
        app.settings.with(|settings| settings.score.as_ref().is_some_and(is_long))
            && !matches!(phase.get(), Phase::Ready | Phase::Running)
    };
    let is_fed =
        move || Task::Score.needs().iter().all(|&need| app.steps.phase(need) == Phase::Ready);
    let hint = move || {
        if app.is_wished(Task::Score) {
            return "It starts as soon as what runs has ended.".to_owned();
        }
        app.settings.with(|settings| settings.score.as_ref().map(cost_in_words).unwrap_or_default())
    };
    view! {
        <Show when=is_offered>
            <section class="start">
                <button type="button" class="button primary" data-testid="run-score" disabled=move || !is_fed() || app.is_wished(Task::Score) on:click=move |_| app.run_now(Task::Score)>"Score now"</button>
                <p class="hint">{hint}</p>
            </section>
        </Show>
        <Show when=move || phase.get() == Phase::Running>
            <section class="start">
                <ProgressBar progress=Signal::derive(move || app.steps.progress(Task::Score)) testid="score-progress" />
                <button type="button" class="button" data-testid="score-cancel" on:click=move |_| app.cancel()>"Cancel"</button>
            </section>
        </Show>
    }
}

/// What a protocol will do, counted.
fn cost_in_words(settings: &lexicell_protocol::ScoreSettings) -> String {
    let per_draw = match &settings.split {
        Split::StratifiedKFold { n_folds } | Split::HeldOutGroups { n_folds, .. } => {
            u64::from(*n_folds)
        }
        Split::FewLabels { per_class } => per_class.len() as u64,
    };
    let n_fits = per_draw * u64::from(settings.repeats);
    let heads: u64 = settings.methods.iter().map(n_heads).sum();
    let training = if trains(settings) {
        format!(" {} heads are trained for it.", count(heads * n_fits))
    } else {
        String::new()
    };
    format!("{} methods on up to {} parts.{training}", settings.methods.len(), count(n_fits))
}

/// Heads that a method trains in each fold.
fn n_heads(method: &Method) -> u64 {
    match method {
        Method::View(View::Refined) | Method::RefinedPca => 1,
        Method::Joint => 2,
        _ => 0,
    }
}

fn report(report: Report, method: RwSignal<Method>) -> impl IntoView {
    let app = app_state();
    let settings = report.settings.clone();
    let unlabeled = match report.n_unlabeled {
        0 => String::new(),
        n => format!(" {} cells without a label are left out.", count(n)),
    };
    let draws = match settings.repeats {
        0 | 1 => format!("one draw of the split (seed {})", settings.seed),
        n => format!(
            "{n} draws of the split (seeds {} to {})",
            settings.seed,
            settings.seed + u64::from(n) - 1
        ),
    };
    let protocol = format!(
        "{} cells in {} classes of “{}”. Held out: {}; {draws}. Each held-out cell is told by its {} nearest training cells; whatever is fitted sees training cells only.{unlabeled}",
        count(report.n_obs),
        report.classes.len(),
        settings.label,
        split_in_words(&settings.split),
        settings.k,
    );
    let points = points(&report.scores);
    let chosen = RwSignal::new(points.last().copied());
    let scores = report.scores.clone();
    let table = move || {
        let point = chosen.get();
        let own: Vec<MethodScore> =
            scores.iter().filter(|score| score.per_class_trained == point).cloned().collect();
        view! { <MethodTable scores=own /> }
    };
    let curve = (points.len() > 1).then(|| view! { <section><h2>"With few labels"</h2><LowSampleCurve scores=report.scores.clone() /></section> });
    let choices: Vec<Choice<Option<u32>>> =
        points.iter().map(|n| Choice::new(Some(*n), &n.to_string())).collect();
    let has_points = !points.is_empty();
    view! {
        <div class="contents" data-testid="score-report">
            <header class="heading-line">
                <h1>"How well the label is told"</h1>
                <div class="buttons">
                    <button type="button" class="button quiet" data-testid="save-score" on:click=move |_| app.save(SaveKind::ScoreCsv)>"Save as CSV"</button>
                    <button type="button" class="button quiet" data-testid="save-protocol" title="What is needed to repeat this score" on:click=move |_| report::save_protocol(app)>"Save the protocol"</button>
                    <button type="button" class="button" data-testid="save-report" title="One HTML file with all results, figures and a methods paragraph" on:click=move |_| report::save_report(app)>"Save a report"</button>
                </div>
            </header>
            <Verdict text=report.verdict.clone() />
            <p class="muted" data-testid="protocol">{protocol}</p>
            <Notes notes=report.notes.clone() testid="score-notes" />
            {has_points.then(|| view! { <ChoiceField testid="score-point" label="Training cells of each class" choices=Signal::stored(choices) value=chosen set=Callback::new(move |point| chosen.set(point)) /> })}
            {table}
            <section>
                <h2>"What the differences are worth"</h2>
                <Comparisons comparisons=report.comparisons.clone() />
            </section>
            {curve}
            <Details report=report.clone() point=chosen.into() method=method />
            <Meanings of=SCORE testid="meanings-score" />
        </div>
    }
}

/// What was found, sentence by sentence; the first is what it comes to.
#[component]
fn Verdict(text: String) -> impl IntoView {
    let mut sentences = sentences(&text).into_iter();
    let first = sentences.next().unwrap_or_default();
    let rest: Vec<String> = sentences.collect();
    let has_rest = !rest.is_empty();
    let lines = rest.into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>();
    view! {
        <div class="verdict" data-testid="verdict">
            <p>{first}</p>
            {has_rest.then(|| view! { <ul>{lines}</ul> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::ScoreSettings;

    #[test]
    fn what_a_protocol_costs_is_counted() {
        let quick = ScoreSettings::new("cell_type");
        assert_eq!(cost_in_words(&quick), "5 methods on up to 5 parts.");
        assert_eq!(
            cost_in_words(&quick.full()),
            "10 methods on up to 25 parts. 100 heads are trained for it."
        );
    }
}
