use leptos::prelude::*;

use super::gestures::Gestures;
use crate::state::{Tool, app_state};

/// The lasso while it is drawn.
#[component]
pub(super) fn LassoLine(gestures: Gestures) -> impl IntoView {
    let app = app_state();
    let points = move || {
        gestures.lasso.with(|corners| {
            corners
                .chunks_exact(2)
                .map(|corner| format!("{},{}", corner[0], corner[1]))
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    view! {
        <svg class="lasso-line" aria-hidden="true" class:drawing=move || app.map.tool.get() == Tool::Lasso>
            <polygon points=points />
        </svg>
    }
}
