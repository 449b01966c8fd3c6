use super::TermLoss;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu};

/// Losses in one buffer.
const SLOTS: usize = 1024;

/// The losses of the steps that nobody has read yet, one number for each term.
#[derive(Default)]
pub(super) struct Losses {
    buffers: Vec<Buffer<f32>>,
    /// Rows with positives, for each term of each step.
    steps: Vec<Vec<usize>>,
    n_slots: usize,
}

impl Losses {
    /// The place of a term's loss of the next step.
    pub(super) fn slot(
        &mut self,
        gpu: &Gpu,
        term: usize,
    ) -> Result<(&Buffer<f32>, usize), GpuError> {
        let at = self.n_slots + term;
        while self.buffers.len() <= at / SLOTS {
            self.buffers.push(gpu.alloc(SLOTS)?);
        }
        Ok((&self.buffers[at / SLOTS], at % SLOTS))
    }

    /// Counts a step whose losses are on their way to the slots.
    pub(super) fn taken(&mut self, n_anchors: Vec<usize>) {
        self.n_slots += n_anchors.len();
        self.steps.push(n_anchors);
    }

    /// Waits for the losses, in the order of the steps, and forgets them.
    pub(super) async fn read(&mut self, gpu: &Gpu) -> Result<Vec<Vec<TermLoss>>, GpuError> {
        let (steps, mut left) =
            (std::mem::take(&mut self.steps), std::mem::take(&mut self.n_slots));
        let mut reads = Vec::new();
        for buffer in &self.buffers {
            let n = left.min(SLOTS);
            reads.push(gpu.start_read(buffer, ..n)?);
            left -= n;
        }
        self.buffers.truncate(1);
        let mut means = Vec::new();
        for read in reads {
            means.extend(read.finish().await?);
        }
        // Without a step there is still the verdict on what was done since.
        gpu.settle().await?;
        let mut means = means.into_iter();
        let terms = |n_anchors: Vec<usize>| {
            let terms = n_anchors.into_iter().zip(&mut means);
            terms.map(|(n_anchors, mean)| TermLoss { mean, n_anchors }).collect()
        };
        Ok(steps.into_iter().map(terms).collect())
    }
}
