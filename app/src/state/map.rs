use leptos::prelude::*;
use lexicell_protocol::{LassoReport, MapOverlay, MapState, PickedCell};

use super::camera::CameraWish;

/// What a drag on the map does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tool {
    #[default]
    Move,
    Lasso,
}

/// What the page knows of the map; the worker owns and draws it.
#[derive(Clone, Copy)]
pub(crate) struct MapPanel {
    pub(crate) state: RwSignal<Option<MapState>>,
    pub(crate) picked: RwSignal<Option<PickedCell>>,
    /// The cell that was clicked: it stays in the side panel.
    pub(crate) pinned: RwSignal<Option<PickedCell>>,
    pub(crate) selection: RwSignal<Option<LassoReport>>,
    pub(crate) tool: RwSignal<Tool>,
    /// The classes that are drawn strongly; none means all.
    pub(crate) highlighted: RwSignal<Vec<u32>>,
    /// Radius of a cell in CSS pixels; none follows the number of cells.
    pub(crate) point_size: RwSignal<Option<f64>>,
    /// Counts canvases: a canvas that was handed to the worker and lost cannot be handed again.
    pub(crate) canvas: RwSignal<u32>,
    /// Canvases lost one after another without a drawing in between.
    pub(crate) losses: StoredValue<u32>,
    pub(crate) pick: StoredValue<PickWish>,
    pub(crate) camera: StoredValue<CameraWish>,
    /// Names and graph over the cells, where they lie now.
    pub(crate) overlay: RwSignal<MapOverlay>,
}

/// At most one question about the cell under the pointer is under way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum PickWish {
    #[default]
    None,
    /// Asked; no newer place.
    Asked,
    /// Asked; the pointer has gone on since.
    AskedThen(f32, f32),
}

impl PickWish {
    /// The pointer is here: returns the place to ask about now, if any.
    pub(crate) fn at(&mut self, x: f32, y: f32) -> Option<(f32, f32)> {
        match self {
            Self::None => {
                *self = Self::Asked;
                Some((x, y))
            }
            Self::Asked | Self::AskedThen(..) => {
                *self = Self::AskedThen(x, y);
                None
            }
        }
    }

    /// The answer is here: returns the place to ask about next, if any.
    pub(crate) fn answered(&mut self) -> Option<(f32, f32)> {
        match std::mem::take(self) {
            Self::AskedThen(x, y) => {
                *self = Self::Asked;
                Some((x, y))
            }
            Self::None | Self::Asked => None,
        }
    }
}

impl MapPanel {
    pub(crate) fn new() -> Self {
        Self {
            state: RwSignal::default(),
            picked: RwSignal::default(),
            pinned: RwSignal::default(),
            point_size: RwSignal::default(),
            selection: RwSignal::default(),
            tool: RwSignal::default(),
            highlighted: RwSignal::default(),
            canvas: RwSignal::new(0),
            losses: StoredValue::new(0),
            pick: StoredValue::default(),
            camera: StoredValue::default(),
            overlay: RwSignal::default(),
        }
    }

    /// Forgets what belonged to an earlier data set.
    pub(crate) fn forget(self) {
        self.picked.set(None);
        self.pinned.set(None);
        self.selection.set(None);
        self.highlighted.set(Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pick_is_under_way_and_the_latest_place_follows() {
        let mut wish = PickWish::default();
        assert_eq!(wish.at(1.0, 1.0), Some((1.0, 1.0)));
        assert_eq!(wish.at(2.0, 2.0), None);
        assert_eq!(wish.at(3.0, 3.0), None);
        assert_eq!(wish.answered(), Some((3.0, 3.0)));
        assert_eq!(wish.answered(), None);
        assert_eq!(wish.at(4.0, 4.0), Some((4.0, 4.0)));
    }
}
