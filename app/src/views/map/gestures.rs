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

impl Gestures {
    pub(super) fn new(app: AppState) -> Self {
        Self {
            app,
            drag: StoredValue::default(),
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
                self.app.move_camera(|wish| wish.pan(dx, dy));
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
        self.app.move_camera(|wish| wish.zoom(factor, x, y));
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
            "ArrowLeft" => self.app.move_camera(|wish| wish.pan(STRIDE, 0.0)),
            "ArrowRight" => self.app.move_camera(|wish| wish.pan(-STRIDE, 0.0)),
            "ArrowUp" => self.app.move_camera(|wish| wish.pan(0.0, STRIDE)),
            "ArrowDown" => self.app.move_camera(|wish| wish.pan(0.0, -STRIDE)),
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
        self.app.move_camera(|wish| wish.zoom(factor, width as f32 / 2.0, height as f32 / 2.0));
    }
}

/// CSS pixels from the map's top left corner.
fn place(event: &MouseEvent) -> (f32, f32) {
    (event.offset_x() as f32, event.offset_y() as f32)
}
