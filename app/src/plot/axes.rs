use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Place, Shape};
use super::scale::{Scale, tick_text};

/// The field in which values are drawn, within a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Field {
    pub(super) fn across(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// From the bottom up.
    pub(super) fn upward(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }
}

/// Draws the horizontal axis with its ticks below the field.
pub(super) fn x_axis(figure: &mut Figure, field: Field, scale: &Scale, ticks: &[f64], label: &str) {
    figure.line(
        (field.left, field.bottom),
        (field.right, field.bottom),
        Paint::Muted,
        1.0,
        Dash::Solid,
    );
    for &tick in ticks {
        let x = scale.place(tick);
        figure.line((x, field.bottom), (x, field.bottom + 4.0), Paint::Muted, 1.0, Dash::Solid);
        figure.text(
            (x, field.bottom + 14.0),
            &tick_text(tick, ticks),
            Anchor::Middle,
            Paint::Muted,
        );
    }
    let middle = (field.left + field.right) / 2.0;
    figure.text((middle, field.bottom + 32.0), label, Anchor::Middle, Paint::Ink);
}

/// Draws the vertical axis with its ticks at the left and lines across the field.
pub(super) fn y_axis(figure: &mut Figure, field: Field, scale: &Scale, ticks: &[f64], label: &str) {
    for &tick in ticks {
        let y = scale.place(tick);
        figure.line((field.left, y), (field.right, y), Paint::Line, 1.0, Dash::Solid);
        figure.text((field.left - 6.0, y), &tick_text(tick, ticks), Anchor::End, Paint::Muted);
    }
    let at = (14.0, (field.top + field.bottom) / 2.0);
    figure.add(Mark::Text {
        at,
        text: label.to_owned(),
        size: 11.0,
        anchor: Anchor::Middle,
        paint: Paint::Ink,
        turn: -90.0,
    });
}

/// A line of a legend for points: the point and what it means.
pub(super) fn point_entry(
    figure: &mut Figure,
    (x, y): Place,
    name: &str,
    paint: Paint,
    shape: Shape,
) {
    figure.add(Mark::Dot { at: (x + 6.0, y), shape, radius: 4.5, paint, words: String::new() });
    figure.text((x + 18.0, y), name, Anchor::Start, Paint::Ink);
}

/// A line of a legend: a stroke with its point, and the name. Returns where the next may begin.
pub(super) fn legend_entry(
    figure: &mut Figure,
    (x, y): Place,
    name: &str,
    paint: Paint,
    dash: Dash,
    shape: Option<Shape>,
) -> f64 {
    figure.line((x, y), (x + 22.0, y), paint, 2.0, dash);
    if let Some(shape) = shape {
        figure.add(Mark::Dot {
            at: (x + 11.0, y),
            shape,
            radius: 3.5,
            paint,
            words: String::new(),
        });
    }
    figure.text((x + 28.0, y), name, Anchor::Start, Paint::Ink);
    x + 28.0 + name.chars().count() as f64 * 6.4 + 18.0
}
