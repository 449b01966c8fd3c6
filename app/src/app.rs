use leptos::prelude::*;

use crate::offline;
use crate::state::{Activity, AppState};
use crate::theme::Theme;
use crate::views::{
    DropTarget, FilePicker, LiveRegion, NoticeList, Rail, StageView, TopBar, TourCard, UnclearFiles,
};

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let app = AppState::new();
    provide_context(app);
    provide_context(Theme::new());
    provide_context(offline::start(move || app.start_worker()));
    window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() && !closes_something() {
            if app.unclear.with_untracked(|files| !files.is_empty()) {
                app.unclear.set(Vec::new());
            } else if app.is_touring() {
                app.close_tour();
            } else if app.activity.get_untracked() != Activity::Nothing {
                app.cancel();
            } else {
                app.stop_inquiries();
            }
        }
    });
    view! {
        <a class="skip" href="#stage">"Skip to the results"</a>
        <TopBar />
        <div class="page">
            <Rail />
            <StageView />
        </div>
        <FilePicker />
        <DropTarget />
        <UnclearFiles />
        <TourCard />
        <NoticeList />
        <LiveRegion />
    }
}

/// Whether Escape closes a panel or a list of choices, and stops nothing.
fn closes_something() -> bool {
    let found = |selector: &str| document().query_selector(selector).ok().flatten().is_some();
    found(":popover-open") || found("select:focus")
}
