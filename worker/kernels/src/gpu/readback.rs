use std::cell::RefCell;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytemuck::Pod;

use super::{Buffer, Gpu};
use crate::error::GpuError;

/// A copy under way from the device to the CPU; later batches may be submitted meanwhile.
#[must_use = "the data arrives in `finish`"]
pub struct Readback<T> {
    gpu: Gpu,
    staging: wgpu::Buffer,
    /// Bytes before the first element.
    lead: usize,
    bytes: u64,
    len: usize,
    mapped: Arc<Mutex<Mapped>>,
    element: PhantomData<T>,
}

#[derive(Default)]
struct Mapped {
    result: Option<Result<(), wgpu::BufferAsyncError>>,
    waker: Option<Waker>,
}

/// Staging buffers that wait to be used again.
#[derive(Default)]
pub(super) struct Staging {
    free: RefCell<Vec<wgpu::Buffer>>,
}

const KEPT_STAGING: usize = 3;

impl Gpu {
    /// Reads elements back, after everything submitted before.
    ///
    /// # Errors
    /// The range lies outside the buffer, the device is lost, or an earlier command failed.
    pub async fn read<T: Pod>(
        &self,
        buffer: &Buffer<T>,
        range: impl RangeBounds<usize>,
    ) -> Result<Vec<T>, GpuError> {
        self.start_read(buffer, range)?.finish().await
    }

    /// Starts to read elements back, without waiting for them.
    ///
    /// # Errors
    /// The range lies outside the buffer, or the device is lost.
    pub fn start_read<T: Pod>(
        &self,
        buffer: &Buffer<T>,
        range: impl RangeBounds<usize>,
    ) -> Result<Readback<T>, GpuError> {
        let (offset, len) = buffer.span(range)?;
        // Copies start and end at multiples of four bytes: read a little more where T is smaller.
        let lead = offset % 4;
        let bytes = (lead + (len * size_of::<T>()) as u64).next_multiple_of(4);
        let staging = self.staging().take(self, bytes)?;
        let mapped = Arc::new(Mutex::new(Mapped::default()));
        let record = mapped.clone();
        self.watch().guard(self.device(), "a read", || {
            if len == 0 {
                return;
            }
            let mut encoder = self.device().create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(&buffer.raw, offset - lead, &staging, 0, bytes);
            self.queue().submit([encoder.finish()]);
            staging
                .map_async(wgpu::MapMode::Read, ..bytes, move |result| record_map(&record, result));
        })?;
        Ok(Readback {
            gpu: self.clone(),
            staging,
            lead: lead as usize,
            bytes,
            len,
            mapped,
            element: PhantomData,
        })
    }
}

impl<T: Pod> Readback<T> {
    /// Waits for the elements.
    ///
    /// # Errors
    /// The device is lost, or a command before the read failed.
    pub async fn finish(self) -> Result<Vec<T>, GpuError> {
        if self.len == 0 {
            self.gpu.settle().await?;
            return Ok(Vec::new());
        }
        // On the web this does nothing and the event loop delivers the mapping.
        let polled = self.gpu.device().poll(wgpu::PollType::wait_indefinitely());
        let outcome = Arrival { mapped: &self.mapped, polled: polled.err() }.await;
        // A refused command explains itself here; a mapping that fails without one has lost its device.
        self.gpu.settle().await?;
        outcome?;
        let view =
            self.staging.get_mapped_range(..self.bytes).map_err(|error| failed_read(&error))?;
        let mut elements = vec![T::zeroed(); self.len];
        let target: &mut [u8] = bytemuck::cast_slice_mut(&mut elements);
        target.copy_from_slice(&view[self.lead..self.lead + target.len()]);
        drop(view);
        self.staging.unmap();
        self.gpu.staging().give(self.staging.clone());
        Ok(elements)
    }
}

struct Arrival<'a> {
    mapped: &'a Mutex<Mapped>,
    polled: Option<wgpu::PollError>,
}

impl Future for Arrival<'_> {
    type Output = Result<(), GpuError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut mapped = self.mapped.lock().unwrap_or_else(PoisonError::into_inner);
        match (mapped.result.take(), &self.polled) {
            (Some(result), _) => Poll::Ready(result.map_err(|error| failed_read(&error))),
            (None, Some(error)) => Poll::Ready(Err(failed_read(error))),
            (None, None) => {
                mapped.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Staging {
    fn take(&self, gpu: &Gpu, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        let size = bytes.next_power_of_two().max(256);
        let mut free = self.free.borrow_mut();
        if let Some(i) = free.iter().position(|buffer| buffer.size() == size) {
            return Ok(free.swap_remove(i));
        }
        gpu.watch().guard(gpu.device(), "a staging buffer", || {
            gpu.device().create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
    }

    fn give(&self, buffer: wgpu::Buffer) {
        let mut free = self.free.borrow_mut();
        if free.len() == KEPT_STAGING {
            free.remove(0);
        }
        free.push(buffer);
    }
}

fn record_map(mapped: &Mutex<Mapped>, result: Result<(), wgpu::BufferAsyncError>) {
    let mut mapped = mapped.lock().unwrap_or_else(PoisonError::into_inner);
    mapped.result = Some(result);
    if let Some(waker) = mapped.waker.take() {
        waker.wake();
    }
}

fn failed_read(error: &dyn std::error::Error) -> GpuError {
    GpuError::Lost { reason: format!("a read was given up: {error}") }
}
