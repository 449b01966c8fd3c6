//! The kernels as operations: each checks its operands' lengths and records one dispatch.
//!
//! Matrices are row-major. An output must be another buffer than the inputs, except where the
//! operation says that it works in place.

mod adamw;
mod attention;
mod column_sums;
mod contrastive_gradient;
mod contrastive_rows;
mod embed_tokens;
mod gather_rows;
mod knn_tile;
mod l2_normalize;
mod l2_normalize_backward;
mod layer_norm;
mod matmul;
mod matmul_backward;
mod segment_mean;
mod sparse_pool;
mod topk_merge;

pub use adamw::{AdamW, AdamWParams, AdamWStep};
pub use attention::{Attention, AttentionParams};
pub use column_sums::{ColumnSums, ColumnSumsParams};
pub use contrastive_gradient::{ContrastiveGradient, ContrastiveGradientParams};
pub use contrastive_rows::{ContrastiveRows, ContrastiveRowsParams, NO_GROUP};
pub use embed_tokens::{EmbedTokens, EmbedTokensParams};
pub use gather_rows::{GatherRows, GatherRowsParams};
pub use knn_tile::{KnnTile, KnnTileParams};
pub use l2_normalize::{L2Normalize, L2NormalizeParams};
pub use l2_normalize_backward::{L2NormalizeBackward, L2NormalizeBackwardParams};
pub use layer_norm::{LayerNorm, LayerNormParams};
pub use matmul::{Epilogue, Matmul, MatmulParams, Tile};
pub use matmul_backward::{MatmulBackward, MatmulBackwardParams};
pub use segment_mean::{SegmentMean, SegmentMeanParams, TextPooling};
pub use sparse_pool::{SparsePool, SparsePoolParams};
pub use topk_merge::{MAX_K, TopkMerge, TopkMergeParams};

use crate::batch::Recorder;
use crate::error::GpuError;

/// An operation that a [`crate::Batch`] can run.
pub trait Op: sealed::Sealed {
    /// Checks the operands and records the dispatch.
    ///
    /// # Errors
    /// Operands that contradict each other, or a kernel that the device refuses.
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError>;

    /// The estimated work in floating-point operations, memory traffic counted as such.
    fn cost(&self) -> f64;
}

mod sealed {
    pub trait Sealed {}
    macro_rules! seal {
        ($($op:ident)+) => { $(impl Sealed for super::$op<'_> {})+ };
    }
    seal! {
        AdamW Attention ColumnSums ContrastiveGradient ContrastiveRows EmbedTokens GatherRows
        KnnTile L2Normalize L2NormalizeBackward LayerNorm Matmul MatmulBackward SegmentMean SparsePool TopkMerge
    }
}

/// Fails unless an operand has as many elements as the sizes beside it say.
fn need(
    kernel: &'static str,
    operand: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), GpuError> {
    if found < expected {
        return Err(GpuError::Shape { kernel, operand, expected, found });
    }
    Ok(())
}
