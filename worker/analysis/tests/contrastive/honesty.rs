//! Nothing fitted may know a test cell, and labels that mean nothing must teach nothing.

use std::collections::BTreeMap;

use lexicell_analysis::{
    centering::Centering,
    contrastive::{Augment, Objective, PooledViews, Refined, TrainOptions, Training, ViewSource},
    folds::{EXCLUDED, Split, stratified_k_fold},
    gene_table::random_table,
    pool::{PoolSettings, PoolWeights},
    rng::SplitMix64,
    state::detect_state,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix, MISSING_CODE};

use crate::{
    golden::Golden,
    sets::{accuracy, mixture, options, pick},
};

fn trained(mut training: Training<'_>) -> Refined {
    while !training.run(50).expect("runs").is_done() {}
    training.finish().expect("done")
}

/// Held-out accuracy and macro-F1 before and after refinement.
fn before_and_after(
    cells: &DenseMatrix,
    classes: &[u32],
    (train, test): (&[usize], &[usize]),
    options: TrainOptions,
) -> [(f64, f64); 2] {
    let training = Training::new(cells, Some(classes), train.to_vec(), None, options);
    let refiner = trained(training.expect("valid")).refiner;
    let centering = Centering::fit(cells, train).expect("fits");
    let judge = |train_rows, test_rows| {
        accuracy((train_rows, &pick(classes, train)), (test_rows, &pick(classes, test)))
    };
    let raw = |rows| centering.apply(cells, rows).expect("applies");
    let refined = |rows| refiner.apply(cells, rows).expect("applies");
    [judge(raw(train), raw(test)), judge(refined(train), refined(test))]
}

/// Five draws of shuffled labels: the mean held-out accuracy is within two standard deviations of
/// chance, which is the same for all classes.
fn shuffled_labels_teach_nothing(name: &str, cells: &DenseMatrix, classes: &[u32], n_classes: u32) {
    let n = cells.n_rows();
    let (train, test): (Vec<usize>, Vec<usize>) = (0..n).partition(|cell| cell % 5 < 3);
    let mut sum = 0.0;
    for seed in 0..5 {
        let mut shuffled = classes.to_vec();
        SplitMix64::new(100 + seed).shuffle(&mut shuffled);
        let options = TrainOptions { seed, epochs: 15, ..options() };
        let [_, (after, _)] = before_and_after(cells, &shuffled, (&train, &test), options);
        sum += after / 5.0;
    }
    let chance = 1.0 / f64::from(n_classes);
    let sd = (chance * (1.0 - chance) / (5 * test.len()) as f64).sqrt();
    eprintln!("{name}: {sum:.4}, chance {chance:.4} ± {sd:.4}");
    assert!((sum - chance).abs() < 2.0 * sd, "{name}: {sum}, chance {chance} ± {sd}");
}

#[test]
fn shuffled_labels_fall_to_chance() {
    let (cells, classes) = mixture(1000, 20, 4, 8);
    shuffled_labels_teach_nothing("mixture", &cells, &classes, 4);
    let Some(golden) = Golden::load("pbmc3k") else { return };
    // As many cells of each class, so that chance is the same for all.
    let mut of_class: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (cell, &class) in golden.labels.codes.iter().enumerate() {
        of_class.entry(class).or_default().push(cell);
    }
    let large = of_class.into_values().filter(|cells| cells.len() >= 150).take(4);
    let all: Vec<usize> = large.flat_map(|cells| cells[..150].to_vec()).collect();
    assert_eq!(all.len(), 600);
    let pooled = pooled(&golden.x);
    let data = all.iter().flat_map(|&cell| pooled.row(cell).to_vec()).collect();
    let cells = DenseMatrix::try_new(all.len(), pooled.n_cols(), data).expect("a matrix");
    let classes: Vec<u32> = (0..600).map(|place| place / 150).collect();
    shuffled_labels_teach_nothing("pbmc3k", &cells, &classes, 4);
}

fn random_vectors(n_genes: usize) -> (Vec<Option<u32>>, DenseMatrix) {
    let table = random_table(7, n_genes, 256).expect("a small table");
    ((0..n_genes as u32).map(Some).collect(), table)
}

const POOL: PoolSettings = PoolSettings { top_n: Some(200), weights: PoolWeights::Expression };

/// Cells in the space of random gene vectors.
fn pooled(x: &CsrMatrix) -> DenseMatrix {
    let (rows, table) = random_vectors(x.n_cols());
    let state = detect_state(x).expect("finite").state;
    let nothing = Augment { gene_dropout: 0.0, count_share: 1.0, disjoint_genes: false };
    let views = PooledViews::new(x, state, rows, &table, POOL, nothing).expect("valid");
    let cells: Vec<usize> = (0..x.n_rows()).collect();
    views.views(&cells, &mut SplitMix64::new(0)).expect("made").0
}

#[test]
fn refinement_beats_the_pooled_cells_on_real_data() {
    for set in ["pbmc3k", "cortex"] {
        let Some(golden) = Golden::load(set) else { continue };
        let cells = pooled(&golden.x);
        let labels = &golden.labels;
        let split = Split { labels, n_folds: 5, seed: 1, duplicates: None, unusable: &[] };
        let folds = stratified_k_fold(&split).expect("splits");
        let codes: Vec<u32> =
            (0..labels.codes.len())
                .map(|cell| {
                    if folds.of_cell[cell] == EXCLUDED { MISSING_CODE } else { labels.codes[cell] }
                })
                .collect();
        let parts = (&folds.train(0)[..], &folds.test(0)[..]);
        for objective in [Objective::SupCon, Objective::TripletCrossEntropy { margin: 0.2 }] {
            let options =
                TrainOptions { objective, batch_size: 256, epochs: 60, ..TrainOptions::default() };
            let [before, after] = before_and_after(&cells, &codes, parts, options);
            eprintln!("{set}, {objective:?}: accuracy, macro-F1 {before:.4?} → {after:.4?}");
            let better = after.0 > before.0 && after.1 > before.1;
            assert!(better, "{set}, {objective:?}: {before:?} {after:?}");
        }
    }
}

#[test]
fn test_cells_and_their_labels_change_no_fitted_bit() {
    let (cells, classes) = mixture(300, 16, 5, 4);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..300).partition(|cell| cell % 4 != 0);
    let mut other_cells = cells.clone();
    let mut other_classes = classes.clone();
    for &cell in &test {
        other_cells.row_mut(cell).iter_mut().for_each(|x| *x = -7.0 * *x + cell as f32);
        other_classes[cell] = [0, 77, MISSING_CODE][cell % 3];
    }
    other_cells.row_mut(test[0])[0] = f32::NAN;
    for objective in [Objective::SupCon, Objective::TripletCrossEntropy { margin: 0.2 }] {
        let fit = |cells: &DenseMatrix, classes: &[u32]| {
            let options = TrainOptions { objective, epochs: 4, ..options() };
            let training = Training::new(cells, Some(classes), train.clone(), None, options);
            trained(training.expect("valid"))
        };
        assert_eq!(fit(&cells, &classes), fit(&other_cells, &other_classes));
    }
}

#[test]
fn validation_cells_change_nothing_but_the_choice_of_the_epoch() {
    let (cells, classes) = mixture(300, 16, 5, 4);
    let options = TrainOptions { epochs: 4, patience: 4, ..options() };
    let fit = |cells: &DenseMatrix| {
        let mut training =
            Training::new(cells, Some(&classes), (0..300).collect(), None, options).expect("valid");
        while !training.run(50).expect("runs").is_done() {}
        (training.refiner(), training.validation().to_vec())
    };
    let (last, validation) = fit(&cells);
    let mut other = cells.clone();
    for &cell in &validation {
        other.row_mut(cell).iter_mut().for_each(|x| *x = 5.0 - *x);
    }
    assert_eq!(fit(&other), (last, validation));
}
