//! Views made from sparse rows.

use lexicell_analysis::{
    AnalysisError,
    contrastive::{Augment, Objective, PooledViews, TrainOptions, Training, ViewSource},
    normalize::Normalized,
    pool::{CpuPool, PoolJob, PoolSettings, PoolWeights},
    rng::SplitMix64,
    state::MatrixState,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

use crate::sets::options;

/// Views of dense cells: the cell and a little noise.
pub(crate) struct NoisyViews<'a>(pub(crate) &'a DenseMatrix);

impl ViewSource for NoisyViews<'_> {
    fn views(
        &self,
        cells: &[usize],
        rng: &mut SplitMix64,
    ) -> Result<(DenseMatrix, DenseMatrix), AnalysisError> {
        let seeds = [rng.next_u64(), rng.next_u64()];
        let view = |seed: u64| {
            let d = self.0.n_cols();
            let mut out = DenseMatrix::zeros(cells.len(), d);
            for (place, &cell) in cells.iter().enumerate() {
                let mut rng = SplitMix64::new(seed ^ cell as u64);
                let values = self.0.row(cell).iter().map(|x| x + 0.3 * rng.normal() as f32);
                out.row_mut(place).iter_mut().zip(values).for_each(|(out, x)| *out = x);
            }
            out
        };
        Ok((view(seeds[0]), view(seeds[1])))
    }
}

const N_GENES: usize = 60;
const SETTINGS: PoolSettings = PoolSettings { top_n: Some(20), weights: PoolWeights::Expression };

/// Counts of two kinds of cells, which express different genes.
pub(crate) fn counts(n: usize) -> CsrMatrix {
    let mut rng = SplitMix64::new(4);
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..n {
        for gene in 0..N_GENES {
            let often = if gene % 2 == cell % 2 { 6 } else { 2 };
            let count = rng.below(often);
            if count > 0 {
                indices.push(gene as u32);
                data.push(count as f32);
            }
        }
        indptr.push(indices.len());
    }
    CsrMatrix::try_new(n, N_GENES, indptr, indices, data).expect("a matrix")
}

/// Every gene its own direction; every seventh gene has no vector.
fn one_hot() -> (Vec<Option<u32>>, DenseMatrix) {
    let mut table = DenseMatrix::zeros(N_GENES, N_GENES);
    (0..N_GENES).for_each(|gene| table.row_mut(gene)[gene] = 1.0);
    let rows = (0..N_GENES as u32).map(|gene| (gene % 7 != 3).then_some(gene)).collect();
    (rows, table)
}

const NOTHING: Augment = Augment { gene_dropout: 0.0, count_share: 1.0, disjoint_genes: false };

#[test]
fn a_view_that_leaves_nothing_out_is_the_pooled_cell() {
    let (x, (rows, table)) = (counts(30), one_hot());
    for state in [MatrixState::RawCounts, MatrixState::LogNormalized] {
        let view = Normalized::new(&x, state).expect("not scaled");
        let job = PoolJob::new(&view, &rows, table.n_rows(), SETTINGS).expect("valid");
        let mut pool = CpuPool::new(job, &table).expect("valid");
        while !pool.run(10).expect("runs").is_done() {}
        let whole = pool.finish().expect("done").embedding;
        let views = PooledViews::new(&x, state, rows.clone(), &table, SETTINGS, NOTHING);
        let made = views.expect("valid").views(&[7, 3], &mut SplitMix64::new(0));
        let (first, second) = made.expect("made");
        assert_eq!(first, second);
        assert_eq!((first.row(0), first.row(1)), (whole.row(7), whole.row(3)));
    }
}

#[test]
fn views_differ_but_follow_from_the_seed_and_the_cell() {
    let (x, (rows, table)) = (counts(30), one_hot());
    let views =
        PooledViews::new(&x, MatrixState::RawCounts, rows, &table, SETTINGS, Augment::default())
            .expect("valid");
    let of = |cells: &[usize], seed| views.views(cells, &mut SplitMix64::new(seed)).expect("made");
    let (first, second) = of(&[4, 9], 1);
    assert_ne!(first, second);
    assert_eq!(of(&[4, 9], 1), (first.clone(), second.clone()));
    assert_ne!(of(&[4, 9], 2).0, first);
    assert_eq!(of(&[9], 1).0.row(0), first.row(1), "neighbours in the batch do not matter");
    assert!(views.views(&[30], &mut SplitMix64::new(0)).is_err());
}

#[test]
fn disjoint_views_share_no_gene() {
    let (x, (rows, table)) = (counts(30), one_hot());
    let augment = Augment { disjoint_genes: true, ..NOTHING };
    let all = PoolSettings { top_n: None, ..SETTINGS };
    let views =
        PooledViews::new(&x, MatrixState::RawCounts, rows, &table, all, augment).expect("valid");
    let cells: Vec<usize> = (0..30).collect();
    let (first, second) = views.views(&cells, &mut SplitMix64::new(5)).expect("made");
    let genes_of = |view: &DenseMatrix| -> Vec<bool> {
        (0..N_GENES).map(|gene| (0..30).any(|cell| view.row(cell)[gene] > 0.0)).collect()
    };
    let (first, second) = (genes_of(&first), genes_of(&second));
    assert!(first.iter().zip(&second).all(|(a, b)| !(a & b)), "one division for all cells");
    let n = |view: &[bool]| view.iter().filter(|is| **is).count();
    assert_eq!((n(&first), n(&second)), (26, 25), "51 genes have a vector");
}

#[test]
fn logged_values_lose_genes_but_keep_their_values() {
    let (x, (rows, table)) = (counts(30), one_hot());
    let augment = Augment { gene_dropout: 0.5, count_share: 0.1, disjoint_genes: false };
    let all = PoolSettings { top_n: None, ..SETTINGS };
    let views = PooledViews::new(&x, MatrixState::LogNormalized, rows, &table, all, augment)
        .expect("valid");
    let (first, _) = views.views(&[2], &mut SplitMix64::new(5)).expect("made");
    let (genes, values) = x.row(2);
    let kept: Vec<(u32, f32)> = genes
        .iter()
        .copied()
        .zip(values.iter().copied())
        .filter(|&(gene, _)| first.row(0)[gene as usize] > 0.0)
        .collect();
    let total: f32 = kept.iter().map(|kept| kept.1).sum();
    assert!(kept.len() > 5 && kept.len() < genes.len() - 5);
    for (gene, value) in kept {
        assert!((first.row(0)[gene as usize] - value / total).abs() < 1e-6);
    }
}

#[test]
fn what_cannot_be_viewed_is_refused() {
    let (x, (rows, table)) = (counts(5), one_hot());
    let new = |state, table: &DenseMatrix, augment| {
        PooledViews::new(&x, state, rows.clone(), table, SETTINGS, augment).err()
    };
    let scaled = new(MatrixState::Scaled, &table, NOTHING);
    assert_eq!(scaled, Some(AnalysisError::ScaledExpression));
    for (gene_dropout, count_share) in [(1.0, 1.0), (-0.1, 1.0), (0.0, 0.0), (f64::NAN, 1.0)] {
        let augment = Augment { gene_dropout, count_share, disjoint_genes: false };
        let error = new(MatrixState::RawCounts, &table, augment);
        assert!(matches!(error, Some(AnalysisError::Setting { .. })));
    }
    let mut broken = table.clone();
    broken.row_mut(3)[1] = f32::INFINITY;
    let error = new(MatrixState::RawCounts, &broken, NOTHING);
    assert!(matches!(error, Some(AnalysisError::NotFinite { row: 3, column: 1, .. })));
}

#[test]
fn cells_train_without_labels_on_views_from_counts() {
    let (x, (rows, table)) = (counts(120), one_hot());
    let cells: Vec<usize> = (0..120).collect();
    let whole =
        PooledViews::new(&x, MatrixState::RawCounts, rows.clone(), &table, SETTINGS, NOTHING)
            .expect("valid");
    let (pooled, _) = whole.views(&cells, &mut SplitMix64::new(0)).expect("made");
    // So few counts are left that some cells lose all their genes in a view: they are left out.
    for count_share in [0.8, 0.01] {
        let augment = Augment { count_share, disjoint_genes: true, ..Augment::default() };
        let views =
            PooledViews::new(&x, MatrixState::RawCounts, rows.clone(), &table, SETTINGS, augment)
                .expect("valid");
        let options = TrainOptions { objective: Objective::NtXent, epochs: 15, ..options() };
        let mut training =
            Training::new(&pooled, None, cells.clone(), Some(&views), options).expect("valid");
        while !training.run(5).expect("runs").is_done() {}
        let curve = training.curve();
        assert!(curve.iter().all(|loss| loss.train.is_finite()));
        // With fewer rows the loss is lower by itself.
        assert!(count_share < 0.1 || curve[curve.len() - 1].train < curve[0].train);
    }
}
