use leptos::prelude::*;

use crate::offline;
use crate::state::{Activity, AppState};
use crate::theme::Theme;
use crate::views::{DropTarget, FilePicker, LiveRegion, NoticeList, Rail, StageView, TopBar, UnclearFiles};

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let app = AppState::new();
    provide_context(app);
    provide_context(Theme::new());
    provide_context(offline::start(move || app.start_worker()));
    window_event_listener(leptos::ev::keydown, move |event| {
        let is_free = !event.default_prevented();
        if is_free && event.key() == "Escape" && app.activity.get_untracked() != Activity::Nothing {
            app.cancel();
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
        <NoticeList />
        <LiveRegion />
    }
}
