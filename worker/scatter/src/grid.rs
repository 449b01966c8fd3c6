/// Finds cells by place: positions sorted into square bins.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    low: [f32; 2],
    bin: f32,
    n_columns: usize,
    n_rows: usize,
    starts: Vec<u32>,
    cells: Vec<u32>,
}

impl Grid {
    /// Sorts the positions into about one bin for each two cells; those not finite are left out.
    #[must_use]
    pub fn new(positions: &[[f32; 2]]) -> Self {
        let finite = |position: &[f32; 2]| position.iter().all(|value| value.is_finite());
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for position in positions.iter().filter(|position| finite(position)) {
            for axis in 0..2 {
                low[axis] = low[axis].min(position[axis]);
                high[axis] = high[axis].max(position[axis]);
            }
        }
        if low[0] > high[0] {
            return Self::default();
        }
        let side = ((positions.len() as f32 / 2.0).sqrt().ceil()).clamp(1.0, 1024.0);
        let bin = ((high[0] - low[0]).max(high[1] - low[1]) / side).max(1e-12);
        let count = |axis: usize| ((high[axis] - low[axis]) / bin) as usize + 1;
        let mut grid = Self {
            low,
            bin,
            n_columns: count(0),
            n_rows: count(1),
            starts: Vec::new(),
            cells: Vec::new(),
        };
        grid.fill(positions, finite);
        grid
    }

    /// The cell nearest to a data point, if one lies within that distance.
    #[must_use]
    pub fn nearest(&self, positions: &[[f32; 2]], point: [f32; 2], reach: f32) -> Option<usize> {
        let mut best = None;
        let mut best_distance = reach * reach;
        for cell in self.around(point, reach) {
            let [x, y] = positions[cell as usize];
            let distance = (x - point[0]).powi(2) + (y - point[1]).powi(2);
            if distance <= best_distance {
                best_distance = distance;
                best = Some(cell as usize);
            }
        }
        best
    }

    fn fill(&mut self, positions: &[[f32; 2]], finite: impl Fn(&[f32; 2]) -> bool) {
        let bins: Vec<Option<usize>> = positions
            .iter()
            .map(|position| finite(position).then(|| self.bin_of(*position)))
            .collect();
        self.starts = vec![0; self.n_columns * self.n_rows + 1];
        for bin in bins.iter().flatten() {
            self.starts[bin + 1] += 1;
        }
        for at in 1..self.starts.len() {
            self.starts[at] += self.starts[at - 1];
        }
        let mut next = self.starts.clone();
        self.cells = vec![0; bins.iter().flatten().count()];
        for (cell, bin) in bins.iter().enumerate() {
            if let Some(bin) = *bin {
                self.cells[next[bin] as usize] = cell as u32;
                next[bin] += 1;
            }
        }
    }

    fn bin_of(&self, position: [f32; 2]) -> usize {
        self.row(position[1]) * self.n_columns + self.column(position[0])
    }

    fn column(&self, x: f32) -> usize {
        (((x - self.low[0]) / self.bin).max(0.0) as usize).min(self.n_columns.saturating_sub(1))
    }

    fn row(&self, y: f32) -> usize {
        (((y - self.low[1]) / self.bin).max(0.0) as usize).min(self.n_rows.saturating_sub(1))
    }

    fn around(&self, point: [f32; 2], reach: f32) -> impl Iterator<Item = u32> + '_ {
        let rows = if self.cells.is_empty() {
            0..0
        } else {
            self.row(point[1] - reach)..self.row(point[1] + reach) + 1
        };
        let (first, last) = (self.column(point[0] - reach), self.column(point[0] + reach));
        rows.flat_map(move |row| {
            let start = self.starts[row * self.n_columns + first] as usize;
            let end = self.starts[row * self.n_columns + last + 1] as usize;
            self.cells[start..end].iter().copied()
        })
    }
}

/// Whether a point lies within a polygon, by counting edges crossed (even–odd rule).
#[must_use]
pub fn is_inside(polygon: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
    let mut inside = false;
    let mut previous = match polygon.last() {
        Some(&corner) => corner,
        None => return false,
    };
    for &corner in polygon {
        if (corner[1] > y) != (previous[1] > y)
            && x < (previous[0] - corner[0]) * (y - corner[1]) / (previous[1] - corner[1])
                + corner[0]
        {
            inside = !inside;
        }
        previous = corner;
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_cell_is_the_one_that_a_full_search_finds() {
        let positions: Vec<[f32; 2]> =
            (0..500).map(|at| [(at * 37 % 101) as f32, (at * 53 % 97) as f32 * 0.5]).collect();
        let grid = Grid::new(&positions);
        for at in 0..60 {
            let point = [at as f32 * 1.7 + 0.3, at as f32 * 0.8 + 0.1];
            let distance =
                |cell: usize| (positions[cell][0] - point[0]).hypot(positions[cell][1] - point[1]);
            let full = (0..500).map(distance).fold(f32::MAX, f32::min);
            match grid.nearest(&positions, point, 3.0) {
                Some(cell) => assert!((distance(cell) - full).abs() < 1e-5),
                None => assert!(full > 3.0),
            }
        }
    }

    #[test]
    fn an_empty_layout_has_no_nearest_cell() {
        assert_eq!(Grid::new(&[]).nearest(&[], [0.0, 0.0], 5.0), None);
        let lost = [[f32::NAN, 0.0]];
        assert_eq!(Grid::new(&lost).nearest(&lost, [0.0, 0.0], 5.0), None);
    }

    #[test]
    fn a_polygon_knows_its_inside() {
        let notch = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        assert!(is_inside(&notch, [1.0, 1.0]));
        assert!(!is_inside(&notch, [2.0, 2.0]));
        assert!(!is_inside(&[], [0.0, 0.0]));
    }
}
