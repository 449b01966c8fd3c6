use leptos::prelude::*;
use lexicell_protocol::RefineSpace;

use super::picture::MovingPicture;
use crate::components::{FigureView, ProgressBar};
use crate::plot::loss_curve;
use crate::state::{AppState, Course, Phase, Start, Task, app_state};

/// Starts, pauses and goes on with a training, and shows its losses while it runs.
#[component]
pub(super) fn CourseView() -> impl IntoView {
    let app = app_state();
    let phase = Memo::new(move |_| app.steps.phase(Task::Refine));
    let course = app.training.course;
    let is_running = Memo::new(move |_| phase.get() == Phase::Running);
    let shows_curve = move || {
        (is_running.get() || course.get() == Course::Paused)
            && app.training.curve.with(|curve| !curve.is_empty())
    };
    let figure = Signal::derive(move || {
        let epochs = app.settings.with(|settings| settings.refine.epochs);
        app.training.curve.with(|curve| loss_curve(curve, None, epochs))
    });
    view! {
        <section class="start" data-testid="training" data-course=move || format!("{:?}", course.get())>
            {move || if is_running.get() {
                view! { <Running /> }.into_any()
            } else {
                view! { <Buttons phase=phase.get() /> }.into_any()
            }}
        </section>
        <Show when=shows_curve>
            <section>
                <h2>"How it goes"</h2>
                <div class="plots">
                    <FigureView figure=figure testid="loss-live" />
                    <MovingPicture />
                </div>
            </section>
        </Show>
    }
}

#[component]
fn Running() -> impl IntoView {
    let app = app_state();
    let is_stopping = move || app.activity.get().is_stopping();
    view! {
        <ProgressBar progress=Signal::derive(move || app.steps.progress(Task::Refine)) testid="refine-progress" />
        <div class="buttons">
            <button type="button" class="button" data-testid="refine-pause" disabled=is_stopping on:click=move |_| app.pause_training()>"Pause"</button>
            <button type="button" class="button quiet" data-testid="refine-cancel" disabled=is_stopping on:click=move |_| app.give_up_training()>"Cancel"</button>
        </div>
    }
}

#[component]
fn Buttons(phase: Phase) -> impl IntoView {
    let app = app_state();
    let obstacle = Memo::new(move |_| obstacle(app));
    let cannot = move || obstacle.get().is_some();
    let train = move |start: Start| move |_| app.train(start);
    let has_result = matches!(phase, Phase::Ready | Phase::Stale);
    let buttons = move || {
        match app.training.course.get() {
        Course::Paused => view! {
            <button type="button" class="button primary" data-testid="refine-go-on" disabled=cannot on:click=train(Start::GoOn)>"Go on"</button>
            <button type="button" class="button" data-testid="refine-start-over" disabled=cannot on:click=train(Start::Anew)>"Start over"</button>
        }
        .into_any(),
        _ => view! {
            <button type="button" class="button" class:primary=phase != Phase::Ready data-testid="refine-train" disabled=cannot on:click=train(Start::Anew)>{if has_result { "Train again" } else { "Train" }}</button>
            <button type="button" class="button quiet" data-testid="refine-resume" disabled=cannot title="A training with the same data and settings that was interrupted, be it by a closed tab, goes on where it ended; without one it starts anew" on:click=train(Start::GoOn)>"Go on with an interrupted one"</button>
        }
        .into_any(),
    }
    };
    let line = move || {
        match (obstacle.get(), app.is_wished(Task::Refine), app.training.course.get(), phase) {
        (Some(why), ..) => why.to_owned(),
        (None, true, ..) => "It starts as soon as what runs has ended.".to_owned(),
        (None, false, Course::Paused, _) => app.training.curve.with(|curve| {
            let epoch = curve.last().map_or(0, |loss| loss.epoch);
            format!("Stopped after epoch {epoch}. It can go on from there, also after the page was closed, as long as data and settings are the same.")
        }),
        (None, false, _, Phase::Stale) => "Data or settings changed since: the result below is of the earlier ones.".to_owned(),
        _ => String::new(),
    }
    };
    view! {
        <div class="buttons">{buttons}</div>
        <p class="hint" data-testid="refine-hint">{line}</p>
    }
}

/// Why nothing can be trained now.
fn obstacle(app: AppState) -> Option<&'static str> {
    let needs_label = app
        .settings
        .with(|settings| settings.refine.needs_labels() && settings.refine.label.is_none());
    if needs_label {
        Some(
            "This objective learns from labels: choose their column at the left, or the objective without labels (NT-Xent).",
        )
    } else if app.steps.phase(Task::PoolCells) != Phase::Ready {
        Some("The cells need their vectors first.")
    } else if app.settings.with(|settings| settings.refine.space == RefineSpace::Joint) {
        joint_obstacle(app)
    } else {
        None
    }
}

/// The same of a joint view. Components that are only missing are computed before the training.
fn joint_obstacle(app: AppState) -> Option<&'static str> {
    if app.steps.phase(Task::Pca) == Phase::Failed {
        Some(
            "The joint view needs the principal components of expression, which could not be computed. Refine the gene descriptions alone, or change the PCA’s settings.",
        )
    } else {
        None
    }
}
