//! What the map is drawn on: a WebGPU canvas, or a 2-D canvas that the CPU paints.

use lexicell_protocol::Renderer;
use lexicell_scatter::{Camera, GpuRenderer, Points, RenderError, Viewport, cpu};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

/// A canvas with what draws on it.
pub(crate) enum Surface {
    Gpu { renderer: Box<GpuRenderer>, canvas: OffscreenCanvas },
    Canvas2d { context: OffscreenCanvasRenderingContext2d, canvas: OffscreenCanvas },
}

impl Surface {
    /// Takes a canvas over; `None` if it can be drawn on by neither.
    pub(crate) async fn attach(
        canvas: OffscreenCanvas,
        viewport: Viewport,
        try_gpu: bool,
        lost: fn(),
    ) -> Option<Self> {
        resize(&canvas, viewport);
        if try_gpu && let Some(renderer) = on_gpu(canvas.clone(), viewport, lost).await {
            return Some(Self::Gpu { renderer: Box::new(renderer), canvas });
        }
        let context = canvas.get_context("2d").ok().flatten()?;
        Some(Self::Canvas2d { context: context.unchecked_into(), canvas })
    }

    pub(crate) fn renderer(&self) -> Renderer {
        match self {
            Self::Gpu { .. } => Renderer::WebGpu,
            Self::Canvas2d { .. } => Renderer::Canvas2d,
        }
    }

    pub(crate) fn resize(&self, viewport: Viewport) {
        let (Self::Gpu { canvas, .. } | Self::Canvas2d { canvas, .. }) = self;
        resize(canvas, viewport);
    }

    pub(crate) fn set_points(&mut self, points: &Points) {
        if let Self::Gpu { renderer, .. } = self {
            renderer.set_points(points);
        }
    }

    pub(crate) fn draw(
        &mut self,
        points: &Points,
        camera: Camera,
        viewport: Viewport,
    ) -> Result<(), RenderError> {
        match self {
            Self::Gpu { renderer, .. } => renderer.draw(points, camera, viewport),
            Self::Canvas2d { context, .. } => {
                paint(context, &cpu::draw_points(points, camera, viewport), viewport);
                Ok(())
            }
        }
    }
}

/// Puts an RGBA image on a 2-D canvas.
pub(crate) fn paint(context: &OffscreenCanvasRenderingContext2d, image: &[u8], viewport: Viewport) {
    if viewport.width == 0 || viewport.height == 0 {
        return;
    }
    if let Ok(image) =
        ImageData::new_with_u8_clamped_array_and_sh(Clamped(image), viewport.width, viewport.height)
    {
        // A context that refuses an image of its own size is gone with its canvas.
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

fn resize(canvas: &OffscreenCanvas, viewport: Viewport) {
    canvas.set_width(viewport.width.max(1));
    canvas.set_height(viewport.height.max(1));
}

#[cfg(target_arch = "wasm32")]
async fn on_gpu(canvas: OffscreenCanvas, viewport: Viewport, lost: fn()) -> Option<GpuRenderer> {
    GpuRenderer::for_canvas(canvas, viewport, lost).await.ok()
}

#[cfg(not(target_arch = "wasm32"))]
async fn on_gpu(_: OffscreenCanvas, _: Viewport, _: fn()) -> Option<GpuRenderer> {
    None
}
