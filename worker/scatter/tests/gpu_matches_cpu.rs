//! The GPU draws the same picture as its CPU twin.

use lexicell_scatter::{Camera, GpuRenderer, OKABE_ITO, Points, Viewport, cpu};

const VIEWPORT: Viewport = Viewport { width: 256, height: 128, scale: 2.0 };

fn points() -> Points {
    let n = 400;
    let place = |at: u32| [(at * 37 % 101) as f32 / 10.0, (at * 53 % 97) as f32 / 20.0];
    let color = |at: u32| {
        let [red, green, blue] = OKABE_ITO.class(at as usize % 11);
        [red, green, blue, if at.is_multiple_of(3) { 90 } else { 255 }]
    };
    Points {
        positions: (0..n).map(place).collect(),
        colors: (0..n).map(color).collect(),
        order: (0..n).rev().collect(),
        radius: 2.5,
        background: [250, 250, 248],
    }
}

#[test]
fn gpu_matches_cpu() {
    let Some((device, queue)) = pollster::block_on(device()) else {
        assert!(
            std::env::var("GPU_TESTS").as_deref() != Ok("required"),
            "GPU_TESTS=required, but there is no adapter"
        );
        eprintln!("skipped: no GPU adapter");
        return;
    };
    let points = points();
    let camera = Camera::fit(&points.positions, VIEWPORT);
    let by_cpu = cpu::draw_points(&points, camera, VIEWPORT);
    let by_gpu = draw(&device, &queue, &points, camera);
    let deviation: Vec<u8> =
        by_cpu.iter().zip(&by_gpu).map(|(cpu, gpu)| cpu.abs_diff(*gpu)).collect();
    let far = deviation.iter().filter(|&&deviation| deviation > 3).count();
    let drawn = by_cpu.chunks(4).filter(|pixel| pixel[..3] != points.background).count();
    assert!(drawn > 2000, "only {drawn} pixels drawn");
    assert!(
        far * 1000 < deviation.len(),
        "{far} of {} values deviate by more than 3",
        deviation.len()
    );
}

async fn device() -> Option<(wgpu::Device, wgpu::Queue)> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.ok()?;
    adapter.request_device(&wgpu::DeviceDescriptor::default()).await.ok()
}

fn draw(device: &wgpu::Device, queue: &wgpu::Queue, points: &Points, camera: Camera) -> Vec<u8> {
    let size =
        wgpu::Extent3d { width: VIEWPORT.width, height: VIEWPORT.height, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let mut renderer = GpuRenderer::for_format(device, queue, wgpu::TextureFormat::Rgba8Unorm);
    renderer.set_points(points);
    renderer.draw_on(
        &texture.create_view(&wgpu::TextureViewDescriptor::default()),
        points,
        camera,
        VIEWPORT,
    );
    read(device, queue, &texture, size)
}

fn read(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    texture: &wgpu::Texture,
    size: wgpu::Extent3d,
) -> Vec<u8> {
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(size.width * size.height * 4),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(size.width * 4),
                rows_per_image: None,
            },
        },
        size,
    );
    queue.submit([encoder.finish()]);
    buffer.slice(..).map_async(wgpu::MapMode::Read, |result| result.expect("the buffer maps"));
    device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
    buffer.slice(..).get_mapped_range().expect("mapped").to_vec()
}
