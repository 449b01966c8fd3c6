use lexicell_analysis::{
    AnalysisError,
    trajectory::{MAX_GROUPS, paga, path},
};
use lexicell_matrix::{CsrMatrix, MISSING_CODE};

use crate::fixtures::{SETS, codes, distances, golden, numbers, whole};

#[test]
fn connectivities_and_tree_are_those_of_scanpy() {
    for set in SETS {
        let golden = golden(set);
        let found = paga(&distances(set), &codes(&golden["groups"]), whole(&golden["n_groups"]));
        let found = found.expect("valid groups");
        let expected = numbers(&golden["connectivities"]);
        assert_eq!(found.connectivities.len(), expected.len());
        let pairs = found.connectivities.iter().zip(&expected);
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-7, "{set}: {worst}");
        let tree = golden["tree"].as_array().expect("a list");
        assert_eq!(found.tree.len(), tree.len(), "{set}");
        for ((a, b, weight), edge) in found.tree.iter().zip(tree) {
            let edge = numbers(edge);
            assert_eq!((f64::from(*a), f64::from(*b)), (edge[0], edge[1]), "{set}");
            assert!((weight - edge[2]).abs() < 1e-7, "{set}");
        }
        println!("{set}: {} groups, {worst:.1e}", found.n_groups);
    }
}

#[test]
fn the_tree_is_the_one_that_the_cells_were_made_from() {
    let groups = codes(&golden("branches")["groups"]);
    let found = paga(&distances("branches"), &groups, 5).expect("valid groups");
    let way = path(&found, 0, 3).expect("a way");
    assert_eq!((way.first(), way.last()), (Some(&0), Some(&3)));
    assert!(way.contains(&2), "{way:?}");
    assert_eq!(path(&found, 3, 0).map(|way| way.into_iter().rev().collect()), Some(way));
    assert_eq!(path(&found, 4, 4), Some(vec![4]));
    assert_eq!(path(&found, 0, 5), None);
    assert_eq!(found.sizes, [120, 120, 100, 80, 80]);
}

#[test]
fn cells_without_a_group_are_left_out() {
    // As if the cells were not there: the same as on the rows and columns of the rest.
    let mut groups = codes(&golden("branches")["groups"]);
    let whole = distances("branches");
    groups.iter_mut().step_by(3).for_each(|group| *group = MISSING_CODE);
    let kept: Vec<usize> = (0..500).filter(|&cell| groups[cell] != MISSING_CODE).collect();
    let (mut indptr, mut indices) = (vec![0], Vec::new());
    for &cell in &kept {
        let others = whole.row(cell).0.iter();
        indices.extend(others.filter_map(|&other| {
            kept.binary_search(&(other as usize)).ok().map(|place| place as u32)
        }));
        indptr.push(indices.len());
    }
    let data = vec![1.0; indices.len()];
    let part = CsrMatrix::try_new(kept.len(), kept.len(), indptr, indices, data).expect("a matrix");
    let of_part: Vec<u32> = kept.iter().map(|&cell| groups[cell]).collect();
    assert_eq!(paga(&whole, &groups, 5), paga(&part, &of_part, 5));
}

#[test]
fn groups_that_nothing_joins_make_a_forest() {
    // Cells of the second part come after the first 95.
    let groups: Vec<u32> =
        (0..155).map(|cell| if cell < 95 { cell / 32 } else { cell / 32 + 2 }).collect();
    let found = paga(&distances("repeated"), &groups, 8).expect("valid groups");
    assert_eq!(path(&found, 0, 5), None);
    assert_eq!(path(&found, 0, 1), Some(vec![0, 1]));
    assert_eq!((found.sizes[7], path(&found, 7, 0)), (0, None));
    assert!((0..8).all(|group| found.connectivity(group, 7) == 0.0));
}

#[test]
fn wrong_groups_are_refused() {
    let graph = distances("branches");
    let groups = codes(&golden("branches")["groups"]);
    assert!(matches!(paga(&graph, &groups[1..], 5), Err(AnalysisError::Shape { .. })));
    assert!(matches!(
        paga(&graph, &groups, 4),
        Err(AnalysisError::IndexOutOfRange { index: 4, len: 4, .. })
    ));
    assert!(matches!(
        paga(&graph, &groups, MAX_GROUPS + 1),
        Err(AnalysisError::Setting { setting: "groups", .. })
    ));
    assert!(paga(&CsrMatrix::zeros(2, 3), &[0, 0], 1).is_err());
}
