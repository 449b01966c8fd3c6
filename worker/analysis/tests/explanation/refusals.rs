//! What cannot be explained is refused.

use lexicell_analysis::{
    AnalysisError,
    attribution::{Attribution, Permutations},
    query::{QueryOptions, QueryRanking, ZeroShot, ZeroShotOptions},
};
use lexicell_matrix::{CsrMatrix, DenseMatrix, MISSING_CODE};

use crate::synthetic::{Cells, D, GENES, SETTINGS};

const NONE: Permutations = Permutations { n: 0, seed: 0 };

#[test]
fn sets_that_cannot_be_compared_are_refused() {
    let mut cells = Cells::new(1, 6, 2, 1.0);
    let mut indptr = vec![0; 7];
    indptr[1..].fill(1);
    cells.counts = CsrMatrix::try_new(6, GENES, indptr, vec![4], vec![2.0]).expect("a matrix");
    let view = cells.view();
    let new = |groups: [&[u32]; 2], permutations| {
        Attribution::new(&view, &cells.rows, &cells.table, SETTINGS, groups, permutations)
            .map(|_| ())
    };
    assert!(matches!(new([&[0], &[0]], NONE), Err(AnalysisError::InBothGroups { .. })));
    assert!(matches!(new([&[0], &[9]], NONE), Err(AnalysisError::IndexOutOfRange { .. })));
    // Cells without genes have no place.
    let found = new([&[0], &[1, 2]], NONE);
    assert!(matches!(found, Err(AnalysisError::EmptyGroup { group: "second", .. })));
    let many = Permutations { n: 5000, seed: 0 };
    assert!(matches!(new([&[0], &[1]], many), Err(AnalysisError::Setting { .. })));
}

#[test]
fn sets_that_are_the_same_have_no_direction_and_no_gene_that_matters() {
    let mut cells = Cells::new(1, 4, 2, 1.0);
    let indices = vec![1, 2, 1, 2, 1, 2, 1, 2];
    let counts = CsrMatrix::try_new(4, GENES, vec![0, 2, 4, 6, 8], indices, vec![1.0; 8]);
    cells.counts = counts.expect("a matrix");
    let found = cells.attributed([&[0, 1], &[2, 3]], Permutations { n: 9, seed: 1 });
    assert_eq!((found.total, found.genes.len()), (0.0, 2));
    assert_eq!(found.separation.expect("asked for").p, 1.0);
    assert!(found.genes.iter().all(|gene| gene.value == 0.0 && gene.p.is_nan()));
    let direction = vec![0.0; D];
    let along = found.along(&cells.rows, &cells.table, &direction);
    assert!(matches!(along, Err(AnalysisError::Setting { .. })));
    let along = found.along(&cells.rows[..1], &cells.table, &[1.0; D]);
    assert!(matches!(along, Err(AnalysisError::IndexOutOfRange { .. })));
    assert!(found.along(&cells.rows, &cells.table, &[1.0; 3]).is_err());
}

#[test]
fn an_attribution_that_is_not_done_is_not_handed_out() {
    let cells = Cells::new(1, 8, 2, 1.0);
    let view = cells.view();
    let sets: [&[u32]; 2] = [&[0, 1], &[2, 3]];
    let mut job =
        Attribution::new(&view, &cells.rows, &cells.table, SETTINGS, sets, NONE).expect("valid");
    assert!(!job.run(1).expect("runs").is_done());
    assert!(matches!(job.finish(), Err(AnalysisError::OutOfTurn { .. })));
}

#[test]
fn texts_and_clusters_that_do_not_fit_are_refused() {
    let cells = Cells::new(1, 8, 2, 1.0);
    let view = cells.view();
    let rank = |codes: &[u32], query: &[f32]| {
        let mut job = QueryRanking::new(
            (&view, &cells.rows),
            &cells.table,
            SETTINGS,
            (codes, 2),
            query,
            QueryOptions { n_shuffles: 1, seed: 0 },
        )?;
        job.run(99).map(|_| ())
    };
    let query = [1.0; D];
    assert_eq!(rank(&cells.types, &query), Ok(()));
    assert!(matches!(rank(&[0; 3], &query), Err(AnalysisError::Shape { .. })));
    assert!(matches!(rank(&[2; 8], &query), Err(AnalysisError::IndexOutOfRange { .. })));
    let found = rank(&[MISSING_CODE; 8], &query);
    assert!(matches!(found, Err(AnalysisError::TooFewCells { .. })));
    assert!(rank(&cells.types, &[1.0; 3]).is_err());
    assert!(matches!(rank(&cells.types, &[0.0; D]), Err(AnalysisError::NotUnitLength { .. })));
    assert!(rank(&cells.types, &[f32::NAN; D]).is_err());

    let pooled = cells.pooled();
    let label = |queries: &DenseMatrix, options| {
        let own = (&view, &cells.rows[..]);
        ZeroShot::new(own, &cells.table, SETTINGS, &pooled, queries, options).map(|_| ())
    };
    let usual = ZeroShotOptions::default();
    assert_eq!(label(&Cells::topics(1, 2), usual), Ok(()));
    assert!(matches!(label(&Cells::topics(1, 1), usual), Err(AnalysisError::Setting { .. })));
    let wrong = ZeroShotOptions { quantile: 1.5, ..usual };
    assert!(matches!(label(&Cells::topics(1, 2), wrong), Err(AnalysisError::Setting { .. })));
}
