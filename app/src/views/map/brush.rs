use std::fmt::Write;

use leptos::prelude::*;
use lexicell_protocol::{Command, MapCommand};

use crate::components::figure;
use crate::state::{Asked, app_state};

/// Steps of the two ends over the scale.
const STEPS: u32 = 100;
/// Size of the picture of the counts, in its own units.
const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 24.0;

/// How the values are spread over the cells, and a range of them to select.
#[component]
pub(super) fn Brush(low: f64, high: f64, bins: Vec<u64>) -> impl IntoView {
    let app = app_state();
    let ends = RwSignal::new((0, STEPS));
    let value = move |step: u32| low + (high - low) * f64::from(step) / f64::from(STEPS);
    let words = move || {
        let (from, to) = ends.get();
        range_in_words((from > 0).then(|| value(from)), (to < STEPS).then(|| value(to)))
    };
    let select = move |_| {
        let (from, to) = ends.get_untracked();
        let command = MapCommand::Between {
            low: (from > 0).then(|| value(from)),
            high: (to < STEPS).then(|| value(to)),
        };
        app.ask(Command::Map(command), Asked::Lasso);
    };
    let end = move |is_high: bool, testid: &'static str, label: &'static str| {
        let own = move || ends.with(|&(from, to)| if is_high { to } else { from });
        view! {
            <input
                type="range" min="0" max=STEPS.to_string() data-testid=testid aria-label=label
                aria-valuetext=move || figure(value(own()), 2)
                prop:value=move || own().to_string()
                on:input:target=move |event| {
                    let step = event.target().value().parse().unwrap_or(0).min(STEPS);
                    ends.update(|ends| *ends = moved(*ends, is_high, step));
                }
            />
        }
    };
    view! {
        <div class="brush" data-testid="brush">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true" inner_html=move || bars(&bins, ends.get())></svg>
            {end(false, "brush-from", "Select from this value")}
            {end(true, "brush-to", "Select up to this value")}
            <div class="heading-line">
                <span class="number" data-testid="brush-range">{words}</span>
                <button type="button" class="button quiet" data-testid="brush-select" title="Select the cells of this range" on:click=select>"Select"</button>
            </div>
        </div>
    }
}

/// Both ends after one was moved: neither passes the other.
fn moved((from, to): (u32, u32), is_high: bool, step: u32) -> (u32, u32) {
    if is_high { (from.min(step), step) } else { (step, to.max(step)) }
}

fn range_in_words(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (None, None) => "All values".to_owned(),
        (Some(low), None) => format!("{} and more", figure(low, 2)),
        (None, Some(high)) => format!("{} and less", figure(high, 2)),
        (Some(low), Some(high)) => format!("{} to {}", figure(low, 2), figure(high, 2)),
    }
}

/// A bar for each count, by its root so that few cells are seen beside many; faint outside the range.
fn bars(bins: &[u64], (from, to): (u32, u32)) -> String {
    let most = bins.iter().copied().max().unwrap_or(0).max(1) as f64;
    let wide = WIDTH / bins.len().max(1) as f64;
    let (from, to) = (f64::from(from), f64::from(to));
    let mut marks = String::new();
    for (place, &n) in bins.iter().enumerate() {
        let height = (n as f64 / most).sqrt() * HEIGHT;
        let middle = (place as f64 + 0.5) * wide * f64::from(STEPS) / WIDTH;
        let class = if (from..=to).contains(&middle) { "" } else { " class=\"out\"" };
        // Writing to a string cannot fail.
        let _ = write!(
            marks,
            r#"<rect x="{:.2}" y="{:.2}" width="{:.2}" height="{height:.2}"{class}/>"#,
            place as f64 * wide,
            HEIGHT - height,
            wide * 0.9
        );
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_never_pass_each_other() {
        assert_eq!(moved((10, 50), false, 60), (60, 60));
        assert_eq!(moved((10, 50), true, 5), (5, 5));
        assert_eq!(moved((10, 50), true, 70), (10, 70));
    }

    #[test]
    fn bars_outside_the_range_are_faint() {
        let marks = bars(&[4, 1, 0, 9], (26, 100));
        assert_eq!(marks.matches("<rect").count(), 4);
        assert_eq!(marks.matches("class=\"out\"").count(), 1);
        assert!(marks.contains("height=\"24.00\""));
    }

    #[test]
    fn an_end_at_the_edge_is_open() {
        assert_eq!(range_in_words(None, None), "All values");
        assert_eq!(range_in_words(Some(1.5), None), "1.50 and more");
        assert_eq!(range_in_words(Some(1.5), Some(2.0)), "1.50 to 2.00");
    }
}
