use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// Copies rows of a table, in any order.
///
/// # Shapes
/// `table`: `[n_table × d]`; `rows`: `[n_rows]`; `out`: `[n_rows × d]`.
pub struct GatherRows<'a> {
    /// The table, or a block of it.
    pub table: &'a Buffer<f32>,
    /// The row of the whole table that the block starts with.
    pub first: usize,
    /// Rows of the block; rows outside it are not touched in `out`.
    pub n_table: usize,
    /// Which rows of the whole table; without them 0, 1, 2, ….
    pub rows: Option<&'a Buffer<u32>>,
    /// The rows.
    pub out: &'a Buffer<f32>,
    /// Number of rows.
    pub n_rows: usize,
    /// Length of a row.
    pub d: usize,
}

/// Parameters of `gather_rows.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct GatherRowsParams {
    n_rows: u32,
    d: u32,
    first: u32,
    n_table: u32,
    has_rows: u32,
    padding: [u32; 3],
}

impl Op for GatherRows<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n, d) = ("gather_rows", self.n_rows, self.d);
        need(kernel, "table", self.table.len(), self.n_table * d)?;
        need(kernel, "rows", self.rows.map_or(n, Buffer::len), n)?;
        need(kernel, "out", self.out.len(), n * d)?;
        let params = GatherRowsParams {
            n_rows: n as u32,
            d: d as u32,
            first: self.first as u32,
            n_table: self.n_table as u32,
            has_rows: self.rows.is_some().into(),
            padding: [0; 3],
        };
        let operands =
            [Some(&self.table.raw), self.rows.map(|rows| &rows.raw), Some(&self.out.raw)];
        let groups = spread((n * d).div_ceil(64));
        recorder.dispatch(&registry::gather_rows, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        10.0 * (self.n_rows * self.d) as f64
    }
}
