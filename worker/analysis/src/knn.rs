//! Exact nearest neighbours by cosine distance on the CPU.

use lexicell_kernels::knn::CpuKnn;
use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Neighbors, Progress, unit};

/// Pairs of cells in one tile.
const PAIRS_PER_TILE: u64 = 256 * 256;

/// A search on the CPU, to be driven with [`run`](Self::run).
///
/// Neighbours of equal similarity are taken in the order of the reference. A row of zeros (a cell that
/// could not be embedded) has distance 1 to every other, as in scikit-learn.
pub struct KnnSearch {
    search: CpuKnn,
}

impl std::fmt::Debug for KnnSearch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("KnnSearch").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

impl KnnSearch {
    /// Neighbours of every row among the other rows.
    ///
    /// # Shapes
    /// `rows`: `n × d`, of unit length or zero.
    ///
    /// # Errors
    /// If `k` is 0 or not below `n`, or a row is neither of unit length nor zero.
    pub fn within(rows: DenseMatrix, k: usize) -> Result<Self, AnalysisError> {
        check_sizes(k, rows.n_rows(), 1, rows.n_cols())?;
        unit::check(&rows, "cells")?;
        let d = rows.n_cols();
        Ok(Self { search: CpuKnn::new(rows.into_data(), d, k) })
    }

    /// Neighbours of every query row among the reference rows.
    ///
    /// # Shapes
    /// `queries`: `n × d`; `reference`: `m × d`; all rows of unit length or zero.
    ///
    /// # Errors
    /// If `k` is 0 or above `m`, widths differ, or a row is neither of unit length nor zero.
    pub fn between(
        queries: DenseMatrix,
        reference: DenseMatrix,
        k: usize,
    ) -> Result<Self, AnalysisError> {
        check_sizes(k, reference.n_rows(), 0, reference.n_cols())?;
        let (expected, found) = (reference.n_cols(), queries.n_cols());
        if expected != found {
            return Err(AnalysisError::Shape { what: "width of the query cells", expected, found });
        }
        unit::check(&queries, "query cells")?;
        unit::check(&reference, "cells")?;
        let search = CpuKnn::between(reference.into_data(), queries.into_data(), expected, k);
        Ok(Self { search })
    }

    /// Works on up to `limit` tiles of 256 × 256 cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        self.search.run(limit);
        Ok(self.progress())
    }

    /// How many tiles of pairs are done; pairs themselves would not fit 32 bits.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let progress = self.search.progress();
        let total = progress.total.div_ceil(PAIRS_PER_TILE);
        let begun = (progress.done / PAIRS_PER_TILE).min(total.saturating_sub(1));
        let done = if progress.is_done() { total } else { begun };
        Progress { done: done as usize, total: total as usize }
    }

    /// The neighbours, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If pairs are left to compare.
    pub fn finish(self) -> Result<Neighbors, AnalysisError> {
        if !self.search.progress().is_done() {
            let message = "neighbours were asked for before the search was done";
            return Err(AnalysisError::OutOfTurn { step: "neighbours", message });
        }
        from_search(self.search.into_neighbors())
    }
}

/// Neighbours by distance from the similarities that a search on the GPU or the CPU returned.
///
/// # Errors
/// If the search left places empty: a row held a value that is not finite.
pub fn from_search(found: lexicell_kernels::knn::Neighbors) -> Result<Neighbors, AnalysisError> {
    if let Some(at) = found.indices.iter().position(|&index| index == u32::MAX) {
        let (row, column) = (at / found.k, at % found.k);
        return Err(AnalysisError::NotFinite { what: "similarities of neighbours", row, column });
    }
    let mut distances = found.similarities;
    distances.iter_mut().for_each(|value| *value = (1.0 - *value).clamp(0.0, 2.0));
    Neighbors::try_new(found.k, found.indices, distances)
}

fn check_sizes(
    k: usize,
    n_references: usize,
    own: usize,
    width: usize,
) -> Result<(), AnalysisError> {
    for (setting, value) in [("k", k), ("width of the embedding", width)] {
        if value == 0 {
            return Err(AnalysisError::setting(setting, "at least 1", value));
        }
    }
    let needed = k.saturating_add(own);
    if n_references < needed {
        let step = "the search for neighbours";
        return Err(AnalysisError::TooFewCells { step, needed, found: n_references });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SplitMix64;

    fn random_unit(seed: u64, n: usize, d: usize) -> DenseMatrix {
        let mut rng = SplitMix64::new(seed);
        let data = (0..n * d).map(|_| rng.normal() as f32).collect();
        let mut matrix = DenseMatrix::try_new(n, d, data).expect("the shape is right");
        unit::normalize_rows(&mut matrix);
        matrix
    }

    fn by_brute_force(
        queries: &DenseMatrix,
        reference: &DenseMatrix,
        own: bool,
        k: usize,
    ) -> Vec<Vec<u32>> {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
        };
        (0..queries.n_rows())
            .map(|q| {
                let mut all: Vec<(f64, u32)> = (0..reference.n_rows())
                    .filter(|&r| !own || r != q)
                    .map(|r| (dot(queries.row(q), reference.row(r)), r as u32))
                    .collect();
                all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                all.iter().take(k).map(|entry| entry.1).collect()
            })
            .collect()
    }

    #[test]
    fn neighbours_are_exact_and_do_not_depend_on_the_pace() {
        let rows = random_unit(3, 2200, 24);
        let mut whole = KnnSearch::within(rows.clone(), 7).expect("valid");
        assert!(whole.run(usize::MAX).expect("runs").is_done());
        let whole = whole.finish().expect("done");
        let mut steps = KnnSearch::within(rows.clone(), 7).expect("valid");
        while !steps.run(1).expect("runs").is_done() {}
        assert_eq!(whole, steps.finish().expect("done"));
        for (row, expected) in by_brute_force(&rows, &rows, true, 7).iter().enumerate() {
            let (found, distances) = whole.row(row);
            assert_eq!(found, expected, "row {row}");
            assert!(distances.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }

    #[test]
    fn queries_are_searched_in_another_set() {
        let (queries, reference) = (random_unit(1, 70, 10), random_unit(2, 1500, 10));
        let mut search = KnnSearch::between(queries.clone(), reference.clone(), 5).expect("valid");
        search.run(usize::MAX).expect("runs");
        let found = search.finish().expect("done");
        for (row, expected) in by_brute_force(&queries, &reference, false, 5).iter().enumerate() {
            assert_eq!(found.row(row).0, expected);
        }
    }

    #[test]
    fn equal_cells_come_in_their_order_and_a_zero_row_is_at_distance_one() {
        let data = vec![1., 0., 1., 0., 1., 0., 0., 0.];
        let rows = DenseMatrix::try_new(4, 2, data).expect("shape");
        let mut search = KnnSearch::within(rows.clone(), 3).expect("valid");
        search.run(9).expect("runs");
        let found = search.finish().expect("done");
        assert_eq!(found.row(1), (&[0, 2, 3][..], &[0.0, 0.0, 1.0][..]));
        assert_eq!(found.row(3), (&[0, 1, 2][..], &[1.0, 1.0, 1.0][..]));
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        let rows = random_unit(3, 5, 3);
        assert!(matches!(KnnSearch::within(rows.clone(), 0), Err(AnalysisError::Setting { .. })));
        assert!(matches!(
            KnnSearch::within(rows.clone(), 5),
            Err(AnalysisError::TooFewCells { needed: 6, found: 5, .. })
        ));
        let wider = random_unit(3, 5, 4);
        let found = KnnSearch::between(wider, rows.clone(), 2);
        assert!(matches!(found, Err(AnalysisError::Shape { .. })));
        let mut bad = rows.clone();
        bad.row_mut(2)[1] = f32::NAN;
        assert!(matches!(
            KnnSearch::within(bad.clone(), 2),
            Err(AnalysisError::NotFinite { row: 2, column: 1, .. })
        ));
        bad.row_mut(2)[1] = 3.0;
        assert!(matches!(
            KnnSearch::within(bad.clone(), 2),
            Err(AnalysisError::NotUnitLength { row: 2, .. })
        ));
        let unfinished = KnnSearch::within(rows.clone(), 2).expect("valid");
        assert!(matches!(unfinished.finish(), Err(AnalysisError::OutOfTurn { .. })));
    }
}
