//! Exact nearest neighbours by cosine distance on the CPU, tile by tile.

use std::borrow::Cow;

use lexicell_kernels::cpu;
use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Neighbors, Progress, unit};

/// Query rows of one tile of similarities.
const QUERY_ROWS: usize = 64;
/// Reference rows of one tile: 64 × 1,024 × 384 multiplications are some 10 ms of wasm.
const REFERENCE_ROWS: usize = 1024;

/// A search on the CPU, to be driven with [`run`](Self::run).
///
/// Neighbours of equal similarity are taken in the order of the reference. A row of zeros (a cell that
/// could not be embedded) has distance 1 to every other, as in scikit-learn.
#[derive(Debug)]
pub struct KnnSearch<'a> {
    /// `None` where the reference is searched for its own rows.
    queries: Option<Cow<'a, DenseMatrix>>,
    reference: Cow<'a, DenseMatrix>,
    k: usize,
    tile: usize,
    tile_similarities: Vec<f32>,
    similarities: Vec<f32>,
    indices: Vec<u32>,
}

impl<'a> KnnSearch<'a> {
    /// Neighbours of every row among the other rows.
    ///
    /// # Shapes
    /// `rows`: `n × d`, of unit length or zero.
    ///
    /// # Errors
    /// If `k` is 0 or not below `n`, or a row is neither of unit length nor zero.
    pub fn within(rows: &'a DenseMatrix, k: usize) -> Result<Self, AnalysisError> {
        Self::start(None, Cow::Borrowed(rows), k)
    }

    /// Neighbours of every query row among the reference rows; both are borrowed or given away.
    ///
    /// # Shapes
    /// `queries`: `n × d`; `reference`: `m × d`; all rows of unit length or zero.
    ///
    /// # Errors
    /// If `k` is 0 or above `m`, widths differ, or a row is neither of unit length nor zero.
    pub fn between(
        queries: Cow<'a, DenseMatrix>,
        reference: Cow<'a, DenseMatrix>,
        k: usize,
    ) -> Result<Self, AnalysisError> {
        if queries.n_cols() != reference.n_cols() {
            let (expected, found) = (reference.n_cols(), queries.n_cols());
            return Err(AnalysisError::Shape { what: "width of the query cells", expected, found });
        }
        unit::check(&queries, "query cells")?;
        Self::start(Some(queries), reference, k)
    }

    fn start(
        queries: Option<Cow<'a, DenseMatrix>>,
        reference: Cow<'a, DenseMatrix>,
        k: usize,
    ) -> Result<Self, AnalysisError> {
        if k == 0 {
            return Err(AnalysisError::setting("k", "at least 1", k));
        }
        let needed = k.saturating_add(usize::from(queries.is_none()));
        if reference.n_rows() < needed {
            let step = "the search for neighbours";
            return Err(AnalysisError::TooFewCells { step, needed, found: reference.n_rows() });
        }
        unit::check(&reference, "cells")?;
        let places = queries.as_ref().unwrap_or(&reference).n_rows() * k;
        Ok(Self {
            queries,
            reference,
            k,
            tile: 0,
            tile_similarities: vec![0.0; QUERY_ROWS * REFERENCE_ROWS],
            similarities: vec![cpu::EMPTY_SIMILARITY; places],
            indices: vec![cpu::EMPTY_INDEX; places],
        })
    }

    /// The rows whose neighbours are sought.
    #[must_use]
    pub fn queries(&self) -> &DenseMatrix {
        self.queries.as_ref().unwrap_or(&self.reference)
    }

    /// The rows among which they are sought.
    #[must_use]
    pub fn reference(&self) -> &DenseMatrix {
        &self.reference
    }

    /// Works on up to `limit` tiles of 64 × 1,024 cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let per_block = self.reference.n_rows().div_ceil(REFERENCE_ROWS);
        let left = self.progress().total - self.tile;
        for _ in 0..limit.min(left) {
            self.search_tile(self.tile / per_block, self.tile % per_block);
            self.tile += 1;
        }
        Ok(self.progress())
    }

    /// How many tiles are done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let per_block = self.reference.n_rows().div_ceil(REFERENCE_ROWS);
        let total = self.queries().n_rows().div_ceil(QUERY_ROWS) * per_block;
        Progress { done: self.tile, total }
    }

    /// The neighbours, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If tiles are left to do.
    pub fn finish(self) -> Result<Neighbors, AnalysisError> {
        if !self.progress().is_done() {
            let message = "neighbours were asked for before the search was done";
            return Err(AnalysisError::OutOfTurn { step: "neighbours", message });
        }
        let mut distances = self.similarities;
        distances.iter_mut().for_each(|value| *value = (1.0 - *value).clamp(0.0, 2.0));
        Neighbors::try_new(self.k, self.indices, distances)
    }

    fn search_tile(&mut self, query_block: usize, reference_block: usize) {
        let d = self.reference.n_cols();
        let queries = self.queries.as_ref().unwrap_or(&self.reference);
        let first_query = query_block * QUERY_ROWS;
        let first_reference = reference_block * REFERENCE_ROWS;
        let n_queries = QUERY_ROWS.min(queries.n_rows() - first_query);
        let n_references = REFERENCE_ROWS.min(self.reference.n_rows() - first_reference);
        let out = &mut self.tile_similarities[..n_queries * n_references];
        cpu::knn_tile(
            &self.reference.data()[first_reference * d..][..n_references * d],
            &queries.data()[first_query * d..][..n_queries * d],
            d,
            out,
        );
        let places = first_query * self.k..(first_query + n_queries) * self.k;
        cpu::topk_merge(
            out,
            n_queries,
            first_reference as u32,
            self.queries.is_none().then_some(first_query as u32),
            self.k,
            &mut self.similarities[places.clone()],
            &mut self.indices[places],
        );
    }
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
        let mut whole = KnnSearch::within(&rows, 7).expect("valid");
        assert!(whole.run(usize::MAX).expect("runs").is_done());
        let whole = whole.finish().expect("done");
        let mut steps = KnnSearch::within(&rows, 7).expect("valid");
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
        let mut search =
            KnnSearch::between(Cow::Borrowed(&queries), Cow::Owned(reference.clone()), 5)
                .expect("valid");
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
        let mut search = KnnSearch::within(&rows, 3).expect("valid");
        search.run(9).expect("runs");
        let found = search.finish().expect("done");
        assert_eq!(found.row(1), (&[0, 2, 3][..], &[0.0, 0.0, 1.0][..]));
        assert_eq!(found.row(3), (&[0, 1, 2][..], &[1.0, 1.0, 1.0][..]));
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        let rows = random_unit(3, 5, 3);
        assert!(matches!(KnnSearch::within(&rows, 0), Err(AnalysisError::Setting { .. })));
        assert!(matches!(
            KnnSearch::within(&rows, 5),
            Err(AnalysisError::TooFewCells { needed: 6, found: 5, .. })
        ));
        let wider = random_unit(3, 5, 4);
        let found = KnnSearch::between(Cow::Borrowed(&wider), Cow::Borrowed(&rows), 2);
        assert!(matches!(found, Err(AnalysisError::Shape { .. })));
        let mut bad = rows.clone();
        bad.row_mut(2)[1] = f32::NAN;
        assert!(matches!(
            KnnSearch::within(&bad, 2),
            Err(AnalysisError::NotFinite { row: 2, column: 1, .. })
        ));
        bad.row_mut(2)[1] = 3.0;
        assert!(matches!(
            KnnSearch::within(&bad, 2),
            Err(AnalysisError::NotUnitLength { row: 2, .. })
        ));
        let unfinished = KnnSearch::within(&rows, 2).expect("valid");
        assert!(matches!(unfinished.finish(), Err(AnalysisError::OutOfTurn { .. })));
    }
}
