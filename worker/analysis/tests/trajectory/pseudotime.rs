use lexicell_analysis::{
    AnalysisError,
    trajectory::{N_DCS, medoid, pseudotime},
};

use crate::edges::from_edges;
use crate::fixtures::{SETS, codes, connectivities, golden, map, numbers, spearman, star, whole};

#[test]
fn pseudotime_is_that_of_scanpy() {
    for set in SETS {
        let golden = golden(set);
        let root = whole(&golden["root"]);
        let found = pseudotime(&map(&connectivities(set)), root, N_DCS).expect("a root");
        let expected = numbers(&golden["pseudotime"]);
        assert_eq!((found.len(), found[root]), (expected.len(), 0.0));
        let reached =
            |times: &[f64]| -> Vec<bool> { times.iter().map(|t| t.is_finite()).collect() };
        assert_eq!(reached(&found), reached(&expected), "{set}");
        let finite = |times: &[f64]| -> Vec<f64> {
            times.iter().copied().filter(|time| time.is_finite()).collect()
        };
        let (found, expected) = (finite(&found), finite(&expected));
        let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let correlation = spearman(&found, &expected);
        println!("{set}: {} cells, Spearman {correlation:.6}, {worst:.1e}", found.len());
        assert!(worst < 1e-4, "{set}: {worst}");
        assert!(correlation > 0.99, "{set}: {correlation}");
    }
}

#[test]
fn the_order_of_a_known_tree_is_found() {
    let golden = golden("branches");
    let truth = numbers(&golden["truth"]);
    let space = map(&connectivities("branches"));
    let found = pseudotime(&space, whole(&golden["root"]), N_DCS).expect("a root");
    let correlation = spearman(&found, &truth);
    println!("order of the tree: Spearman {correlation:.4}");
    assert!(correlation > 0.9, "{correlation}");
    // Along each way from the stem to a tip.
    let groups = codes(&golden["groups"]);
    for way in [&[0, 1][..], &[0, 2, 3], &[0, 2, 4]] {
        let along = |times: &[f64]| -> Vec<f64> {
            let of_way = times.iter().zip(&groups).filter(|(_, group)| way.contains(group));
            of_way.map(|(&time, _)| time).collect()
        };
        let correlation = spearman(&along(&found), &along(&truth));
        println!("{way:?}: {correlation:.4}");
        assert!(correlation > 0.95, "{way:?}: {correlation}");
    }
}

#[test]
fn along_a_line_pseudotime_rises_from_cell_to_cell() {
    // But for the ends, where the degree of a cell differs: scanpy counts the constant component, too.
    let found = pseudotime(&map(&star(1, 60)), 0, N_DCS).expect("a root");
    assert!(found[2..58].windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
    assert!(found[0] == 0.0 && found[58..].iter().all(|&time| time > 0.9));
}

#[test]
fn the_medoid_is_the_cell_with_the_least_squared_distances() {
    let space = map(&connectivities("branches"));
    let groups = codes(&golden("branches")["groups"]);
    let cells: Vec<u32> = (0..500).filter(|&cell| groups[cell as usize] == 1).collect();
    let found = medoid(&space, &cells, N_DCS).expect("cells");
    assert!(cells.contains(&(found as u32)));
    // By definition; times are distances over the greatest, whose square is taken out again here.
    let scale = |&value: &f64| if value < 0.9994 { value / (1.0 - value) } else { 1.0 };
    let scales: Vec<f64> = space.eigenvalues[..N_DCS].iter().map(scale).collect();
    let square = |a: usize, b: usize| -> f64 {
        let pairs = space.row(a).iter().zip(space.row(b));
        scales.iter().zip(pairs).map(|(scale, (x, y))| (scale * (x - y)).powi(2)).sum()
    };
    let sum = |from: usize| cells.iter().map(|&to| square(from, to as usize)).sum::<f64>();
    assert!(cells.iter().all(|&cell| sum(found) <= sum(cell as usize) * (1.0 + 1e-12)));
    assert_eq!(medoid(&space, &[17], N_DCS), Ok(17));
}

#[test]
fn the_medoid_of_cells_in_two_parts_lies_in_the_larger_share() {
    let space = map(&connectivities("repeated"));
    // The second part starts with cell 95.
    let cells: Vec<u32> =
        (85_u32..105).filter(|cell| cell.is_multiple_of(2) || *cell >= 95).collect();
    let found = medoid(&space, &cells, N_DCS).expect("cells");
    assert!((95..105).contains(&found), "{found}");
}

#[test]
fn what_has_no_pseudotime_is_refused() {
    let space = map(&star(3, 20));
    let refused = |root, n_dcs| pseudotime(&space, root, n_dcs).err();
    assert!(matches!(refused(61, 10), Some(AnalysisError::IndexOutOfRange { index: 61, .. })));
    assert!(matches!(refused(0, 16), Some(AnalysisError::Setting { .. })));
    assert!(matches!(refused(0, 1), Some(AnalysisError::Setting { .. })));
    assert!(matches!(medoid(&space, &[], 10), Err(AnalysisError::TooFewCells { .. })));
    assert!(matches!(medoid(&space, &[61], 10), Err(AnalysisError::IndexOutOfRange { .. })));
}

#[test]
fn a_root_in_a_part_that_the_map_says_nothing_about_is_refused() {
    // A long line, whose components are all slower than the one that tells three cells apart.
    let mut edges: Vec<(u32, u32, f32)> = (0..200).map(|cell| (cell, cell + 1, 1.0)).collect();
    edges.extend((0..199).map(|cell| (cell, cell + 2, 1.0)));
    edges.extend([(201, 202, 1.0), (202, 203, 1.0), (201, 203, 1.0)]);
    let space = map(&from_edges(204, &edges));
    let expected =
        AnalysisError::RootOutsideMap { root: 202, n_cells: 3, n_dcs: N_DCS, n_parts: 2 };
    assert_eq!(pseudotime(&space, 202, N_DCS), Err(expected));
    let found = pseudotime(&space, 0, N_DCS).expect("a root");
    assert!(found[..201].iter().all(|time| time.is_finite()));
    assert!(found[201..].iter().all(|time| time.is_infinite()));
}
