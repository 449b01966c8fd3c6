use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::{
    AnalysisError, Neighbors, Progress,
    classify::{Told, vote},
    knn::KnnSearch,
};

/// What a query cell is held against before its label is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Acceptance {
    /// Least share of the votes.
    pub confidence: f64,
    /// Least mean cosine with the neighbours that voted for the class.
    pub similarity: f64,
}

/// The labels that query cells were given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transferred {
    /// The class of each query cell and its share of the votes; `u32::MAX` with a share of 0 for cells
    /// that could not be embedded.
    pub told: Told,
    /// Mean cosine with the neighbours that voted for the class.
    pub similarity: Vec<f64>,
}

/// Gives query cells the labels of their nearest reference cells, to be driven with [`run`](Self::run).
#[derive(Debug)]
pub struct LabelTransfer {
    search: KnnSearch,
    classes: Vec<u32>,
    is_empty: Vec<bool>,
}

impl LabelTransfer {
    /// Prepares a vote of `k` neighbours by cosine; reference cells without a class or a vector take no
    /// part.
    ///
    /// # Shapes
    /// `reference`: `[n × d]`, `query`: `[m × d]`, each centred on its own side, rows of unit length or
    /// zero; `classes`: `n`.
    ///
    /// # Errors
    /// If sizes disagree, fewer than `k` reference cells can vote, or a row is not of unit length.
    pub fn new(
        reference: &DenseMatrix,
        classes: &[u32],
        query: DenseMatrix,
        k: usize,
    ) -> Result<Self, AnalysisError> {
        if classes.len() != reference.n_rows() {
            let (expected, found) = (reference.n_rows(), classes.len());
            return Err(AnalysisError::Shape { what: "classes of the reference", expected, found });
        }
        let d = reference.n_cols();
        let (mut rows, mut kept) = (Vec::new(), Vec::new());
        for (cell, &class) in classes.iter().enumerate() {
            if class != MISSING_CODE && reference.row(cell).iter().any(|&x| x != 0.0) {
                rows.extend_from_slice(reference.row(cell));
                kept.push(class);
            }
        }
        if kept.len() < k {
            let step = "the transfer of labels (reference cells with a label)";
            return Err(AnalysisError::TooFewCells { step, needed: k, found: kept.len() });
        }
        let is_zero = |cell| query.row(cell).iter().all(|&x: &f32| x == 0.0);
        let is_empty = (0..query.n_rows()).map(is_zero).collect();
        let reference = DenseMatrix::try_new(kept.len(), d, rows)?;
        Ok(Self { search: KnnSearch::between(query, reference, k)?, classes: kept, is_empty })
    }

    /// Works on up to `limit` tiles of 256 × 256 cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        self.search.run(limit)
    }

    /// The labels, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If pairs of cells are left to compare.
    pub fn finish(self) -> Result<Transferred, AnalysisError> {
        let neighbors = self.search.finish()?;
        let mut told = vote(&neighbors, &self.classes)?;
        let mut similarity: Vec<f64> = (0..neighbors.n_rows())
            .map(|cell| similarity(&neighbors, cell, &self.classes, told.classes[cell]))
            .collect();
        for (cell, _) in self.is_empty.iter().enumerate().filter(|(_, is)| **is) {
            told.classes[cell] = MISSING_CODE;
            told.confidence[cell] = 0.0;
            similarity[cell] = 0.0;
        }
        Ok(Transferred { told, similarity })
    }
}

impl Transferred {
    /// Whether each query cell is none of the reference's classes as far as can be told.
    #[must_use]
    pub fn none_of_these(&self, acceptance: Acceptance) -> Vec<bool> {
        let told = self.told.classes.iter().zip(&self.told.confidence).zip(&self.similarity);
        told.map(|((&class, &confidence), &similarity)| {
            class == MISSING_CODE
                || confidence < acceptance.confidence
                || similarity < acceptance.similarity
        })
        .collect()
    }
}

impl Acceptance {
    /// What all but a share `lost` of rightly told cells reach, in each of both measures.
    ///
    /// Calibrate on a transfer within the reference (held-out cells, disjoint halves of the genes as
    /// [`disjoint_halves`](super::disjoint_halves) deals them): cosines across panels are lower than those
    /// within one, so neighbours in the reference itself would set the bar too high.
    ///
    /// # Errors
    /// If sizes disagree, `lost` lies outside 0 to 1, or no cell was told right.
    pub fn calibrate(
        within: &Transferred,
        truth: &[u32],
        lost: f64,
    ) -> Result<Self, AnalysisError> {
        if truth.len() != within.told.classes.len() {
            let (expected, found) = (within.told.classes.len(), truth.len());
            return Err(AnalysisError::Shape { what: "classes of told cells", expected, found });
        }
        if !(0.0..1.0).contains(&lost) {
            return Err(AnalysisError::setting("lost", "from 0 to below 1", lost));
        }
        let right = |cell: &usize| {
            truth[*cell] == within.told.classes[*cell] && truth[*cell] != MISSING_CODE
        };
        let cells: Vec<usize> = (0..truth.len()).filter(right).collect();
        if cells.is_empty() {
            let step = "calibration (cells told right)";
            return Err(AnalysisError::TooFewCells { step, needed: 1, found: 0 });
        }
        let least = |values: &[f64]| {
            let mut sorted: Vec<f64> = cells.iter().map(|&cell| values[cell]).collect();
            sorted.sort_by(f64::total_cmp);
            sorted[((sorted.len() as f64 * lost) as usize).min(sorted.len() - 1)]
        };
        Ok(Self {
            confidence: least(&within.told.confidence),
            similarity: least(&within.similarity),
        })
    }
}

fn similarity(neighbors: &Neighbors, cell: usize, classes: &[u32], class: u32) -> f64 {
    let (indices, distances) = neighbors.row(cell);
    let of_class = indices.iter().zip(distances).filter(|(i, _)| classes[**i as usize] == class);
    let (sum, n) =
        of_class.fold((0.0, 0usize), |(sum, n), (_, &d)| (sum + 1.0 - f64::from(d), n + 1));
    sum / n.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[[f32; 2]]) -> DenseMatrix {
        DenseMatrix::try_new(values.len(), 2, values.concat()).expect("shape")
    }

    fn transferred() -> Transferred {
        let reference = rows(&[[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.0, 1.0], [0.0, 0.0]]);
        let query = rows(&[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]);
        let classes = [7, 7, 3, MISSING_CODE, 3];
        let mut transfer = LabelTransfer::new(&reference, &classes, query, 2).expect("valid");
        while !transfer.run(1).expect("runs").is_done() {}
        transfer.finish().expect("done")
    }

    #[test]
    fn labelled_neighbours_vote_and_empty_cells_get_none() {
        let found = transferred();
        assert_eq!(found.told.classes, [7, 3, MISSING_CODE]);
        assert_eq!(found.told.confidence, [1.0, 0.5, 0.0]);
        assert!((found.similarity[0] - 0.9).abs() < 1e-6 && found.similarity[1] == 1.0);
        let strict = Acceptance { confidence: 0.6, similarity: 0.0 };
        assert_eq!(found.none_of_these(strict), [false, true, true]);
    }

    #[test]
    fn the_bar_is_what_rightly_told_cells_reach() {
        let found = transferred();
        let bar = Acceptance::calibrate(&found, &[7, 3, 3], 0.0).expect("two are right");
        assert_eq!((bar.confidence, bar.similarity), (0.5, found.similarity[0]));
        assert!(Acceptance::calibrate(&found, &[1, 1, 1], 0.05).is_err());
        assert!(Acceptance::calibrate(&found, &[7, 3], 0.05).is_err());
    }

    #[test]
    fn too_few_labels_are_refused() {
        let reference = rows(&[[1.0, 0.0], [0.0, 1.0]]);
        let query = rows(&[[1.0, 0.0]]);
        assert!(matches!(
            LabelTransfer::new(&reference, &[0, MISSING_CODE], query.clone(), 2),
            Err(AnalysisError::TooFewCells { found: 1, .. })
        ));
        assert!(LabelTransfer::new(&reference, &[0], query, 1).is_err());
    }
}
