use leptos::{ev, prelude::*};
use lexicell_protocol::Command;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, File};

use crate::files::{Dropped, classify, gather, is_head};
use crate::state::{AppState, Inquiry, NoticeKind, Stage, app_state};

/// The whole window takes files; a veil says so while they hover.
#[component]
pub(crate) fn DropTarget() -> impl IntoView {
    let app = app_state();
    let hovering = RwSignal::new(false);
    window_event_listener(ev::dragover, move |event| {
        if holds_files(&event) {
            event.prevent_default();
            if !hovering.get_untracked() {
                hovering.set(true);
            }
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        // Only a pointer that leaves the window enters nothing.
        if event.related_target().is_none() {
            hovering.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        hovering.set(false);
        let Some(transfer) = event.data_transfer().filter(|_| holds_files(&event)) else { return };
        event.prevent_default();
        let files = gather(&transfer);
        spawn_local(async move { take_in(app, files.await).await });
    });
    view! {
        <Show when=move || hovering.get()>
            <div class="veil" data-testid="drop-veil" aria-hidden="true">
                <p>"Drop to open"</p>
            </div>
        </Show>
    }
}

/// Sends files where they belong.
pub(super) async fn take_in(app: AppState, files: Vec<File>) {
    if files.is_empty() {
        app.notices.show(NoticeKind::Problem, "There was no file in it.".to_owned());
        return;
    }
    if let [file] = &files[..]
        && is_head(file).await
    {
        return app.open_head(file);
    }
    if let [file] = &files[..]
        && is_obo(&file.name())
        && untrack(|| app.has_data())
    {
        app.explore.inquiry.set(Inquiry::Ask);
        app.stage.set(Stage::Explore);
        return app.open_ontology(Some(file));
    }
    let names: Vec<String> = files.iter().map(File::name).collect();
    match classify(&names, untrack(|| app.has_data())) {
        Dropped::Data => app.open(files),
        Dropped::Model => app.open_encoder(Command::OpenModel, &files),
        Dropped::Vectors => app.open_encoder(Command::OpenVectors, &files),
        Dropped::Unclear => app.unclear.set(files),
    }
}

/// Whether a file is an ontology, by its name.
fn is_obo(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".obo") || name.ends_with(".obo.gz")
}

fn holds_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}
