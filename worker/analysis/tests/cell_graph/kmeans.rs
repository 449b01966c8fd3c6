use lexicell_analysis::{
    AnalysisError,
    kmeans::{KMeans, KMeansParams, Partition},
};
use lexicell_matrix::DenseMatrix;

use crate::fixtures::{cells, json};

fn partition(data: &DenseMatrix, params: KMeansParams, cells: usize) -> Partition {
    let mut search = KMeans::new(data, params).expect("sensible settings");
    while !search.run(cells).is_done() {}
    search.into_partition().expect("finished")
}

#[test]
fn inertia_is_that_of_scikit_learn() {
    for entry in json("kmeans/kmeans.json")["inertia"].as_array().expect("a list") {
        let set = entry["set"].as_str().expect("a name");
        let n_clusters = entry["k"].as_u64().expect("a number") as usize;
        let params = KMeansParams { n_clusters, ..Default::default() };
        let ours = partition(&cells(set), params, usize::MAX);
        let theirs = entry["inertia"].as_f64().expect("a number");
        println!("{set}, k = {n_clusters}: inertia {:.1}, scikit-learn {theirs:.1}", ours.inertia);
        assert!(ours.inertia < 1.01 * theirs, "{set} {n_clusters}: {} {theirs}", ours.inertia);
    }
}

#[test]
fn the_inertia_is_that_of_the_labels_up_to_the_last_movement() {
    let data = cells("pbmc68k");
    let found = partition(&data, KMeansParams::default(), usize::MAX);
    let mut inertia = 0.0;
    for label in 0..8 {
        let rows: Vec<&[f32]> = (0..data.n_rows())
            .filter(|&cell| found.labels[cell] == label)
            .map(|cell| data.row(cell))
            .collect();
        for column in 0..data.n_cols() {
            let values = rows.iter().map(|row| f64::from(row[column]));
            let mean = values.clone().sum::<f64>() / rows.len() as f64;
            inertia += values.map(|x| (x - mean).powi(2)).sum::<f64>();
        }
    }
    assert!((inertia / found.inertia - 1.0).abs() < 1e-3, "{inertia} {}", found.inertia);
    let sizes: Vec<usize> =
        (0..8).map(|own| found.labels.iter().filter(|&&label| label == own).count()).collect();
    assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]) && sizes[7] > 0, "{sizes:?}");
}

#[test]
fn the_seed_decides_and_the_step_size_does_not() {
    let data = cells("pbmc68k");
    let params = KMeansParams { n_clusters: 20, n_starts: 1, ..Default::default() };
    let whole = partition(&data, params, usize::MAX);
    assert_eq!(partition(&data, params, 97), whole);
    assert_ne!(partition(&data, KMeansParams { seed: 1, ..params }, usize::MAX), whole);
}

#[test]
fn equal_cells_and_as_many_clusters_as_cells_are_no_trouble() {
    let equal = DenseMatrix::zeros(5, 3);
    let params = KMeansParams { n_clusters: 3, ..Default::default() };
    assert_eq!(partition(&equal, params, 2).inertia, 0.0);
    let line = DenseMatrix::try_new(4, 1, vec![0.0, 5.0, 9.0, 30.0]).expect("a matrix");
    let each = partition(&line, KMeansParams { n_clusters: 4, ..params }, 1);
    assert_eq!((each.labels, each.inertia), (vec![0, 1, 2, 3], 0.0));
    let without_columns = partition(&DenseMatrix::zeros(3, 0), params, 1);
    assert_eq!(without_columns.labels.len(), 3);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let data = DenseMatrix::zeros(2, 1);
    let refused = |data, params| KMeans::new(data, params).map(|_| ());
    let params = KMeansParams { n_clusters: 2, ..Default::default() };
    for wrong in [
        KMeansParams { n_clusters: 0, ..params },
        KMeansParams { n_clusters: 3, ..params },
        KMeansParams { n_starts: 0, ..params },
    ] {
        assert!(matches!(refused(&data, wrong), Err(AnalysisError::Setting { .. })));
    }
    let broken = DenseMatrix::try_new(2, 1, vec![0.0, f32::NAN]).expect("a matrix");
    assert!(matches!(refused(&broken, params), Err(AnalysisError::NotFinite { row: 1, .. })));
    let mut unfinished = KMeans::new(&data, params).expect("sensible settings");
    unfinished.run(1);
    assert!(matches!(unfinished.into_partition(), Err(AnalysisError::OutOfTurn { .. })));
}
