use leptos::prelude::*;
use lexicell_protocol::PickedCell;

use super::gestures::Gestures;
use crate::components::percent;
use crate::state::app_state;

/// Room that the tooltip needs beside the pointer, in CSS pixels.
const WIDTH: f64 = 270.0;
const HEIGHT: f64 = 190.0;
const GAP: f64 = 14.0;

/// What is known of the cell under the pointer.
#[component]
pub(super) fn Tooltip(gestures: Gestures) -> impl IntoView {
    let app = app_state();
    move || {
        app.map.picked.get().map(|cell| {
            let (left, top) = corner((f64::from(cell.x), f64::from(cell.y)), gestures.size.get());
            view! {
                <div class="tooltip" role="tooltip" data-testid="map-tooltip" style:left=format!("{left}px") style:top=format!("{top}px")>
                    {contents(cell)}
                </div>
            }
        })
    }
}

fn contents(cell: PickedCell) -> impl IntoView {
    let values = cell
        .values
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect_view();
    let genes: Vec<String> = cell
        .top_genes
        .iter()
        .take(5)
        .map(|(name, share)| format!("{name} {}", percent(*share)))
        .collect();
    view! {
        <strong data-testid="tooltip-cell">{cell.name}</strong>
        <dl>{values}</dl>
        {(!genes.is_empty()).then(|| view! { <p class="hint">"Weighs most: " {genes.join(", ")}</p> })}
    }
}

/// The tooltip's top left corner: beside the pointer, within the map.
fn corner((x, y): (f64, f64), (width, height): (f64, f64)) -> (f64, f64) {
    let left = if x + GAP + WIDTH <= width { x + GAP } else { x - GAP - WIDTH };
    let top = if y + GAP + HEIGHT <= height { y + GAP } else { y - GAP - HEIGHT };
    (left.max(4.0), top.max(4.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tooltip_stays_within_the_map() {
        assert_eq!(corner((100.0, 100.0), (800.0, 600.0)), (114.0, 114.0));
        assert_eq!(
            corner((790.0, 590.0), (800.0, 600.0)),
            (790.0 - GAP - WIDTH, 590.0 - GAP - HEIGHT)
        );
        assert_eq!(corner((100.0, 50.0), (200.0, 100.0)), (4.0, 4.0));
    }
}
