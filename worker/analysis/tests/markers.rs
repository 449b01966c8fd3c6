//! Markers against scanpy and scikit-learn (`tests/golden/markers/generate.py`), and on data whose truth
//! is known.

use std::path::PathBuf;

use lexicell_analysis::markers::{Marker, MarkerTest, TieCorrection};
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::rng::SplitMix64;
use lexicell_analysis::state::MatrixState;
use lexicell_analysis::{AnalysisError, Progress};
use lexicell_matrix::CsrMatrix;
use serde_json::Value;

fn golden(name: &str) -> Value {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let path = root.join("../../tests/golden/markers").join(name);
    serde_json::from_slice(&std::fs::read(path).expect("the golden file")).expect("golden values")
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn positions(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|&x| x as u32).collect()
}

fn matrix(value: &Value) -> CsrMatrix {
    let size = |key: &str| value[key].as_u64().expect("a size") as usize;
    let indptr = numbers(&value["indptr"]).iter().map(|&x| x as usize).collect();
    let data = numbers(&value["data"]).iter().map(|&x| x as f32).collect();
    CsrMatrix::try_new(size("n_cells"), size("n_genes"), indptr, positions(&value["indices"]), data)
        .expect("a matrix")
}

fn tested(
    view: &Normalized<'_>,
    groups: [&[u32]; 2],
    ties: TieCorrection,
    limit: usize,
) -> Vec<Marker> {
    let mut test = MarkerTest::new(view, groups, ties).expect("sound sets");
    let mut progress = test.progress();
    while !progress.is_done() {
        let next = test.run(limit).expect("runs");
        assert!(next.done >= progress.done && next.total == progress.total);
        progress = next;
    }
    assert_eq!(progress.done, progress.total);
    test.finish().expect("done")
}

/// The largest distance between two numbers, relative where they are large.
fn distance(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected.abs().max(1.0)
}

fn agrees(name: &str, state: MatrixState, tolerance: f64, p_tolerance: f64) {
    let golden = golden(name);
    let x = matrix(&golden["x"]);
    let view = Normalized::new(&x, state).expect("sound values");
    for case in golden["cases"].as_array().expect("cases") {
        let ties = match case["tie_correct"].as_bool().expect("a switch") {
            true => TieCorrection::Corrected,
            false => TieCorrection::None,
        };
        let (first, second) = (positions(&case["first"]), positions(&case["second"]));
        let markers = tested(&view, [&first, &second], ties, 100);
        assert_eq!(markers.len(), x.n_cols());
        let list = |key: &str| numbers(&case[key]);
        let pair = |key: &str| [numbers(&case[key][0]), numbers(&case[key][1])];
        let (score, p, adjusted) = (list("score"), list("p"), list("p_adjusted"));
        let (fold, auc) = (list("log2_fold_change"), list("auc"));
        let (mean, fraction) = (pair("mean"), pair("fraction"));
        for (gene, marker) in markers.iter().enumerate() {
            assert_eq!(marker.gene as usize, gene);
            let close = |what: &str, found: f64, expected: f64| {
                let apart = distance(found, expected);
                assert!(apart < tolerance, "{name} {what} {gene}: {found} {expected}");
            };
            close("score", marker.score, score[gene]);
            close("fold", marker.log2_fold_change, fold[gene]);
            close("auc", marker.auc, auc[gene]);
            for set in 0..2 {
                close("mean", marker.mean[set], mean[set][gene]);
                close("fraction", marker.fraction[set], fraction[set][gene]);
            }
            for (found, expected) in [(marker.p, p[gene]), (marker.p_adjusted, adjusted[gene])] {
                let apart = (found / expected - 1.0).abs();
                assert!(apart < p_tolerance, "{name} p {gene}: {found:e} {expected:e}");
            }
        }
    }
}

#[test]
fn markers_of_logged_values_are_those_of_scanpy() {
    agrees("logged.json", MatrixState::LogNormalized, 1e-12, 1e-11);
}

#[test]
fn markers_of_counts_are_those_of_scanpy() {
    agrees("counts.json", MatrixState::RawCounts, 1e-6, 1e-6);
}

#[test]
fn a_gene_that_no_cell_expresses_or_all_alike_is_no_marker() {
    let golden = golden("logged.json");
    let x = matrix(&golden["x"]);
    let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
    let case = &golden["cases"][0];
    let (first, second) = (positions(&case["first"]), positions(&case["second"]));
    for ties in [TieCorrection::Corrected, TieCorrection::None] {
        let markers = tested(&view, [&first, &second], ties, 1 << 17);
        for marker in &markers[x.n_cols() - 2..] {
            assert_eq!((marker.score, marker.p, marker.p_adjusted), (0.0, 1.0, 1.0));
            assert_eq!((marker.auc, marker.log2_fold_change), (0.5, 0.0));
        }
        let swapped = tested(&view, [&second, &first], ties, 1 << 17);
        for (one, other) in markers.iter().zip(&swapped) {
            assert_eq!((one.score, one.p), (-other.score, other.p));
            assert!((one.auc + other.auc - 1.0).abs() < 1e-15);
        }
    }
}

/// Counts of cells that are alike, but for the planted genes in the first half.
fn synthetic(seed: u64, n_cells: usize, n_genes: usize, planted: &[usize]) -> CsrMatrix {
    let mut rng = SplitMix64::new(seed);
    let rates: Vec<f64> = (0..n_genes).map(|_| (rng.normal() - 1.0).exp()).collect();
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..n_cells {
        let depth = (0.3 * rng.normal()).exp();
        for (gene, rate) in rates.iter().enumerate() {
            let up = cell < n_cells / 2 && planted.contains(&gene);
            let mean = depth * if up { 4.0 * rate.max(0.3) } else { *rate };
            let count = poisson(&mut rng, mean);
            if count > 0 {
                indices.push(gene as u32);
                data.push(count as f32);
            }
        }
        indptr.push(indices.len());
    }
    CsrMatrix::try_new(n_cells, n_genes, indptr, indices, data).expect("a matrix")
}

/// Knuth's product of uniform numbers.
fn poisson(rng: &mut SplitMix64, mean: f64) -> u32 {
    let (limit, mut product, mut count) = ((-mean).exp(), rng.uniform(), 0);
    while product > limit {
        product *= rng.uniform();
        count += 1;
    }
    count
}

#[test]
fn random_sets_have_no_markers() {
    let (n_cells, n_genes, seeds) = (160, 400, 20);
    let (mut with_discoveries, mut below) = (0, 0);
    for seed in 0..seeds {
        let x = synthetic(seed, n_cells, n_genes, &[]);
        let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
        let mut cells: Vec<u32> = (0..n_cells as u32).collect();
        SplitMix64::new(seed + 1000).shuffle(&mut cells);
        let (first, second) = cells.split_at(60);
        let markers = tested(&view, [first, second], TieCorrection::Corrected, 1 << 17);
        below += markers.iter().filter(|marker| marker.p < 0.05).count();
        with_discoveries += usize::from(markers.iter().any(|marker| marker.p_adjusted <= 0.05));
    }
    // Where nothing is true, a rate of 0.05 means one seed of 20 with a discovery on average.
    assert!(with_discoveries <= 2, "{with_discoveries} of {seeds} null sets have markers");
    let share = below as f64 / (seeds as usize * n_genes) as f64;
    assert!((0.04..0.06).contains(&share), "{share} of the p values are below 0.05");
}

#[test]
fn a_planted_program_comes_first() {
    let planted: Vec<usize> = (0..15).map(|at| 20 * at + 3).collect();
    let x = synthetic(3, 160, 400, &planted);
    let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
    let (first, second): (Vec<u32>, Vec<u32>) = ((0..80).collect(), (80..160).collect());
    let mut markers = tested(&view, [&first, &second], TieCorrection::Corrected, 1 << 17);
    markers.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found: Vec<usize> = markers[..15].iter().map(|marker| marker.gene as usize).collect();
    found.sort_unstable();
    assert_eq!(found, planted);
    let up = |marker: &Marker| marker.log2_fold_change > 1.0 && marker.p_adjusted < 1e-4;
    assert!(markers[..15].iter().all(up), "{:?}", &markers[..15]);
}

#[test]
fn slices_of_any_size_give_the_same_bits() {
    let x = synthetic(9, 60, 50, &[4]);
    let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
    let (first, second): (Vec<u32>, Vec<u32>) = ((0..30).rev().collect(), (35..60).collect());
    let one = tested(&view, [&first, &second], TieCorrection::Corrected, 1);
    assert_eq!(one, tested(&view, [&first, &second], TieCorrection::Corrected, usize::MAX));
    let mut test = MarkerTest::new(&view, [&first, &second], TieCorrection::None).expect("sound");
    assert_eq!(test.run(0).expect("runs").done, 0);
    assert!(matches!(test.finish(), Err(AnalysisError::OutOfTurn { .. })));
}

#[test]
fn sets_that_cannot_be_compared_are_refused() {
    let x = CsrMatrix::zeros(4, 2);
    let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
    let error = |first: &[u32], second: &[u32]| {
        MarkerTest::new(&view, [first, second], TieCorrection::None).err()
    };
    let small =
        |error| matches!(error, Some(AnalysisError::TooFewCells { needed: 2, found: 1, .. }));
    assert!(small(error(&[0], &[1, 2])) && small(error(&[0, 1], &[2])));
    let twice =
        |error, cell| matches!(error, Some(AnalysisError::CellTwice { cell: c, .. }) if c == cell);
    assert!(twice(error(&[0, 1], &[2, 1]), 1) && twice(error(&[0, 0], &[2, 1]), 0));
    let outside = error(&[0, 1], &[2, 4]);
    assert!(matches!(outside, Some(AnalysisError::IndexOutOfRange { index: 4, len: 4, .. })));
    // A matrix without values or without genes has nothing to say, but says it.
    let markers = tested(&view, [&[0, 1], &[2, 3]], TieCorrection::Corrected, 1);
    assert!(markers.iter().all(|marker| marker.p == 1.0 && marker.auc == 0.5));
    let empty = CsrMatrix::zeros(4, 0);
    let view = Normalized::new(&empty, MatrixState::RawCounts).expect("counts");
    assert!(tested(&view, [&[0, 1], &[2, 3]], TieCorrection::None, 1).is_empty());
    let test = MarkerTest::new(&view, [&[0, 1], &[2, 3]], TieCorrection::None).expect("sound");
    assert_eq!(test.progress(), Progress { done: 0, total: 4 });
}
