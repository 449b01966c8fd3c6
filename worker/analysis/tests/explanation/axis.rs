//! An axis between groups of donors.

use lexicell_analysis::{
    AnalysisError,
    axis::{Axis, AxisOptions, AxisResult},
    rng::SplitMix64,
    unit,
};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

const D: usize = 10;
const CELLS: usize = 15;

/// Donors with an effect of their own; the first half has `shift` in addition.
fn donors(seed: u64, n: usize, shift: f64) -> (DenseMatrix, Vec<u32>) {
    let mut rng = SplitMix64::new(seed);
    let (mut data, mut units) = (Vec::new(), Vec::new());
    for donor in 0..n {
        let own: Vec<f64> = (0..D).map(|_| rng.normal()).collect();
        for _ in 0..CELLS {
            for (column, own) in own.iter().enumerate() {
                let shift = if donor < n / 2 && column < 3 { shift } else { 0.0 };
                data.push((own + shift + 0.5 * rng.normal()) as f32);
            }
            units.push(donor as u32);
        }
    }
    let mut cells = DenseMatrix::try_new(n * CELLS, D, data).expect("shape");
    unit::normalize_rows(&mut cells);
    (cells, units)
}

fn fitted(cells: &DenseMatrix, units: &[u32], n: usize, groups: [&[u32]; 2]) -> AxisResult {
    let options = AxisOptions { n_draws: 499, seed: 3 };
    let mut job = Axis::new(cells, (units, n), groups, options).expect("valid");
    while !job.run(1).expect("runs").is_done() {}
    job.finish().expect("done")
}

#[test]
fn donors_that_differ_are_told_apart_and_leave_one_out_agrees() {
    let (cells, mut units) = donors(1, 10, 4.0);
    units[3] = MISSING_CODE;
    let found = fitted(&cells, &units, 10, [&[0, 1, 2, 3, 4], &[5, 6, 7, 8, 9]]);
    let test = found.test.expect("five against five");
    assert!(test.exact && test.n_assignments == 252 && test.p < 0.02, "{test:?}");
    assert!(found.units.iter().all(|unit| unit.left_out.expect("refitted").on_its_side));
    let mean = |group| -> f64 {
        let own = found.units.iter().filter(|unit| unit.group == Some(group));
        own.map(|unit| unit.mean).sum::<f64>() / 5.0
    };
    assert!((mean(0) - 1.0).abs() < 1e-9 && (mean(1) + 1.0).abs() < 1e-9);
    // A cell without a unit has a score, and counts in none.
    assert!(!found.scores[3].is_nan());
    assert_eq!(found.units[0].n_cells, CELLS - 1);
}

#[test]
fn donors_alone_make_no_axis_though_their_cells_differ() {
    let mut significant = 0;
    for seed in 0..40 {
        let (cells, units) = donors(500 + seed, 8, 0.0);
        let found = fitted(&cells, &units, 8, [&[0, 1, 2, 3], &[4, 5, 6, 7]]);
        let test = found.test.expect("four against four");
        significant += usize::from(test.p < 0.05);
        // Cells would all say that the groups differ: what is left out does not.
        assert!(test.p >= test.least_p);
    }
    assert!(significant <= 5, "{significant} of 40");
}

#[test]
fn a_group_of_one_has_scores_and_no_test() {
    let (cells, units) = donors(2, 6, 3.0);
    let found = fitted(&cells, &units, 6, [&[0], &[3, 4]]);
    assert_eq!((found.test, found.group_sizes), (None, [1, 2]));
    assert!(found.units[0].left_out.is_none() && found.units[3].left_out.is_some());
    assert_eq!((found.units[1].group, found.units[1].left_out), (None, None));
    assert_eq!(found.units.len(), 6);
}

#[test]
fn groups_that_cannot_be_compared_are_refused() {
    let (mut cells, units) = donors(2, 4, 3.0);
    let new = |groups: [&[u32]; 2]| {
        Axis::new(&cells, (&units, 5), groups, AxisOptions::default()).map(|_| ())
    };
    assert!(matches!(new([&[0, 1], &[1]]), Err(AnalysisError::InBothGroups { index: 1, .. })));
    assert!(matches!(new([&[0, 0], &[1]]), Err(AnalysisError::ListedTwice { .. })));
    assert!(matches!(new([&[0], &[]]), Err(AnalysisError::EmptyGroup { group: "second", .. })));
    assert!(matches!(new([&[0], &[5]]), Err(AnalysisError::IndexOutOfRange { .. })));
    let mut job =
        Axis::new(&cells, (&units, 5), [&[0], &[4]], AxisOptions::default()).expect("new");
    assert_eq!(job.run(9), Err(AnalysisError::EmptyUnit { unit: 4 }));
    assert!(matches!(job.finish(), Err(AnalysisError::OutOfTurn { .. })));
    let short = Axis::new(&cells, (&units[1..], 5), [&[0], &[1]], AxisOptions::default());
    assert!(matches!(short, Err(AnalysisError::Shape { .. })));
    // Two groups in the same place have no axis.
    let place = cells.row(0).to_vec();
    (0..cells.n_rows()).for_each(|row| cells.row_mut(row).copy_from_slice(&place));
    let options = AxisOptions::default();
    let mut job = Axis::new(&cells, (&units, 4), [&[0], &[1]], options).expect("new");
    assert!(matches!(job.run(9), Err(AnalysisError::NoVariance { .. })));
    cells.row_mut(0)[0] = 7.0;
    let long = Axis::new(&cells, (&units, 4), [&[0], &[1]], options);
    assert!(matches!(long, Err(AnalysisError::NotUnitLength { .. })));
}
