use leptos::prelude::*;
use lexicell_protocol::{Command, MapCommand};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use crate::state::{AppState, Asked, Tool};

/// Pointer travel in CSS pixels below which a press is a click.
const CLICK: f32 = 4.0;
/// Lasso corners closer than this add nothing.
const CORNER: f32 = 3.0;
/// Pan of an arrow key in CSS pixels.
const STRIDE: f32 = 60.0;
const ZOOM_KEY: f32 = 1.25;

/// What pointer, wheel and keys do on the map; copies name the same gestures.
#[derive(Clone, Copy)]
pub(super) struct Gestures {
    app: AppState,
    drag: StoredValue<Drag>,
    pending: StoredValue<Pending>,
    /// Corners of the lasso being drawn: x, y, x, y, …
    pub(super) lasso: RwSignal<Vec<f32>>,
    /// Width and height of the map in CSS pixels.
    pub(super) size: RwSignal<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Drag {
    #[default]
    None,
    /// The pointer moves the map: its last place, and how far it came.
    Move {
        x: f32,
        y: f32,
        travel: f32,
    },
    Lasso,
}

/// What the next frame sends: a worker that draws needs no more than one command a frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Pending {
    pan: (f32, f32),
    zoom: Option<(f32, f32, f32)>,
    frame: Frame,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Frame {
    #[default]
    None,
    Asked,
}

impl Pending {
    fn add_zoom(&mut self, factor: f32, x: f32, y: f32) {
        let before = self.zoom.map_or(1.0, |(before, _, _)| before);
        self.zoom = Some((before * factor, x, y));
    }
}

impl Gestures {
    pub(super) fn new(app: AppState) -> Self {
        Self {
            app,
            drag: StoredValue::default(),
            pending: StoredValue::default(),
            lasso: RwSignal::default(),
            size: RwSignal::default(),
        }
    }

    pub(super) fn is_lasso(self) -> bool {
        self.app.map.tool.get() == Tool::Lasso
    }

    pub(super) fn set_size(self, canvas: &HtmlCanvasElement) {
        self.size.set((f64::from(canvas.client_width()), f64::from(canvas.client_height())));
    }

    pub(super) fn down(self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        if let Some(canvas) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // Without capture a drag ends at the map's edge, no worse.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        let (x, y) = place(event);
        self.app.map.picked.set(None);
        if self.app.map.tool.get_untracked() == Tool::Lasso || event.shift_key() {
            self.drag.set_value(Drag::Lasso);
            self.lasso.set(vec![x, y]);
        } else {
            self.drag.set_value(Drag::Move { x, y, travel: 0.0 });
        }
    }

    pub(super) fn moved(self, event: &PointerEvent) {
        let (x, y) = place(event);
        match self.drag.get_value() {
            Drag::None => {
                if let Some((x, y)) =
                    self.app.map.pick.try_update_value(|wish| wish.at(x, y)).flatten()
                {
                    self.app.ask(Command::Map(MapCommand::Pick { x, y }), Asked::Pick);
                }
            }
            Drag::Move { x: last_x, y: last_y, travel } => {
                let (dx, dy) = (x - last_x, y - last_y);
                self.drag.set_value(Drag::Move { x, y, travel: travel + dx.abs() + dy.abs() });
                self.later(|pending| pending.pan = (pending.pan.0 + dx, pending.pan.1 + dy));
            }
            Drag::Lasso => {
                let is_far = self.lasso.with_untracked(|corners| match corners[..] {
                    [.., last_x, last_y] => (x - last_x).abs() + (y - last_y).abs() >= CORNER,
                    _ => true,
                });
                if is_far {
                    self.lasso.update(|corners| corners.extend([x, y]));
                }
            }
        }
    }

    pub(super) fn up(self, event: &PointerEvent) {
        match self.drag.get_value() {
            Drag::Move { travel, .. } if travel < CLICK => {
                let (x, y) = place(event);
                self.app.ask(Command::Map(MapCommand::Pick { x, y }), Asked::Pin);
            }
            Drag::Lasso => {
                let polygon = self.lasso.get_untracked();
                let has_area = polygon.len() >= 6;
                self.app.ask(
                    Command::Map(MapCommand::Lasso {
                        polygon: if has_area { polygon } else { Vec::new() },
                    }),
                    Asked::Lasso,
                );
            }
            Drag::None | Drag::Move { .. } => {}
        }
        self.stop();
    }

    pub(super) fn stop(self) {
        self.drag.set_value(Drag::None);
        self.lasso.set(Vec::new());
    }

    pub(super) fn left(self) {
        if self.drag.get_value() == Drag::None {
            self.app.map.picked.set(None);
        }
    }

    pub(super) fn wheel(self, event: &WheelEvent) {
        event.prevent_default();
        // Lines and pages are about 16 and 400 pixels.
        let unit = [1.0, 16.0, 400.0].get(event.delta_mode() as usize).copied().unwrap_or(1.0);
        let factor = (-event.delta_y() * unit * 0.0018).clamp(-1.0, 1.0).exp() as f32;
        let (x, y) = place(event);
        self.later(|pending| pending.add_zoom(factor, x, y));
    }

    pub(super) fn double(self, event: &MouseEvent) {
        let (x, y) = place(event);
        self.app.tell_map(MapCommand::Zoom { factor: 2.0, x, y });
    }

    pub(super) fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "ArrowLeft" => self.later(|pending| pending.pan.0 += STRIDE),
            "ArrowRight" => self.later(|pending| pending.pan.0 -= STRIDE),
            "ArrowUp" => self.later(|pending| pending.pan.1 += STRIDE),
            "ArrowDown" => self.later(|pending| pending.pan.1 -= STRIDE),
            "+" | "=" => self.zoom(ZOOM_KEY),
            "-" => self.zoom(1.0 / ZOOM_KEY),
            "0" => self.app.tell_map(MapCommand::Fit),
            "l" | "L" => {
                self.app.map.tool.update(|tool| {
                    *tool = if *tool == Tool::Lasso { Tool::Move } else { Tool::Lasso }
                })
            }
            "Escape" if self.app.map.selection.with_untracked(Option::is_some) => {
                self.app.clear_selection()
            }
            _ => return,
        }
        event.prevent_default();
    }

    pub(super) fn zoom(self, factor: f32) {
        let (width, height) = self.size.get_untracked();
        self.later(|pending| pending.add_zoom(factor, width as f32 / 2.0, height as f32 / 2.0));
    }

    /// Adds to what the next frame sends.
    fn later(self, add: impl FnOnce(&mut Pending)) {
        let before = self.pending.try_update_value(|pending| {
            add(pending);
            std::mem::replace(&mut pending.frame, Frame::Asked)
        });
        if before == Some(Frame::None) {
            request_animation_frame(move || self.send());
        }
    }

    fn send(self) {
        let Some(pending) = self.pending.try_update_value(std::mem::take) else { return };
        let (dx, dy) = pending.pan;
        if (dx, dy) != (0.0, 0.0) {
            self.app.tell_map(MapCommand::Pan { dx, dy });
        }
        if let Some((factor, x, y)) = pending.zoom {
            self.app.tell_map(MapCommand::Zoom { factor, x, y });
        }
    }
}

/// CSS pixels from the map's top left corner.
fn place(event: &MouseEvent) -> (f32, f32) {
    (event.offset_x() as f32, event.offset_y() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_within_a_frame_multiply_about_the_latest_place() {
        let mut pending = Pending::default();
        pending.add_zoom(2.0, 10.0, 10.0);
        pending.add_zoom(1.5, 20.0, 30.0);
        assert_eq!(pending.zoom, Some((3.0, 20.0, 30.0)));
    }
}
