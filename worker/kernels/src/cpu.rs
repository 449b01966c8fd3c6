//! The CPU twins: the reference of every kernel, and the way of pooling and neighbours without GPU.
//!
//! Matrices are row-major slices. A twin panics when a slice is shorter than the sizes beside it
//! say: that is a mistake in the calling code, never in a user's data.

mod attention;
mod embed_tokens;
mod erf;
mod exp_row;
pub mod gemm;
mod knn_tile;
mod l2_normalize;
mod layer_norm;
mod matmul;
mod segment_mean;
mod sparse_pool;
mod topk_merge;

pub use attention::attention;
pub use embed_tokens::embed_tokens;
pub use erf::{erf, gelu};
pub use exp_row::{exp_row, max_of, sum_of};
pub use knn_tile::knn_tile;
pub use l2_normalize::l2_normalize;
pub use layer_norm::layer_norm;
pub use matmul::{
    Epilogue, matmul, matmul as matmul_any, matmul_f16, matmul_f16 as matmul_shader_f16,
};
pub use segment_mean::segment_mean;
pub use sparse_pool::sparse_pool;
pub(crate) use topk_merge::offer;
pub use topk_merge::{EMPTY_INDEX, EMPTY_SIMILARITY, topk_merge};
