//! The device: asked for once, owned by one worker, watched for loss.

mod buffer;
mod pipeline;
mod readback;
mod tune;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::batch::Batch;
use crate::error::GpuError;
use crate::ops::Tile;
use crate::self_test::SelfTest;
pub use buffer::{Buffer, Weights};
pub(crate) use pipeline::{Constants, Pipeline, SLOT};
pub use readback::Readback;
pub use tune::Tuning;
use watch::Watch;

/// A WebGPU device with its queue, pipelines and errors; a clone is the same device.
#[derive(Clone)]
pub struct Gpu {
    inner: Rc<Inner>,
}

struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: GpuInfo,
    watch: Watch,
    pipelines: pipeline::Cache,
    uniforms: pipeline::Uniforms,
    staging: readback::Staging,
    nothing: wgpu::Buffer,
    tile: Cell<Tile>,
    shader_f16: Cell<bool>,
    training_test: RefCell<Option<SelfTest>>,
}

/// What the page tells about the adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpuInfo {
    /// The adapter's name, as far as the browser tells it.
    pub name: String,
    /// `BrowserWebGpu`, `Vulkan`, ….
    pub backend: String,
    /// The driver's name and version, where known.
    pub driver: String,
    /// The adapter computes on the CPU (SwiftShader, lavapipe, WARP): correct and slow.
    pub is_software: bool,
    /// 16-bit arithmetic is on offer (`shader-f16`).
    pub has_f16: bool,
    /// The most bytes that one kernel operand may have.
    pub max_binding: u64,
}

impl Gpu {
    /// Asks for an adapter and a device with the largest buffers on offer.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`] where there is no WebGPU or no device.
    pub async fn request() -> Result<Self, GpuError> {
        let adapter = request_adapter().await?;
        let adapter_info = adapter.get_info();
        let offered = adapter.limits();
        let limits = wgpu::Limits {
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            max_buffer_size: offered.max_buffer_size,
            ..wgpu::Limits::default()
        };
        let features = adapter.features() & wgpu::Features::SHADER_F16;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("lexicell"),
            required_features: features,
            required_limits: limits.clone(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| GpuError::NoAdapter { reason: error.to_string() })?;
        // A multiple of 16 bytes, so that a buffer of exactly this size can be read as vec4.
        let max_binding =
            limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / 16 * 16;
        let has_f16 = features.contains(wgpu::Features::SHADER_F16);
        let info = GpuInfo::new(adapter_info, has_f16, max_binding);
        Self::with_device(device, queue, info).await
    }

    async fn with_device(
        device: wgpu::Device,
        queue: wgpu::Queue,
        info: GpuInfo,
    ) -> Result<Self, GpuError> {
        let watch = Watch::new(&device);
        let nothing = watch.guard(&device, "an empty operand", || buffer::create(&device, 16))?;
        let inner = Inner {
            pipelines: pipeline::Cache::default(),
            uniforms: pipeline::Uniforms::default(),
            staging: readback::Staging::default(),
            device,
            queue,
            info,
            watch,
            nothing,
            tile: Cell::new(Tile::DEFAULT),
            shader_f16: Cell::new(false),
            training_test: RefCell::default(),
        };
        Ok(Self { inner: Rc::new(inner) })
    }

    /// What the page tells about the adapter.
    pub fn info(&self) -> &GpuInfo {
        &self.inner.info
    }

    /// Whether 16-bit arithmetic is on offer.
    pub fn has_f16(&self) -> bool {
        self.inner.info.has_f16
    }

    /// Why the device was lost, if it was.
    pub fn lost(&self) -> Option<String> {
        self.inner.watch.lost()
    }

    /// Gives the device and its memory back at once; whatever is asked of it later fails with
    /// [`GpuError::Lost`].
    pub fn destroy(&self) {
        self.inner.device.destroy();
    }

    /// Begins a batch: kernels recorded into one compute pass and submitted together.
    pub fn batch(&self) -> Batch {
        Batch::new(self.clone())
    }

    /// Waits for the verdict on everything submitted so far: on the web, errors come late.
    ///
    /// # Errors
    /// The first error since the last call.
    pub async fn settle(&self) -> Result<(), GpuError> {
        self.inner.watch.settle().await
    }

    pub(crate) fn device(&self) -> &wgpu::Device {
        &self.inner.device
    }

    pub(crate) fn queue(&self) -> &wgpu::Queue {
        &self.inner.queue
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.inner.watch
    }

    pub(crate) fn nothing(&self) -> &wgpu::Buffer {
        &self.inner.nothing
    }

    pub(crate) fn uniforms(&self) -> &pipeline::Uniforms {
        &self.inner.uniforms
    }

    pub(crate) fn training_test(&self) -> &RefCell<Option<SelfTest>> {
        &self.inner.training_test
    }

    fn staging(&self) -> &readback::Staging {
        &self.inner.staging
    }

    pub(crate) fn pipelines(&self) -> &pipeline::Cache {
        &self.inner.pipelines
    }
}

async fn request_adapter() -> Result<wgpu::Adapter, GpuError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::BROWSER_WEBGPU | wgpu::Backends::VULKAN;
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    };
    wgpu::Instance::new(descriptor)
        .request_adapter(&options)
        .await
        .map_err(|error| GpuError::NoAdapter { reason: error.to_string() })
}

impl GpuInfo {
    fn new(info: wgpu::AdapterInfo, has_f16: bool, max_binding: u64) -> Self {
        let told = format!("{} {} {}", info.name, info.driver, info.driver_info).to_lowercase();
        let software = ["swiftshader", "llvmpipe", "lavapipe", "basic render"];
        let is_software = info.device_type == wgpu::DeviceType::Cpu
            || software.iter().any(|name| told.contains(name));
        Self {
            name: info.name,
            backend: format!("{:?}", info.backend),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            is_software,
            has_f16,
            max_binding,
        }
    }
}
