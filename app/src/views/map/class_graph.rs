use leptos::prelude::*;
use lexicell_protocol::{MapCommand, MapGraph};

use crate::components::SwitchField;
use crate::state::app_state;

/// The class graph of a path over the cells, where the worker says that it lies.
#[component]
pub(super) fn ClassGraph() -> impl IntoView {
    let app = app_state();
    let is_drawn = Memo::new(move |_| app.explore.is_graph_drawn());
    Effect::new(move |before: Option<bool>| {
        let now = is_drawn.get();
        if before.unwrap_or(false) != now {
            app.tell_map(MapCommand::DrawGraph(now));
        }
        now
    });
    let graph = Memo::new(move |_| {
        app.map.state.with(|state| state.as_ref().and_then(|state| state.graph.clone()))
    });
    let marks = move || graph.get().filter(|_| is_drawn.get()).map(|graph| marks(&graph));
    view! {
        <svg class="map-graph" aria-hidden="true" data-testid="map-graph">{marks}</svg>
    }
}

fn marks(graph: &MapGraph) -> impl IntoView + use<> {
    let edges = graph.edges.iter().filter_map(|edge| {
        let [first, second] = edge.ends.map(|end| graph.nodes.get(end as usize));
        let (first, second) = (first?, second?);
        Some(view! {
            <line class:along=edge.is_along x1=first.x x2=second.x y1=first.y y2=second.y stroke-width=edge.width stroke-dasharray=(!edge.is_tree).then_some("6 4") />
        })
    });
    let nodes = graph.nodes.iter().map(|node| {
        view! {
            <circle class:along=node.is_along cx=node.x cy=node.y r=node.radius stroke-dasharray=(!node.is_reached).then_some("3 3") />
        }
    });
    (edges.collect::<Vec<_>>(), nodes.collect::<Vec<_>>())
}

/// Turns the drawing on and off.
#[component]
pub(crate) fn OverMap(testid: &'static str) -> impl IntoView {
    let over_map = app_state().explore.over_map;
    view! {
        <SwitchField
            testid=testid label="Draw over the map"
            hint="The classes at the middle of their cells, and what joins them."
            value=over_map
            set=Callback::new(move |on| over_map.set(on))
        />
    }
}

/// What the drawing means, beside the map.
#[component]
pub(super) fn GraphCard() -> impl IntoView {
    let explore = app_state().explore;
    let is_there = Memo::new(move |_| explore.found.with(Option::is_some));
    let by = move || explore.found.with(|found| found.as_ref().map(|found| found.by.clone()));
    let words = move || {
        explore.is_graph_drawn().then(|| {
            view! { <p class="hint" data-testid="graph-words">{format!("Discs: {}, by cells. Lines: connectivity (PAGA), solid in the spanning tree, dashed beside it; coloured from root to end. A broken edge: no path reaches the class.", by().unwrap_or_default())}</p> }
        })
    };
    view! {
        <Show when=move || is_there.get()>
            <section class="card" aria-label="Class graph of the path" data-testid="graph-card">
                <h2>"Class graph of the path"</h2>
                <OverMap testid="graph-over-map-side" />
                {words}
            </section>
        </Show>
    }
}
