use js_sys::Array;
use leptos::prelude::window;
use lexicell_protocol::{Command, MapCommand};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use crate::state::{AppState, Asked, NoticeKind};
use crate::worker_client::in_words;

/// Hands a canvas over to the worker, which draws on it from then on; it cannot be taken back.
pub(crate) fn hand_to_worker(
    app: AppState,
    canvas: &HtmlCanvasElement,
    attach: impl FnOnce(u32, u32, f32) -> MapCommand,
) {
    let (width, height, scale) = device_size(canvas);
    match canvas.transfer_control_to_offscreen() {
        Ok(offscreen) => {
            let list = Array::of1(&JsValue::from(offscreen));
            let command = Command::Map(attach(width, height, scale));
            let id = app.client.send_with(command, &list, &list);
            app.remember(id, Asked::Attach);
        }
        Err(why) => {
            let text = format!("The map cannot be drawn: {}", in_words(&why));
            app.notices.show(NoticeKind::Problem, text);
        }
    }
}

/// Width and height in device pixels, and device pixels in a CSS pixel.
pub(crate) fn device_size(canvas: &HtmlCanvasElement) -> (u32, u32, f32) {
    let scale = window().device_pixel_ratio().max(0.5);
    let frame = canvas.get_bounding_client_rect();
    let device = |css: f64| (css * scale).round().max(1.0) as u32;
    (device(frame.width()), device(frame.height()), scale as f32)
}
