use lexicell_analysis::{
    AnalysisError, Neighbors,
    graph::{Connectivities, connectivities},
};

use crate::fixtures::{K, neighbors, scanpy_connectivities};

#[test]
fn connectivities_are_those_of_scanpy() {
    for set in ["pbmc68k", "repeated"] {
        let ours = connectivities(&neighbors(set, K)).expect("valid neighbours");
        let theirs = scanpy_connectivities(set);
        assert_eq!(ours.indptr(), theirs.indptr(), "{set}");
        assert_eq!(ours.indices(), theirs.indices(), "{set}");
        let differences = ours.data().iter().zip(theirs.data()).map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f32::max);
        println!("{set}: largest difference from scanpy's connectivities {largest:e}");
        assert!(largest < 1e-5, "{set}: {largest}");
    }
}

#[test]
fn steps_of_any_size_give_the_same_symmetric_graph() {
    let neighbors = neighbors("pbmc68k", K);
    let whole = connectivities(&neighbors).expect("valid neighbours");
    let mut steps = Connectivities::new(neighbors).expect("valid neighbours");
    let mut calls = 1;
    while !steps.run(37).expect("a step").is_done() {
        calls += 1;
    }
    assert_eq!(calls, 3 * 700_usize.div_ceil(37));
    let stepped = steps.into_matrix().expect("finished");
    assert_eq!(stepped, whole);
    for row in 0..whole.n_rows() {
        let (others, weights) = whole.row(row);
        for (&other, &weight) in others.iter().zip(weights) {
            assert!(weight > 0.0 && weight <= 1.0 && other as usize != row);
            let (back, back_weights) = whole.row(other as usize);
            let at = back.binary_search(&(row as u32)).expect("the edge in the other direction");
            assert_eq!(back_weights[at], weight);
        }
    }
}

#[test]
fn a_graph_is_not_given_away_unfinished_nor_made_of_nonsense() {
    let mut steps = Connectivities::new(neighbors("repeated", K)).expect("valid neighbours");
    steps.run(1).expect("a step");
    assert!(matches!(steps.into_matrix(), Err(AnalysisError::OutOfTurn { .. })));
    let own = Neighbors { k: 1, indices: vec![1, 1], distances: vec![1.0, 1.0] };
    assert!(matches!(connectivities(&own), Err(AnalysisError::Neighbors { cell: 1, .. })));
}
