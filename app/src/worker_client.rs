//! The thread that computes, as the page sees it: requests go in, messages come out.
//!
//! The worker starts from a `blob:` URL, so that it inherits the page's Content-Security-Policy: a
//! worker that is loaded by its own URL from a host without headers would be bound by none.

use js_sys::{Array, ArrayBuffer, JSON, Object, Reflect};
use leptos::prelude::*;
use lexicell_protocol::{Command, Event, Request, RequestId};
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url, Worker, WorkerOptions, WorkerType,
};

/// What arrives from the worker.
pub(crate) enum Message {
    /// An event with the bytes beside it.
    Event(Event, Vec<ArrayBuffer>),
    /// The worker is gone, with the reason.
    Broken(String),
}

/// A handle to the worker; copies name the same worker.
#[derive(Clone, Copy)]
pub(crate) struct WorkerClient(StoredValue<Inner, LocalStorage>);

struct Inner {
    worker: Option<Worker>,
    last_id: u32,
    outbox: Outbox,
    listeners: Vec<Closure<dyn FnMut(JsValue)>>,
}

/// Messages that are posted before the worker's wasm has started are lost, so they wait.
enum Outbox {
    Waiting(Vec<(Object, Array)>),
    Open,
}

impl WorkerClient {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new_local(Inner {
            worker: None,
            last_id: 0,
            outbox: Outbox::Waiting(Vec::new()),
            listeners: Vec::new(),
        }))
    }

    /// Starts the worker, in place of an earlier one; `listen` hears all that it says.
    pub(crate) fn start(self, listen: impl Fn(Message) + Clone + 'static) {
        self.stop();
        let worker = match spawn() {
            Ok(worker) => worker,
            Err(error) => return listen(Message::Broken(in_words(&error))),
        };
        let hear = listen.clone();
        let on_message = Closure::new(move |event: JsValue| match read(event.unchecked_ref()) {
            Message::Event(event @ Event::Ready(_), attachments) => {
                self.flush();
                hear(Message::Event(event, attachments));
            }
            message => hear(message),
        });
        let on_error = Closure::new(move |event: JsValue| {
            let why = event.unchecked_ref::<ErrorEvent>().message();
            listen(Message::Broken(if why.is_empty() {
                "It gave no reason.".to_owned()
            } else {
                why
            }));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.0.update_value(|inner| {
            inner.worker = Some(worker);
            inner.listeners = vec![on_message, on_error];
        });
    }

    /// Asks the worker; the answer bears the name returned.
    pub(crate) fn send(self, command: Command) -> RequestId {
        self.send_with(command, &Array::new(), &Array::new())
    }

    /// Asks the worker, with `File`s or a canvas beside the request.
    pub(crate) fn send_with(
        self,
        command: Command,
        attachments: &Array,
        transfer: &Array,
    ) -> RequestId {
        let Some(id) = self.0.try_update_value(|inner| {
            inner.last_id += 1;
            RequestId(inner.last_id)
        }) else {
            return RequestId(0);
        };
        let message = Object::new();
        match serde_wasm_bindgen::to_value(&Request { id, command }) {
            Ok(control) => {
                set(&message, "control", &control);
                set(&message, "attachments", attachments);
                self.post(message, transfer.clone());
            }
            Err(error) => leptos::logging::error!("a request could not be written: {error}"),
        }
        id
    }

    fn post(self, message: Object, transfer: Array) {
        self.0.update_value(|inner| match (&mut inner.outbox, &inner.worker) {
            (Outbox::Waiting(messages), _) => messages.push((message, transfer)),
            (Outbox::Open, Some(worker)) => {
                if let Err(error) = worker.post_message_with_transfer(&message, &transfer) {
                    leptos::logging::error!("a message could not be posted: {}", in_words(&error));
                }
            }
            (Outbox::Open, None) => {}
        });
    }

    fn flush(self) {
        let waiting =
            self.0.try_update_value(|inner| std::mem::replace(&mut inner.outbox, Outbox::Open));
        if let Some(Outbox::Waiting(messages)) = waiting {
            for (message, transfer) in messages {
                self.post(message, transfer);
            }
        }
    }

    fn stop(self) {
        self.0.update_value(|inner| {
            if let Some(worker) = inner.worker.take() {
                worker.terminate();
                inner.outbox = Outbox::Waiting(Vec::new());
            }
        });
    }
}

fn read(event: &MessageEvent) -> Message {
    let data = event.data();
    let field = |name: &str| Reflect::get(&data, &name.into()).unwrap_or(JsValue::UNDEFINED);
    if let Some(why) = field("broken").as_string() {
        return Message::Broken(why);
    }
    match serde_wasm_bindgen::from_value(field("control")) {
        Ok(event) => {
            let attachments = field("attachments").dyn_into::<Array>().unwrap_or_default();
            Message::Event(
                event,
                attachments.iter().filter_map(|item| item.dyn_into().ok()).collect(),
            )
        }
        Err(error) => Message::Broken(format!(
            "The page and its worker are of different builds ({error}). Reload the page."
        )),
    }
}

/// Makes a worker that is bound by the page's policy and runs the module at `worker.js`.
fn spawn() -> Result<Worker, JsValue> {
    let document = document();
    let base = document.base_uri()?.unwrap_or_default();
    let build = document
        .query_selector("meta[name=lexicell-build]")?
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default();
    let at = |name: &str| -> Result<String, JsValue> {
        let url = Url::new_with_base(&format!("{name}?v={build}"), &base)?;
        literal(&url.href())
    };
    let source = format!(
        "try {{\n  self.LEXICELL_BASE = {};\n  const {{ default: init }} = await import({});\n  \
         await init({{ module_or_path: {} }});\n}} catch (error) {{\n  \
         self.postMessage({{ broken: String(error) }});\n}}\n",
        literal(&base)?,
        at("worker.js")?,
        at("worker_bg.wasm")?,
    );
    worker_from_source(&source)
}

/// Makes a module worker of this source, from a `blob:` URL.
pub(crate) fn worker_from_source(source: &str) -> Result<Worker, JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&source.into()), &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    // The URL stays: the browser may read it only after this call has returned.
    Worker::new_with_options(&url, &options)
}

fn literal(text: &str) -> Result<String, JsValue> {
    JSON::stringify(&text.into()).map(String::from)
}

fn set(object: &Object, name: &str, value: &JsValue) {
    if Reflect::set(object, &name.into(), value).is_err() {
        leptos::logging::error!("a message takes no field {name}");
    }
}

/// What a thrown JavaScript value says.
pub(crate) fn in_words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
