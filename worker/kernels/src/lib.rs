//! WGSL kernels, each with its CPU twin; device, buffers, readback.
//!
//! A kernel is three things of one name: `src/shaders/NAME.wgsl`, `src/cpu/NAME.rs` and a line in
//! [`registry`], which fails to compile when one of them is missing. The structs in [`ops`] check
//! shapes and record a kernel into a [`Batch`]; [`Gpu::self_test`] compares every kernel with its
//! twin before the device is trusted.
//!
//! ```no_run
//! # async fn example() -> Result<(), lexicell_kernels::GpuError> {
//! use lexicell_kernels::{Gpu, ops::L2Normalize};
//! let gpu = Gpu::request().await?;
//! let rows = gpu.upload(&[3.0f32, 4.0])?;
//! let mut batch = gpu.batch();
//! batch.run(&L2Normalize { rows: &rows, n_rows: 1, d: 2 })?;
//! batch.submit()?;
//! assert_eq!(gpu.read(&rows, ..).await?, [0.6, 0.8]);
//! # Ok(()) }
//! ```

mod batch;
pub mod cpu;
mod error;
mod gpu;
pub mod knn;
pub mod ops;
mod pace;
pub mod registry;
pub mod self_test;
pub mod train;

pub use batch::{Batch, Recorder};
pub use error::GpuError;
pub use gpu::{Buffer, Gpu, GpuInfo, Readback, Tuning, Weights};
pub use pace::Pace;
