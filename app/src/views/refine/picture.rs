use leptos::{html, prelude::*};
use lexicell_protocol::MapCommand;

use crate::components::{Handed, hand_to_worker};
use crate::state::app_state;

/// The space as the training moves it.
#[component]
pub(super) fn MovingPicture() -> impl IntoView {
    let app = app_state();
    let canvas = NodeRef::<html::Canvas>::new();
    hand_to_worker(
        canvas,
        |Handed { width, height, scale, dark }| MapCommand::AttachTraining {
            width,
            height,
            scale,
            dark,
        },
        |_| (),
    );
    let colored_by = move || {
        let refine = app.settings.with(|settings| settings.refine.clone());
        match refine.label.as_ref().filter(|_| refine.needs_labels()) {
            Some(label) => format!("in the colours of “{label}”"),
            None => "in the colours of the map".to_owned(),
        }
    };
    view! {
        <figure class="plot" data-testid="training-picture">
            <h3>"The space so far"</h3>
            <canvas node_ref=canvas class="training-canvas" data-testid="training-canvas" role="img" aria-label="Cells as the training moves them; the losses beside it tell the same in numbers"></canvas>
            <figcaption>{move || format!("The two main axes (PCA) of the space in training, at most 4,000 cells, {}. Most of these cells train: it is a glimpse, no evidence.", colored_by())}</figcaption>
        </figure>
    }
}
