use leptos::prelude::*;

use super::{Icon, IconName, ProgressBar, duration};
use crate::state::{Phase, Task, app_state};

/// One step of a stage: where it stands, how long it took, and a way to run it again.
#[component]
pub(crate) fn StepStatus(task: Task) -> impl IntoView {
    let app = app_state();
    let phase = Memo::new(move |_| app.steps.phase(task));
    let took = move || {
        let times = app.times.read();
        times.iter().find(|(of, _)| *of == task).map(|(_, millis)| duration(*millis))
    };
    let progress = Signal::derive(move || app.steps.progress(task));
    let can_run = move || {
        phase.get() != Phase::Running
            && task.needs().iter().all(|&need| app.steps.phase(need) == Phase::Ready)
    };
    view! {
        <li class="step" data-testid=format!("step-{}", task.slug()) data-phase=move || slug(phase.get())>
            <span class="step-mark">{move || view! { <Icon name=mark(phase.get()) /> }}</span>
            <span class="step-title">{task.title()}</span>
            <span class="step-note">
                {move || match phase.get() {
                    Phase::Ready => took().unwrap_or_default(),
                    other => in_words(other).to_owned(),
                }}
            </span>
            <Show when=move || matches!(phase.get(), Phase::Ready | Phase::Stale | Phase::Failed) && can_run()>
                <button type="button" class="link" data-testid=format!("rerun-{}", task.slug()) on:click=move |_| app.rerun(task) aria-label=format!("Run again: {}", task.title())>
                    "Run again"
                </button>
            </Show>
            <Show when=move || phase.get() == Phase::Running>
                <ProgressBar progress=progress testid="step-progress" />
            </Show>
        </li>
    }
}

/// A name for tests and styles.
pub(crate) fn slug(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Running => "running",
        Phase::Ready => "ready",
        Phase::Stale => "stale",
        Phase::Failed => "failed",
    }
}

/// What the scientist reads.
pub(crate) fn in_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "waits",
        Phase::Running => "running",
        Phase::Ready => "done",
        Phase::Stale => "out of date",
        Phase::Failed => "failed",
    }
}

/// The icon of a phase.
pub(crate) fn mark(phase: Phase) -> IconName {
    match phase {
        Phase::Idle => IconName::Circle,
        Phase::Running | Phase::Stale => IconName::Clock,
        Phase::Ready => IconName::Check,
        Phase::Failed => IconName::Warning,
    }
}
