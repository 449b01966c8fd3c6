//! A second layout of the same cells, drawn in the right half of the map.

use lexicell_protocol::Layout;
use lexicell_scatter::{Camera, Grid, Points, Viewport};

/// The layout in the right half.
pub(crate) struct Beside {
    pub(crate) layout: Layout,
    pub(super) positions: Vec<[f32; 2]>,
    pub(super) grid: Grid,
    pub(super) camera: Camera,
    /// Whether the user moved its camera.
    pub(super) moved: bool,
}

/// Half of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Beside {
    pub(super) fn new(layout: Layout, positions: Vec<[f32; 2]>, viewport: Viewport) -> Self {
        let camera = Camera::fit(&positions, pane(viewport));
        Self { layout, grid: Grid::new(&positions), positions, camera, moved: false }
    }

    /// Shows all of it.
    pub(super) fn fit(&mut self, viewport: Viewport) {
        self.camera = Camera::fit(&self.positions, pane(viewport));
        self.moved = false;
    }

    /// Takes other positions of the same layout.
    pub(super) fn set_positions(&mut self, positions: Vec<[f32; 2]>, viewport: Viewport) {
        self.grid = Grid::new(&positions);
        self.positions = positions;
        if !self.moved {
            self.fit(viewport);
        }
    }

    /// CSS pixels of a data point, from the whole map's top left.
    pub(super) fn to_screen(&self, data: [f32; 2], viewport: Viewport) -> [f32; 2] {
        let [x, y] = self.camera.to_screen(data, pane(viewport));
        [x + offset(viewport), y]
    }
}

/// One half as a surface of its own.
pub(super) fn pane(viewport: Viewport) -> Viewport {
    Viewport { width: (viewport.width / 2).max(1), ..viewport }
}

/// CSS pixels from the map's left edge to the right half.
pub(super) fn offset(viewport: Viewport) -> f32 {
    pane(viewport).css_size()[0]
}

/// The half that a place of the map lies in, and the place within it.
pub(super) fn side_of([x, y]: [f32; 2], viewport: Viewport) -> (Side, [f32; 2]) {
    let offset = offset(viewport);
    if x < offset { (Side::Left, [x, y]) } else { (Side::Right, [x - offset, y]) }
}

/// Whether a place is the very middle: keys and buttons zoom about it, and mean both halves.
pub(super) fn is_middle([x, _]: [f32; 2], viewport: Viewport) -> bool {
    (x - viewport.css_size()[0] / 2.0).abs() < 1.0
}

/// Both halves as points of one picture, to be drawn by [`straight`]: each cell twice, none over the
/// middle.
pub(super) fn compose(
    points: &Points,
    camera: Camera,
    beside: &Beside,
    viewport: Viewport,
) -> Points {
    let pane = pane(viewport);
    let (n, offset) = (points.positions.len(), offset(viewport));
    let left = points.positions.iter().map(|&position| {
        let [x, y] = camera.to_screen(position, pane);
        if x + points.radius < offset { [x, -y] } else { [f32::NAN; 2] }
    });
    let right = (0..n).map(|cell| {
        let position = beside.positions.get(cell).copied().unwrap_or([f32::NAN; 2]);
        let [x, y] = beside.to_screen(position, viewport);
        if x - points.radius > offset { [x, -y] } else { [f32::NAN; 2] }
    });
    let order = points.order.iter();
    Points {
        positions: left.chain(right).collect(),
        colors: [&points.colors[..], &points.colors[..]].concat(),
        order: order.clone().copied().chain(order.map(|&cell| cell + n as u32)).collect(),
        ..*points
    }
}

/// The camera that shows CSS pixels as they are, the vertical axis turned.
pub(super) fn straight(viewport: Viewport) -> Camera {
    let [width, height] = viewport.css_size();
    Camera { center: [width / 2.0, -height / 2.0], zoom: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::View;

    const VIEWPORT: Viewport = Viewport { width: 800, height: 400, scale: 2.0 };

    fn points() -> Points {
        Points {
            positions: vec![[0.0, 0.0], [10.0, 10.0], [f32::NAN, 0.0]],
            colors: vec![[1, 2, 3, 255], [4, 5, 6, 255], [7, 8, 9, 255]],
            order: vec![2, 0, 1],
            radius: 2.0,
            background: [0, 0, 0],
        }
    }

    #[test]
    fn both_halves_show_every_cell_where_its_own_camera_has_it() {
        let points = points();
        let camera = Camera::fit(&points.positions, pane(VIEWPORT));
        let other = vec![[5.0, 0.0], [-5.0, 1.0], [0.0, 0.0]];
        let beside = Beside::new(Layout::Umap(View::Refined), other, VIEWPORT);
        let both = compose(&points, camera, &beside, VIEWPORT);
        assert_eq!(both.positions.len(), 6);
        assert_eq!(both.colors[3..], points.colors[..]);
        assert_eq!(both.order, [2, 0, 1, 5, 3, 4]);
        let straight = straight(VIEWPORT);
        for (cell, &position) in both.positions.iter().enumerate() {
            if cell == 2 {
                assert!(position[0].is_nan());
                continue;
            }
            let [x, y] = straight.to_screen(position, VIEWPORT);
            let half = if cell < 3 { 0.0..200.0 } else { 200.0..400.0 };
            assert!(half.contains(&x) && (0.0..200.0).contains(&y), "cell {cell} at {x}, {y}");
            let own = match cell {
                0 | 1 => camera.to_screen(points.positions[cell], pane(VIEWPORT)),
                _ => beside.to_screen(beside.positions[cell - 3], VIEWPORT),
            };
            assert!((own[0] - x).abs() < 1e-3 && (own[1] - y).abs() < 1e-3);
        }
    }

    #[test]
    fn nothing_is_drawn_over_the_middle() {
        let points = points();
        let mut camera = Camera::fit(&points.positions, pane(VIEWPORT));
        camera.pan(150.0, 0.0);
        let beside = Beside::new(Layout::Pca, points.positions.clone(), VIEWPORT);
        let both = compose(&points, camera, &beside, VIEWPORT);
        assert!(both.positions[1][0].is_nan());
    }

    #[test]
    fn a_place_belongs_to_one_half() {
        assert_eq!(side_of([10.0, 5.0], VIEWPORT), (Side::Left, [10.0, 5.0]));
        assert_eq!(side_of([210.0, 5.0], VIEWPORT), (Side::Right, [10.0, 5.0]));
        assert!(is_middle([200.0, 5.0], VIEWPORT) && !is_middle([190.0, 5.0], VIEWPORT));
    }
}
