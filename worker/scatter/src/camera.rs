/// The drawing surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    /// Width in device pixels.
    pub width: u32,
    /// Height in device pixels.
    pub height: u32,
    /// Device pixels in a CSS pixel.
    pub scale: f32,
}

impl Viewport {
    /// Width and height in CSS pixels.
    #[must_use]
    pub fn css_size(&self) -> [f32; 2] {
        [self.width as f32 / self.scale, self.height as f32 / self.scale]
    }
}

/// Which part of the layout is seen: the data point at the middle, and CSS pixels in a data unit.
///
/// The vertical axis of the data points up, that of the screen down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Data point at the middle of the surface.
    pub center: [f32; 2],
    /// CSS pixels in a data unit.
    pub zoom: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { center: [0.0, 0.0], zoom: 1.0 }
    }
}

/// Share of the surface that a fitted layout leaves free on each side.
const MARGIN: f32 = 0.06;

impl Camera {
    /// Shows all positions; those that are not finite do not count.
    #[must_use]
    pub fn fit(positions: &[[f32; 2]], viewport: Viewport) -> Self {
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for position in
            positions.iter().filter(|position| position.iter().all(|value| value.is_finite()))
        {
            for axis in 0..2 {
                low[axis] = low[axis].min(position[axis]);
                high[axis] = high[axis].max(position[axis]);
            }
        }
        if low[0] > high[0] {
            return Self::default();
        }
        let size = viewport.css_size();
        let fit =
            |axis: usize| size[axis] * (1.0 - 2.0 * MARGIN) / (high[axis] - low[axis]).max(1e-6);
        Self {
            center: [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0],
            zoom: fit(0).min(fit(1)).max(1e-6),
        }
    }

    /// Moves the picture by that many CSS pixels.
    pub fn pan(&mut self, dx: f32, dy: f32) {
        self.center[0] -= dx / self.zoom;
        self.center[1] += dy / self.zoom;
    }

    /// Comes closer by `factor`, keeping the data point under that screen place where it is.
    pub fn zoom_about(&mut self, factor: f32, screen: [f32; 2], viewport: Viewport) {
        let before = self.to_data(screen, viewport);
        self.zoom = (self.zoom * factor).clamp(1e-6, 1e9);
        let after = self.to_data(screen, viewport);
        self.center[0] += before[0] - after[0];
        self.center[1] += before[1] - after[1];
    }

    /// Data point to CSS pixels from the top left.
    #[must_use]
    pub fn to_screen(&self, data: [f32; 2], viewport: Viewport) -> [f32; 2] {
        let size = viewport.css_size();
        [
            size[0] / 2.0 + (data[0] - self.center[0]) * self.zoom,
            size[1] / 2.0 - (data[1] - self.center[1]) * self.zoom,
        ]
    }

    /// CSS pixels from the top left to a data point.
    #[must_use]
    pub fn to_data(&self, screen: [f32; 2], viewport: Viewport) -> [f32; 2] {
        let size = viewport.css_size();
        [
            self.center[0] + (screen[0] - size[0] / 2.0) / self.zoom,
            self.center[1] - (screen[1] - size[1] / 2.0) / self.zoom,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Viewport = Viewport { width: 800, height: 600, scale: 2.0 };

    #[test]
    fn screen_and_data_are_each_others_inverse() {
        let camera = Camera { center: [3.0, -2.0], zoom: 7.0 };
        let screen = camera.to_screen([1.5, 4.0], VIEWPORT);
        let data = camera.to_data(screen, VIEWPORT);
        assert!((data[0] - 1.5).abs() < 1e-4 && (data[1] - 4.0).abs() < 1e-4);
    }

    #[test]
    fn fitting_shows_every_finite_point_and_ignores_the_rest() {
        let positions = [[0.0, 0.0], [10.0, 40.0], [f32::NAN, 1.0]];
        let camera = Camera::fit(&positions, VIEWPORT);
        for position in &positions[..2] {
            let [x, y] = camera.to_screen(*position, VIEWPORT);
            assert!((0.0..=400.0).contains(&x) && (0.0..=300.0).contains(&y));
        }
        assert_eq!(Camera::fit(&[], VIEWPORT), Camera::default());
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let mut camera = Camera::fit(&[[0.0, 0.0], [10.0, 10.0]], VIEWPORT);
        let before = camera.to_data([30.0, 40.0], VIEWPORT);
        camera.zoom_about(3.0, [30.0, 40.0], VIEWPORT);
        let after = camera.to_data([30.0, 40.0], VIEWPORT);
        assert!((before[0] - after[0]).abs() < 1e-3 && (before[1] - after[1]).abs() < 1e-3);
    }

    #[test]
    fn panning_moves_the_picture_with_the_pointer() {
        let mut camera = Camera { center: [0.0, 0.0], zoom: 10.0 };
        let before = camera.to_screen([0.0, 0.0], VIEWPORT);
        camera.pan(5.0, -8.0);
        let after = camera.to_screen([0.0, 0.0], VIEWPORT);
        assert_eq!([after[0] - before[0], after[1] - before[1]], [5.0, -8.0]);
    }
}
