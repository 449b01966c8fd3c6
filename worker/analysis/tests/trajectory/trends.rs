use lexicell_analysis::{
    AnalysisError,
    normalize::Normalized,
    rng::SplitMix64,
    state::MatrixState,
    trajectory::{GeneTrends, N_DCS, TimeBins, cells_on, medoid, paga, path, pseudotime},
};
use lexicell_matrix::CsrMatrix;
use serde_json::Value;

use crate::fixtures::{codes, connectivities, distances, golden, map, numbers, whole};

struct Case {
    golden: Value,
    values: Vec<f32>,
    expression: CsrMatrix,
    bins: TimeBins,
}

fn case() -> Case {
    let golden = golden("trends");
    let values: Vec<f32> = numbers(&golden["values"]).into_iter().map(|x| x as f32).collect();
    let n_genes = whole(&golden["n_genes"]);
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for row in values.chunks(n_genes) {
        for (gene, &value) in row.iter().enumerate().filter(|&(_, &value)| value > 0.0) {
            indices.push(gene as u32);
            data.push(value);
        }
        indptr.push(indices.len());
    }
    let n_obs = values.len() / n_genes;
    let expression = CsrMatrix::try_new(n_obs, n_genes, indptr, indices, data).expect("a matrix");
    // The order of cells must not matter.
    let mut cells = codes(&golden["cells"]);
    cells.reverse();
    let pseudotime = numbers(&golden["pseudotime"]);
    let bins = TimeBins::new(&pseudotime, &cells, whole(&golden["n_bins"])).expect("cells");
    Case { golden, values, expression, bins }
}

fn close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().expect("a number");
    assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{what}: {found} {expected}");
}

#[test]
fn trends_of_genes_are_those_of_numpy_and_scipy() {
    let case = case();
    let view = Normalized::new(&case.expression, MatrixState::LogNormalized).expect("logged");
    let mut trends = GeneTrends::new(&view, &case.bins).expect("cells");
    let mut done = 0;
    loop {
        let progress = trends.run(500).expect("runs");
        assert!(progress.done > done);
        done = progress.done;
        if progress.is_done() {
            break;
        }
    }
    let trends = trends.finish().expect("finished");
    let expected = case.golden["genes"].as_array().expect("a list");
    assert_eq!(trends.len(), expected.len());
    let times = numbers(&case.golden["times"]);
    assert!(case.bins.times().iter().zip(times).all(|(a, b)| (a - b).abs() < 1e-9));
    for (gene, (found, expected)) in trends.iter().zip(expected).enumerate() {
        assert_eq!(found.gene as usize, gene);
        for bin in 0..case.bins.times().len() {
            close(found.trend.mean[bin], &expected["mean"][bin], "mean");
            close(found.trend.standard_error[bin], &expected["standard_error"][bin], "error");
        }
        assert_eq!(found.trend.correlation.is_none(), expected["correlation"].is_null());
        if let (Some(correlation), Some(p), Some(q)) =
            (found.trend.correlation, found.trend.p_value, found.q_value)
        {
            close(correlation, &expected["correlation"], "correlation");
            for (found, expected) in [(p, &expected["p_value"]), (q, &expected["q_value"])] {
                let expected = expected.as_f64().expect("a number");
                assert!((found / expected - 1.0).abs() < 1e-6, "gene {gene}: {found} {expected}");
            }
        }
        // The dense way says the same.
        let column: Vec<f32> =
            case.values.iter().skip(gene).step_by(trends.len()).copied().collect();
        let dense = case.bins.trend(&column).expect("values");
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(&dense.mean, &found.trend.mean));
        assert!(near(&dense.standard_error, &found.trend.standard_error));
        assert!(near(dense.correlation.as_slice(), found.trend.correlation.as_slice()));
    }
    assert!(trends.iter().any(|gene| gene.q_value.is_some_and(|q| q < 1e-6)));
}

#[test]
fn a_planted_gene_comes_first_along_its_branch_and_noise_is_taken_for_noise() {
    let golden = golden("branches");
    let (truth, groups) = (numbers(&golden["truth"]), codes(&golden["groups"]));
    let space = map(&connectivities("branches"));
    let root = medoid(&space, &cells_on(&[0], &groups), N_DCS).expect("cells");
    let times = pseudotime(&space, root, N_DCS).expect("a root");
    let graph = paga(&distances("branches"), &groups, 5).expect("groups");
    // Gene 0 rises in group 3 alone, the end of one branch; the others are noise.
    let (mut rng, n_noise) = (SplitMix64::new(3), 1000);
    let mut data = Vec::new();
    for (&time, &group) in truth.iter().zip(&groups) {
        let program = if group == 3 { 2.0 * (time - 2.0) } else { 0.0 };
        data.push((1.0 + program + 0.3 * rng.uniform()) as f32);
        data.extend((0..n_noise).map(|_| rng.uniform() as f32));
    }
    let (n_obs, n_genes) = (truth.len(), n_noise + 1);
    let indptr = (0..=n_obs).map(|row| row * n_genes).collect();
    let indices = (0..n_obs).flat_map(|_| 0..n_genes as u32).collect();
    let x = CsrMatrix::try_new(n_obs, n_genes, indptr, indices, data).expect("a matrix");
    let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
    let p_values_to = |tip: u32| {
        let way = path(&graph, 2, tip).expect("a way");
        let bins = TimeBins::new(&times, &cells_on(&way, &groups), 10).expect("cells");
        let mut trends = GeneTrends::new(&view, &bins).expect("cells");
        while !trends.run(10_000).expect("runs").is_done() {}
        let trends = trends.finish().expect("finished");
        let p: Vec<f64> = trends.iter().filter_map(|gene| gene.trend.p_value).collect();
        let by_chance = p[1..].iter().filter(|&&p| p < 0.05).count();
        assert!((30..=70).contains(&by_chance), "{by_chance} of {n_noise} at p < 0.05");
        (trends[0].clone(), p)
    };
    let (planted, p) = p_values_to(3);
    assert!(p[1..].iter().all(|&noise| p[0] < 1e-20 * noise), "{}", p[0]);
    assert!(planted.q_value.is_some_and(|q| q < 1e-20));
    let mean = planted.trend.smoothed(1.0);
    assert!(mean.windows(2).all(|pair| pair[0] <= pair[1] + 0.02) && mean[9] > mean[0] + 1.0);
    // Along the other branch it is noise.
    let (planted, p) = p_values_to(4);
    assert!(planted.q_value.is_some_and(|q| q > 0.05), "{}", p[0]);
}

#[test]
fn bins_have_almost_equal_numbers_and_leave_out_what_is_not_reached() {
    let time = |cell: u32| if cell.is_multiple_of(5) { f64::INFINITY } else { f64::from(cell % 7) };
    let pseudotime: Vec<f64> = (0..60).map(time).collect();
    let cells: Vec<u32> = (0..60).collect();
    let bins = TimeBins::new(&pseudotime, &cells, 7).expect("cells");
    assert_eq!(bins.cells().len(), 48);
    let sizes: Vec<usize> = (0..7).map(|bin| bins.bin(bin).len()).collect();
    assert!(sizes.iter().all(|&size| size == 6 || size == 7), "{sizes:?}");
    assert!(bins.times().windows(2).all(|pair| pair[0] <= pair[1]));
    // Values that rise with time correlate wholly, values that fall inversely, equal ones not at all.
    let values: Vec<f32> = pseudotime.iter().map(|&time| time as f32).collect();
    let finite = |x: &f32| if x.is_finite() { *x } else { 0.0 };
    let rising: Vec<f32> = values.iter().map(finite).collect();
    let falling: Vec<f32> = rising.iter().map(|x| -x).collect();
    let correlation = |values: &[f32]| bins.trend(values).expect("values").correlation;
    assert!((correlation(&rising).expect("differ") - 1.0).abs() < 1e-12);
    assert!((correlation(&falling).expect("differ") + 1.0).abs() < 1e-12);
    assert_eq!(correlation(&[2.5; 60]), None);
    let smooth = bins.trend(&[2.5; 60]).expect("values").smoothed(1.5);
    assert!(smooth.iter().all(|x| (x - 2.5).abs() < 1e-12));
    let trend = bins.trend(&rising).expect("values");
    assert_eq!(trend.smoothed(0.0), trend.mean);
    let (first, last) = (trend.smoothed(1.0)[0], trend.smoothed(1.0)[6]);
    assert!(first > trend.mean[0] && last < trend.mean[6]);
}

#[test]
fn wrong_paths_are_refused() {
    let time = [0.0, 0.5, 1.0, f64::INFINITY, f64::NAN];
    let refused = |cells: &[u32], n_bins| TimeBins::new(&time, cells, n_bins).err();
    assert!(refused(&[0, 1, 2], 3).is_none());
    assert!(matches!(
        refused(&[0, 1, 3], 2),
        Some(AnalysisError::TooFewCells { needed: 3, found: 2, .. })
    ));
    assert!(matches!(refused(&[0, 1, 2], 4), Some(AnalysisError::TooFewCells { needed: 4, .. })));
    assert!(matches!(refused(&[0, 1, 2], 0), Some(AnalysisError::Setting { .. })));
    assert!(matches!(refused(&[0, 1, 1], 1), Some(AnalysisError::Setting { .. })));
    assert!(matches!(refused(&[0, 1, 4], 1), Some(AnalysisError::NotFinite { row: 4, .. })));
    assert!(matches!(
        refused(&[0, 1, 5], 1),
        Some(AnalysisError::IndexOutOfRange { index: 5, .. })
    ));
    let bins = TimeBins::new(&time, &[0, 1, 2], 2).expect("cells");
    assert!(matches!(bins.trend(&[1.0, 2.0]), Err(AnalysisError::IndexOutOfRange { .. })));
    assert!(matches!(bins.trend(&[1.0, f32::NAN, 0.0]), Err(AnalysisError::NotFinite { .. })));
    let matrix = CsrMatrix::zeros(2, 4);
    let view = Normalized::new(&matrix, MatrixState::RawCounts).expect("counts");
    assert!(GeneTrends::new(&view, &bins).is_err());
    let matrix = CsrMatrix::zeros(3, 0);
    let view = Normalized::new(&matrix, MatrixState::RawCounts).expect("counts");
    let mut trends = GeneTrends::new(&view, &bins).expect("cells");
    assert!(matches!(
        GeneTrends::new(&view, &bins).expect("cells").finish(),
        Err(AnalysisError::OutOfTurn { .. })
    ));
    assert!(trends.run(usize::MAX).expect("runs").is_done());
    assert_eq!(trends.finish(), Ok(Vec::new()));
}
