use leptos::prelude::*;

use crate::components::{Icon, IconName, ProgressBar};
use crate::state::{Phase, Task, WorkerState, app_state};
use crate::views::choose_files;

/// What the page shows before there is data.
#[component]
pub(crate) fn Landing() -> impl IntoView {
    let app = app_state();
    let is_reading = Memo::new(move |_| app.steps.phase(Task::Open) == Phase::Running);
    let progress = Signal::derive(move || app.steps.progress(Task::Open));
    view! {
        <section class="landing" data-testid="landing">
            <h1>"See your cells by what is written about their genes"</h1>
            <p class="lead">
                "Lexicell reads the NCBI description of every gene, averages them per cell by expression, and shows which cells are alike. Beside it stands the classical view, and a score that says which tells your labels better."
            </p>
            <div class="drop-zone" data-testid="drop-zone">
                <Show when=move || is_reading.get() fallback=move || view! { <Invitation /> }>
                    <p class="drop-title">"Reading the data…"</p>
                    <ProgressBar progress=progress testid="open-progress" />
                    <button type="button" class="button" data-testid="landing-cancel" on:click=move |_| app.cancel()>"Cancel"</button>
                </Show>
            </div>
            <ul class="promises">
                <li><Icon name=IconName::Shield /><span><strong>"Nothing is sent."</strong>" The data stays on this machine; the browser itself forbids this page to reach any other."</span></li>
                <li><Icon name=IconName::Check /><span><strong>"All formats."</strong>" h5ad, 10x HDF5, Matrix Market (three files, a folder or a zip), CSV or TSV either way round, loom."</span></li>
                <li><Icon name=IconName::Clock /><span><strong>"Cancel at any time."</strong>" Press Escape. Every setting can be changed, and only what depends on it is computed again."</span></li>
            </ul>
            <MissingAssets />
        </section>
    }
}

/// How to begin.
#[component]
fn Invitation() -> impl IntoView {
    let app = app_state();
    view! {
        <p class="drop-title">"Drop a single-cell RNA-seq data set anywhere on this page"</p>
        <div class="buttons">
            <button type="button" class="button primary" data-testid="choose-files" on:click=move |_| choose_files()>"Choose files"</button>
            <button type="button" class="button" data-testid="try-demo" on:click=move |_| app.open_demo()>"Try the demo"</button>
        </div>
        <p class="hint" data-testid="demo-description">{move || app.worker.with(demo_in_words)}</p>
    }
}

fn demo_in_words(worker: &WorkerState) -> String {
    match worker {
        WorkerState::Ready(ready) => ready
            .assets
            .demos
            .first()
            .map(|demo| format!("Demo: {}. {}", demo.title.trim_end_matches('.'), demo.description))
            .unwrap_or_default(),
        WorkerState::Starting => "Starting the computing part…".to_owned(),
        WorkerState::Broken(_) => String::new(),
    }
}

/// Says what this copy of the page lacks.
#[component]
fn MissingAssets() -> impl IntoView {
    let app = app_state();
    let missing = move || {
        app.worker.with(|worker| {
            let Some(assets) = worker.ready().map(|ready| &ready.assets) else { return Vec::new() };
            let mut lines = Vec::new();
            if assets.bundles.is_empty() {
                lines.push("This copy of Lexicell holds no gene descriptions: its folder “assets” is missing or incomplete. Build it with the command that the README names.".to_owned());
            }
            lines.extend(assets.missing.iter().cloned());
            lines
        })
    };
    move || {
        let lines = missing();
        (!lines.is_empty()).then(|| {
            view! {
                <section class="card" data-testid="missing-assets">
                    <h2>"What this copy of the page lacks"</h2>
                    <ul>{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                </section>
            }
        })
    }
}
