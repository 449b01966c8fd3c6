use bytemuck::{Pod, Zeroable};
use thiserror::Error;
use wgpu::util::DeviceExt;

use crate::{Camera, Points, Viewport};

/// Why a frame could not be drawn by the GPU.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The canvas gives no surface that the adapter can draw on.
    #[error("the canvas cannot be drawn on by this GPU: {reason}")]
    NoSurface {
        /// What the browser said.
        reason: String,
    },
    /// The surface gave no frame to draw on.
    #[error("the canvas gave no frame: {reason}")]
    NoFrame {
        /// What the browser said.
        reason: String,
    },
}

/// Draws points on a texture: one draw call.
#[derive(Debug)]
pub struct GpuRenderer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    surface: Option<(wgpu::Surface<'static>, wgpu::SurfaceConfiguration)>,
    pipeline: wgpu::RenderPipeline,
    params: wgpu::Buffer,
    /// The points with what binds them; none before there are any.
    points: Option<(wgpu::Buffer, wgpu::BindGroup)>,
    n_points: u32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Params {
    center: [f32; 2],
    zoom: f32,
    radius: f32,
    size: [f32; 2],
    unused: [f32; 2],
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Point {
    place: [f32; 2],
    color: [u8; 4],
}

impl GpuRenderer {
    /// A renderer that draws on an `OffscreenCanvas`, on a device of its own; `lost` is called once if
    /// that device fails.
    ///
    /// The canvas is touched only once an adapter and a device are there: one that was asked for a
    /// WebGPU context can never give a 2-D one.
    ///
    /// # Errors
    /// If there is no adapter or device, or it cannot draw on the canvas.
    #[cfg(target_arch = "wasm32")]
    pub async fn for_canvas(
        canvas: web_sys::OffscreenCanvas,
        viewport: Viewport,
        lost: fn(),
    ) -> Result<Self, RenderError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::BROWSER_WEBGPU;
        let instance = wgpu::Instance::new(descriptor);
        let no_surface = |reason: String| RenderError::NoSurface { reason };
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions::default())
            .await
            .map_err(|error| no_surface(error.to_string()))?;
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor::default())
            .await
            .map_err(|error| no_surface(error.to_string()))?;
        device.set_device_lost_callback(move |_, _| lost());
        let surface = instance
            .create_surface(wgpu::SurfaceTarget::OffscreenCanvas(canvas))
            .map_err(|error| no_surface(error.to_string()))?;
        Self::for_surface(&adapter, &device, &queue, surface, viewport)
    }

    /// A renderer that draws on the surface of a canvas.
    ///
    /// # Errors
    /// If the adapter cannot draw on the surface.
    pub fn for_surface(
        adapter: &wgpu::Adapter,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        surface: wgpu::Surface<'static>,
        viewport: Viewport,
    ) -> Result<Self, RenderError> {
        let mut config = surface
            .get_default_config(adapter, viewport.width.max(1), viewport.height.max(1))
            .ok_or_else(|| RenderError::NoSurface {
                reason: "no common texture format".to_owned(),
            })?;
        // Colours are sRGB bytes and blended as such: the format must not convert.
        config.format = config.format.remove_srgb_suffix();
        surface.configure(device, &config);
        let format = config.format;
        Ok(Self { surface: Some((surface, config)), ..Self::for_format(device, queue, format) })
    }

    /// A renderer that draws on textures of that format.
    #[must_use]
    pub fn for_format(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        format: wgpu::TextureFormat,
    ) -> Self {
        let shader = device.create_shader_module(wgpu::include_wgsl!("shaders/points.wgsl"));
        let pipeline = points_pipeline(device, &shader, format);
        let params = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("points params"),
            size: size_of::<Params>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            device: device.clone(),
            queue: queue.clone(),
            surface: None,
            pipeline,
            params,
            points: None,
            n_points: 0,
        }
    }

    /// Takes over the points' positions, colours and order.
    pub fn set_points(&mut self, points: &Points) {
        let drawn: Vec<Point> =
            points.in_order().map(|(place, color)| Point { place, color }).collect();
        self.n_points = drawn.len() as u32;
        let bytes: &[u8] = bytemuck::cast_slice(&drawn);
        match &self.points {
            Some((buffer, _)) if buffer.size() >= bytes.len() as u64 => {
                self.queue.write_buffer(buffer, 0, bytes)
            }
            _ if bytes.is_empty() => {}
            _ => self.points = Some(self.bind(bytes)),
        }
    }

    fn bind(&self, points: &[u8]) -> (wgpu::Buffer, wgpu::BindGroup) {
        let buffer = self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("points"),
            contents: points,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        });
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("points"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: self.params.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: buffer.as_entire_binding() },
            ],
        });
        (buffer, bindings)
    }

    /// Draws a frame on the canvas.
    ///
    /// # Errors
    /// If the canvas gives no frame.
    pub fn draw(
        &mut self,
        points: &Points,
        camera: Camera,
        viewport: Viewport,
    ) -> Result<(), RenderError> {
        let Some((surface, config)) = &mut self.surface else { return Ok(()) };
        if (config.width, config.height) != (viewport.width.max(1), viewport.height.max(1)) {
            (config.width, config.height) = (viewport.width.max(1), viewport.height.max(1));
            surface.configure(&self.device, config);
        }
        let frame = match surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(frame)
            | wgpu::CurrentSurfaceTexture::Suboptimal(frame) => frame,
            other => return Err(RenderError::NoFrame { reason: format!("{other:?}") }),
        };
        let view = frame.texture.create_view(&wgpu::TextureViewDescriptor::default());
        self.draw_on(&view, points, camera, viewport);
        self.queue.present(frame);
        Ok(())
    }

    /// Draws a frame on a texture.
    pub fn draw_on(
        &self,
        view: &wgpu::TextureView,
        points: &Points,
        camera: Camera,
        viewport: Viewport,
    ) {
        let params = Params {
            center: camera.center,
            zoom: camera.zoom * viewport.scale,
            radius: points.radius * viewport.scale,
            size: [viewport.width as f32, viewport.height as f32],
            unused: [0.0; 2],
        };
        self.queue.write_buffer(&self.params, 0, bytemuck::bytes_of(&params));
        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("points"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(ground(points)),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            if let Some((_, bindings)) = &self.points {
                pass.set_pipeline(&self.pipeline);
                pass.set_bind_group(0, bindings, &[]);
                pass.draw(0..3 * self.n_points, 0..1);
            }
        }
        self.queue.submit([encoder.finish()]);
    }
}

fn ground(points: &Points) -> wgpu::Color {
    let [red, green, blue] = points.background.map(|part| f64::from(part) / 255.0);
    wgpu::Color { r: red, g: green, b: blue, a: 1.0 }
}

fn points_pipeline(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("points"),
        layout: None,
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("vertex"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some("fragment"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
