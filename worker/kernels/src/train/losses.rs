use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu};

/// Losses in one buffer.
const SLOTS: usize = 1024;

/// The losses of the steps that nobody has read yet, one number each.
#[derive(Default)]
pub(super) struct Losses {
    buffers: Vec<Buffer<f32>>,
    n_steps: usize,
}

impl Losses {
    /// The place of the next step's loss.
    pub(super) fn slot(&mut self, gpu: &Gpu) -> Result<(&Buffer<f32>, usize), GpuError> {
        let (buffer, slot) = (self.n_steps / SLOTS, self.n_steps % SLOTS);
        if buffer == self.buffers.len() {
            self.buffers.push(gpu.alloc(SLOTS)?);
        }
        Ok((&self.buffers[buffer], slot))
    }

    /// Counts the step whose loss is on its way to the slot.
    pub(super) fn taken(&mut self) {
        self.n_steps += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.n_steps == 0
    }

    /// Waits for the losses, in the order of the steps, and forgets them.
    pub(super) async fn read(&mut self, gpu: &Gpu) -> Result<Vec<f32>, GpuError> {
        let mut left = std::mem::take(&mut self.n_steps);
        let mut reads = Vec::new();
        for buffer in &self.buffers {
            let n = left.min(SLOTS);
            reads.push(gpu.start_read(buffer, ..n)?);
            left -= n;
        }
        let mut losses = Vec::new();
        for read in reads {
            losses.extend(read.finish().await?);
        }
        self.buffers.truncate(1);
        Ok(losses)
    }
}
