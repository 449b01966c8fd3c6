/// What can go wrong between asking for an adapter and reading a result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// There is no WebGPU, no adapter, or no device: the CPU does the work.
    #[error("no usable GPU adapter: {reason}")]
    NoAdapter {
        /// The platform's own words.
        reason: String,
    },
    /// The device is gone (driver reset, watchdog, sleep); every buffer on it is gone too.
    #[error("the GPU device was lost: {reason}")]
    Lost {
        /// The platform's own words.
        reason: String,
    },
    /// An allocation failed on the device.
    #[error("the GPU has no memory left for {what}")]
    OutOfMemory {
        /// The operation that asked for memory.
        what: String,
    },
    /// A buffer is larger than the device binds.
    #[error("a buffer of {bytes} bytes exceeds this GPU's limit of {limit} bytes")]
    TooLarge {
        /// The size asked for.
        bytes: u64,
        /// The most that the device binds.
        limit: u64,
    },
    /// A kernel was given a buffer whose length contradicts the sizes beside it.
    #[error("{kernel}: `{operand}` has {found} elements, {expected} are needed")]
    Shape {
        /// The kernel's name.
        kernel: &'static str,
        /// The operand's name.
        operand: &'static str,
        /// The least number of elements.
        expected: usize,
        /// The number of elements found.
        found: usize,
    },
    /// A size that the kernel was not written for.
    #[error("{kernel}: {setting} = {found} is not supported, {supported} is")]
    Unsupported {
        /// The kernel's name.
        kernel: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// The value found.
        found: usize,
        /// The values supported, in words.
        supported: &'static str,
    },
    /// A range outside the buffer.
    #[error("elements {start}..{end} lie outside a buffer of {len}")]
    Range {
        /// First element.
        start: usize,
        /// One past the last element.
        end: usize,
        /// The buffer's length.
        len: usize,
    },
    /// The driver refused a shader, a pipeline or a command: a bug here or there.
    #[error("the GPU refused {what}: {description}")]
    Validation {
        /// The operation that was refused.
        what: String,
        /// The driver's own words.
        description: String,
    },
    /// The device failed a self-test.
    #[error("the GPU gives wrong numbers in {kernels}")]
    WrongNumbers {
        /// The kernels that differ from their twins.
        kernels: String,
    },
    /// An internal failure of the driver.
    #[error("the GPU driver failed in {what}: {description}")]
    Internal {
        /// The operation that failed.
        what: String,
        /// The driver's own words.
        description: String,
    },
}

impl GpuError {
    pub(crate) fn from_wgpu(error: wgpu::Error, what: &str) -> Self {
        let what = what.to_owned();
        match error {
            wgpu::Error::OutOfMemory { .. } => Self::OutOfMemory { what },
            wgpu::Error::Validation { description, .. } => Self::Validation { what, description },
            wgpu::Error::Internal { description, .. } => Self::Internal { what, description },
        }
    }
}
