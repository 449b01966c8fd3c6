//! Exact cosine nearest neighbours of many vectors, in steps: on the GPU or on the CPU.

mod on_cpu;
mod on_gpu;

pub use on_cpu::CpuKnn;
pub use on_gpu::GpuKnn;

/// Each row's nearest neighbours, nearest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbors {
    /// Neighbours of a row.
    pub k: usize,
    /// Indices of the neighbours, `[n × k]`.
    pub indices: Vec<u32>,
    /// Cosine similarities, `[n × k]`, descending; equal ones in ascending order of index.
    pub similarities: Vec<f32>,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pairs of vectors compared.
    pub done: u64,
    /// Pairs of vectors to compare.
    pub total: u64,
}

impl Progress {
    /// Whether nothing is left to do.
    pub fn is_done(self) -> bool {
        self.done == self.total
    }
}
