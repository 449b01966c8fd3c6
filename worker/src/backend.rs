//! What computes: the GPU once it has proved itself, the CPU always.

use std::cell::RefCell;
use std::rc::Rc;

use crate::pending::GpuEncoder;
use lexicell_encoder::{CpuEncoder, Model};
use lexicell_kernels::Gpu;
use lexicell_protocol::{Backend, BackendReport, KernelCheck};

/// The GPU, if it may be used, and the encoders that are set up.
pub(crate) struct Compute {
    pub(crate) gpu: Option<Gpu>,
    pub(crate) report: BackendReport,
    loaded: Option<Loaded>,
}

struct Loaded {
    model: Rc<Model>,
    cpu: Option<Rc<RefCell<CpuEncoder>>>,
    gpu: Option<Rc<RefCell<GpuEncoder>>>,
}

impl Compute {
    /// Asks for a GPU and tests it.
    pub(crate) async fn start() -> Self {
        match tested_gpu().await {
            Ok((gpu, self_test)) => {
                let info = gpu.info();
                let reason = if info.is_software {
                    "WebGPU answered and its self-test passed; the adapter is a software one, slower than a real GPU."
                } else {
                    "WebGPU answered and its self-test passed."
                };
                let backend = Backend::WebGpu { adapter: info.name.clone(), f16: info.has_f16 };
                let report = BackendReport { backend, reason: reason.into(), self_test };
                Self { gpu: Some(gpu), report, loaded: None }
            }
            Err((reason, self_test)) => Self::on_cpu(reason, self_test),
        }
    }

    fn on_cpu(reason: String, self_test: Vec<KernelCheck>) -> Self {
        Self {
            gpu: None,
            report: BackendReport { backend: Backend::Cpu, reason, self_test },
            loaded: None,
        }
    }

    /// Leaves the GPU for good (until asked again), and says why.
    pub(crate) fn leave_gpu(&mut self, reason: String) {
        self.gpu = None;
        self.report = BackendReport {
            backend: Backend::Cpu,
            reason,
            self_test: std::mem::take(&mut self.report.self_test),
        };
        if let Some(loaded) = &mut self.loaded {
            loaded.gpu = None;
        }
    }

    /// The GPU unless it was lost.
    pub(crate) fn gpu(&self) -> Option<Gpu> {
        self.gpu.clone().filter(|gpu| gpu.lost().is_none())
    }

    /// The model in memory, if it is the one of that hash.
    pub(crate) fn model(&self, hash: &str) -> Option<Rc<Model>> {
        self.loaded
            .as_ref()
            .map(|loaded| &loaded.model)
            .filter(|model| model.hash.to_string() == hash)
            .cloned()
    }

    /// The model in memory.
    pub(crate) fn loaded_model(&self) -> Option<Rc<Model>> {
        self.loaded.as_ref().map(|loaded| Rc::clone(&loaded.model))
    }

    /// Keeps a model, in place of the one before.
    pub(crate) fn keep_model(&mut self, model: Rc<Model>) {
        if self.model(&model.hash.to_string()).is_none() {
            self.loaded = Some(Loaded { model, cpu: None, gpu: None });
        }
    }

    pub(crate) fn cpu_encoder(&mut self) -> Option<Rc<RefCell<CpuEncoder>>> {
        let loaded = self.loaded.as_mut()?;
        if loaded.cpu.is_none() {
            loaded.cpu =
                CpuEncoder::new(&loaded.model).ok().map(|encoder| Rc::new(RefCell::new(encoder)));
        }
        loaded.cpu.clone()
    }

    pub(crate) fn gpu_encoder(&self) -> Option<Rc<RefCell<GpuEncoder>>> {
        self.loaded.as_ref()?.gpu.clone()
    }

    pub(crate) fn keep_gpu_encoder(&mut self, encoder: GpuEncoder) {
        if let Some(loaded) = &mut self.loaded {
            loaded.gpu = Some(Rc::new(RefCell::new(encoder)));
        }
    }

    /// Bytes of the model in memory, with the packed copy that the CPU reads.
    pub(crate) fn model_bytes(&self) -> u64 {
        self.loaded.as_ref().map_or(0, |loaded| {
            let packed = loaded.cpu.as_ref().map_or(0, |encoder| encoder.borrow().packed_bytes());
            (loaded.model.weights.file_bytes().len() + packed) as u64
        })
    }
}

type Refusal = (String, Vec<KernelCheck>);

async fn tested_gpu() -> Result<(Gpu, Vec<KernelCheck>), Refusal> {
    let gpu = Gpu::request().await.map_err(|error| (error.to_string(), Vec::new()))?;
    let test = gpu
        .self_test()
        .await
        .map_err(|error| (format!("The GPU failed while it was tested: {error}"), Vec::new()))?;
    let checks: Vec<KernelCheck> = test
        .kernels
        .iter()
        .map(|check| KernelCheck {
            kernel: check.name.to_owned(),
            max_error: f64::from(check.max_error),
            tolerance: tolerance(check),
        })
        .collect();
    if test.passed() {
        return Ok((gpu, checks));
    }
    Err((
        format!(
            "The GPU ({}) gives wrong numbers in {}: it is not used.",
            gpu.info().name,
            test.failures().join(", ")
        ),
        checks,
    ))
}

/// The largest difference that would pass.
fn tolerance(check: &lexicell_kernels::self_test::KernelCheck) -> f64 {
    if check.share_of_tolerance > 0.0 {
        f64::from(check.max_error / check.share_of_tolerance)
    } else {
        0.0
    }
}
