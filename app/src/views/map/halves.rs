use leptos::prelude::*;
use lexicell_protocol::{Layout, MapState};

use crate::state::app_state;

/// What the halves of the map show, and where the cell under the pointer lies in the other one.
#[component]
pub(super) fn Halves() -> impl IntoView {
    let app = app_state();
    let names = Memo::new(move |_| app.map.state.with(|state| state.as_ref().and_then(names)));
    let rings = move || {
        let cell = app.map.picked.get();
        cell.and_then(|cell| Some([(cell.x, cell.y), cell.twin?]))
            .into_iter()
            .flatten()
            .map(|(x, y)| view! { <span class="twin-ring" data-testid="twin-ring" style:left=format!("{x}px") style:top=format!("{y}px")></span> })
            .collect_view()
    };
    move || {
        names.get().map(|(left, right)| {
            view! {
                <div class="halves" data-testid="map-halves">
                    <p>{left}</p>
                    <p>{right}</p>
                </div>
                <div aria-hidden="true">{rings}</div>
            }
        })
    }
}

/// The names of two layouts that are drawn side by side.
fn names(state: &MapState) -> Option<(String, String)> {
    let name = |wanted: Layout| {
        state.layouts.iter().find(|(layout, _)| *layout == wanted).map(|(_, name)| name.clone())
    };
    Some((name(state.layout?)?, name(state.beside?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::{ColorBy, Legend, Renderer, View};

    #[test]
    fn halves_are_named_only_where_there_are_two() {
        let (before, after) = (Layout::Umap(View::Text), Layout::Umap(View::Refined));
        let mut state = MapState {
            layout: Some(before),
            beside: None,
            layouts: vec![(before, "before".to_owned()), (after, "after".to_owned())],
            color: ColorBy::None,
            palette: Default::default(),
            legend: Legend::Plain,
            renderer: Renderer::WebGpu,
            n_obs: 3,
            n_selected: 0,
        };
        assert_eq!(names(&state), None);
        state.beside = Some(after);
        assert_eq!(names(&state), Some(("before".to_owned(), "after".to_owned())));
    }
}
