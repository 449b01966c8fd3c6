//! The picture of a space that is being trained, on a small canvas of its own.

use lexicell_scatter::{Camera, Points, Rgb, Viewport, default_radius};
use web_sys::OffscreenCanvas;

use super::{ground, surface::Surface};
use crate::session::Shared;

/// The canvas is small: cells are never drawn larger than this, in CSS pixels.
const MOST_RADIUS: f32 = 2.5;

/// The canvas, and what it shows: the last picture stays until the next training.
#[derive(Default)]
pub(crate) struct TrainingPicture {
    canvas: Option<(Surface, Viewport)>,
    points: Points,
}

impl TrainingPicture {
    /// Whether anybody looks.
    pub(crate) fn is_attached(&self) -> bool {
        self.canvas.is_some()
    }

    /// Draws the cells where they lie now; one without a finite place is left out.
    pub(crate) fn show(&mut self, positions: Vec<[f32; 2]>, colors: &[[u8; 4]]) {
        let n = positions.len() as u32;
        self.points.radius = default_radius(positions.len()).min(MOST_RADIUS);
        self.points.positions = positions;
        self.points.colors = colors.to_vec();
        self.points.order = (0..n).collect();
        self.draw();
    }

    pub(super) fn set_ground(&mut self, ground: Rgb) {
        self.points.background = ground;
        self.draw();
    }

    fn draw(&mut self) {
        let Some((surface, viewport)) = &mut self.canvas else { return };
        let camera = Camera::fit(&self.points.positions, *viewport);
        if surface.draw(&self.points, camera, *viewport).is_err() {
            self.canvas = None;
        }
    }
}

/// Takes the canvas over. It is painted by the CPU: a GPU that trains has enough to do.
pub(super) async fn attach(
    session: &Shared,
    canvas: Option<OffscreenCanvas>,
    viewport: Viewport,
    dark: bool,
) {
    let Some(canvas) = canvas else { return };
    let surface = Surface::attach(canvas, viewport, false, || ()).await;
    let picture = &mut session.borrow_mut().map.training;
    picture.canvas = surface.map(|surface| (surface, viewport));
    picture.set_ground(ground(dark));
}
