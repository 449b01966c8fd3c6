use super::layer::Layer;
use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::ops::{GatherRows, L2Normalize};

/// From `x` to each layer's output and the unit rows `z`.
pub(super) fn forward(
    layers: &[Layer],
    x: &Buffer<f32>,
    z: &Buffer<f32>,
    batch: &mut Batch,
    n: usize,
) -> Result<(), GpuError> {
    let (mut input, mut d) = (x, 0);
    for (i, layer) in layers.iter().enumerate() {
        layer.forward(batch, input, n, i + 1 == layers.len())?;
        (input, d) = (&layer.output, layer.n_out);
    }
    // The way back needs the rows as they were before they are scaled in place.
    let (first, rows) = (0, None);
    batch.run(&GatherRows { table: input, first, n_table: n, rows, out: z, n_rows: n, d })?;
    batch.run(&L2Normalize { rows: z, n_rows: n, d })?;
    Ok(())
}

/// From the gradient of the last layer's output to those of all weights.
pub(super) fn backward(
    layers: &[Layer],
    x: &Buffer<f32>,
    batch: &mut Batch,
    n: usize,
) -> Result<(), GpuError> {
    for (i, layer) in layers.iter().enumerate().rev() {
        match i.checked_sub(1).map(|below| &layers[below]) {
            Some(below) => {
                layer.backward(batch, &below.output, n)?;
                layer.backward_to(batch, below, n)?;
            }
            None => layer.backward(batch, x, n)?,
        }
    }
    Ok(())
}
