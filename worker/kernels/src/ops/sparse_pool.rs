use super::{Op, need};
use crate::batch::Recorder;
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// The weighted mean of table rows for each row of a CSR chunk: `out_i = Σ w_ig e_g / Σ w_ig`.
///
/// Weighted pooling of P1 (SCIENCE.md): rows are cells, table rows gene vectors. A row whose
/// weights sum to zero gets zeros; the caller counts and reports it.
///
/// # Shapes
/// `indptr`: `[n_rows + 1]`, from 0 to the chunk's number of entries; `indices`, `weights`:
/// `[entries]`; `table`: `[n × d]`; `out`: `[n_rows × d]`.
pub struct SparsePool<'a> {
    /// Where each row starts, and the end of the last.
    pub indptr: &'a Buffer<u32>,
    /// Rows of the table.
    pub indices: &'a Buffer<u32>,
    /// Weights, not negative.
    pub weights: &'a Buffer<f32>,
    /// The vectors that are averaged.
    pub table: &'a Buffer<f32>,
    /// The means.
    pub out: &'a Buffer<f32>,
    /// Number of rows: at most 65,535 in one chunk.
    pub n_rows: usize,
    /// Length of a vector.
    pub d: usize,
}

/// Parameters of `sparse_pool.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct SparsePoolParams {
    n_rows: u32,
    d: u32,
    padding: [u32; 2],
}

impl Op for SparsePool<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n, d) = ("sparse_pool", self.n_rows, self.d);
        if n > 65_535 {
            return Err(GpuError::Unsupported {
                kernel,
                setting: "n_rows",
                found: n,
                supported: "up to 65,535 in one chunk",
            });
        }
        need(kernel, "indptr", self.indptr.len(), n + 1)?;
        need(kernel, "weights", self.weights.len(), self.indices.len())?;
        need(kernel, "out", self.out.len(), n * d)?;
        let params = SparsePoolParams { n_rows: n as u32, d: d as u32, padding: [0; 2] };
        let operands = [
            Some(&self.indptr.raw),
            Some(&self.indices.raw),
            Some(&self.weights.raw),
            Some(&self.table.raw),
            Some(&self.out.raw),
        ];
        // Rows vary fastest, so that neighbouring groups read the same 64 columns of the table.
        let groups = [n as u32, d.div_ceil(64) as u32];
        recorder.dispatch(&registry::sparse_pool, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        10.0 * self.indices.len() as f64 * self.d as f64
    }
}
