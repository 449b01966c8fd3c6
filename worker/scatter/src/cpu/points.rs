use crate::{Camera, Points, Viewport};

/// Draws the points into an RGBA image, row after row from the top; twin of `shaders/points.wgsl`.
///
/// A pixel's coverage is `clamp(radius − distance + ½, 0, 1)` in device pixels, its colour is blended
/// over the ground in sRGB.
///
/// # Shapes
/// Result: `width × height × 4`.
#[must_use]
pub fn draw_points(points: &Points, camera: Camera, viewport: Viewport) -> Vec<u8> {
    let [red, green, blue] = points.background;
    let n_pixels = viewport.width as usize * viewport.height as usize;
    let mut image = [red, green, blue, 255].repeat(n_pixels);
    let radius = points.radius * viewport.scale;
    for (position, color) in points.in_order() {
        let [x, y] = camera.to_screen(position, viewport);
        draw_disc(&mut image, viewport, [x * viewport.scale, y * viewport.scale], radius, color);
    }
    image
}

fn draw_disc(image: &mut [u8], viewport: Viewport, [x, y]: [f32; 2], radius: f32, color: [u8; 4]) {
    let reach = radius + 0.5;
    let span = |middle: f32, size: u32| {
        let low = (middle - reach).floor().clamp(0.0, size as f32) as usize;
        let high = (middle + reach).ceil().clamp(0.0, size as f32) as usize;
        low..high
    };
    let (columns, rows) = (span(x, viewport.width), span(y, viewport.height));
    if columns.is_empty() {
        return;
    }
    let opacity = f32::from(color[3]) / 255.0;
    // The image is opaque: its alpha stays what it is.
    let above = [color[0], color[1], color[2], 255].map(f32::from);
    let width = viewport.width as usize;
    let inner = (radius - 0.5).max(0.0).powi(2);
    let outer = reach * reach;
    for row in rows {
        let dy = row as f32 + 0.5 - y;
        let line = &mut image[(row * width + columns.start) * 4..(row * width + columns.end) * 4];
        let (pixels, _) = line.as_chunks_mut::<4>();
        for (step, pixel) in pixels.iter_mut().enumerate() {
            let dx = (columns.start + step) as f32 + 0.5 - x;
            let squared = dx * dx + dy * dy;
            if squared < outer {
                let coverage = if squared <= inner { 1.0 } else { reach - squared.sqrt() };
                blend(pixel, above, opacity * coverage.min(1.0));
            }
        }
    }
}

fn blend(pixel: &mut [u8; 4], above: [f32; 4], alpha: f32) {
    let below = pixel.map(f32::from);
    // Rounds, since no value is negative: `round` is a call in wasm, and this the innermost loop.
    *pixel = std::array::from_fn(|lane| {
        (below[lane] + (above[lane] - below[lane]) * alpha + 0.5) as i32 as u8
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_covers_its_middle_and_nothing_far() {
        let points = Points {
            positions: vec![[0.0, 0.0], [f32::NAN, 0.0]],
            colors: vec![[255, 0, 0, 255]; 2],
            order: vec![0, 1],
            radius: 3.0,
            background: [255, 255, 255],
        };
        let viewport = Viewport { width: 21, height: 11, scale: 1.0 };
        let image = draw_points(&points, Camera::default(), viewport);
        let pixel = |x: usize, y: usize| &image[(y * 21 + x) * 4..(y * 21 + x) * 4 + 4];
        assert_eq!(pixel(10, 5), [255, 0, 0, 255]);
        assert_eq!(pixel(0, 0), [255, 255, 255, 255]);
        let reds = image.chunks(4).map(|pixel| (255.0 - f32::from(pixel[1])) / 255.0).sum::<f32>();
        assert!((reds - std::f32::consts::PI * 9.0).abs() < 1.0, "covered area {reds}");
    }

    #[test]
    fn later_points_cover_earlier_ones() {
        let mut points = Points {
            positions: vec![[0.0, 0.0]; 2],
            colors: vec![[255, 0, 0, 255], [0, 0, 255, 255]],
            order: vec![0, 1],
            radius: 2.0,
            background: [0, 0, 0],
        };
        let viewport = Viewport { width: 9, height: 9, scale: 1.0 };
        let middle = |points: &Points| {
            draw_points(points, Camera::default(), viewport)[(4 * 9 + 4) * 4..][..3].to_vec()
        };
        assert_eq!(middle(&points), [0, 0, 255]);
        points.order = vec![1, 0];
        assert_eq!(middle(&points), [255, 0, 0]);
    }
}
