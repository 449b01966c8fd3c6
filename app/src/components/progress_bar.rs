use leptos::prelude::*;
use lexicell_protocol::Progress;

use super::{count, duration};

/// How far a running step is.
#[component]
pub(crate) fn ProgressBar(
    #[prop(into)] progress: Signal<Option<Progress>>,
    testid: &'static str,
) -> impl IntoView {
    let share = move || progress.with(|progress| progress.as_ref().and_then(share_done));
    let text =
        move || progress.with(|progress| progress.as_ref().map_or("Working…".to_owned(), in_words));
    view! {
        <div class="progress" data-testid=testid>
            <progress max="1" prop:value=move || share().unwrap_or(0.0) class:unknown=move || share().is_none() aria-label="Progress" />
            <span class="progress-text">{text}</span>
        </div>
    }
}

/// The share that is done, where the total is known.
pub(crate) fn share_done(progress: &Progress) -> Option<f64> {
    (progress.total > 0).then(|| (progress.done as f64 / progress.total as f64).min(1.0))
}

fn in_words(progress: &Progress) -> String {
    let left = match progress.seconds_left {
        Some(seconds) if seconds >= 1.0 => {
            format!(" · {} left", duration(seconds.round() * 1000.0).replace(".0 s", " s"))
        }
        _ => String::new(),
    };
    if progress.total == 0 {
        format!("{} {}{left}", count(progress.done), progress.unit)
    } else {
        format!("{} of {} {}{left}", count(progress.done), count(progress.total), progress.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::{RequestId, Step};

    fn progress(done: u64, total: u64, seconds_left: Option<f64>) -> Progress {
        Progress {
            id: RequestId(1),
            step: Step::EmbedGenes,
            unit: "texts".to_owned(),
            done,
            total,
            seconds_left,
        }
    }

    #[test]
    fn progress_says_what_is_counted_and_how_long_it_takes() {
        assert_eq!(in_words(&progress(3, 9, Some(41.7))), "3 of 9 texts · 42 s left");
        assert_eq!(in_words(&progress(3, 0, None)), "3 texts");
    }

    #[test]
    fn the_share_never_exceeds_the_whole() {
        assert_eq!(share_done(&progress(11, 10, None)), Some(1.0));
        assert_eq!(share_done(&progress(3, 0, None)), None);
    }
}
