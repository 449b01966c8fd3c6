//! Messages in and out: a control value beside its attachments.

use js_sys::{Array, Object, Reflect, Uint8Array};
use lexicell_protocol::{Event, Request};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent, OffscreenCanvas};

/// A request with what came beside it.
pub(crate) struct Incoming {
    pub(crate) request: Request,
    pub(crate) files: Vec<File>,
    pub(crate) canvas: Option<OffscreenCanvas>,
}

/// The worker's own global scope.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Reads a message of the page.
pub(crate) fn receive(message: &MessageEvent) -> Result<Incoming, String> {
    let data = message.data();
    let field = |name: &str| Reflect::get(&data, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let request = serde_wasm_bindgen::from_value(field("control"))
        .map_err(|error| format!("a message that this worker does not know: {error}"))?;
    let mut incoming = Incoming { request, files: Vec::new(), canvas: None };
    for attachment in field("attachments").dyn_into::<Array>().unwrap_or_default().iter() {
        match attachment.dyn_into::<File>() {
            Ok(file) => incoming.files.push(file),
            Err(other) => {
                incoming.canvas = other.dyn_into::<OffscreenCanvas>().ok().or(incoming.canvas)
            }
        }
    }
    Ok(incoming)
}

/// Sends an event.
pub(crate) fn send(event: &Event) {
    send_with(event, Vec::new());
}

/// Sends an event with byte arrays beside it: transferred, never cloned.
pub(crate) fn send_with(event: &Event, attachments: Vec<Uint8Array>) {
    let (buffers, message) = (Array::new(), Object::new());
    for bytes in attachments {
        buffers.push(&bytes.buffer());
    }
    let control = serde_wasm_bindgen::to_value(event)
        .unwrap_or_else(|error| JsValue::from_str(&error.to_string()));
    let set = |name: &str, value: &JsValue| Reflect::set(&message, &name.into(), value).is_ok();
    if set("control", &control) && set("attachments", &buffers) {
        // A message that cannot be posted has nobody to read it: the page is gone.
        let _ = scope().post_message_with_transfer(&message, &buffers);
    }
}

/// Milliseconds since the worker began.
pub(crate) fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}
