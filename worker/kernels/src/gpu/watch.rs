use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::error::GpuError;

type Verdict = Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>;

/// Collects what the device says about itself: loss, errors in scopes, errors outside them.
pub(crate) struct Watch {
    lost: Arc<Mutex<Option<String>>>,
    /// Errors outside every scope; wgpu would panic on them.
    stray: Arc<Mutex<Vec<GpuError>>>,
    /// Scopes that are closed and, on the web, not yet judged.
    pending: RefCell<Vec<(String, Verdict)>>,
}

impl Watch {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let lost = Arc::new(Mutex::new(None));
        let record = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            let mut lost = record.lock().unwrap_or_else(PoisonError::into_inner);
            lost.get_or_insert_with(|| format!("{reason:?}: {message}"));
        });
        let stray = Arc::new(Mutex::new(Vec::new()));
        let record = stray.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            push_stray(&record, GpuError::from_wgpu(error, "an earlier command"))
        }));
        Self { lost, stray, pending: RefCell::default() }
    }

    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn ensure_alive(&self) -> Result<(), GpuError> {
        self.lost().map_or(Ok(()), |reason| Err(GpuError::Lost { reason }))
    }

    /// Runs `work` in error scopes: natively its error is returned, on the web it waits for
    /// [`Watch::settle`].
    pub(crate) fn guard<T>(
        &self,
        device: &wgpu::Device,
        what: &str,
        work: impl FnOnce() -> T,
    ) -> Result<T, GpuError> {
        use wgpu::ErrorFilter::{Internal, OutOfMemory, Validation};
        self.ensure_alive()?;
        let scopes = [Internal, OutOfMemory, Validation].map(|f| device.push_error_scope(f));
        let result = work();
        let mut first = None;
        for scope in scopes.into_iter().rev() {
            let mut verdict: Verdict = Box::pin(scope.pop());
            match verdict.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(error) => first = first.or(error),
                Poll::Pending => self.pending.borrow_mut().push((what.to_owned(), verdict)),
            }
        }
        match first {
            Some(error) => {
                // Natively the loss is told while polling, on the web by itself.
                let _ = device.poll(wgpu::PollType::Poll);
                self.ensure_alive()?;
                Err(GpuError::from_wgpu(error, what))
            }
            None => Ok(result),
        }
    }

    pub(crate) async fn settle(&self) -> Result<(), GpuError> {
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        let mut first = None;
        for (what, verdict) in pending {
            if let Some(error) = verdict.await {
                first.get_or_insert_with(|| GpuError::from_wgpu(error, &what));
            }
        }
        let stray = std::mem::take(&mut *self.stray.lock().unwrap_or_else(PoisonError::into_inner));
        for error in stray {
            first.get_or_insert(error);
        }
        // A lost device makes every later call fail: the loss is the cause to report.
        self.ensure_alive()?;
        first.map_or(Ok(()), Err)
    }
}

fn push_stray(stray: &Mutex<Vec<GpuError>>, error: GpuError) {
    let mut stray = stray.lock().unwrap_or_else(PoisonError::into_inner);
    // A failing device can repeat itself for ever; the first few tell everything.
    if stray.len() < 8 {
        stray.push(error);
    }
}
