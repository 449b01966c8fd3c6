use super::{Op, need};
use crate::batch::Recorder;
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// The most neighbours that are kept.
pub const MAX_K: usize = 64;

/// Merges a tile of similarities into each query's running list of its `k` nearest references.
///
/// Exact: the list holds the greatest similarities, equal ones in ascending order of index,
/// whatever the order of the tiles. An empty place has the index `u32::MAX` and the similarity
/// [`TopkMerge::EMPTY`].
///
/// # Shapes
/// `similarities`: `[n_references × n_queries]`; `best_similarity`, `best_index`:
/// `[n_queries × k]`, descending.
pub struct TopkMerge<'a> {
    /// The tile, as [`super::KnnTile`] leaves it.
    pub similarities: &'a Buffer<f32>,
    /// Queries in the tile.
    pub n_queries: usize,
    /// References in the tile.
    pub n_references: usize,
    /// The index of the tile's first reference.
    pub first_reference: u32,
    /// The index of the tile's first query among the references, where a query is not to be its
    /// own neighbour.
    pub first_query: Option<u32>,
    /// Neighbours kept, 1 to [`MAX_K`].
    pub k: usize,
    /// The lists' similarities.
    pub best_similarity: &'a Buffer<f32>,
    /// The lists' indices.
    pub best_index: &'a Buffer<u32>,
}

/// Parameters of `topk_merge.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct TopkMergeParams {
    n_queries: u32,
    n_references: u32,
    first_reference: u32,
    first_query: u32,
    k: u32,
    padding: [u32; 3],
}

impl TopkMerge<'_> {
    /// The similarity of an empty place: below that of any pair of unit vectors.
    pub const EMPTY: f32 = -3.0e38;
    /// Stands for "no query is among the references".
    const NO_SELF: u32 = u32::MAX;
}

impl Op for TopkMerge<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let kernel = "topk_merge";
        if self.k == 0 || self.k > MAX_K {
            let supported = "1 to 64";
            return Err(GpuError::Unsupported { kernel, setting: "k", found: self.k, supported });
        }
        let places = self.n_queries * self.k;
        need(kernel, "similarities", self.similarities.len(), self.n_references * self.n_queries)?;
        need(kernel, "best_similarity", self.best_similarity.len(), places)?;
        need(kernel, "best_index", self.best_index.len(), places)?;
        let params = TopkMergeParams {
            n_queries: self.n_queries as u32,
            n_references: self.n_references as u32,
            first_reference: self.first_reference,
            first_query: self.first_query.unwrap_or(Self::NO_SELF),
            k: self.k as u32,
            padding: [0; 3],
        };
        let operands = [
            Some(&self.similarities.raw),
            Some(&self.best_similarity.raw),
            Some(&self.best_index.raw),
        ];
        let groups = [self.n_queries.div_ceil(64) as u32, 1];
        recorder.dispatch(&registry::topk_merge, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        20.0 * self.n_references as f64 * self.n_queries as f64
    }
}
