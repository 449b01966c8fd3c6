//! A running step: its progress, its turn to let others in, and its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use lexicell_protocol::{Event, Failure, FailureKind, Progress, RequestId, Step};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use crate::transfer::{now, send};

/// Longest stretch of work without letting messages in, in milliseconds.
const SLICE_MILLIS: f64 = 40.0;
/// Shortest time between two reports of progress, in milliseconds.
const REPORT_MILLIS: f64 = 100.0;

/// Why a step ended without a result.
pub(crate) enum Stop {
    Cancelled,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A running step.
pub(crate) struct Task {
    pub(crate) id: RequestId,
    pub(crate) step: Step,
    cancelled: Rc<Cell<bool>>,
    breather: Breather,
    stage: RefCell<Stage>,
}

struct Stage {
    unit: &'static str,
    began: f64,
    began_at: u64,
    reported: f64,
}

impl Task {
    pub(crate) fn new(id: RequestId, step: Step, cancelled: Rc<Cell<bool>>) -> Self {
        let stage = RefCell::new(Stage { unit: "", began: now(), began_at: 0, reported: f64::MIN });
        Self { id, step, cancelled, breather: Breather::default(), stage }
    }

    /// Says how far the step is, lets other messages in when it is time, and ends here if cancelled.
    pub(crate) async fn tick(&self, unit: &'static str, done: u64, total: u64) -> Result<(), Stop> {
        self.report(unit, done, total);
        self.breathe().await
    }

    /// Lets other messages in when it is time, and ends here if cancelled.
    pub(crate) async fn breathe(&self) -> Result<(), Stop> {
        if self.breather.is_due() {
            self.breather.breathe().await;
        }
        self.check()
    }

    /// Ends here if cancelled.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        if self.cancelled.get() { Err(Stop::Cancelled) } else { Ok(()) }
    }

    /// A failure of this step.
    pub(crate) fn failure(&self, kind: FailureKind, message: impl Into<String>) -> Failure {
        Failure { step: self.step, kind, message: message.into(), remedy: None, causes: Vec::new() }
    }

    fn report(&self, unit: &'static str, done: u64, total: u64) {
        let mut stage = self.stage.borrow_mut();
        let time = now();
        if stage.unit != unit {
            *stage = Stage { unit, began: time, began_at: done, reported: f64::MIN };
        }
        if time - stage.reported < REPORT_MILLIS && done < total {
            return;
        }
        stage.reported = time;
        let (elapsed, advanced) = (time - stage.began, done.saturating_sub(stage.began_at));
        let seconds_left = (elapsed > 500.0 && advanced > 0)
            .then(|| elapsed / 1000.0 * total.saturating_sub(done) as f64 / advanced as f64);
        send(&Event::Progress(Progress {
            id: self.id,
            step: self.step,
            unit: unit.to_owned(),
            done,
            total,
            seconds_left,
        }));
    }
}

/// Lets the worker's other messages in between two slices of work.
struct Breather {
    channel: Option<MessageChannel>,
    last: Cell<f64>,
}

impl Default for Breather {
    fn default() -> Self {
        Self { channel: MessageChannel::new().ok(), last: Cell::new(now()) }
    }
}

impl Breather {
    fn is_due(&self) -> bool {
        now() - self.last.get() >= SLICE_MILLIS
    }

    /// Waits for one turn of the event loop. A message channel has no minimum delay, unlike `setTimeout`.
    async fn breathe(&self) {
        if let Some(channel) = &self.channel {
            let turn = Promise::new(&mut |resolve: Function, _| {
                channel.port1().set_onmessage(Some(&resolve));
                let _ = channel.port2().post_message(&JsValue::NULL);
            });
            let _ = JsFuture::from(turn).await;
        }
        self.last.set(now());
    }
}

impl Drop for Breather {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.port1().close();
        }
    }
}
