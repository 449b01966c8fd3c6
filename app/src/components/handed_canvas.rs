use js_sys::Array;
use leptos::{html, prelude::*};
use lexicell_protocol::{Command, MapCommand};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use crate::state::{Asked, NoticeKind, app_state};
use crate::theme::Theme;
use crate::worker_client::in_words;

/// A canvas as the worker takes it over.
pub(crate) struct Handed {
    /// Device pixels.
    pub(crate) width: u32,
    /// Device pixels.
    pub(crate) height: u32,
    /// Device pixels in a CSS pixel.
    pub(crate) scale: f32,
    /// Colours of the theme.
    pub(crate) dark: bool,
}

/// Hands a canvas over to the worker as soon as it is there; the worker draws on it from then on.
pub(crate) fn hand_to_worker(
    canvas: NodeRef<html::Canvas>,
    attach: fn(Handed) -> MapCommand,
    then: impl Fn(&HtmlCanvasElement) + 'static,
) {
    let (app, theme) = (app_state(), expect_context::<Theme>());
    Effect::new(move |handed: Option<bool>| {
        // A canvas is handed over once; it cannot be taken back.
        if handed == Some(true) {
            return true;
        }
        let Some(canvas) = canvas.get() else { return false };
        let (width, height, scale) = device_size(&canvas);
        let dark = untrack(|| theme.is_dark());
        match canvas.transfer_control_to_offscreen() {
            Ok(offscreen) => {
                let list = Array::of1(&JsValue::from(offscreen));
                let command = Command::Map(attach(Handed { width, height, scale, dark }));
                let id = app.client.send_with(command, &list, &list);
                app.remember(id, Asked::Attach);
            }
            Err(why) => {
                let text = format!("The map cannot be drawn: {}", in_words(&why));
                app.notices.show(NoticeKind::Problem, text);
            }
        }
        then(&canvas);
        true
    });
}

/// Width and height in device pixels, and device pixels in a CSS pixel.
pub(crate) fn device_size(canvas: &HtmlCanvasElement) -> (u32, u32, f32) {
    let scale = window().device_pixel_ratio().max(0.5);
    let frame = canvas.get_bounding_client_rect();
    let device = |css: f64| (css * scale).round().max(1.0) as u32;
    (device(frame.width()), device(frame.height()), scale as f32)
}
