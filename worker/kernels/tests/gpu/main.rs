//! On a real adapter: kernels against their CPU twins, buffers, neighbours,
//! training.
//!
//! Without an adapter the tests say that they are skipped; with GPU_TESTS=required they fail.

mod adapter;
mod buffers;
mod kernels;
mod neighbors;
mod training;
mod twin_head;
