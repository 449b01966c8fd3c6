//! How well labels separate cells in a space: the silhouette by cosine distance.

use lexicell_matrix::{Categorical, DenseMatrix};

use crate::{AnalysisError, Progress};

/// Mean silhouette (Rousseeuw 1987) over all labelled cells, `sklearn.metrics.silhouette_score` with
/// `metric="cosine"`, to be driven with [`run`](Self::run).
///
/// The cosine distance to a class is linear in the sum of the class's unit vectors, so every cell is
/// judged, in `n × classes × d`; nothing is sampled.
#[derive(Debug)]
pub struct Silhouette<'a> {
    cells: &'a DenseMatrix,
    labels: &'a Categorical,
    judged: Vec<usize>,
    /// Sum of the unit vectors of each class, `[classes × d]`, and cells of each class.
    sums: Vec<f64>,
    sizes: Vec<usize>,
    summed: usize,
    done: usize,
    total: f64,
}

impl<'a> Silhouette<'a> {
    /// Prepares the judgement of the given cells; those without a label are left out.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`, of any length; a row of zeros has distance 1 to every other.
    ///
    /// # Errors
    /// If the number of labels disagrees, a cell lies outside the matrix or is not finite, or the cells
    /// are all of one class or each of its own.
    pub fn new(
        cells: &'a DenseMatrix,
        labels: &'a Categorical,
        judged: &[usize],
    ) -> Result<Self, AnalysisError> {
        let (expected, found) = (cells.n_rows(), labels.codes.len());
        if expected != found {
            return Err(AnalysisError::Shape { what: "labels", expected, found });
        }
        let n_classes = labels.categories.len();
        let mut sizes = vec![0usize; n_classes];
        let mut kept = Vec::with_capacity(judged.len());
        for &cell in judged {
            if cell >= expected {
                let what = "list of cells";
                return Err(AnalysisError::IndexOutOfRange { what, index: cell, len: expected });
            }
            if let Some(column) = cells.row(cell).iter().position(|value| !value.is_finite()) {
                return Err(AnalysisError::NotFinite { what: "embedding", row: cell, column });
            }
            if let Some(size) = sizes.get_mut(labels.codes[cell] as usize) {
                *size += 1;
                kept.push(cell);
            }
        }
        let present = sizes.iter().filter(|&&size| size > 0).count();
        if present < 2 || present >= kept.len() {
            let allowed =
                format!("2 to {}, one less than the labelled cells", kept.len().saturating_sub(1));
            return Err(AnalysisError::setting("classes of the silhouette", allowed, present));
        }
        let sums = vec![0.0; n_classes * cells.n_cols()];
        Ok(Self { cells, labels, judged: kept, sums, sizes, summed: 0, done: 0, total: 0.0 })
    }

    /// Works on up to `limit` cells; each is read twice.
    pub fn run(&mut self, limit: usize) -> Progress {
        let mut budget = limit;
        while budget > 0 && self.summed < self.judged.len() {
            let cell = self.judged[self.summed];
            let d = self.cells.n_cols();
            let class = self.labels.codes[cell] as usize;
            let unit = unit_row(self.cells.row(cell));
            self.sums[class * d..][..d].iter_mut().zip(&unit).for_each(|(sum, x)| *sum += x);
            self.summed += 1;
            budget -= 1;
        }
        while budget > 0 && self.done < self.judged.len() {
            self.total += self.width(self.judged[self.done]);
            self.done += 1;
            budget -= 1;
        }
        Progress { done: self.summed + self.done, total: 2 * self.judged.len() }
    }

    /// The mean of the cells judged so far, −1 to 1; all of them once [`run`](Self::run) is done.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.total / self.done.max(1) as f64
    }

    /// Cells that are judged.
    #[must_use]
    pub fn n_obs(&self) -> usize {
        self.judged.len()
    }

    /// The silhouette of one cell; 0 for the only cell of a class.
    fn width(&self, cell: usize) -> f64 {
        let own = self.labels.codes[cell] as usize;
        if self.sizes[own] == 1 {
            return 0.0;
        }
        let unit = unit_row(self.cells.row(cell));
        let square: f64 = unit.iter().map(|x| x * x).sum();
        let d = unit.len();
        let (mut within, mut nearest) = (0.0, f64::INFINITY);
        for (class, &size) in self.sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            let sum = &self.sums[class * d..][..d];
            let similar: f64 = sum.iter().zip(&unit).map(|(sum, x)| sum * x).sum();
            if class == own {
                let others = size as f64 - 1.0;
                within = (others - (similar - square)) / others;
            } else {
                nearest = nearest.min(1.0 - similar / size as f64);
            }
        }
        let largest = within.max(nearest);
        if largest > 0.0 { (nearest - within) / largest } else { 0.0 }
    }
}

fn unit_row(row: &[f32]) -> Vec<f64> {
    let square: f64 = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    let factor = if square > 0.0 { square.sqrt().recip() } else { 0.0 };
    row.iter().map(|&x| f64::from(x) * factor).collect()
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::MISSING_CODE;

    use super::*;

    fn labels(codes: Vec<u32>) -> Categorical {
        Categorical { codes, categories: ["a", "b", "c"].map(str::to_owned).to_vec() }
    }

    #[test]
    fn opposite_classes_are_perfectly_apart_and_unlabelled_cells_do_not_count() {
        let cells = DenseMatrix::try_new(5, 2, vec![1., 0., 2., 0., -1., 0., -3., 0., 0., 9.])
            .expect("shape");
        let labels = labels(vec![0, 0, 2, 2, MISSING_CODE]);
        let mut found = Silhouette::new(&cells, &labels, &[0, 1, 2, 3, 4]).expect("two classes");
        while !found.run(3).is_done() {}
        assert_eq!((found.value(), found.n_obs()), (1.0, 4));
    }

    #[test]
    fn what_has_no_silhouette_is_refused() {
        let cells = DenseMatrix::try_new(3, 1, vec![1., 2., f32::NAN]).expect("shape");
        let start = |codes, judged: &[usize]| {
            Silhouette::new(&cells, &labels(codes), judged).map(|_| ()).err()
        };
        assert!(matches!(start(vec![0, 0, 1], &[0, 1]), Some(AnalysisError::Setting { .. })));
        assert!(matches!(start(vec![0, 1, 1], &[0, 1]), Some(AnalysisError::Setting { .. })));
        assert!(matches!(start(vec![0, 1, 1], &[2]), Some(AnalysisError::NotFinite { .. })));
        assert!(matches!(start(vec![0, 1, 1], &[3]), Some(AnalysisError::IndexOutOfRange { .. })));
        assert!(matches!(start(vec![0, 1], &[0]), Some(AnalysisError::Shape { .. })));
    }
}
