use leptos::prelude::*;
use lexicell_protocol::{AskReport, CellSet, CompareReport, Method, View};

use crate::components::{count, in_words, percent};
use crate::plot::cut;
use crate::state::{AppState, Course, Inquiry, Phase, Stage, StepState, set_in_words};

/// What a stage found, in a line.
pub(super) fn summary(app: AppState, stage: Stage) -> String {
    let found = match stage {
        Stage::Data => app.steps.open.with(|open| {
            open.latest().map(|report| {
                format!("{} cells × {} genes", count(report.n_obs), count(report.n_vars))
            })
        }),
        Stage::Genes => app.steps.genes.with(|genes| {
            genes
                .latest()
                .map(|report| format!("{} of the counts known", percent(report.mapped_share)))
        }),
        Stage::Embed => app.steps.embed.with(|embed| {
            embed
                .latest()
                .map(|report| format!("{} genes by {}", count(report.n_genes), report.encoder))
        }),
        Stage::Map => app.steps.view(View::Text).clusters.with(|clusters| {
            clusters.latest().map(|report| format!("{} clusters", report.sizes.len()))
        }),
        Stage::Refine => app.steps.refine.with(|refine| {
            refine.latest().map(|report| {
                format!("{} cells trained, epoch {} kept", count(report.n_train), report.best_epoch)
            })
        }),
        Stage::Score => score(app),
        Stage::Explore => explore(app),
    };
    match found {
        Some(text) if stage.tasks().any(|task| app.steps.phase(task) == Phase::Stale) => {
            format!("{text} · out of date")
        }
        Some(text) => text,
        None => waiting(app, stage),
    }
}

fn score(app: AppState) -> Option<String> {
    app.steps.score.with(|state| {
        let report = state.latest()?;
        let text = report.scores.iter().find(|score| score.method == Method::View(View::Text))?;
        Some(format!("{} right by text", percent(text.accuracy.mean)))
    })
}

fn explore(app: AppState) -> Option<String> {
    let explore = app.explore;
    match explore.latest.get()? {
        Inquiry::Genes => explore.figures.shown.with(|report| {
            let report = report.as_deref()?;
            Some(format!("{} genes by “{}”", report.genes.len(), report.by))
        }),
        Inquiry::Crosstab => explore
            .figures
            .crossed
            .with(|report| report.as_deref().map(|report| report.names.join(" and "))),
        Inquiry::Compare | Inquiry::RankTerms => {
            explore.compared.with(|report| report.as_deref().map(compared))
        }
        Inquiry::Ask => explore.answered.with(|report| report.as_deref().map(answered)),
        Inquiry::Axis => explore.fitted.with(|report| {
            let report = report.as_deref()?;
            let names = explore.axis.with(|form| [form.name(0), form.name(1)]);
            Some(format!("{} and {} by “{}”", names[0], names[1], report.settings.column))
        }),
        Inquiry::Path => explore.found.with(|report| {
            let report = report.as_deref()?;
            Some(format!("Path from {}", set_in_words(&report.settings.root)))
        }),
    }
}

fn compared(report: &CompareReport) -> String {
    match report.settings.second {
        CellSet::Rest => format!("{} against the rest", report.names[0]),
        _ => format!("{} against {}", report.names[0], report.names[1]),
    }
}

fn answered(report: &AskReport) -> String {
    match report.texts.as_slice() {
        [(name, _)] => format!("Asked for “{}”", cut(name, 40)),
        texts => format!("{} types told from their texts", texts.len()),
    }
}

fn waiting(app: AppState, stage: Stage) -> String {
    let has_label = app.settings.with(|settings| settings.score.is_some());
    let has_failed = stage.tasks().any(|task| app.steps.phase(task) == Phase::Failed);
    let is_running = app.activity.get().task().is_some_and(|task| task.stage() == stage);
    match stage {
        Stage::Explore if !app.explore.pending.with(Vec::is_empty) => {
            in_words(Phase::Running).to_owned()
        }
        Stage::Explore if app.has_data() => "Ask about your cells".to_owned(),
        _ if is_running => in_words(Phase::Running).to_owned(),
        _ if has_failed => in_words(Phase::Failed).to_owned(),
        Stage::Data => "Open a data set".to_owned(),
        Stage::Refine if app.training.course.get() == Course::Paused => "Paused".to_owned(),
        Stage::Refine if app.has_data() => "Optional".to_owned(),
        Stage::Score
            if !has_label && app.steps.open.with(|open| matches!(open, StepState::Ready(_))) =>
        {
            "Choose a label".to_owned()
        }
        _ => String::new(),
    }
}
