use std::cell::RefCell;
use std::collections::HashMap;

use super::Gpu;
use crate::error::GpuError;
use crate::registry::{Access, Kernel};

/// Values of a shader's `override` constants.
pub(crate) type Constants<'a> = &'a [(&'static str, u32)];

type Key = (&'static str, Vec<(&'static str, u32)>);

/// A compiled kernel with one set of constants.
#[derive(Clone)]
pub(crate) struct Pipeline {
    pub(crate) compute: wgpu::ComputePipeline,
    pub(crate) operands: wgpu::BindGroupLayout,
}

#[derive(Default)]
pub(crate) struct Cache {
    pipelines: RefCell<HashMap<Key, Pipeline>>,
    layouts: RefCell<HashMap<&'static str, (wgpu::BindGroupLayout, wgpu::ShaderModule)>>,
}

/// The parameters of every dispatch of a batch, one slot each, bound with a dynamic offset.
///
/// Writes to the queue are ordered with its submissions, so that one buffer serves all batches.
#[derive(Default)]
pub(crate) struct Uniforms {
    slots: RefCell<Option<(wgpu::Buffer, wgpu::BindGroup)>>,
    layout: RefCell<Option<wgpu::BindGroupLayout>>,
}

/// Bytes of one slot: the alignment that WebGPU guarantees for dynamic offsets.
pub(crate) const SLOT: usize = 256;

impl Cache {
    pub(crate) fn get(
        &self,
        gpu: &Gpu,
        kernel: &'static Kernel,
        constants: Constants<'_>,
    ) -> Result<Pipeline, GpuError> {
        let key = (kernel.name, constants.to_vec());
        if let Some(pipeline) = self.pipelines.borrow().get(&key) {
            return Ok(pipeline.clone());
        }
        let what = format!("the kernel {}", kernel.name);
        let pipeline =
            gpu.watch().guard(gpu.device(), &what, || self.compile(gpu, kernel, constants))?;
        self.pipelines.borrow_mut().insert(key, pipeline.clone());
        Ok(pipeline)
    }

    fn compile(&self, gpu: &Gpu, kernel: &'static Kernel, constants: Constants<'_>) -> Pipeline {
        let device = gpu.device();
        let mut layouts = self.layouts.borrow_mut();
        let (operands, module) = layouts.entry(kernel.name).or_insert_with(|| {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name),
                source: wgpu::ShaderSource::Wgsl(kernel.wgsl.into()),
            });
            (operand_layout(device, kernel), module)
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(operands), Some(&gpu.uniforms().layout(device))],
            immediate_size: 0,
        });
        let constants: Vec<_> = constants.iter().map(|&(name, x)| (name, f64::from(x))).collect();
        let compute = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&layout),
            module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                // Every kernel writes its workgroup memory before it reads it.
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        });
        Pipeline { compute, operands: operands.clone() }
    }
}

impl Uniforms {
    /// Writes the slots of one batch and returns the group that binds them.
    pub(crate) fn write(&self, gpu: &Gpu, slots: &[u8]) -> wgpu::BindGroup {
        let needed = slots.len() as u64;
        let kept = self.slots.take().filter(|(buffer, _)| buffer.size() >= needed);
        let (buffer, group) =
            kept.unwrap_or_else(|| self.create(gpu.device(), needed.max(64 * SLOT as u64)));
        gpu.queue().write_buffer(&buffer, 0, slots);
        self.slots.replace(Some((buffer, group.clone())));
        group
    }

    fn create(&self, device: &wgpu::Device, size: u64) -> (wgpu::Buffer, wgpu::BindGroup) {
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("parameters"),
            size: size.next_power_of_two(),
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let slot = wgpu::BufferBinding {
            buffer: &buffer,
            offset: 0,
            size: wgpu::BufferSize::new(SLOT as u64),
        };
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("parameters"),
            layout: &self.layout(device),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(slot),
            }],
        });
        (buffer, group)
    }

    fn layout(&self, device: &wgpu::Device) -> wgpu::BindGroupLayout {
        let create = || {
            let ty = wgpu::BufferBindingType::Uniform;
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("parameters"),
                entries: &[entry(0, ty, true)],
            })
        };
        self.layout.borrow_mut().get_or_insert_with(create).clone()
    }
}

fn operand_layout(device: &wgpu::Device, kernel: &Kernel) -> wgpu::BindGroupLayout {
    let storage = |(binding, access): (usize, &Access)| {
        let read_only = *access == Access::Read;
        entry(binding, wgpu::BufferBindingType::Storage { read_only }, false)
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(kernel.name),
        entries: &kernel.operands.iter().enumerate().map(storage).collect::<Vec<_>>(),
    })
}

fn entry(
    binding: usize,
    ty: wgpu::BufferBindingType,
    has_dynamic_offset: bool,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
        count: None,
    }
}
