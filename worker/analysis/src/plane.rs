//! A flat picture of a space that is being trained: its two main axes, turned as little as possible
//! from one picture to the next.

use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, rng::SplitMix64};

/// Turns of the power iteration: a frame starts where the last one ended, so few are needed.
const TURNS: usize = 12;
/// Rows that the axes are found from.
const MOST_ROWS: usize = 2000;
/// Below this share of the old axes within the new plane they say nothing about its orientation.
const LEAST_OVERLAP: f64 = 1e-3;

/// The plane of the two leading principal components, followed from picture to picture.
///
/// The plane is that of PCA (orthogonal iteration, Golub & Van Loan 8.2.4); within it the axes are those
/// nearest to the last picture's (orthogonal Procrustes), so that what moves is the space and not the
/// point of view.
#[derive(Debug, Clone, Default)]
pub struct MovingPlane {
    axes: Option<[Vec<f64>; 2]>,
}

impl MovingPlane {
    /// Where the cells lie in the plane; cells of zeros, which have no place in the space, are NaN.
    ///
    /// # Shapes
    /// `cells`: `[n × d]`, d ≥ 2; result: `n`.
    ///
    /// # Errors
    /// If there are fewer than two dimensions.
    pub fn place(&mut self, cells: &DenseMatrix) -> Result<Vec<[f32; 2]>, AnalysisError> {
        let d = cells.n_cols();
        if d < 2 {
            return Err(AnalysisError::setting("dimensions", "at least 2", d));
        }
        let rows: Vec<usize> =
            (0..cells.n_rows()).filter(|&row| is_placed(cells.row(row))).collect();
        let step = rows.len().div_ceil(MOST_ROWS).max(1);
        let sample: Vec<usize> = rows.iter().copied().step_by(step).collect();
        let (mean, covariance) = moments(cells, &sample);
        let last = self.axes.take().filter(|axes| axes[0].len() == d);
        let start = last.clone().unwrap_or_else(|| random(d));
        let plane = (0..TURNS).fold(start, |axes, _| turned(&covariance, axes));
        let axes = match &last {
            Some(last) => nearest(plane, last),
            None => plane,
        };
        let place = |row: usize| {
            let cell = cells.row(row);
            axes.each_ref().map(|axis| {
                let along = cell.iter().zip(&mean).zip(axis);
                along.map(|((&x, mean), axis)| (f64::from(x) - mean) * axis).sum::<f64>() as f32
            })
        };
        let mut places = vec![[f32::NAN; 2]; cells.n_rows()];
        for row in rows {
            places[row] = place(row);
        }
        self.axes = Some(axes);
        Ok(places)
    }
}

fn is_placed(row: &[f32]) -> bool {
    row.iter().any(|&x| x != 0.0)
}

/// Mean and covariance (not divided by the number of rows, which turns no axis).
fn moments(cells: &DenseMatrix, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let d = cells.n_cols();
    let mut mean = vec![0.0; d];
    for &row in rows {
        mean.iter_mut().zip(cells.row(row)).for_each(|(mean, &x)| *mean += f64::from(x));
    }
    mean.iter_mut().for_each(|mean| *mean /= rows.len().max(1) as f64);
    let (mut covariance, mut centred) = (vec![0.0; d * d], vec![0.0; d]);
    for &row in rows {
        let values = centred.iter_mut().zip(cells.row(row)).zip(&mean);
        values.for_each(|((centred, &x), mean)| *centred = f64::from(x) - mean);
        for (line, &left) in covariance.chunks_exact_mut(d).zip(&centred) {
            line.iter_mut().zip(&centred).for_each(|(sum, right)| *sum += left * right);
        }
    }
    (mean, covariance)
}

/// One turn of the orthogonal iteration.
fn turned(covariance: &[f64], axes: [Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let times = |axis: &[f64]| -> Vec<f64> {
        covariance.chunks_exact(axis.len()).map(|line| dot(line, axis)).collect()
    };
    let [first, second] = axes.each_ref().map(|axis| times(axis));
    let first = unit(first).unwrap_or_else(|| axes[0].clone());
    let along = dot(&first, &second);
    let across = second.iter().zip(&first).map(|(x, axis)| x - along * axis).collect();
    // Cells on one line have no second axis: any that is at a right angle will do.
    let second = unit(across).unwrap_or_else(|| at_right_angle(&first));
    [first, second]
}

/// The axes of the plane that lie nearest to the last ones.
fn nearest([first, second]: [Vec<f64>; 2], last: &[Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let m = [
        [dot(&first, &last[0]), dot(&first, &last[1])],
        [dot(&second, &last[0]), dot(&second, &last[1])],
    ];
    // The nearest orthogonal 2 × 2 matrix: a rotation where the determinant is positive, else a reflection.
    let sign = if m[0][0] * m[1][1] - m[0][1] * m[1][0] < 0.0 { -1.0 } else { 1.0 };
    let (cos, sin) = (m[0][0] + sign * m[1][1], m[0][1] - sign * m[1][0]);
    let length = cos.hypot(sin);
    if length < LEAST_OVERLAP {
        return [first, second];
    }
    let (cos, sin) = (cos / length, sin / length);
    let mix = |a: f64, b: f64| first.iter().zip(&second).map(|(x, y)| a * x + b * y).collect();
    [mix(cos, -sign * sin), mix(sin, sign * cos)]
}

fn random(d: usize) -> [Vec<f64>; 2] {
    let mut rng = SplitMix64::new(0);
    [(); 2].map(|()| (0..d).map(|_| rng.normal()).collect())
}

fn at_right_angle(axis: &[f64]) -> Vec<f64> {
    let least =
        (0..axis.len()).min_by(|&a, &b| axis[a].abs().total_cmp(&axis[b].abs())).unwrap_or(0);
    let mut other: Vec<f64> = axis.iter().map(|x| -axis[least] * x).collect();
    other[least] += 1.0;
    unit(other).unwrap_or_default()
}

fn unit(mut values: Vec<f64>) -> Option<Vec<f64>> {
    let length = dot(&values, &values).sqrt();
    values.iter_mut().for_each(|x| *x /= length);
    (length > f64::MIN_POSITIVE && length.is_finite()).then_some(values)
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}
