//! Proves that nothing leaves the machine: tries to reach another origin, and sees it blocked.

use js_sys::{Function, Promise};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, SecurityPolicyViolationEvent};

use crate::worker_client::worker_from_source;

/// A name that no server can ever bear (RFC 2606): were the policy gone, still nothing would be sent.
const ELSEWHERE: &str = "https://example.invalid/lexicell-leak-test";

/// What came of trying to reach another origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The browser refused it by the page's policy, before the network.
    Blocked,
    /// It was not refused by the policy.
    NotBlocked,
}

/// Tries from the page itself.
pub(crate) async fn try_from_page() -> Attempt {
    let refused = Promise::new(&mut |resolve: Function, _| {
        let listen = Closure::once_into_js(move |event: SecurityPolicyViolationEvent| {
            let verdict = event.blocked_uri().starts_with("https://example.invalid");
            // The promise's own function cannot fail.
            let _ = resolve.call1(&JsValue::NULL, &verdict.into());
        });
        let options = web_sys::AddEventListenerOptions::new();
        options.set_once(true);
        // Without the listener the race below ends at its time limit, as not blocked.
        let _ = document().add_event_listener_with_callback_and_add_event_listener_options(
            "securitypolicyviolation",
            listen.unchecked_ref(),
            &options,
        );
    });
    // Its failure is the aim; the violation event tells whether the policy was the reason.
    let attempt = window().fetch_with_str(ELSEWHERE);
    let verdict = within(refused).await;
    let _ = JsFuture::from(attempt).await;
    verdict
}

/// Tries from a worker that is started as the computing one is.
pub(crate) async fn try_from_worker() -> Attempt {
    let source = format!(
        "self.addEventListener('securitypolicyviolation', () => self.postMessage(true));\n\
         fetch('{ELSEWHERE}').catch(() => {{}});\n"
    );
    let Ok(worker) = worker_from_source(&source) else { return Attempt::NotBlocked };
    let refused = Promise::new(&mut |resolve: Function, _| {
        let listen = Closure::once_into_js(move |event: MessageEvent| {
            let _ = resolve.call1(&JsValue::NULL, &event.data());
        });
        worker.set_onmessage(Some(listen.unchecked_ref()));
    });
    let verdict = within(refused).await;
    worker.terminate();
    verdict
}

async fn within(refused: Promise) -> Attempt {
    let limit = Promise::new(&mut |resolve: Function, _| {
        set_timeout(
            move || {
                let _ = resolve.call1(&JsValue::NULL, &JsValue::FALSE);
            },
            Duration::from_secs(3),
        );
    });
    match JsFuture::from(Promise::race(&js_sys::Array::of2(&refused, &limit))).await {
        Ok(verdict) if verdict.is_truthy() => Attempt::Blocked,
        _ => Attempt::NotBlocked,
    }
}
