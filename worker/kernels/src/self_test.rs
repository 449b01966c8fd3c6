//! Every kernel against its CPU twin on known input: a device that differs is not used.
//!
//! Adapters that look healthy and compute wrong numbers exist; drivers miscompile single kernels.

mod cases;
mod inputs;
mod training;

use crate::error::GpuError;
use crate::gpu::Gpu;
use crate::registry::{self, INFERENCE, Kernel, TRAINING};

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
    /// Runs every kernel in use, but for those of training, on two small inputs of odd sizes and compares it with its twin.
    ///
    /// It also compiles the pipelines: milliseconds each on a GPU, about a second each on
    /// Chromium's software adapter, where [`Gpu::self_test_of`] the kernels in use is quicker.
    ///
    /// # Errors
    /// The device failed or was lost; differences are no error but in the result.
    pub async fn self_test(&self) -> Result<SelfTest, GpuError> {
        // The optional kernel must not cost a sound device its trust: `Gpu::tune` checks it.
        let in_use = |kernel: &&&Kernel| {
            kernel.name != registry::matmul_shader_f16.name || self.tuning().shader_f16
        };
        self.self_test_of(&INFERENCE.iter().filter(in_use).copied().collect::<Vec<_>>()).await
    }

    /// As [`Gpu::self_test`], for the kernels that only training needs: run by the first training
    /// on a device, known to the later ones.
    ///
    /// # Errors
    /// As [`Gpu::self_test`].
    pub async fn self_test_training(&self) -> Result<SelfTest, GpuError> {
        let known = self.training_test().borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.self_test_of(TRAINING).await?;
        self.training_test().replace(Some(found.clone()));
        Ok(found)
    }

    /// Fails where training cannot be trusted to this device.
    pub(crate) async fn ensure_trains(&self) -> Result<(), GpuError> {
        let test = self.self_test_training().await?;
        if test.passed() {
            return Ok(());
        }
        let mut kernels = test.failures();
        kernels.dedup();
        Err(GpuError::WrongNumbers { kernels: kernels.join(", ") })
    }

    /// As [`Gpu::self_test`], for some of the kernels.
    ///
    /// # Errors
    /// As [`Gpu::self_test`].
    pub async fn self_test_of(&self, kernels: &[&Kernel]) -> Result<SelfTest, GpuError> {
        let mut checks = Vec::new();
        for kernel in kernels {
            for size in [5, 67] {
                checks.extend(check(self, kernel, size).await?);
            }
        }
        Ok(SelfTest { kernels: checks })
    }
}

/// Checks a kernel in all its variants on inputs whose main dimensions are `size`.
///
/// Nothing is checked where the device lacks what the kernel needs.
///
/// # Errors
/// As [`Gpu::self_test`].
pub async fn check(gpu: &Gpu, kernel: &Kernel, size: usize) -> Result<Vec<KernelCheck>, GpuError> {
    let one = match kernel.name {
        "attention" => return cases::attention(gpu, size).await,
        "matmul" | "matmul_f16" | "matmul_any" | "matmul_shader_f16" => {
            return cases::matmul(gpu, kernel, size).await;
        }
        "embed_tokens" => cases::embed_tokens(gpu, size).await?,
        "layer_norm" => cases::layer_norm(gpu, size).await?,
        "segment_mean" => cases::segment_mean(gpu, size).await?,
        "l2_normalize" => cases::l2_normalize(gpu, size).await?,
        "sparse_pool" => cases::sparse_pool(gpu, size).await?,
        "knn_tile" => cases::knn_tile(gpu, size).await?,
        "topk_merge" => cases::topk_merge(gpu, size).await?,
        "gather_rows" => training::gather_rows(gpu, size).await?,
        "matmul_backward" => return training::matmul_backward(gpu, size).await,
        "column_sums" => training::column_sums(gpu, size).await?,
        "l2_normalize_backward" => training::l2_normalize_backward(gpu, size).await?,
        "contrastive_rows" => training::contrastive_rows(gpu, size).await?,
        "contrastive_gradient" => training::contrastive_gradient(gpu, size).await?,
        "adamw" => training::adamw(gpu, size).await?,
        _ => return Ok(Vec::new()),
    };
    Ok(vec![one])
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
