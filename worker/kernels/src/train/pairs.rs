use super::losses::Losses;
use super::{Contrast, area};
use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu, Weights};
use crate::ops::{
    ColumnSums, ContrastiveGradient, ContrastiveRows, Epilogue, Matmul, MatmulBackward,
};

/// The losses over all pairs of a batch, and their gradient.
pub(super) struct Pairs {
    capacity: usize,
    groups: Vec<Buffer<u32>>,
    similarities: Buffer<f32>,
    gradient: Buffer<f32>,
    row_numbers: Buffer<[f32; 2]>,
    row_losses: Buffer<f32>,
}

impl Pairs {
    pub(super) fn new(gpu: &Gpu, capacity: usize) -> Result<Self, GpuError> {
        let pairs = area(gpu, capacity, capacity)?;
        Ok(Self {
            capacity,
            groups: Vec::new(),
            similarities: gpu.alloc(pairs)?,
            gradient: gpu.alloc(pairs)?,
            row_numbers: gpu.alloc(capacity)?,
            row_losses: gpu.alloc(capacity)?,
        })
    }

    /// Writes the terms' groups, before anything submitted later.
    pub(super) fn load(&mut self, gpu: &Gpu, contrasts: &[Contrast<'_>]) -> Result<(), GpuError> {
        while self.groups.len() < contrasts.len() {
            self.groups.push(gpu.alloc(self.capacity)?);
        }
        contrasts
            .iter()
            .zip(&self.groups)
            .try_for_each(|(contrast, groups)| gpu.write(groups, 0, contrast.groups))
    }

    /// Records the cosines of the unit rows `z`, `[n × dim]`, each term's mean loss and the sum of
    /// the terms' gradients with respect to `z`.
    pub(super) fn record(
        &self,
        batch: &mut Batch,
        (gpu, losses): (&Gpu, &mut Losses),
        contrasts: &[Contrast<'_>],
        (z, [n, dim]): (&Buffer<f32>, [usize; 2]),
        z_gradient: &Buffer<f32>,
    ) -> Result<(), GpuError> {
        batch.run(&Matmul {
            a: z,
            weights: &Weights::F32(z.clone()),
            bias: None,
            epilogue: Epilogue::None,
            out: &self.similarities,
            m: n,
            n,
            k: dim,
        })?;
        for (term, contrast) in contrasts.iter().enumerate() {
            self.term(batch, contrast, term, n)?;
            let (out, first) = losses.slot(gpu, term)?;
            batch.run(&ColumnSums {
                x: &self.row_losses,
                out,
                first,
                accumulate: false,
                n_rows: n,
                n_columns: 1,
            })?;
        }
        batch.run(&MatmulBackward {
            a: &self.gradient,
            transposed: false,
            b: z,
            mask: None,
            out: z_gradient,
            m: n,
            n: dim,
            k: n,
        })?;
        Ok(())
    }

    fn term(
        &self,
        batch: &mut Batch,
        contrast: &Contrast<'_>,
        term: usize,
        n: usize,
    ) -> Result<(), GpuError> {
        let (similarities, groups) = (&self.similarities, &self.groups[term]);
        let (rows, losses) = (&self.row_numbers, &self.row_losses);
        let (temperature, share) = (contrast.temperature, 1.0 / contrast.n_anchors().max(1) as f32);
        let scale = share;
        batch.run(&ContrastiveRows {
            similarities,
            groups,
            rows,
            losses,
            n,
            temperature,
            scale,
        })?;
        let (out, accumulate, scale) = (&self.gradient, term > 0, contrast.weight * share);
        batch.run(&ContrastiveGradient {
            similarities,
            groups,
            rows,
            out,
            accumulate,
            n,
            temperature,
            scale,
        })?;
        Ok(())
    }
}
