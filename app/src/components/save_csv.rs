use leptos::prelude::*;

use crate::files::{Csv, hand_over_as};
use crate::state::{AppState, NoticeKind, app_state};

/// A button that saves a table: all of it, however much of it is shown.
#[component]
pub(crate) fn SaveCsv(
    /// Name of the file.
    name: &'static str,
    testid: &'static str,
    /// What is saved, made when it is asked for.
    #[prop(into)]
    table: Callback<(), Csv>,
) -> impl IntoView {
    let app = app_state();
    let save = move |_| save_csv(app, name, &table.run(()));
    view! {
        <div class="buttons"><button type="button" class="button quiet" data-testid=testid aria-label=format!("Save as CSV: {name}") on:click=save>"Save as CSV"</button></div>
    }
}

/// Hands a table over as a file, and says whether that went well.
pub(crate) fn save_csv(app: AppState, name: &str, table: &Csv) {
    match hand_over_as(name, "text/csv", table.text()) {
        Ok(()) => app.notices.show(NoticeKind::Done, format!("Saved {name}")),
        Err(why) => {
            app.notices.show(NoticeKind::Problem, format!("{name} could not be saved: {why}"))
        }
    };
}
