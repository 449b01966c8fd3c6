use super::{Op, need};
use crate::batch::Recorder;
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// Inner products of a block of references with a block of queries; cosines for unit vectors.
///
/// # Shapes
/// `references`: `[… × d]`; `queries`: `[… × d]`; `out`: `[n_references × n_queries]`, so that
/// neighbouring threads of `topk_merge` read neighbouring numbers. `d` is a multiple of 4.
pub struct KnnTile<'a> {
    /// The references.
    pub references: &'a Buffer<f32>,
    /// The row of `references` that the block starts with.
    pub first_reference: usize,
    /// References in the block.
    pub n_references: usize,
    /// The queries; may be the same buffer.
    pub queries: &'a Buffer<f32>,
    /// The row of `queries` that the block starts with.
    pub first_query: usize,
    /// Queries in the block.
    pub n_queries: usize,
    /// Length of a vector.
    pub d: usize,
    /// The inner products.
    pub out: &'a Buffer<f32>,
}

/// Parameters of `knn_tile.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct KnnTileParams {
    first_reference: u32,
    n_references: u32,
    first_query: u32,
    n_queries: u32,
    d: u32,
    padding: [u32; 3],
}

impl Op for KnnTile<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, d) = ("knn_tile", self.d);
        if !d.is_multiple_of(4) {
            let supported = "a multiple of 4";
            return Err(GpuError::Unsupported { kernel, setting: "d", found: d, supported });
        }
        let last_reference = self.first_reference + self.n_references;
        let last_query = self.first_query + self.n_queries;
        need(kernel, "references", self.references.len(), last_reference * d)?;
        need(kernel, "queries", self.queries.len(), last_query * d)?;
        need(kernel, "out", self.out.len(), self.n_references * self.n_queries)?;
        let params = KnnTileParams {
            first_reference: self.first_reference as u32,
            n_references: self.n_references as u32,
            first_query: self.first_query as u32,
            n_queries: self.n_queries as u32,
            d: d as u32,
            padding: [0; 3],
        };
        let operands = [Some(&self.references.raw), Some(&self.queries.raw), Some(&self.out.raw)];
        let tile = recorder.tile();
        let groups = tile.groups(self.n_references, self.n_queries);
        recorder.dispatch(&registry::knn_tile, &tile.constants(), &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        2.0 * self.n_references as f64 * self.n_queries as f64 * self.d as f64
    }
}
