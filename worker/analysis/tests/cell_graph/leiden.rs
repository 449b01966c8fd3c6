use std::{collections::BTreeSet, time::Instant};

use lexicell_analysis::{
    AnalysisError,
    leiden::{Clusters, Leiden, LeidenParams},
};
use lexicell_matrix::CsrMatrix;

use crate::edges::from_edges;
use crate::fixtures::{SETS, graph, json};

fn clusters(graph: &CsrMatrix, params: LeidenParams) -> Clusters {
    let mut leiden = Leiden::new(graph, params).expect("a graph");
    while !leiden.run(1_000_000).is_done() {}
    leiden.into_clusters().expect("finished")
}

/// Modularity by its definition, pair by pair of one cluster.
fn modularity(graph: &CsrMatrix, labels: &[u32], resolution: f64) -> f64 {
    let weights = |cell: usize| graph.row(cell).1.iter().map(|&weight| f64::from(weight));
    let total: f64 = (0..graph.n_rows()).flat_map(weights).sum();
    let n_clusters = labels.iter().max().map_or(0, |&label| label as usize + 1);
    let (mut inside, mut strengths) = (0.0, vec![0.0; n_clusters]);
    for (cell, &label) in labels.iter().enumerate() {
        for (&other, weight) in graph.row(cell).0.iter().zip(weights(cell)) {
            strengths[label as usize] += weight;
            inside += if labels[other as usize] == label { weight } else { 0.0 };
        }
    }
    inside / total - resolution * strengths.iter().map(|of| (of / total).powi(2)).sum::<f64>()
}

/// Number of connected parts, counted cluster by cluster.
fn n_parts(graph: &CsrMatrix, labels: &[u32]) -> usize {
    let (mut seen, mut parts) = (vec![false; labels.len()], 0);
    for start in 0..labels.len() {
        let mut stack = if seen[start] { vec![] } else { vec![start] };
        parts += stack.len();
        while let Some(cell) = stack.pop() {
            if !std::mem::replace(&mut seen[cell], true) {
                let others = graph.row(cell).0.iter().map(|&other| other as usize);
                stack.extend(others.filter(|&other| labels[other] == labels[cell]));
            }
        }
    }
    parts
}

#[test]
fn modularity_is_that_of_leidenalg_and_every_cluster_is_connected() {
    let golden = json("leiden/modularity.json");
    for set in SETS {
        let graph = graph(set);
        for entry in golden["sets"][set].as_array().expect("a list") {
            let resolution = entry["resolution"].as_f64().expect("a number");
            let theirs = entry["modularity"].as_array().expect("a list").iter();
            let theirs: Vec<f64> = theirs.map(|value| value.as_f64().expect("a number")).collect();
            let best = theirs.iter().copied().fold(f64::MIN, f64::max);
            for seed in 0..3 {
                let start = Instant::now();
                let found =
                    clusters(&graph, LeidenParams { resolution, seed, ..Default::default() });
                println!(
                    "{set}, resolution {resolution}, seed {seed}: {:.5} ({:.5} of leidenalg's best), \
                     {} clusters, {} rounds, {:.0?}",
                    found.modularity,
                    found.modularity / best,
                    found.n_clusters,
                    found.n_iterations,
                    start.elapsed()
                );
                assert!(found.modularity >= 0.99 * best, "{set} {resolution} {seed}");
                assert!(
                    (found.modularity - modularity(&graph, &found.labels, resolution)).abs() < 1e-9
                );
                assert_eq!(n_parts(&graph, &found.labels), found.n_clusters);
            }
        }
    }
}

#[test]
fn clusters_are_numbered_by_size_without_gaps() {
    let found = clusters(&graph("pbmc3k"), LeidenParams::default());
    let mut sizes = vec![0; found.n_clusters];
    found.labels.iter().for_each(|&label| sizes[label as usize] += 1);
    assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]) && sizes.iter().all(|&size| size > 0));
}

#[test]
fn the_seed_decides_and_the_step_size_does_not() {
    let graph = graph("pbmc3k");
    let params = LeidenParams { resolution: 2.0, seed: 3, ..Default::default() };
    let whole = clusters(&graph, params);
    let mut steps = Leiden::new(&graph, params).expect("a graph");
    let mut done = 0;
    loop {
        let progress = steps.run(501);
        assert!(progress.done > done && progress.done - done < 501 + 1000, "a step stays small");
        done = progress.done;
        if progress.is_done() {
            break;
        }
        assert!(progress.done < progress.total);
    }
    assert_eq!(steps.into_clusters().expect("finished"), whole);
    let other = clusters(&graph, LeidenParams { seed: 4, ..params });
    assert_ne!(other.labels, whole.labels);
}

#[test]
fn a_number_of_rounds_is_kept_to() {
    let graph = graph("pbmc68k");
    let rounds = |n_iterations| {
        clusters(&graph, LeidenParams { n_iterations: Some(n_iterations), ..Default::default() })
    };
    assert_eq!(rounds(0).n_clusters, 700);
    assert_eq!(rounds(1).n_iterations, 1);
    assert!(rounds(2).modularity >= rounds(1).modularity);
}

#[test]
fn two_triangles_with_a_bridge_are_two_clusters_and_lone_cells_stay_alone() {
    let edges =
        [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0), (2, 3, 0.5)];
    let found = clusters(&from_edges(8, &edges), LeidenParams::default());
    assert_eq!(found.labels, [0, 0, 0, 1, 1, 1, 2, 3]);
    let expected = 2.0 * (6.0 / 13.0 - 0.25);
    assert!((found.modularity - expected).abs() < 1e-12, "{}", found.modularity);

    let empty = clusters(&from_edges(3, &[]), LeidenParams::default());
    assert_eq!((empty.n_clusters, empty.modularity), (3, 0.0));
    assert_eq!(clusters(&from_edges(0, &[]), LeidenParams::default()).n_clusters, 0);
}

#[test]
fn without_a_penalty_connected_parts_become_clusters() {
    let graph = graph("repeated");
    let found = clusters(&graph, LeidenParams { resolution: 0.0, ..Default::default() });
    assert_eq!(found.n_clusters, n_parts(&graph, &vec![0; graph.n_rows()]));
    assert!((found.modularity - 1.0).abs() < 1e-12);
    let distinct: BTreeSet<u32> = found.labels.iter().copied().collect();
    assert!(distinct.len() > 1);
}

#[test]
fn what_is_no_graph_is_refused() {
    let one_way = CsrMatrix::try_new(2, 2, vec![0, 1, 1], vec![1], vec![1.0]).expect("a matrix");
    let error = Leiden::new(&one_way, LeidenParams::default()).expect_err("one direction only");
    assert!(matches!(error, AnalysisError::Graph { row: 0, .. }), "{error}");
    let two_weights =
        CsrMatrix::try_new(2, 2, vec![0, 1, 2], vec![1, 0], vec![1.0, 2.0]).expect("a matrix");
    assert!(Leiden::new(&two_weights, LeidenParams::default()).is_err());
    let negative = from_edges(2, &[(0, 1, -1.0)]);
    assert!(Leiden::new(&negative, LeidenParams::default()).is_err());
    let wide = CsrMatrix::zeros(2, 3);
    assert!(matches!(
        Leiden::new(&wide, LeidenParams::default()),
        Err(AnalysisError::Shape { expected: 2, found: 3, .. })
    ));
    let resolution = f64::NAN;
    let params = LeidenParams { resolution, ..Default::default() };
    assert!(matches!(
        Leiden::new(&CsrMatrix::zeros(2, 2), params),
        Err(AnalysisError::Setting { setting: "resolution", .. })
    ));
    let mut unfinished = Leiden::new(&graph("pbmc68k"), LeidenParams::default()).expect("a graph");
    unfinished.run(10);
    assert!(matches!(unfinished.into_clusters(), Err(AnalysisError::OutOfTurn { .. })));
}
