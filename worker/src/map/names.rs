//! Names of the classes, written over the cells.

use lexicell_matrix::MISSING_CODE;
use lexicell_protocol::{Legend, MapLabel};

use super::{Map, class_graph, pane};

/// Above this many classes, names over the map would only cover it.
const MOST_LABELS: usize = 40;

/// Width of a letter of a name in CSS pixels.
const LETTER: f32 = 7.6;

/// A place in a layout for each class; none without cells that have one.
pub(super) type Middles = Vec<Option<[f32; 2]>>;

/// Where the classes of the colouring lie. Kept, since a moving camera asks in every frame.
#[derive(Debug, Default)]
pub(super) struct Names {
    shown: Middles,
    /// In the right half, where two layouts are drawn.
    beside: Middles,
}

/// Median position of the cells of each class, in the layout's units.
pub(super) fn middles(codes: &[u32], n_classes: usize, positions: &[[f32; 2]]) -> Middles {
    let mut cells: Vec<[Vec<f32>; 2]> = vec![Default::default(); n_classes];
    for (&code, place) in codes.iter().zip(positions) {
        if code != MISSING_CODE
            && place.iter().all(|value| value.is_finite())
            && let Some([x, y]) = cells.get_mut(code as usize)
        {
            x.push(place[0]);
            y.push(place[1]);
        }
    }
    let median = |mut values: Vec<f32>| {
        let middle = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
    };
    cells.into_iter().map(|[x, y]| Some([median(x)?, median(y)?])).collect()
}

/// Puts the names where the classes lie now: after another layout or colouring.
pub(super) fn place(map: &mut Map) {
    map.names = Names::default();
    let Legend::Classes(classes) = &map.coloring.legend else { return };
    if classes.len() > MOST_LABELS {
        return;
    }
    let n_classes = classes.iter().map(|class| class.code as usize + 1).max().unwrap_or(0);
    let of = |positions: &[[f32; 2]]| middles(map.coloring.codes(), n_classes, positions);
    map.names = Names {
        shown: of(&map.points.positions),
        beside: map.beside.as_ref().map_or_else(Vec::new, |own| of(&own.positions)),
    };
}

/// Half of the width of a name over the map in CSS pixels, generously.
pub(super) fn half_width(name: &str) -> f32 {
    name.chars().count() as f32 * LETTER / 2.0 + 2.0
}

/// The names that are seen, in CSS pixels.
pub(super) fn on_screen(map: &Map) -> Vec<MapLabel> {
    let [width, height] = map.viewport.css_size();
    let camera = map.scene_camera();
    label_places(map)
        .into_iter()
        .map(|(text, place)| (text, camera.to_screen(place, map.viewport)))
        .filter(|(_, [x, y])| (0.0..=width).contains(x) && (0.0..=height).contains(y))
        .map(|(text, [x, y])| {
            let half = half_width(&text).min(width / 2.0);
            // A name is never cut at the side.
            MapLabel { text, x: x.clamp(half, width - half), y }
        })
        .collect()
}

/// Names of the classes at the median of their cells, or of those of a graph beside its nodes, in the
/// units of what is drawn.
pub(crate) fn label_places(map: &Map) -> Vec<(String, [f32; 2])> {
    if map.drawing.is_there() {
        return class_graph::names(map);
    }
    let Legend::Classes(classes) = &map.coloring.legend else { return Vec::new() };
    let named = |middles: &Middles| -> Vec<(String, [f32; 2])> {
        let middle = |code: u32| middles.get(code as usize).copied().flatten();
        classes.iter().filter_map(|class| Some((class.name.clone(), middle(class.code)?))).collect()
    };
    let shown = named(&map.names.shown);
    let Some(beside) = &map.beside else { return shown };
    let half = pane(map.viewport);
    let [width, _] = half.css_size();
    let left = shown
        .into_iter()
        .map(|(name, place)| (name, map.camera.to_screen(place, half)))
        .filter(|(_, [x, _])| (0.0..width).contains(x));
    let right = named(&map.names.beside)
        .into_iter()
        .map(|(name, place)| (name, beside.to_screen(place, map.viewport)))
        .filter(|(_, [x, _])| *x > width);
    left.chain(right).map(|(name, [x, y])| (name, [x, -y])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_lies_at_the_median_of_its_cells_that_have_a_place() {
        let codes = [0, 0, 0, 1, MISSING_CODE, 0, 7];
        let positions = [
            [1.0, 5.0],
            [2.0, 3.0],
            [90.0, 4.0],
            [f32::NAN, 0.0],
            [50.0, 50.0],
            [f32::INFINITY, 1.0],
            [8.0, 8.0],
        ];
        assert_eq!(middles(&codes, 3, &positions), [Some([2.0, 4.0]), None, None]);
    }
}
