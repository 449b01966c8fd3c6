use std::time::Instant;

use lexicell_analysis::{
    AnalysisError,
    spectral::SpectralLayout,
    trustworthiness::{TrustworthinessParams, trustworthiness},
    umap::{Curve, Umap, UmapParams},
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

use crate::edges::from_edges;
use crate::fixtures::{SETS, cells, graph, json};

fn spectral(graph: &CsrMatrix, data: Option<&DenseMatrix>) -> Vec<f32> {
    let mut layout = SpectralLayout::new(graph, data, 0).expect("a graph");
    while !layout.run(10).is_done() {}
    layout.into_positions().expect("finished")
}

fn trust(data: &DenseMatrix, map: &[f32]) -> f64 {
    let params = TrustworthinessParams { max_cells: Some(3000), ..Default::default() };
    trustworthiness(data, map, params).expect("a map of these cells")
}

#[test]
fn curve_parameters_are_those_of_umap_learn() {
    for entry in json("umap/umap.json")["curves"].as_array().expect("a list") {
        let number = |key: &str| entry[key].as_f64().expect("a number");
        let curve = Curve::fit(number("min_dist"), number("spread")).expect("sensible settings");
        let (a, b) = (number("a"), number("b"));
        assert!((curve.a - a).abs() < 1e-3 && (curve.b - b).abs() < 1e-3, "{curve:?}: {a}, {b}");
    }
    assert!(Curve::fit(1.1, 1.0).is_err() && Curve::fit(-0.1, 1.0).is_err());
    assert!(Curve::fit(0.1, 0.0).is_err() && Curve::fit(f64::NAN, 1.0).is_err());
}

#[test]
fn maps_are_as_trustworthy_as_those_of_umap_learn() {
    let golden = json("umap/umap.json");
    for set in SETS {
        let (graph, data) = (graph(set), cells(set));
        let theirs = golden["maps"][set].as_array().expect("a list").iter();
        let theirs: Vec<f64> = theirs.map(|value| value.as_f64().expect("a number")).collect();
        let mean = theirs.iter().sum::<f64>() / theirs.len() as f64;
        let clock = Instant::now();
        let start = spectral(&graph, Some(&data));
        let spectral_time = clock.elapsed();
        for seed in 0..2 {
            let clock = Instant::now();
            let params = UmapParams { seed, ..Default::default() };
            let mut umap = Umap::new(&graph, &start, params).expect("a graph");
            let n_epochs = umap.run(usize::MAX).total;
            let elapsed = clock.elapsed();
            let value = trust(&data, umap.embedding());
            println!(
                "{set}, seed {seed}: trustworthiness {value:.4}, umap-learn {mean:.4}; spectral start \
                 {spectral_time:.0?}, {n_epochs} epochs {elapsed:.0?} ({:.2?} each)",
                elapsed / n_epochs as u32
            );
            assert!(value > mean - 0.01, "{set}: {value}, umap-learn {mean}");
        }
    }
}

#[test]
fn a_random_start_and_a_start_of_two_components_are_nearly_as_good() {
    let (graph, data) = (graph("pbmc68k"), cells("pbmc68k"));
    let spectral = trust(&data, &map(&graph, &spectral(&graph, None)));
    let components: Vec<f32> =
        (0..700).flat_map(|row| [data.row(row)[0], data.row(row)[1]]).collect();
    let random: Vec<f32> = (0..1400).map(|at| ((at * 7919) % 1409) as f32).collect();
    for start in [components, random] {
        let value = trust(&data, &map(&graph, &start));
        println!("pbmc68k from another start: {value:.4}, spectral {spectral:.4}");
        assert!(value > spectral - 0.03);
    }
}

fn map(graph: &CsrMatrix, start: &[f32]) -> Vec<f32> {
    let mut umap = Umap::new(graph, start, UmapParams::default()).expect("a graph");
    umap.run(usize::MAX);
    umap.embedding().to_vec()
}

#[test]
fn the_seed_decides_and_the_step_size_does_not() {
    let graph = graph("pbmc68k");
    let start = spectral(&graph, None);
    let whole = map(&graph, &start);
    let mut steps = Umap::new(&graph, &start, UmapParams::default()).expect("a graph");
    let mut calls = 0;
    while !steps.run_edges(1234).is_done() {
        calls += 1;
    }
    assert!(calls > 500 * graph.nnz() / 3 / 1234, "{calls} calls");
    assert_eq!(steps.embedding(), whole);
    let params = UmapParams { seed: 1, ..Default::default() };
    let mut other = Umap::new(&graph, &start, params).expect("a graph");
    assert_eq!(other.run(3).done, 3);
    other.run(usize::MAX);
    assert_ne!(other.embedding(), whole);
}

#[test]
fn parts_that_are_not_connected_are_set_apart() {
    let data = cells("repeated");
    let graph = graph("repeated");
    let start = spectral(&graph, Some(&data));
    assert!(start.iter().all(|x| x.is_finite()));
    let (left, right) = start.split_at(2 * 95);
    let range = |values: &[f32]| {
        let xs = values.iter().step_by(2);
        (xs.clone().copied().fold(f32::MAX, f32::min), xs.copied().fold(f32::MIN, f32::max))
    };
    let (left, right) = (range(left), range(right));
    assert!(left.1 < right.0 || right.1 < left.0, "{left:?} {right:?}");
    assert!(map(&graph, &start).iter().all(|x| x.is_finite()));
}

#[test]
fn the_spectral_start_has_the_eigenvalues_that_scipy_finds() {
    for set in ["pbmc68k", "pbmc3k"] {
        let graph = graph(set);
        let start = spectral(&graph, None);
        let golden = json("umap/umap.json");
        for axis in 0..2 {
            let theirs = golden["eigenvalues"][set][axis + 1].as_f64().expect("a number");
            let vector: Vec<f64> = start.chunks(2).map(|at| f64::from(at[axis])).collect();
            let ours = rayleigh_quotient(&graph, &vector);
            println!("{set}, eigenvalue {}: {ours:.7}, scipy {theirs:.7}", axis + 2);
            assert!((ours - theirs).abs() < 1e-4, "{set}: {ours} {theirs}");
        }
    }
}

/// vᵀ D^-1/2 A D^-1/2 v / vᵀv: the eigenvalue, where v is an eigenvector.
fn rayleigh_quotient(graph: &CsrMatrix, vector: &[f64]) -> f64 {
    let weights = |cell: usize| graph.row(cell).1.iter().map(|&weight| f64::from(weight));
    let roots: Vec<f64> = (0..vector.len()).map(|cell| weights(cell).sum::<f64>().sqrt()).collect();
    let (mut product, mut square) = (0.0, 0.0);
    for (cell, &own) in vector.iter().enumerate() {
        square += own * own;
        for (&other, weight) in graph.row(cell).0.iter().zip(weights(cell)) {
            let other = other as usize;
            product += own * weight * vector[other] / (roots[cell] * roots[other]);
        }
    }
    product / square
}

#[test]
fn odd_graphs_get_a_start_and_a_map() {
    // Many parts, parts of one, two, three and four cells, and no cell at all.
    let mut edges =
        vec![(1, 2, 1.0), (3, 4, 1.0), (4, 5, 0.5), (6, 7, 1.0), (7, 8, 1.0), (8, 9, 0.2)];
    edges.extend((10..30).flat_map(|a| [(a, 30, 1.0), (a, 31, 0.1)]));
    let graph = from_edges(34, &edges);
    let data = DenseMatrix::try_new(34, 3, (0..102).map(|at| (at as f32).sin()).collect());
    for data in [None, data.ok()] {
        let start = spectral(&graph, data.as_ref());
        let map = map(&graph, &start);
        assert!(start.iter().chain(&map).all(|x| x.is_finite()));
    }
    for n_obs in [0, 1, 2] {
        let graph = CsrMatrix::zeros(n_obs, n_obs);
        assert_eq!(map(&graph, &spectral(&graph, None)).len(), 2 * n_obs);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let graph = from_edges(2, &[(0, 1, 1.0)]);
    let new = |start: &[f32], params| Umap::new(&graph, start, params).map(|_| ());
    let params = UmapParams::default();
    assert!(matches!(
        new(&[0.0; 3], params),
        Err(AnalysisError::Shape { expected: 4, found: 3, .. })
    ));
    assert!(matches!(
        new(&[0.0, 0.0, f32::NAN, 0.0], params),
        Err(AnalysisError::NotFinite { row: 1, column: 0, .. })
    ));
    let rate = UmapParams { learning_rate: -1.0, ..params };
    assert!(matches!(new(&[0.0; 4], rate), Err(AnalysisError::Setting { .. })));
    let data = DenseMatrix::zeros(3, 1);
    assert!(SpectralLayout::new(&graph, Some(&data), 0).is_err());
    let one_way = CsrMatrix::try_new(2, 2, vec![0, 1, 1], vec![1], vec![1.0]).expect("a matrix");
    assert!(Umap::new(&one_way, &[0.0; 4], params).is_err());
    let unfinished =
        SpectralLayout::new(&from_edges(9, &[(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0)]), None, 0);
    let unfinished = unfinished.expect("a graph").into_positions();
    assert!(matches!(unfinished, Err(AnalysisError::OutOfTurn { .. })));
}
