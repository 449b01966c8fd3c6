//! A batch: kernels recorded one after the other, submitted as one compute pass.

use bytemuck::Pod;

use crate::error::GpuError;
use crate::gpu::{Constants, Gpu, Pipeline, SLOT};
use crate::ops::{Op, Tile};
use crate::registry::Kernel;

/// WebGPU's limit of workgroups along one dimension.
const MAX_GROUPS: u32 = 65_535;

/// Kernels that run in the order in which they were recorded, each seeing what those before wrote.
#[must_use = "nothing runs before `submit`"]
pub struct Batch {
    recorder: Recorder,
    cost: f64,
}

/// Where an operation records its dispatches.
pub struct Recorder {
    gpu: Gpu,
    dispatches: Vec<Dispatch>,
    slots: Vec<u8>,
}

struct Dispatch {
    pipeline: Pipeline,
    operands: wgpu::BindGroup,
    groups: [u32; 2],
}

impl Batch {
    pub(crate) fn new(gpu: Gpu) -> Self {
        let recorder = Recorder { gpu, dispatches: Vec::new(), slots: Vec::new() };
        Self { recorder, cost: 0.0 }
    }

    /// Records an operation.
    ///
    /// # Errors
    /// Operands that contradict each other, or a kernel that the device refuses; nothing of the
    /// operation is recorded then.
    pub fn run(&mut self, op: &impl Op) -> Result<&mut Self, GpuError> {
        op.record(&mut self.recorder)?;
        self.cost += op.cost();
        Ok(self)
    }

    /// The estimated work so far, in floating-point operations; [`crate::Pace`] turns it into time.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The number of dispatches so far.
    pub fn len(&self) -> usize {
        self.recorder.dispatches.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.recorder.dispatches.is_empty()
    }

    /// Hands the batch to the device, which runs it in the background.
    ///
    /// # Errors
    /// The device is lost or refuses a command (on the web reported by the next read).
    pub fn submit(self) -> Result<(), GpuError> {
        let Recorder { gpu, dispatches, slots } = self.recorder;
        if dispatches.is_empty() {
            return gpu.watch().ensure_alive();
        }
        gpu.watch().guard(gpu.device(), "a batch", || {
            let parameters = gpu.uniforms().write(&gpu, &slots);
            let mut encoder = gpu.device().create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for (i, dispatch) in dispatches.iter().enumerate() {
                let [x, y] = dispatch.groups;
                pass.set_pipeline(&dispatch.pipeline.compute);
                pass.set_bind_group(0, &dispatch.operands, &[]);
                pass.set_bind_group(1, &parameters, &[(i * SLOT) as u32]);
                pass.dispatch_workgroups(x, y, 1);
            }
            drop(pass);
            gpu.queue().submit([encoder.finish()]);
        })
    }
}

impl Recorder {
    /// The tile of the matrix products on this device.
    pub(crate) fn tile(&self) -> Tile {
        self.gpu.tile()
    }

    /// Whether weights in half precision stay so in workgroup memory.
    pub(crate) fn uses_shader_f16(&self) -> bool {
        self.gpu.uses_shader_f16()
    }

    /// Records one dispatch; an absent operand is bound to an empty buffer.
    pub(crate) fn dispatch<P: Pod>(
        &mut self,
        kernel: &'static Kernel,
        constants: Constants<'_>,
        operands: &[Option<&wgpu::Buffer>],
        params: &P,
        groups: [u32; 2],
    ) -> Result<(), GpuError> {
        if groups.contains(&0) {
            return Ok(());
        }
        let pipeline = self.gpu.pipelines().get(&self.gpu, kernel, constants)?;
        let operands = self.bind(kernel, &pipeline, operands)?;
        self.slots.extend_from_slice(bytemuck::bytes_of(params));
        self.slots.resize(self.slots.len().next_multiple_of(SLOT), 0);
        self.dispatches.push(Dispatch { pipeline, operands, groups });
        Ok(())
    }

    fn bind(
        &self,
        kernel: &Kernel,
        pipeline: &Pipeline,
        operands: &[Option<&wgpu::Buffer>],
    ) -> Result<wgpu::BindGroup, GpuError> {
        let entries: Vec<_> = operands
            .iter()
            .enumerate()
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: buffer.unwrap_or(self.gpu.nothing()).as_entire_binding(),
            })
            .collect();
        self.gpu.watch().guard(self.gpu.device(), kernel.name, || {
            self.gpu.device().create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(kernel.name),
                layout: &pipeline.operands,
                entries: &entries,
            })
        })
    }
}

/// Spreads `n` workgroups over two dimensions; the shader takes `x + y * num_workgroups.x` and
/// ignores what is too much.
pub(crate) fn spread(n: usize) -> [u32; 2] {
    let n = n as u32;
    let rows = n.div_ceil(MAX_GROUPS).max(1);
    [n.div_ceil(rows), rows]
}
