use lexicell_kernels::{Gpu, GpuError};

/// Runs a test on the machine's adapter. Only a missing adapter skips it, and visibly.
pub(crate) fn with_gpu(test: impl AsyncFnOnce(Gpu)) {
    let required = std::env::var("GPU_TESTS").is_ok_and(|value| value == "required");
    pollster::block_on(async {
        match Gpu::request().await {
            Ok(gpu) => {
                eprintln!("on {:?}", gpu.info());
                test(gpu).await;
            }
            Err(GpuError::NoAdapter { reason }) if !required => eprintln!("skipped: {reason}"),
            Err(error) => panic!("GPU_TESTS=required: {error}"),
        }
    });
}
