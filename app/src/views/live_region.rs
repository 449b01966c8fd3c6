use leptos::prelude::*;

use crate::components::share_done;
use crate::state::{Phase, Task, app_state};

/// Tells a screen reader how far the work is: each step, and every quarter of a long one.
#[component]
pub(crate) fn LiveRegion() -> impl IntoView {
    let app = app_state();
    let said = Memo::new(move |_| match app.activity.get().task() {
        Some(task) => {
            let quarter = app
                .steps
                .progress(task)
                .as_ref()
                .and_then(share_done)
                .map_or(0, |share| (share * 4.0) as u32);
            match quarter {
                0 => task.title().to_owned(),
                quarter => format!("{}, {} percent", task.title(), quarter * 25),
            }
        }
        None if Task::ALL.iter().any(|&task| app.steps.phase(task) == Phase::Failed) => {
            String::new()
        }
        None if !app.explore.pending.with(Vec::is_empty) => "Looking for the answer".to_owned(),
        None if app.has_data() => "Done".to_owned(),
        None => String::new(),
    });
    view! { <p class="spoken" role="status" aria-live="polite" data-testid="live-region">{said}</p> }
}
