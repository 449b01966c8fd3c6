//! What computes: the GPU once it has proved itself, the CPU always.

use std::cell::RefCell;
use std::rc::Rc;

use lexicell_encoder::{CpuEncoder, GpuEncoder, Model};
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
    /// Asks for a GPU and tests it. A software adapter is correct but slower than the CPU path of our
    /// own: it is used only where the user insists.
    pub(crate) async fn start(insist: bool) -> Self {
        let gpu = match Gpu::request().await {
            Ok(gpu) => gpu,
            Err(error) => return Self::on_cpu(error.to_string(), Vec::new()),
        };
        if gpu.info().is_software && !insist {
            let reason = format!(
                "The only WebGPU adapter here ({}) is a software one, slower than computing on the CPU directly.",
                gpu.info().name
            );
            return Self::on_cpu(reason, Vec::new());
        }
        match test(&gpu).await {
            Ok(self_test) => {
                let info = gpu.info();
                let backend = Backend::WebGpu { adapter: info.name.clone(), f16: info.has_f16 };
                let reason = "WebGPU answered and its self-test passed.".to_owned();
                let report = BackendReport { backend, reason, self_test };
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
            let packed = loaded.cpu.as_ref().map_or(0, |encoder| {
                encoder.try_borrow().map_or(0, |encoder| encoder.packed_bytes())
            });
            (loaded.model.weights.file_bytes().len() + packed) as u64
        })
    }
}

/// Why a GPU is not used, and what its test found.
type Refusal = (String, Vec<KernelCheck>);

async fn test(gpu: &Gpu) -> Result<Vec<KernelCheck>, Refusal> {
    let failed = |error| (format!("The GPU failed while it was tested: {error}"), Vec::new());
    let test = gpu.self_test().await.map_err(failed)?;
    let in_words = |check: &lexicell_kernels::self_test::KernelCheck| KernelCheck {
        kernel: check.name.to_owned(),
        max_error: f64::from(check.max_error),
        tolerance: tolerance(check),
    };
    let checks: Vec<KernelCheck> = test.kernels.iter().map(in_words).collect();
    if test.passed() {
        return Ok(checks);
    }
    let (name, wrong) = (&gpu.info().name, test.failures().join(", "));
    Err((format!("The GPU ({name}) gives wrong numbers in {wrong}: it is not used."), checks))
}

/// The largest difference that would pass.
fn tolerance(check: &lexicell_kernels::self_test::KernelCheck) -> f64 {
    if check.share_of_tolerance > 0.0 {
        f64::from(check.max_error / check.share_of_tolerance)
    } else {
        0.0
    }
}
