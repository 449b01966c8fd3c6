//! The picture of a space in training: the plane of PCA, followed without a jump.

use lexicell_analysis::{plane::MovingPlane, rng::SplitMix64};
use lexicell_matrix::DenseMatrix;

const D: usize = 12;

/// Cells spread by 3 along one axis, 2 along another and .1 along all others; the first two axes are
/// turned by `angle` towards the third and fourth.
fn cells(n: usize, angle: f64) -> DenseMatrix {
    let mut rng = SplitMix64::new(7);
    let (cos, sin) = (angle.cos(), angle.sin());
    let mut values = Vec::new();
    for _ in 0..n {
        let mut cell: Vec<f64> = (0..D).map(|_| 0.1 * rng.normal()).collect();
        let (a, b) = (3.0 * rng.normal(), 2.0 * rng.normal());
        cell[0] += cos * a;
        cell[2] += sin * a;
        cell[1] += cos * b;
        cell[3] += sin * b;
        values.extend(cell.iter().map(|&x| x as f32));
    }
    DenseMatrix::try_new(n, D, values).expect("a matrix")
}

fn spread(places: &[[f32; 2]], axis: usize) -> f64 {
    let n = places.len() as f64;
    let mean = places.iter().map(|place| f64::from(place[axis])).sum::<f64>() / n;
    places.iter().map(|place| (f64::from(place[axis]) - mean).powi(2)).sum::<f64>() / n
}

fn moved(before: &[[f32; 2]], after: &[[f32; 2]]) -> f64 {
    let far = |(a, b): (&[f32; 2], &[f32; 2])| f64::from((a[0] - b[0]).hypot(a[1] - b[1]));
    before.iter().zip(after).map(far).sum::<f64>() / before.len() as f64
}

#[test]
fn the_plane_holds_the_two_largest_variances() {
    let cells = cells(1500, 0.0);
    let places = MovingPlane::default().place(&cells).expect("places");
    let planted: f64 = (0..2)
        .map(|axis| {
            let own: Vec<[f32; 2]> =
                (0..cells.n_rows()).map(|row| [cells.row(row)[axis], 0.0]).collect();
            spread(&own, 0)
        })
        .sum();
    let found = spread(&places, 0) + spread(&places, 1);
    assert!((found / planted - 1.0).abs() < 1e-3, "{found} of {planted}");
}

#[test]
fn the_picture_moves_as_far_as_the_cells_do() {
    let mut plane = MovingPlane::default();
    let before = plane.place(&cells(800, 0.0)).expect("places");
    for step in 1..=20 {
        let turned = cells(800, 0.05 * f64::from(step));
        let after = plane.place(&turned).expect("places");
        // The plane turns with the cells, so that they stay where they are in the picture.
        assert!(moved(&before, &after) < 0.25, "step {step}: {}", moved(&before, &after));
    }
    // Another point of view on the first picture would be as good a plane, but a jump.
    let anew = MovingPlane::default().place(&cells(800, 1.0)).expect("places");
    assert!(moved(&before, &anew) > 0.5, "a fresh plane happens to lie the same way");
}

#[test]
fn cells_without_a_place_have_none() {
    let cells = DenseMatrix::try_new(4, 3, vec![1., 0., 0., 0., 0., 0., -1., 0., 0., 2., 0., 0.])
        .expect("a matrix");
    let places = MovingPlane::default().place(&cells).expect("places");
    assert!(places[1][0].is_nan() && places[0][0].is_finite());
    // All on one line: the second axis shows nothing.
    assert!(places.iter().all(|place| place[1].is_nan() || place[1].abs() < 1e-6));
    let distance = f64::from((places[3][0] - places[2][0]).abs());
    assert!((distance - 3.0).abs() < 1e-5);
}

#[test]
fn a_line_is_no_plane() {
    let cells = DenseMatrix::try_new(3, 1, vec![1.0, 2.0, 3.0]).expect("a matrix");
    assert!(MovingPlane::default().place(&cells).is_err());
}
