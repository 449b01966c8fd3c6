//! The renderers' CPU twins.

mod points;

pub use points::draw_points;
