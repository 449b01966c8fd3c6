use lexicell_analysis::{
    AnalysisError,
    trajectory::{DiffusionMap, DiffusionSpace, N_COMPS},
};

use crate::edges::from_edges;
use crate::fixtures::{SETS, connectivities, golden, map, numbers, star};

/// Eigenvalues as near as this are taken as one: scanpy rounds to single precision.
const SAME: f64 = 2e-6;

/// The share of a unit vector that the components of (almost) one eigenvalue span, squared.
fn share(space: &DiffusionSpace, vector: &[f64], value: f64) -> f64 {
    let same = |&at: &usize| (space.eigenvalues[at] - value).abs() < SAME;
    let dot = |at: usize| -> f64 {
        vector.iter().enumerate().map(|(cell, x)| x * space.row(cell)[at]).sum()
    };
    (0..space.n_comps()).filter(same).map(|at| dot(at).powi(2)).sum()
}

#[test]
fn eigenvalues_and_components_are_those_of_scanpy() {
    for set in SETS {
        let (space, golden) = (map(&connectivities(set)), golden(set));
        let values = numbers(&golden["eigenvalues"]);
        let components = numbers(&golden["components"]);
        assert_eq!(space.n_comps(), values.len());
        let mut worst = 0.0_f64;
        for (at, &value) in values.iter().enumerate() {
            assert!((space.eigenvalues[at] - value).abs() < 1e-6, "{set}, value {at}");
            let vector: Vec<f64> =
                components.iter().skip(at).step_by(values.len()).copied().collect();
            let missing = (1.0 - share(&space, &vector, value)).abs();
            assert!(missing < 1e-5, "{set}, component {at}: {missing}");
            worst = worst.max(missing);
        }
        assert!(space.residual < 1e-8, "{set}: {}", space.residual);
        println!("{set}: {} parts, residual {:.1e}, {worst:.1e}", space.n_parts, space.residual);
    }
}

#[test]
fn components_are_orthonormal_and_their_signs_do_not_depend_on_the_seed() {
    let graph = connectivities("branches");
    let space = map(&graph);
    for a in 0..N_COMPS {
        for b in 0..N_COMPS {
            let dot: f64 = space.components.chunks(N_COMPS).map(|row| row[a] * row[b]).sum();
            assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-9, "{a} {b}");
        }
    }
    let mut other = DiffusionMap::new(&graph, N_COMPS, 9).expect("a graph");
    while !other.run(usize::MAX).expect("converges").is_done() {}
    let other = other.finish().expect("finished");
    assert_ne!(other, space);
    for (a, b) in space.components.iter().zip(&other.components) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[test]
fn the_step_size_does_not_matter() {
    let graph = connectivities("branches");
    let mut steps = DiffusionMap::new(&graph, N_COMPS, 0).expect("a graph");
    let mut done = 0;
    loop {
        let progress = steps.run(77).expect("converges");
        assert!(progress.done > done && progress.done - done < 77 + 8, "a step stays small");
        done = progress.done;
        if progress.is_done() {
            break;
        }
        assert!(progress.done < progress.total);
    }
    assert_eq!(steps.finish().expect("finished"), map(&graph));
}

#[test]
fn eigenvalues_that_occur_many_times_are_all_found() {
    // Seven arms of one shape: all that is antisymmetric between arms occurs six times.
    let space = map(&star(7, 40));
    let near = |at: usize| (space.eigenvalues[at] - space.eigenvalues[1]).abs() < 1e-9;
    assert!((1..7).all(near) && !near(7), "{:?}", space.eigenvalues);
    let near = |at: usize| (space.eigenvalues[at] - space.eigenvalues[8]).abs() < 1e-9;
    assert!((8..14).all(near) && !near(14), "{:?}", space.eigenvalues);
}

#[test]
fn a_ring_has_the_eigenvalues_that_are_known() {
    // Each cell has one neighbour on either side, so T has cos(2πk/n), in pairs; n is even, so that
    // −1 is one of the greatest by |λ|, as for scanpy.
    let n = 90;
    let edges: Vec<(u32, u32, f32)> = (0..n).map(|cell| (cell, (cell + 1) % n, 0.3)).collect();
    let space = map(&from_edges(n as usize, &edges));
    let mut known: Vec<f64> =
        (0..n).map(|k| (2.0 * std::f64::consts::PI * f64::from(k) / f64::from(n)).cos()).collect();
    known.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
    // The two of the 15th place differ in sign only, so either may be taken.
    let limit = known[N_COMPS - 1].abs();
    for (value, known) in
        sorted_by_size(&space.eigenvalues).into_iter().zip(known.iter().map(|known| known.abs()))
    {
        assert!((value - known).abs() < 1e-12 && value > limit - 1e-12, "{value} {known}");
    }
}

fn sorted_by_size(values: &[f64]) -> Vec<f64> {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    sizes
}

#[test]
fn each_part_has_its_constant_component() {
    let graph = connectivities("repeated");
    let space = map(&graph);
    assert_eq!((space.n_parts, space.eigenvalues[1]), (2, 1.0));
    assert!((space.eigenvalues[2] - 1.0).abs() > 0.01);
    for cell in 0..space.n_obs() {
        // The first 95 cells are the larger part.
        let own = usize::from(cell >= 95);
        assert!(space.row(cell)[own] > 0.0 && space.row(cell)[1 - own] == 0.0, "{cell}");
    }
}

#[test]
fn small_graphs_have_as_many_components_as_they_can() {
    let space = map(&star(2, 2));
    assert_eq!((space.n_obs(), space.n_comps()), (5, 4));
    assert!((space.eigenvalues[0] - 1.0).abs() < 1e-12);
}

#[test]
fn what_has_no_map_is_refused() {
    let refused = |graph, n_comps| DiffusionMap::new(graph, n_comps, 0).err();
    let pair = |first: u32| [(first, first + 1, 1.0), (first, first + 2, 1.0)];
    let parts: Vec<(u32, u32, f32)> = (0..4).flat_map(|part| pair(3 * part)).collect();
    let graph = from_edges(12, &parts);
    assert_eq!(refused(&graph, 4), Some(AnalysisError::GraphInParts { n_parts: 4, n_comps: 4 }));
    assert!(refused(&graph, 5).is_none());
    assert!(matches!(refused(&graph, 2), Some(AnalysisError::Setting { .. })));
    let graph = from_edges(5, &[(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0)]);
    assert_eq!(refused(&graph, 3), Some(AnalysisError::CellWithoutEdge { cell: 4 }));
    let graph = from_edges(3, &[(0, 1, 1.0), (1, 2, 1.0)]);
    assert!(matches!(refused(&graph, 3), Some(AnalysisError::TooFewCells { .. })));
    let unfinished = DiffusionMap::new(&star(3, 9), 3, 0).expect("a graph");
    assert!(matches!(unfinished.finish(), Err(AnalysisError::OutOfTurn { .. })));
}
