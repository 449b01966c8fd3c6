use leptos::prelude::*;
use lexicell_protocol::MapLabel;

use crate::state::app_state;

/// Names written over the map.
#[component]
pub(super) fn Labels() -> impl IntoView {
    let app = app_state();
    let labels = move || app.map.overlay.with(|overlay| without_overlap(&overlay.labels));
    view! {
        <div class="map-labels" aria-hidden="true" data-testid="map-labels">
            {move || {
                labels()
                    .into_iter()
                    .map(|label| view! { <span class="map-label" style:left=format!("{}px", label.x) style:top=format!("{}px", label.y)>{label.text}</span> })
                    .collect_view()
            }}
        </div>
    }
}

/// Height of a line of text, and the width of a letter, in CSS pixels.
const LINE: f32 = 16.0;
const LETTER: f32 = 6.6;

/// The labels that do not cover an earlier one.
fn without_overlap(labels: &[MapLabel]) -> Vec<MapLabel> {
    let mut kept: Vec<MapLabel> = Vec::new();
    for label in labels {
        let half = |label: &MapLabel| label.text.chars().count() as f32 * LETTER / 2.0 + 2.0;
        let covers = |other: &MapLabel| {
            (label.x - other.x).abs() < half(label) + half(other)
                && (label.y - other.y).abs() < LINE
        };
        if !kept.iter().any(covers) {
            kept.push(label.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str, x: f32, y: f32) -> MapLabel {
        MapLabel { text: text.to_owned(), x, y }
    }

    #[test]
    fn a_label_that_would_cover_an_earlier_one_is_left_out() {
        let labels = [
            label("B cell", 100.0, 100.0),
            label("T cell", 110.0, 104.0),
            label("NK", 100.0, 140.0),
            label("DC", 300.0, 101.0),
        ];
        let names: Vec<String> =
            without_overlap(&labels).into_iter().map(|label| label.text).collect();
        assert_eq!(names, ["B cell", "NK", "DC"]);
    }
}
