use std::fmt::Write;

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
    let marks = move || {
        let is_drawn = is_drawn.get();
        app.map.overlay.with(|overlay| {
            overlay.graph.as_ref().filter(|_| is_drawn).map(marks).unwrap_or_default()
        })
    };
    view! {
        <svg class="map-graph" aria-hidden="true" data-testid="map-graph" inner_html=marks></svg>
    }
}

/// The graph as the inside of an SVG; it holds numbers alone.
fn marks(graph: &MapGraph) -> String {
    let mut svg = String::new();
    let class = |is_along: bool| if is_along { " class=\"along\"" } else { "" };
    for edge in &graph.edges {
        let [first, second] = edge.ends.map(|end| graph.nodes.get(end as usize));
        let (Some(first), Some(second)) = (first, second) else { continue };
        let dash = if edge.is_tree { "" } else { " stroke-dasharray=\"6 4\"" };
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke-width="{:.1}"{dash}{}/>"#,
            first.x,
            first.y,
            second.x,
            second.y,
            edge.width,
            class(edge.is_along)
        );
    }
    for node in &graph.nodes {
        let dash = if node.is_reached { "" } else { " stroke-dasharray=\"3 3\"" };
        let _ = write!(
            svg,
            r#"<circle cx="{:.1}" cy="{:.1}" r="{:.1}"{dash}{}/>"#,
            node.x,
            node.y,
            node.radius,
            class(node.is_along)
        );
    }
    svg
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

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::{MapEdge, MapNode};

    #[test]
    fn edges_lie_below_nodes_and_what_is_on_the_way_is_marked() {
        let node = |x, is_along| MapNode { x, y: 2.0, radius: 5.0, is_along, is_reached: is_along };
        let edge = |ends, is_tree| MapEdge { ends, width: 3.0, is_tree, is_along: is_tree };
        let svg = marks(&MapGraph {
            nodes: vec![node(1.0, true), node(9.0, false)],
            // The last one names a node that is not there.
            edges: vec![edge([0, 1], true), edge([1, 0], false), edge([0, 7], true)],
        });
        assert!(svg.rfind("<line") < svg.find("<circle"), "{svg}");
        assert_eq!((svg.matches("<line").count(), svg.matches("<circle").count()), (2, 2));
        assert_eq!(svg.matches("class=\"along\"").count(), 2);
        assert_eq!(svg.matches("stroke-dasharray").count(), 2);
    }
}
