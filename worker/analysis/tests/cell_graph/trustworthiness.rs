use lexicell_analysis::{
    AnalysisError,
    trustworthiness::{Metric, Trustworthiness, TrustworthinessParams, trustworthiness},
};

use crate::fixtures::{cells, f32s, json};

#[test]
fn trustworthiness_is_that_of_scikit_learn() {
    let (data, map) = (cells("pbmc68k"), f32s("umap/pbmc68k_map.npy"));
    let golden = json("umap/umap.json");
    for entry in golden["trustworthiness"].as_array().expect("a list") {
        let metric = match entry["metric"].as_str() {
            Some("cosine") => Metric::Cosine,
            _ => Metric::Euclidean,
        };
        let k = entry["k"].as_u64().expect("a number") as usize;
        let params = TrustworthinessParams { k, metric, max_cells: None, seed: 0 };
        let ours = trustworthiness(&data, &map, params).expect("a map of these cells");
        let theirs = entry["value"].as_f64().expect("a number");
        println!("{metric:?}, k = {k}: {ours:.8}, scikit-learn {theirs:.8}");
        assert!((ours - theirs).abs() < 1e-6, "{metric:?}, k = {k}: {ours} and {theirs}");
    }
}

#[test]
fn a_sample_of_cells_estimates_the_whole_and_steps_do_not_matter() {
    let (data, map) = (cells("pbmc68k"), f32s("umap/pbmc68k_map.npy"));
    let whole = TrustworthinessParams { max_cells: None, ..Default::default() };
    let expected = trustworthiness(&data, &map, whole).expect("a map of these cells");
    let sampled = TrustworthinessParams { max_cells: Some(300), ..Default::default() };
    let estimate = trustworthiness(&data, &map, sampled).expect("a map of these cells");
    assert!((estimate - expected).abs() < 0.01 && estimate != expected, "{estimate} {expected}");
    let mut steps = Trustworthiness::new(&data, &map, sampled).expect("a map of these cells");
    while !steps.run(7).is_done() {}
    assert_eq!(steps.value(), estimate);
}

#[test]
fn a_faithful_map_is_trusted_and_a_shuffled_one_is_not() {
    let data = cells("repeated");
    let faithful: Vec<f32> = (0..data.n_rows()).flat_map(|row| [data.row(row)[0], 0.0]).collect();
    let line: Vec<f32> = (0..data.n_rows()).map(|row| data.row(row)[0]).collect();
    let line = lexicell_matrix::DenseMatrix::try_new(data.n_rows(), 1, line).expect("a matrix");
    let params = TrustworthinessParams { k: 10, ..Default::default() };
    assert_eq!(trustworthiness(&line, &faithful, params), Ok(1.0));
    let shuffled: Vec<f32> = (0..2 * data.n_rows()).map(|at| ((at * 7919) % 311) as f32).collect();
    let value = trustworthiness(&line, &shuffled, params).expect("a map of these cells");
    assert!(value < 0.7, "{value}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = cells("repeated");
    let params = TrustworthinessParams::default();
    let short = Trustworthiness::new(&data, &[0.0; 4], params);
    assert!(matches!(short, Err(AnalysisError::Shape { found: 4, .. })));
    let map = vec![0.0; 2 * data.n_rows()];
    let many = TrustworthinessParams { k: data.n_rows() / 2 + 1, ..params };
    let many = Trustworthiness::new(&data, &map, many);
    assert!(matches!(many, Err(AnalysisError::Setting { setting: "k", .. })));
    let broken = vec![f32::NAN; 2 * data.n_rows()];
    let broken = Trustworthiness::new(&data, &broken, params);
    assert!(matches!(broken, Err(AnalysisError::NotFinite { .. })));
}
