//! From counts to scores against scanpy and scikit-learn (`tests/golden/cells/generate.py`).

mod golden;
mod honesty;
mod judge;
mod oracle;
mod plans;

use golden::{Golden, SETS};
use judge::{Method, score, scores};
use lexicell_analysis::{
    duplicates::find_duplicates,
    evaluation::PcaSource,
    folds::{EXCLUDED, Folds, Split, stratified_k_fold},
    gene_table::random_table,
    hvg::HvgFit,
    metrics::{adjusted_rand_index, normalized_mutual_information},
    normalize::Normalized,
    pca::{PcaFit, PcaModel},
    pool::{CpuPool, PoolJob, PoolSettings, PoolWeights, Pooled},
    score::Score,
    split::{Plan, PlanSettings, Scheme},
    state::{MatrixState, detect_state},
};

/// What the generator used.
const DIM: usize = 64;
const TABLE_SEED: u64 = 7;
const FOLD_SEED: u64 = 20;
const N_FOLDS: usize = 5;
const K: usize = 10;

fn each_set(test: impl Fn(&Golden, &Normalized<'_>)) {
    for set in SETS {
        if let Some(golden) = Golden::load(set) {
            let report = detect_state(&golden.x).expect("finite values");
            let expected = match golden.text("state") {
                "raw" => MatrixState::RawCounts,
                _ => MatrixState::LogNormalized,
            };
            assert_eq!(report.state, expected, "{set}");
            test(&golden, &Normalized::new(&golden.x, report.state).expect("not scaled"));
        }
    }
}

fn pooled(golden: &Golden, view: &Normalized<'_>) -> Pooled {
    let with_vector = (0..view.n_genes()).filter(|gene| gene % 7 != 3).count() as u32;
    let mut left = with_vector;
    let rows: Vec<Option<u32>> = (0..view.n_genes())
        .map(|gene| {
            (gene % 7 != 3).then(|| {
                left -= 1;
                left
            })
        })
        .collect();
    let table = random_table(TABLE_SEED, with_vector as usize, DIM).expect("a small table");
    let top_n = Some(golden.number("top_n") as usize);
    let settings = PoolSettings { top_n, weights: PoolWeights::Expression };
    let job = PoolJob::new(view, &rows, table.n_rows(), settings).expect("valid");
    let mut pool = CpuPool::new(job, &table).expect("valid");
    while !pool.run(300).expect("runs").is_done() {}
    pool.finish().expect("done")
}

fn folds(golden: &Golden, view: &Normalized<'_>) -> Folds {
    let unusable = pooled(golden, view).report.cells_without_genes;
    let duplicates = Some(&find_duplicates(&golden.x));
    let (labels, unusable) = (&golden.labels, &unusable);
    let split = Split { labels, n_folds: N_FOLDS, seed: FOLD_SEED, duplicates, unusable };
    stratified_k_fold(&split).expect("splits")
}

/// The same folds as a plan.
fn plan(golden: &Golden, view: &Normalized<'_>) -> Plan {
    let unusable = pooled(golden, view).report.cells_without_genes;
    let settings = PlanSettings {
        labels: &golden.labels,
        scheme: Scheme::StratifiedKFold { n_folds: N_FOLDS },
        repeats: 1,
        seed: FOLD_SEED,
        duplicates: Some(&find_duplicates(&golden.x)),
        unusable: &unusable,
    };
    Plan::new(&settings).expect("splits")
}

fn fit_pca(golden: &Golden, view: &Normalized<'_>) -> PcaModel {
    let genes: Vec<u32> = golden.numbers("hvg").iter().map(|&gene| gene as u32).collect();
    let mut fit = PcaFit::new(view, (0..view.n_cells()).collect(), &genes, 50, 0).expect("valid");
    while !fit.run(10).expect("runs").is_done() {}
    fit.finish().expect("done")
}

#[test]
fn values_are_scanpys_log1p_cp10k() {
    each_set(|golden, view| {
        let cell = golden.numbers("shown")[1] as usize;
        for ((_, found), expected) in view.row(cell).zip(golden.numbers("logged_row")) {
            assert!((f64::from(found) - expected).abs() < 1e-5, "{found} {expected}");
        }
    });
}

#[test]
fn highly_variable_genes_are_scanpys() {
    each_set(|golden, view| {
        let mut fit = HvgFit::new(view, (0..view.n_cells()).collect()).expect("valid");
        while !fit.run(100).expect("runs").is_done() {}
        let found = fit.finish(golden.number("n_top_genes") as usize).expect("genes vary");
        let genes: Vec<f64> = found.genes.iter().map(|&gene| f64::from(gene)).collect();
        assert_eq!(genes, golden.numbers("hvg"), "{}", golden.set);
        // NaN is null in the golden file.
        let expected = golden.optional_numbers("dispersions_norm");
        for (found, expected) in found.dispersions_norm.iter().zip(expected) {
            let same = expected.map_or(found.is_nan(), |value| (found - value).abs() < 1e-4);
            assert!(same, "{found} {expected:?}");
        }
    });
}

#[test]
fn principal_components_are_those_of_a_full_decomposition() {
    each_set(|golden, view| {
        let model = fit_pca(golden, view);
        let expected = golden.numbers("explained_variance");
        assert_eq!(model.n_components(), expected.len());
        for (found, expected) in model.explained_variance.iter().zip(&expected) {
            assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
        }
        let ratios = golden.numbers("explained_variance_ratio");
        for (found, expected) in model.explained_variance_ratio.iter().zip(&ratios) {
            assert!((found - expected).abs() < 1e-6);
        }
        let loadings = golden.loadings();
        let mut worst = 1.0f64;
        for component in 0..20 {
            // Of equal sign too, so the cosine itself and not its size.
            let products = (0..model.genes.len())
                .map(|gene| model.loading(gene, component) * loadings[gene * 20 + component]);
            worst = worst.min(products.sum::<f64>());
        }
        eprintln!("{}: smallest cosine of 20 components {worst}", golden.set);
        assert!(worst >= 0.9999, "{}: {worst}", golden.set);
    });
}

#[test]
fn pooled_cells_are_those_of_the_reference() {
    each_set(|golden, view| {
        let found = pooled(golden, view);
        let mut worst = 0.0f64;
        for (cell, expected) in golden.numbers("shown").iter().zip(golden.rows("pooled")) {
            for (found, expected) in found.embedding.row(*cell as usize).iter().zip(expected) {
                worst = worst.max((f64::from(*found) - expected).abs());
            }
        }
        eprintln!("{}: largest difference of pooled values {worst:.1e}", golden.set);
        assert!(worst < 1e-6, "{worst}");
        let unusable: Vec<f64> =
            found.report.cells_without_genes.iter().map(|&cell| f64::from(cell)).collect();
        assert_eq!(unusable, golden.numbers("unusable"));
    });
}

#[test]
fn folds_are_those_of_the_reference() {
    each_set(|golden, view| {
        let fold = |&fold: &u32| if fold == EXCLUDED { -1.0 } else { f64::from(fold) };
        let found: Vec<f64> = folds(golden, view).of_cell.iter().map(fold).collect();
        assert_eq!(found, golden.numbers("fold_of"), "{}", golden.set);
    });
}

#[test]
fn the_score_of_embedded_cells_is_scikit_learns() {
    each_set(|golden, view| {
        let (pooled, plan) = (pooled(golden, view), plan(golden, view));
        let method = Method::Embedding(&pooled.embedding);
        compare(golden, "text", &plan, &score(method, &golden.labels, &plan, 1));
    });
}

#[test]
fn the_scores_by_pca_are_scikit_learns() {
    each_set(|golden, expression| {
        let plan = plan(golden, expression);
        let n_top_genes = golden.number("n_top_genes") as usize;
        let source = PcaSource { expression, n_top_genes, n_components: 50, seed: 0 };
        for (which, method) in [
            ("pca", Method::Pca(source)),
            ("logistic", Method::Logistic(source)),
            ("majority", Method::Majority),
        ] {
            if !golden.has(which) {
                continue;
            }
            compare(golden, which, &plan, &score(method, &golden.labels, &plan, 50));
        }
    });
}

#[test]
fn the_low_sample_curve_is_scored_at_each_point() {
    let golden = Golden::load("panel").expect("it is committed");
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let pooled = pooled(&golden, &view);
    let plan = Plan::new(&PlanSettings {
        labels: &golden.labels,
        scheme: Scheme::FewLabels { per_class: &[1, 20] },
        repeats: 4,
        seed: 1,
        duplicates: Some(&find_duplicates(&golden.x)),
        unusable: &pooled.report.cells_without_genes,
    })
    .expect("splits");
    let source = PcaSource { expression: &view, n_top_genes: 100, n_components: 20, seed: 0 };
    for method in [Method::Embedding(&pooled.embedding), Method::Logistic(source)] {
        let found = scores(method, &golden.labels, &plan, 5);
        let points: Vec<_> = found.iter().map(|score| score.per_class_trained).collect();
        assert_eq!(points, [Some(1), Some(20)]);
        assert!(found.iter().all(|score| score.folds.len() == 4));
        let [one, many] = [0, 1].map(|point| found[point].accuracy.mean);
        assert!(many > one + 0.1, "{method:?}: {one} {many}");
    }
    // One training cell of each class: the nearest of them decides alone.
    let one = judge::told(Method::Embedding(&pooled.embedding), &golden.labels, &plan.rounds[0], 5);
    assert!(one.confidence.iter().all(|&share| share == 1.0));
}

fn compare(golden: &Golden, which: &str, plan: &Plan, score: &Score) {
    let expected = golden.score(which);
    let predictions = expected.numbers("predictions");
    let (mut truth, mut told) = (Vec::new(), Vec::new());
    for (round, predicted) in plan.rounds.iter().zip(&score.predictions) {
        for (&cell, &class) in round.test.iter().zip(predicted) {
            assert_eq!(f64::from(class), predictions[cell], "{} {which} {cell}", golden.set);
            truth.push(golden.labels.codes[cell]);
            told.push(class);
        }
    }
    let tested = predictions.iter().filter(|class| **class >= 0.0).count();
    assert_eq!(told.len(), tested, "{} {which}: cells told", golden.set);
    compare_metrics(golden, which, score);
    let near = |found: f64, key: &str| {
        assert!((found - expected.number(key)).abs() < 1e-6, "{} {which} {key}", golden.set);
    };
    near(adjusted_rand_index(&truth, &told), "ari");
    near(normalized_mutual_information(&truth, &told), "nmi");
}

fn compare_metrics(golden: &Golden, which: &str, score: &Score) {
    let expected = golden.score(which);
    let near = |found: f64, expected: f64, what: &str| {
        assert!(
            (found - expected).abs() < 1e-6,
            "{} {which} {what}: {found} {expected}",
            golden.set
        );
    };
    let summary = [
        ("accuracy", score.accuracy),
        ("balanced_accuracy", score.balanced_accuracy),
        ("macro_f1", score.macro_f1),
        ("weighted_f1", score.weighted_f1),
    ];
    for (name, found) in summary {
        let [mean, sd] = expected.pair("summary", name);
        near(found.mean, mean, name);
        near(found.sd, sd, name);
    }
    for (fold, found) in score.folds.iter().enumerate() {
        near(found.accuracy, expected.in_fold(fold, "accuracy"), "accuracy");
        near(found.balanced_accuracy, expected.in_fold(fold, "balanced_accuracy"), "balanced");
        near(found.macro_f1, expected.in_fold(fold, "macro_f1"), "macro-F1");
        near(found.weighted_f1, expected.in_fold(fold, "weighted_f1"), "weighted F1");
    }
    for (class, found) in score.per_class.iter().enumerate() {
        near(found.precision, expected.numbers("precision")[class], "precision");
        near(found.recall, expected.numbers("recall")[class], "recall");
        near(found.f1, expected.numbers("f1")[class], "F1");
        near(found.support as f64, expected.numbers("support")[class], "support");
    }
    let (mean, sd) = (score.accuracy.mean, score.accuracy.sd);
    eprintln!("{} {which}: accuracy {mean:.4} ± {sd:.4}", golden.set);
}
