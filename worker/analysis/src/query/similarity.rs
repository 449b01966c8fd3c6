use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, unit};

/// Cosine of every cell with each of some texts, to be driven with [`run`](Self::run).
#[derive(Debug)]
pub struct Similarity<'a> {
    cells: &'a DenseMatrix,
    queries: DenseMatrix,
    out: DenseMatrix,
    done: usize,
}

/// Texts scaled to unit length.
///
/// # Shapes
/// `queries`: `[m × d]`; result: the same.
///
/// # Errors
/// If the width is not `d`, there is no text, a value is not finite, or a text has no length.
pub fn check_queries(queries: &DenseMatrix, d: usize) -> Result<DenseMatrix, AnalysisError> {
    if queries.n_cols() != d {
        let (expected, found) = (d, queries.n_cols());
        return Err(AnalysisError::Shape { what: "width of the queries", expected, found });
    }
    if queries.n_rows() == 0 {
        return Err(AnalysisError::setting("queries", "at least 1", 0));
    }
    unit::check_finite(queries, "queries")?;
    for row in 0..queries.n_rows() {
        if queries.row(row).iter().all(|&x| x == 0.0) {
            return Err(AnalysisError::NotUnitLength { what: "queries", row, length: 0.0 });
        }
    }
    let mut queries = queries.clone();
    unit::normalize_rows(&mut queries);
    Ok(queries)
}

impl<'a> Similarity<'a> {
    /// Prepares the comparison.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`, pooled, centred on the mean cell, of unit length; `queries`: `[m × d]`, of
    /// any length.
    ///
    /// # Errors
    /// If a shape differs, a value is not finite, a row is not of unit length or zero, or a text has no
    /// length.
    pub fn new(cells: &'a DenseMatrix, queries: &DenseMatrix) -> Result<Self, AnalysisError> {
        unit::check(cells, "cells")?;
        let queries = check_queries(queries, cells.n_cols())?;
        let out = DenseMatrix::zeros(cells.n_rows(), queries.n_rows());
        Ok(Self { cells, queries, out, done: 0 })
    }

    /// Compares up to `limit` cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let end = self.done.saturating_add(limit).min(self.cells.n_rows());
        for cell in self.done..end {
            similarities(self.cells.row(cell), &self.queries, self.out.row_mut(cell));
        }
        self.done = end;
        Ok(self.progress())
    }

    /// How many cells were compared.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.cells.n_rows() }
    }

    /// The cosines `[n_obs × m]`, once [`run`](Self::run) is done; 0 for a cell without a place.
    ///
    /// # Errors
    /// If cells are left to do.
    pub fn finish(self) -> Result<DenseMatrix, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the cosines were asked for before all cells were compared";
            return Err(AnalysisError::OutOfTurn { step: "similarity to a text", message });
        }
        Ok(self.out)
    }
}

pub(super) fn similarities(cell: &[f32], queries: &DenseMatrix, out: &mut [f32]) {
    for (query, out) in out.iter_mut().enumerate() {
        *out = cell.iter().zip(queries.row(query)).map(|(a, b)| a * b).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_do_not_depend_on_the_length_of_the_text() {
        let cells = DenseMatrix::try_new(2, 2, vec![0.6, 0.8, 0.0, 0.0]).expect("shape");
        let queries = DenseMatrix::try_new(2, 2, vec![5.0, 0.0, 0.0, -2.0]).expect("shape");
        let mut job = Similarity::new(&cells, &queries).expect("sound");
        assert!(!job.run(1).expect("runs").is_done());
        assert!(job.run(1).expect("runs").is_done());
        assert_eq!(job.finish().expect("done").data(), [0.6, -0.8, 0.0, 0.0]);
        let zero = DenseMatrix::zeros(1, 2);
        assert!(matches!(
            Similarity::new(&cells, &zero),
            Err(AnalysisError::NotUnitLength { what: "queries", .. })
        ));
        assert!(Similarity::new(&cells, &DenseMatrix::zeros(1, 3)).is_err());
        assert!(Similarity::new(&queries, &queries).is_err());
    }
}
