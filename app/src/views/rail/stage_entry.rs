use leptos::prelude::*;

use super::summary::summary;
use crate::components::{Icon, ProgressBar, StepStatus, mark, slug};
use crate::state::{AppState, Phase, Stage, app_state};
use crate::views::{
    data::DataSettings, embed::EmbedSettings, explore::ExploreSettings, genes::GeneSettings,
    map::MapSettings, refine::RefineSettings, score::ScoreSettings,
};

/// One stage: its state in a line and, where it is the chosen one, its steps and settings.
#[component]
pub(super) fn StageEntry(stage: Stage) -> impl IntoView {
    let app = app_state();
    let is_current = Memo::new(move |_| app.stage.get() == stage);
    let phase = Memo::new(move |_| phase_of(app, stage));
    let running =
        Signal::derive(move || app.activity.get().task().filter(|task| task.stage() == stage));
    let progress = Signal::derive(move || running.get().and_then(|task| app.steps.progress(task)));
    view! {
        <li class="stage" class:current=is_current data-testid=format!("stage-entry-{}", stage.slug()) data-phase=move || slug(phase.get())>
            <button
                type="button"
                class="stage-button"
                data-testid=format!("stage-{}", stage.slug())
                aria-expanded=move || is_current.get().to_string()
                aria-current=move || is_current.get().then_some("step")
                on:click=move |_| app.stage.set(stage)
            >
                <span class="stage-mark">{move || view! { <Icon name=mark(phase.get()) /> }}</span>
                <span class="stage-title">{stage.title()}</span>
                <span class="stage-summary" data-testid=format!("summary-{}", stage.slug())>{move || summary(app, stage)}</span>
            </button>
            <Show when=move || running.get().is_some() && !is_current.get()>
                <ProgressBar progress=progress testid="stage-progress" />
            </Show>
            <Show when=move || is_current.get()>
                <div class="stage-body">
                    {(stage.tasks().next().is_some()).then(|| view! { <ul class="steps" aria-label="Steps of this stage">{stage.tasks().map(|task| view! { <StepStatus task=task /> }).collect_view()}</ul> })}
                    {settings_of(stage)}
                </div>
            </Show>
        </li>
    }
}

fn settings_of(stage: Stage) -> AnyView {
    match stage {
        Stage::Data => view! { <DataSettings /> }.into_any(),
        Stage::Genes => view! { <GeneSettings /> }.into_any(),
        Stage::Embed => view! { <EmbedSettings /> }.into_any(),
        Stage::Map => view! { <MapSettings /> }.into_any(),
        Stage::Refine => view! { <RefineSettings /> }.into_any(),
        Stage::Score => view! { <ScoreSettings /> }.into_any(),
        Stage::Explore => view! { <ExploreSettings /> }.into_any(),
    }
}

/// Where a stage stands: the most urgent of its steps' phases.
fn phase_of(app: AppState, stage: Stage) -> Phase {
    if stage == Stage::Explore {
        return match (app.explore.pending.with(Vec::is_empty), app.explore.has_answer()) {
            (false, _) => Phase::Running,
            (true, true) => Phase::Ready,
            (true, false) => Phase::Idle,
        };
    }
    let phases: Vec<Phase> = stage.tasks().map(|task| app.steps.phase(task)).collect();
    let most_urgent = [Phase::Failed, Phase::Running, Phase::Stale, Phase::Idle]
        .into_iter()
        .find(|phase| phases.contains(phase));
    most_urgent.unwrap_or(Phase::Ready)
}
