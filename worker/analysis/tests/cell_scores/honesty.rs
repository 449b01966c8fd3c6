//! What a score must not do: see test cells while fitting, or find classes where there are none.

use lexicell_analysis::{
    evaluation::{CellView, Evaluation},
    folds::Folds,
    knn::KnnSearch,
    normalize::Normalized,
    rng::SplitMix64,
    score::Score,
    state::MatrixState,
};
use lexicell_matrix::{Categorical, CsrMatrix, DenseMatrix, MISSING_CODE};

use crate::{K, evaluate, folds, golden::Golden, pooled};

fn panel() -> Golden {
    Golden::load("panel").expect("it is committed")
}

fn pca<'a>(expression: &'a Normalized<'a>) -> CellView<'a> {
    CellView::Pca { expression, n_top_genes: 100, n_components: 20, seed: 0 }
}

#[test]
fn shuffled_labels_fall_to_chance() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let folds = folds(&golden, &view);
    let embedding = pooled(&golden, &view).embedding;
    let honest = evaluate(CellView::Embedding(&embedding), &golden.labels, &folds, 9).accuracy.mean;
    let mut codes = golden.labels.codes.clone();
    let mut labelled: Vec<u32> = codes.iter().copied().filter(|&c| c != MISSING_CODE).collect();
    SplitMix64::new(1).shuffle(&mut labelled);
    codes
        .iter_mut()
        .filter(|code| **code != MISSING_CODE)
        .zip(&labelled)
        .for_each(|(c, &s)| *c = s);
    let shuffled = Categorical { codes, ..golden.labels.clone() };
    let counts = shuffled.counts();
    let largest = *counts.iter().max().expect("classes") as f64 / labelled.len() as f64;
    for cells in [CellView::Embedding(&embedding), pca(&view)] {
        let score = evaluate(cells, &shuffled, &folds, 9).accuracy.mean;
        assert!(score < largest + 0.05 && score < honest - 0.2, "{score} {largest} {honest}");
    }
}

/// Predictions of the cells of fold 0, without one of them.
fn others(score: &Score, folds: &Folds, without: usize) -> Vec<u32> {
    let cells = folds.test(0).into_iter().filter(|&cell| cell != without);
    cells.map(|cell| score.predictions[cell]).collect()
}

#[test]
fn a_test_cell_changes_nothing_that_is_fitted() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let folds = folds(&golden, &view);
    let odd = folds.test(0)[3];

    let embedding = pooled(&golden, &view).embedding;
    let mut changed = embedding.clone();
    changed.row_mut(odd).iter_mut().for_each(|x| *x = *x * -900.0 + 50.0);
    let before = evaluate(CellView::Embedding(&embedding), &golden.labels, &folds, 9);
    let after = evaluate(CellView::Embedding(&changed), &golden.labels, &folds, 9);
    assert_eq!(others(&before, &folds, odd), others(&after, &folds, odd));

    let mut counts: CsrMatrix = golden.x.clone();
    let range = counts.indptr()[odd]..counts.indptr()[odd + 1];
    counts.data_mut()[range].iter_mut().enumerate().for_each(|(at, x)| *x += (at * at) as f32);
    let other = Normalized::new(&counts, MatrixState::RawCounts).expect("counts");
    let before = evaluate(pca(&view), &golden.labels, &folds, 9);
    let after = evaluate(pca(&other), &golden.labels, &folds, 9);
    assert_eq!(others(&before, &folds, odd), others(&after, &folds, odd));
    // The same change in training cells of the other folds does show.
    assert_ne!(before.predictions, after.predictions);
}

#[test]
fn neighbours_found_elsewhere_give_the_same_score() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let folds = folds(&golden, &view);
    let embedding = pooled(&golden, &view).embedding;
    let cells = CellView::Embedding(&embedding);
    let mut evaluation = Evaluation::new(cells, &golden.labels, &folds, K).expect("valid");
    assert!(evaluation.search().is_none());
    while !evaluation.run(1).expect("runs").is_done() {
        if let Some((queries, reference, k)) = evaluation.search() {
            let mut search =
                KnnSearch::between(queries.clone(), reference.clone(), k).expect("valid");
            search.run(usize::MAX).expect("runs");
            let found = search.finish().expect("done");
            if evaluation.supply(&found).expect("fits").is_done() {
                break;
            }
            assert!(evaluation.supply(&found).is_err(), "nothing is waited for any more");
        }
    }
    let score = evaluation.finish().expect("done");
    assert_eq!(score, evaluate(cells, &golden.labels, &folds, 9));
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let folds = folds(&golden, &view);
    let embedding = pooled(&golden, &view).embedding;
    let mut bad = embedding.clone();
    bad.row_mut(4)[2] = f32::NAN;
    let small = DenseMatrix::zeros(3, 2);
    let labels = &golden.labels;
    let start = |cells, k| Evaluation::new(CellView::Embedding(cells), labels, &folds, k);
    assert!(start(&embedding, 0).is_err());
    assert!(start(&embedding, 10_000).is_err());
    assert!(start(&small, K).is_err());
    assert!(start(&embedding, K).expect("valid").finish().is_err());
    let mut broken = start(&bad, K).expect("valid so far");
    assert!(broken.run(1).is_err());
    assert!(broken.run(1).is_err(), "it stays refused");
}
