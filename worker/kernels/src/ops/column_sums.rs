use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// The sum of each column: a bias's gradient, a batch's loss.
///
/// # Shapes
/// `x`: `[n_rows × n_columns]`; `out`: `[≥ first + n_columns]`.
pub struct ColumnSums<'a> {
    /// The rows.
    pub x: &'a Buffer<f32>,
    /// The sums.
    pub out: &'a Buffer<f32>,
    /// Where in `out` the first sum goes.
    pub first: usize,
    /// Adds to what is in `out`.
    pub accumulate: bool,
    /// Number of rows.
    pub n_rows: usize,
    /// Number of columns.
    pub n_columns: usize,
}

/// Parameters of `column_sums.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ColumnSumsParams {
    n_rows: u32,
    n_columns: u32,
    first: u32,
    accumulate: u32,
}

impl Op for ColumnSums<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let kernel = "column_sums";
        need(kernel, "x", self.x.len(), self.n_rows * self.n_columns)?;
        need(kernel, "out", self.out.len(), self.first + self.n_columns)?;
        let params = ColumnSumsParams {
            n_rows: self.n_rows as u32,
            n_columns: self.n_columns as u32,
            first: self.first as u32,
            accumulate: self.accumulate.into(),
        };
        let operands = [Some(&self.x.raw), Some(&self.out.raw)];
        let groups = spread(self.n_columns);
        recorder.dispatch(&registry::column_sums, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        10.0 * (self.n_rows * self.n_columns) as f64
    }
}
