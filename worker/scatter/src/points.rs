use crate::Rgb;

/// The cells as points: what both renderers draw.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points {
    /// Where each cell lies, in the layout's units; not finite = not drawn.
    pub positions: Vec<[f32; 2]>,
    /// Each cell's colour with its opacity, 0 to 255.
    pub colors: Vec<[u8; 4]>,
    /// The order of drawing: later covers earlier.
    pub order: Vec<u32>,
    /// Radius in CSS pixels.
    pub radius: f32,
    /// Colour of the ground.
    pub background: Rgb,
}

impl Points {
    /// The points in the order of drawing: position and colour.
    pub fn in_order(&self) -> impl Iterator<Item = ([f32; 2], [u8; 4])> + '_ {
        let drawn = |&cell: &u32| {
            Some((*self.positions.get(cell as usize)?, *self.colors.get(cell as usize)?))
        };
        self.order
            .iter()
            .filter_map(drawn)
            .filter(|(position, _)| position.iter().all(|value| value.is_finite()))
    }
}

/// A radius in CSS pixels that lets that many cells be told apart.
#[must_use]
pub fn default_radius(n_cells: usize) -> f32 {
    (160.0 / (n_cells.max(1) as f32).sqrt()).clamp(1.1, 5.0)
}
