use leptos::prelude::*;

use super::cell_card::CellCard;
use super::cell_page::CellPanel;
use super::class_graph::GraphCard;
use super::clusters::Clusters;
use super::color_select::ColorSelect;
use super::gene_card::GenePanel;
use super::gene_search::GeneSearch;
use super::history::History;
use super::labelings::Labelings;
use super::legend::LegendList;
use super::selection::Selection;
use super::sets::Sets;
use super::toolbar::LayoutSelect;
use crate::components::Meanings;
use crate::state::{Stage, app_state};
use crate::words::MAP;

/// What the colours mean, and tables of what the map shows.
#[component]
pub(super) fn SidePanel() -> impl IntoView {
    let app = app_state();
    view! {
        <aside class="side" aria-label="What the map shows" data-testid="side-panel">
            <div class="side-controls">
                <LayoutSelect />
                <ColorSelect />
                <GeneSearch />
            </div>
            <Show when=move || app.stage.get() == Stage::Map>
                <GenePanel />
            </Show>
            <GraphCard />
            <CellCard />
            <History />
            <CellPanel />
            <Selection />
            <Sets />
            <Labelings />
            <LegendList />
            <Clusters />
            <Meanings of=MAP testid="meanings-map" />
        </aside>
    }
}
