//! The service worker that keeps what the page fetched, so that it works without a network later.

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use lexicell_protocol::AssetIndex;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageChannel, MessageEvent, ServiceWorker, Url};

/// Whether the page works without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offline {
    /// Not known yet.
    Preparing,
    /// What was fetched is kept.
    Kept,
    /// Everything that the page may ever fetch is kept.
    Complete,
    /// Something that was fetched could not be kept: there is no room for it.
    Incomplete,
    /// The browser allows no service worker here.
    Unavailable,
}

/// So long the computing thread waits, on a first visit, for the service worker to watch its fetches.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Registers the service worker, then calls `ready` once.
pub(crate) fn start(ready: impl Fn() + Copy + 'static) -> RwSignal<Offline> {
    let offline = RwSignal::new(Offline::Preparing);
    let has_begun = StoredValue::new(false);
    let begin = move || {
        if !has_begun.get_value() {
            has_begun.set_value(true);
            ready();
        }
    };
    set_timeout(begin, PATIENCE);
    spawn_local(async move {
        match register().await {
            Some(worker) => {
                watch_what_is_not_kept(offline);
                begin();
                let is_kept = keep(&worker, &fetched_so_far()).await;
                offline.update(|state| match (*state, is_kept) {
                    (Offline::Preparing, true) => *state = Offline::Kept,
                    _ => *state = Offline::Incomplete,
                });
            }
            None => {
                begin();
                offline.set(Offline::Unavailable);
            }
        }
    });
    offline
}

/// Fetches and keeps every asset of the page.
pub(crate) fn keep_everything(offline: RwSignal<Offline>, assets: &AssetIndex) {
    let urls: Vec<String> =
        asset_files(assets).filter_map(|file| address(&format!("assets/{file}"))).collect();
    offline.set(Offline::Preparing);
    spawn_local(async move {
        let is_complete = match register().await {
            Some(worker) => keep(&worker, &urls).await,
            None => false,
        };
        offline.set(if is_complete { Offline::Complete } else { Offline::Incomplete });
    });
}

/// The service worker says when it could not keep a file that it fetched.
fn watch_what_is_not_kept(offline: RwSignal<Offline>) {
    let told = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if Reflect::has(&event.data(), &"notKept".into()).unwrap_or(false) {
            offline.set(Offline::Incomplete);
        }
    });
    let container = window().navigator().service_worker();
    container.set_onmessage(Some(told.as_ref().unchecked_ref()));
    told.forget();
}

fn asset_files(assets: &AssetIndex) -> impl Iterator<Item = &str> {
    let bundles = assets.bundles.iter().flat_map(|bundle| &bundle.shards);
    let models = assets.models.iter().flat_map(|model| &model.files);
    let tables = assets.vector_tables.iter().map(|table| &table.file);
    let demos = assets.demos.iter().map(|demo| &demo.file);
    let ontologies = assets.ontologies.iter().map(|ontology| &ontology.file);
    let all = bundles.chain(models).chain(tables).chain(demos).chain(ontologies);
    all.map(|file| file.file.as_str())
}

/// How many bytes the page may fetch in all.
pub(crate) fn asset_bytes(assets: &AssetIndex) -> u64 {
    let bundles = assets.bundles.iter().flat_map(|bundle| &bundle.shards);
    let models = assets.models.iter().flat_map(|model| &model.files);
    let tables = assets.vector_tables.iter().map(|table| &table.file);
    let demos = assets.demos.iter().map(|demo| &demo.file);
    let ontologies = assets.ontologies.iter().map(|ontology| &ontology.file);
    let all = bundles.chain(models).chain(tables).chain(demos).chain(ontologies);
    all.map(|file| file.bytes).sum()
}

fn address(relative: &str) -> Option<String> {
    let base = document().base_uri().ok().flatten()?;
    Url::new_with_base(relative, &base).ok().map(|url| url.href())
}

/// The service worker that controls the page, once it does.
async fn register() -> Option<ServiceWorker> {
    let navigator = window().navigator();
    // Absent in insecure contexts and in some private windows.
    if !Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false) {
        return None;
    }
    let container = navigator.service_worker();
    JsFuture::from(container.register(&address("sw.js")?)).await.ok()?;
    JsFuture::from(container.ready().ok()?).await.ok()?;
    if let Some(worker) = container.controller() {
        return Some(worker);
    }
    let controlled =
        js_sys::Promise::new(&mut |resolve, _| container.set_oncontrollerchange(Some(&resolve)));
    // It may have taken control between the look and the listening.
    if container.controller().is_none() {
        JsFuture::from(controlled).await.ok()?;
    }
    container.controller()
}

/// What the page fetched before the service worker watched.
fn fetched_so_far() -> Vec<String> {
    let entries = window()
        .performance()
        .map(|clock| clock.get_entries_by_type("resource"))
        .unwrap_or_default();
    let names =
        entries.iter().filter_map(|entry| Reflect::get(&entry, &"name".into()).ok()?.as_string());
    names
        .chain(document().base_uri().ok().flatten())
        .filter(|url| url.starts_with("http"))
        .collect()
}

/// Has these addresses kept; true once all are.
async fn keep(worker: &ServiceWorker, urls: &[String]) -> bool {
    let Ok(channel) = MessageChannel::new() else { return false };
    let message = Object::new();
    let list: Array = urls.iter().map(|url| JsValue::from_str(url)).collect();
    if Reflect::set(&message, &"keep".into(), &list).is_err() {
        return false;
    }
    let port = channel.port1();
    let answered = js_sys::Promise::new(&mut |resolve, _| port.set_onmessage(Some(&resolve)));
    if worker.post_message_with_transferable(&message, &Array::of1(&channel.port2())).is_err() {
        return false;
    }
    let Ok(answer) = JsFuture::from(answered).await else { return false };
    let data = answer.dyn_into::<MessageEvent>().map(|event| event.data()).unwrap_or_default();
    Reflect::get(&data, &"kept".into()).ok().and_then(|kept| kept.as_bool()).unwrap_or(false)
}
