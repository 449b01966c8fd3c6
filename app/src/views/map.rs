//! The fourth stage: the cells as a map, drawn by the worker on this page's canvas.

mod brush;
mod canvas;
mod cell_card;
mod cell_page;
mod class_graph;
mod clusters;
mod color_select;
mod gene_card;
mod gene_search;
mod gestures;
mod halves;
mod history;
mod labelings;
mod labels;
mod lasso_line;
mod legend;
mod selection;
mod sets;
mod settings;
mod side_panel;
mod toolbar;
mod tooltip;
mod waiting;

use leptos::prelude::*;

pub(crate) use class_graph::OverMap;
pub(crate) use gene_card::GenePanel;
pub(crate) use settings::MapSettings;

use canvas::MapCanvas;
use class_graph::ClassGraph;
use gestures::Gestures;
use halves::Halves;
use labels::Labels;
use lasso_line::LassoLine;
use side_panel::SidePanel;
use toolbar::Toolbar;
use tooltip::Tooltip;
use waiting::Waiting;

use crate::state::app_state;

/// The map with its controls.
#[component]
pub(crate) fn MapView() -> impl IntoView {
    let app = app_state();
    let gestures = Gestures::new(app);
    view! {
        <div class="map" data-testid="map" on:keydown=move |event| history::key(app, &event)>
            <div class="map-field">
                <h1 class="spoken">"Map of the cells"</h1>
                // Another count means that the canvas was lost: the worker needs a new element, which only
                // another key makes.
                <For each=move || [app.map.canvas.get()] key=|count| *count let(_)>
                    <MapCanvas gestures=gestures />
                </For>
                <ClassGraph />
                <Labels />
                <Halves />
                <LassoLine gestures=gestures />
                <Tooltip gestures=gestures />
                <Waiting />
                <Toolbar gestures=gestures />
            </div>
            <SidePanel />
        </div>
    }
}
