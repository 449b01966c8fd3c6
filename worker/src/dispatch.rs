//! Takes requests in, runs them one after another, and answers each exactly once.
//!
//! Steps wait in a queue; what concerns the map, a gene's record or a cancellation is done at once,
//! between two slices of the running step.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use lexicell_protocol::{Command, Event, Failure, FailureKind, Output, RequestId, Step};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use crate::session::Shared;
use crate::steps;
use crate::task::{Stop, Task};
use crate::transfer::{Incoming, now, receive, scope, send, send_with};

struct Queue {
    session: Shared,
    waiting: RefCell<VecDeque<Waiting>>,
    running: RefCell<Option<(RequestId, Rc<Cell<bool>>)>>,
}

struct Waiting {
    incoming: Incoming,
    cancelled: Rc<Cell<bool>>,
}

/// Sets the worker up and says that it listens.
pub(crate) async fn start() {
    let session = match steps::start::run().await {
        Ok(session) => session,
        Err(failure) => return send(&Event::Failed { id: RequestId(0), failure }),
    };
    let queue =
        Rc::new(Queue { session, waiting: RefCell::default(), running: RefCell::default() });
    let listener = Rc::clone(&queue);
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        listener.take(&message)
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // The worker listens for as long as it lives.
    listen.forget();
    let ready = steps::start::ready(&queue.session);
    send(&Event::Ready(Box::new(ready)));
}

impl Queue {
    fn take(self: &Rc<Self>, message: &MessageEvent) {
        let incoming = match receive(message) {
            Ok(incoming) => incoming,
            Err(reason) => return send(&Event::Failed { id: RequestId(0), failure: bug(reason) }),
        };
        let id = incoming.request.id;
        match incoming.request.command {
            Command::Cancel(target) => {
                self.cancel(target);
                answer(id, now(), Ok((Output::Done, Vec::new())));
            }
            Command::DescribeGene(_)
            | Command::DescribeCell(..)
            | Command::ListClasses(_)
            | Command::SearchGenes(_)
            | Command::OpenOntology
            | Command::SearchTypes(_)
            | Command::KindsBelow(_)
            | Command::Map(_)
            | Command::Sets(_) => {
                let session = Rc::clone(&self.session);
                let began = now();
                spawn_local(async move {
                    let result = steps::run_at_once(&session, incoming).await;
                    answer(id, began, result.map_err(Stop::Failed));
                });
            }
            _ => self.enqueue(incoming),
        }
    }

    fn enqueue(self: &Rc<Self>, incoming: Incoming) {
        self.waiting.borrow_mut().push_back(Waiting { incoming, cancelled: Rc::default() });
        if self.running.borrow().is_none() {
            self.run_next();
        }
    }

    fn run_next(self: &Rc<Self>) {
        let Some(Waiting { incoming, cancelled }) = self.waiting.borrow_mut().pop_front() else {
            return;
        };
        let id = incoming.request.id;
        *self.running.borrow_mut() = Some((id, Rc::clone(&cancelled)));
        let queue = Rc::clone(self);
        spawn_local(async move {
            let began = now();
            let task = Task::new(id, steps::step_of(&incoming.request.command), cancelled);
            let result = match task.check() {
                Ok(()) => steps::run(&task, &queue.session, incoming).await,
                Err(stop) => Err(stop),
            };
            *queue.running.borrow_mut() = None;
            answer(id, began, result);
            send(&Event::Memory(queue.session.borrow().memory()));
            queue.run_next();
        });
    }

    fn cancel(&self, target: RequestId) {
        if let Some((id, cancelled)) = &*self.running.borrow()
            && *id == target
        {
            cancelled.set(true);
        }
        for waiting in
            self.waiting.borrow().iter().filter(|waiting| waiting.incoming.request.id == target)
        {
            waiting.cancelled.set(true);
        }
    }
}

fn answer(id: RequestId, began: f64, result: Result<(Output, Vec<js_sys::Uint8Array>), Stop>) {
    match result {
        Ok((output, attachments)) => {
            send_with(
                &Event::Output { id, millis: now() - began, output: Box::new(output) },
                attachments,
            );
        }
        Err(Stop::Cancelled) => send(&Event::Cancelled { id }),
        Err(Stop::Failed(failure)) => send(&Event::Failed { id, failure }),
    }
}

fn bug(reason: String) -> Failure {
    Failure {
        step: Step::Start,
        kind: FailureKind::Bug,
        message: reason,
        remedy: Some("Reload the page: it may be of two versions at once.".into()),
        causes: Vec::new(),
    }
}
