//! The CPU twins: the reference of every kernel, and the way of pooling and neighbours without GPU.
//!
//! Matrices are row-major slices. A twin panics when a slice is shorter than the sizes beside it
//! say: that is a mistake in the calling code, never in a user's data.

mod adamw;
mod attention;
mod column_sums;
mod contrastive_gradient;
mod contrastive_rows;
mod embed_tokens;
mod erf;
mod exp_row;
mod gather_rows;
pub mod gemm;
mod knn_tile;
mod l2_normalize;
mod l2_normalize_backward;
mod layer_norm;
mod matmul;
mod matmul_backward;
mod segment_mean;
mod sparse_pool;
mod topk_merge;

pub use adamw::adamw;
pub use attention::attention;
pub use column_sums::column_sums;
pub use contrastive_gradient::contrastive_gradient;
pub use contrastive_rows::contrastive_rows;
pub use embed_tokens::embed_tokens;
pub use erf::{erf, gelu};
pub use exp_row::{exp_row, max_of, sum_of};
pub use gather_rows::gather_rows;
pub use knn_tile::knn_tile;
pub use l2_normalize::l2_normalize;
pub use l2_normalize_backward::l2_normalize_backward;
pub use layer_norm::layer_norm;
pub use matmul::{
    Epilogue, matmul, matmul as matmul_any, matmul_f16, matmul_f16 as matmul_shader_f16,
};
pub use matmul_backward::matmul_backward;
pub use segment_mean::segment_mean;
pub use sparse_pool::sparse_pool;
pub(crate) use topk_merge::offer;
pub use topk_merge::{EMPTY_INDEX, EMPTY_SIMILARITY, topk_merge};
