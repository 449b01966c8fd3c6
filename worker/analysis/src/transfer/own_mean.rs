use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, unit};

/// Takes the mean of a side's own cells away from each of them and scales them to unit length, to be
/// driven with [`run`](Self::run).
///
/// Equals [`Centering`](crate::centering::Centering) fitted on and applied to the same cells, in place:
/// rows of zeros (cells that could not be embedded) neither count nor change.
#[derive(Debug)]
pub struct OwnMean {
    cells: DenseMatrix,
    sums: Vec<f64>,
    /// Cells that count in the mean.
    n: usize,
    added: usize,
    centred: usize,
}

impl OwnMean {
    /// Prepares the centring of all cells of a side.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`.
    #[must_use]
    pub fn new(cells: DenseMatrix) -> Self {
        Self { sums: vec![0.0; cells.n_cols()], cells, n: 0, added: 0, centred: 0 }
    }

    /// Adds up or centres up to `limit` cells.
    ///
    /// # Errors
    /// If a cell holds a value that is not finite.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.added < self.cells.n_rows() {
                self.add(self.added)?;
                self.added += 1;
                if self.added == self.cells.n_rows() {
                    let n = self.n.max(1) as f64;
                    self.sums.iter_mut().for_each(|sum| *sum /= n);
                }
            } else if self.centred < self.cells.n_rows() {
                self.centre(self.centred);
                self.centred += 1;
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many cells were added up and centred; each counts twice.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.added + self.centred, total: 2 * self.cells.n_rows() }
    }

    /// The cells, of unit length.
    ///
    /// # Errors
    /// If cells are left to do.
    pub fn finish(self) -> Result<DenseMatrix, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the cells were asked for before all were centred";
            return Err(AnalysisError::OutOfTurn { step: "centring", message });
        }
        Ok(self.cells)
    }

    fn add(&mut self, cell: usize) -> Result<(), AnalysisError> {
        let values = self.cells.row(cell);
        if let Some(column) = values.iter().position(|x| !x.is_finite()) {
            return Err(AnalysisError::NotFinite { what: "embedding", row: cell, column });
        }
        if values.iter().any(|&x| x != 0.0) {
            self.n += 1;
            self.sums.iter_mut().zip(values).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        Ok(())
    }

    fn centre(&mut self, cell: usize) {
        let values = self.cells.row_mut(cell);
        if values.iter().any(|&x| x != 0.0) {
            for (value, mean) in values.iter_mut().zip(&self.sums) {
                *value = (f64::from(*value) - mean) as f32;
            }
            unit::normalize(values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centering::Centering;

    #[test]
    fn it_is_centring_on_the_same_cells() {
        let values = (0..21).map(|at| if at < 3 { 0.0 } else { ((at * 7) % 11) as f32 });
        let cells = DenseMatrix::try_new(7, 3, values.collect()).expect("shape");
        let rows: Vec<usize> = (0..7).collect();
        let expected =
            Centering::fit(&cells, &rows).and_then(|mean| mean.apply(&cells, &rows)).expect("fits");
        let mut own = OwnMean::new(cells);
        assert!(!own.run(3).expect("runs").is_done());
        while !own.run(1).expect("runs").is_done() {}
        assert_eq!(own.finish().expect("done"), expected);
    }

    #[test]
    fn broken_and_unfinished_cells_are_refused() {
        let broken = DenseMatrix::try_new(1, 2, vec![1.0, f32::NAN]).expect("shape");
        let refused = OwnMean::new(broken).run(1);
        assert!(matches!(refused, Err(AnalysisError::NotFinite { column: 1, .. })));
        let cells = DenseMatrix::try_new(1, 2, vec![1.0, 2.0]).expect("shape");
        assert!(matches!(OwnMean::new(cells).finish(), Err(AnalysisError::OutOfTurn { .. })));
    }
}
