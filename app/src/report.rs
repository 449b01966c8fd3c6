//! The report: one HTML file with all results, made of what is up to date in the page.

mod caveats;
mod explore;
mod figures;
mod findings;
mod html;
mod methods;
mod protocol;
mod references;
#[cfg(test)]
mod samples;
mod scanpy;
mod sections;
mod tables;

#[cfg(test)]
pub(crate) use samples::refine as refine_sample;

use crate::files::hand_over_as;
use crate::state::{AppState, NoticeKind};
use findings::Findings;

/// Makes the report and hands it to the scientist.
pub(crate) fn save_report(app: AppState) {
    let page = sections::page(&Findings::collect(app));
    save(app, "lexicell-report.html", "text/html", &page);
}

/// Makes the file that repeats the score and hands it to the scientist.
pub(crate) fn save_protocol(app: AppState) {
    match protocol::json(&Findings::collect(app)) {
        Ok(json) => save(app, "lexicell-protocol.json", "application/json", &json),
        Err(why) => {
            app.notices.show(NoticeKind::Problem, why);
        }
    }
}

/// Makes the script that repeats the classical steps and hands it to the scientist.
pub(crate) fn save_script(app: AppState) {
    if let Some(script) = scanpy::script(&Findings::collect(app)) {
        save(app, "repeat.py", "text/x-python", &script);
    }
}

fn save(app: AppState, name: &str, media_type: &str, text: &str) {
    match hand_over_as(name, media_type, text) {
        Ok(()) => app.notices.show(NoticeKind::Done, format!("Saved {name}")),
        Err(why) => {
            app.notices.show(NoticeKind::Problem, format!("{name} could not be saved: {why}"))
        }
    };
}
