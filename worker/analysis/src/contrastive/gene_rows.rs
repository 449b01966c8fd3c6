use lexicell_kernels::train::SparseRows;

use crate::pool::PoolChunk;

/// Cells as weights of gene vectors, CSR; their weighted means are the pooled cells.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneRows {
    indptr: Vec<u32>,
    /// Rows of the gene table.
    indices: Vec<u32>,
    weights: Vec<f32>,
}

impl Default for GeneRows {
    fn default() -> Self {
        Self { indptr: vec![0], indices: Vec::new(), weights: Vec::new() }
    }
}

impl From<PoolChunk> for GeneRows {
    fn from(chunk: PoolChunk) -> Self {
        Self { indptr: chunk.indptr, indices: chunk.indices, weights: chunk.weights }
    }
}

impl GeneRows {
    /// All rows, as kernels take them.
    #[must_use]
    pub fn rows(&self) -> SparseRows<'_> {
        SparseRows { indptr: &self.indptr, indices: &self.indices, weights: &self.weights }
    }

    /// Whether anything is left of a cell.
    pub(super) fn has(&self, row: usize) -> bool {
        self.row(row).1.iter().any(|&weight| weight > 0.0)
    }

    /// The gene vectors of a cell and their weights.
    pub(super) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let entries = self.indptr[row] as usize..self.indptr[row + 1] as usize;
        (&self.indices[entries.clone()], &self.weights[entries])
    }

    pub(super) fn push(&mut self, (indices, weights): (&[u32], &[f32])) {
        self.indices.extend_from_slice(indices);
        self.weights.extend_from_slice(weights);
        self.indptr.push(self.indices.len() as u32);
    }
}
