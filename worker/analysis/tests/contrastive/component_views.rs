//! Views of cells along principal components.

use lexicell_analysis::{
    contrastive::{Augment, ComponentViews, ViewSource},
    normalize::Normalized,
    pca::{PcaFit, PcaModel},
    rng::SplitMix64,
    state::MatrixState,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

use crate::views::counts;

const NOTHING: Augment = Augment { gene_dropout: 0.0, count_share: 1.0, disjoint_genes: false };
const STATE: MatrixState = MatrixState::RawCounts;

fn model(x: &CsrMatrix) -> PcaModel {
    let view = Normalized::new(x, STATE).expect("counts");
    let genes: Vec<u32> = (0..x.n_cols() as u32).step_by(2).collect();
    let mut fit = PcaFit::new(&view, (0..x.n_rows()).collect(), &genes, 5, 0).expect("valid");
    while !fit.run(10).expect("varies").is_done() {}
    fit.finish().expect("done")
}

fn views(source: &ComponentViews<'_>, rows: &[usize], seed: u64) -> (DenseMatrix, DenseMatrix) {
    source.views(rows, &mut SplitMix64::new(seed)).expect("made")
}

#[test]
fn a_view_that_leaves_nothing_out_is_the_cell_among_the_components() {
    let x = counts(30);
    let model = model(&x);
    let cells = vec![7, 3, 12];
    let source = ComponentViews::new((&x, STATE), &model, cells.clone(), NOTHING).expect("valid");
    let whole = model.transform(&Normalized::new(&x, STATE).expect("counts"), &cells);
    let (first, second) = views(&source, &[0, 1, 2], 0);
    assert_eq!((&first, &second), (&whole.clone().expect("placed"), &whole.expect("placed")));
}

#[test]
fn views_differ_but_follow_from_the_seed_and_the_cell() {
    let x = counts(30);
    let model = model(&x);
    let cells = (0..30).rev().collect();
    let source =
        ComponentViews::new((&x, STATE), &model, cells, Augment::default()).expect("valid");
    let (first, second) = views(&source, &[4, 9], 1);
    assert_ne!(first, second);
    assert_ne!(views(&source, &[4, 9], 2).0, first);
    assert_eq!(views(&source, &[9], 1).0.row(0), first.row(1), "neighbours do not matter");
    assert!(source.views(&[30], &mut SplitMix64::new(0)).is_err());
}

#[test]
fn a_view_of_which_nothing_is_left_is_a_row_of_zeros() {
    let x = counts(30);
    let model = model(&x);
    let nearly_all = Augment { gene_dropout: 0.99, ..NOTHING };
    let source =
        ComponentViews::new((&x, STATE), &model, (0..30).collect(), nearly_all).expect("valid");
    let rows: Vec<usize> = (0..30).collect();
    let (first, _) = views(&source, &rows, 0);
    let empty = rows.iter().filter(|&&row| first.row(row).iter().all(|&x| x == 0.0)).count();
    assert!((1..30).contains(&empty), "{empty} of 30 have nothing left");
}

#[test]
fn halves_of_the_genes_both_have_genes_that_the_components_read() {
    let x = counts(30);
    let model = model(&x);
    let halves = Augment { disjoint_genes: true, ..NOTHING };
    let source = ComponentViews::new((&x, STATE), &model, vec![5], halves).expect("valid");
    let (first, second) = views(&source, &[0], 3);
    assert_ne!(first, second);
    let share = Augment { gene_dropout: 1.5, ..NOTHING };
    assert!(ComponentViews::new((&x, STATE), &model, vec![5], share).is_err());
}
