//! Every kernel against its CPU twin on known input: a device that differs is not used.
//!
//! Adapters that look healthy and compute wrong numbers exist; drivers miscompile single kernels.

mod cases;
mod inputs;

use crate::error::GpuError;
use crate::gpu::Gpu;
use crate::registry::Kernel;

/// What a device computed, beside what it should have.
#[derive(Clone, Debug)]
pub struct SelfTest {
    /// One entry per kernel and size.
    pub kernels: Vec<KernelCheck>,
}

/// The comparison of one kernel with its twin.
#[derive(Clone, Debug)]
pub struct KernelCheck {
    /// The kernel's name.
    pub name: &'static str,
    /// The size that the input was made from.
    pub size: usize,
    /// The largest difference, absolute.
    pub max_error: f32,
    /// The largest difference as a share of what is tolerated: 1 at the limit.
    pub share_of_tolerance: f32,
    /// Whether every number is finite and within the tolerance.
    pub ok: bool,
}

impl SelfTest {
    /// Whether the device can be trusted.
    pub fn passed(&self) -> bool {
        self.kernels.iter().all(|check| check.ok)
    }

    /// The names of the kernels that differ.
    pub fn failures(&self) -> Vec<&'static str> {
        self.kernels.iter().filter(|check| !check.ok).map(|check| check.name).collect()
    }
}

impl Gpu {
    /// Runs every kernel on two small inputs of odd sizes and compares it with its twin.
    ///
    /// It also compiles every pipeline, so that later work starts at once.
    ///
    /// # Errors
    /// The device failed or was lost; differences are no error but in the result.
    pub async fn self_test(&self) -> Result<SelfTest, GpuError> {
        let mut kernels = Vec::new();
        for size in [5, 67] {
            kernels.extend(check_all(self, size).await?);
        }
        Ok(SelfTest { kernels })
    }
}

/// Checks every kernel on inputs whose main dimensions are `size`.
///
/// # Errors
/// As [`Gpu::self_test`].
pub async fn check_all(gpu: &Gpu, size: usize) -> Result<Vec<KernelCheck>, GpuError> {
    let mut checks = cases::matmul(gpu, size).await?;
    checks.extend(cases::attention(gpu, size).await?);
    checks.push(cases::embed_tokens(gpu, size).await?);
    checks.push(cases::layer_norm(gpu, size).await?);
    checks.push(cases::segment_mean(gpu, size).await?);
    checks.push(cases::l2_normalize(gpu, size).await?);
    checks.push(cases::sparse_pool(gpu, size).await?);
    checks.push(cases::knn_tile(gpu, size).await?);
    checks.push(cases::topk_merge(gpu, size).await?);
    Ok(checks)
}

/// Compares what the device computed with the twin's numbers.
fn compare(kernel: &Kernel, size: usize, device: &[f32], twin: &[f32]) -> KernelCheck {
    let mut max_error = 0.0f32;
    let mut share_of_tolerance = 0.0f32;
    let mut ok = device.len() == twin.len();
    for (&x, &y) in device.iter().zip(twin) {
        let error = (x - y).abs();
        let tolerated = kernel.atol + kernel.rtol * y.abs();
        // Written so that a NaN fails.
        ok &= error <= tolerated;
        max_error = max_error.max(error);
        share_of_tolerance = share_of_tolerance.max(error / tolerated.max(f32::MIN_POSITIVE));
    }
    KernelCheck { name: kernel.name, size, max_error, share_of_tolerance, ok }
}
