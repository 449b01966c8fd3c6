use leptos::prelude::*;

use super::cell_card::CellCard;
use super::clusters::Clusters;
use super::color_select::ColorSelect;
use super::gene_search::GeneSearch;
use super::legend::LegendList;
use super::selection::Selection;
use super::toolbar::LayoutSelect;

/// What the colours mean, and tables of what the map shows.
#[component]
pub(super) fn SidePanel() -> impl IntoView {
    view! {
        <aside class="side" aria-label="What the map shows" data-testid="side-panel">
            <div class="side-controls">
                <LayoutSelect />
                <ColorSelect />
                <GeneSearch />
            </div>
            <CellCard />
            <Selection />
            <LegendList />
            <Clusters />
        </aside>
    }
}
