//! Draws the cells, with wgpu on an `OffscreenCanvas` or by a CPU rasteriser, and finds them again
//! under the pointer.
//!
//! Positions are in the layout's own units, screen places in CSS pixels from the top left. Colours
//! are sRGB and blended as such, as a 2-D canvas does, so that both renderers draw the same picture.

mod camera;
pub mod cpu;
mod gpu;
mod grid;
mod palette;
mod points;
mod svg;

pub use camera::{Camera, Viewport};
pub use gpu::{GpuRenderer, RenderError};
pub use grid::{Grid, is_inside};
pub use palette::{Colors, GREY, OKABE_ITO, Rgb, TOL_BRIGHT, TOL_MUTED, css};
pub use points::{Points, default_radius};
pub use svg::{Disc, Figure, FigureLegend, MARKED, Overlay, Stroke, svg};
