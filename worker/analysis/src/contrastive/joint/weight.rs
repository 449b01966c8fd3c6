use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use super::{JointSpace, PairedCells, space::join};
use crate::{
    AnalysisError, classify::vote, contrastive::split::Partition, knn::KnnSearch,
    metrics::Confusion,
};

/// The weights of the text that are tried, expression alone first.
pub const WEIGHTS: [f64; 11] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// The weight where no label can judge another one: both views count alike.
pub const EVEN_WEIGHT: f64 = 0.5;
/// Cells that are placed in one unit of work.
const CELLS_PER_UNIT: usize = 512;

/// How well the cells kept aside were told with a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightScore {
    /// The weight of the text.
    pub weight: f64,
    /// Macro-F1 of the validation cells, told by the fitted cells.
    pub macro_f1: f64,
}

/// The choice of the weight: for each of [`WEIGHTS`] the labelled validation cells are told by their
/// nearest labelled fitted cells.
#[derive(Debug)]
pub(super) struct Weighing {
    space: JointSpace,
    /// Fitted cells, then validation cells, with their classes.
    cells: Vec<usize>,
    classes: Vec<u32>,
    n_fitted: usize,
    n_classes: usize,
    k: usize,
    /// The parts of the cells placed so far.
    text: Vec<f32>,
    expression: Vec<f32>,
    n_placed: usize,
    search: Option<KnnSearch>,
    pub(super) scores: Vec<WeightScore>,
}

impl Weighing {
    /// `None` where no labelled cell was kept aside.
    pub(super) fn new(space: JointSpace, partition: &Partition, neighbors: usize) -> Option<Self> {
        let labelled = |cells: &[usize]| -> Vec<usize> {
            let has_class = |&cell: &usize| partition.class_of[cell] != MISSING_CODE;
            cells.iter().copied().filter(has_class).collect()
        };
        let (mut cells, validation) =
            (labelled(&partition.fitted), labelled(&partition.validation));
        if cells.is_empty() || validation.is_empty() {
            return None;
        }
        let n_fitted = cells.len();
        cells.extend(validation);
        Some(Self {
            space,
            classes: cells.iter().map(|&cell| partition.class_of[cell]).collect(),
            cells,
            n_fitted,
            n_classes: partition.n_classes,
            k: neighbors.min(n_fitted),
            text: Vec::new(),
            expression: Vec::new(),
            n_placed: 0,
            search: None,
            scores: Vec::new(),
        })
    }

    /// Places some cells, or does a tile of a search; the weight once all were tried.
    pub(super) fn step(&mut self, cells: &PairedCells<'_>) -> Result<Option<f64>, AnalysisError> {
        if self.n_placed < self.cells.len() {
            let end = (self.n_placed + CELLS_PER_UNIT).min(self.cells.len());
            let [text, expression] = self.space.parts(cells, &self.cells[self.n_placed..end])?;
            self.text.extend_from_slice(text.data());
            self.expression.extend_from_slice(expression.data());
            self.n_placed = end;
            return Ok(None);
        }
        let Some(&weight) = WEIGHTS.get(self.scores.len()) else {
            return Ok(Some(self.chosen()));
        };
        let mut search = match self.search.take() {
            Some(search) => search,
            None => self.search_with(weight)?,
        };
        if !search.run(1)?.is_done() {
            self.search = Some(search);
            return Ok(None);
        }
        let told = vote(&search.finish()?, &self.classes[..self.n_fitted])?;
        let mut confusion = Confusion::new(self.n_classes);
        let truth = &self.classes[self.n_fitted..];
        truth.iter().zip(told.classes).for_each(|(&truth, told)| confusion.add(truth, told));
        self.scores.push(WeightScore { weight, macro_f1: confusion.macro_f1() });
        let all_tried = self.scores.len() == WEIGHTS.len();
        Ok(all_tried.then(|| self.chosen()))
    }

    fn chosen(&self) -> f64 {
        chosen(&self.scores, self.cells.len() - self.n_fitted)
    }

    fn search_with(&self, weight: f64) -> Result<KnnSearch, AnalysisError> {
        let dim = self.space.text.head.shape().dim;
        let side = |from: usize, to: usize| {
            let rows = |values: &[f32]| {
                DenseMatrix::try_new(to - from, dim, values[from * dim..to * dim].to_vec())
            };
            join(&rows(&self.text)?, &rows(&self.expression)?, weight)
        };
        let (fitted, all) = (self.n_fitted, self.cells.len());
        KnnSearch::between(side(fitted, all)?, side(0, fitted)?, self.k)
    }
}

/// The least weight of which the macro-F1 lies within one standard error of the highest one (Breiman
/// 1984): what so few cells cannot tell apart is a tie, and a tie is for expression alone, since the
/// joint view must not be worse than it.
fn chosen(scores: &[WeightScore], n_cells: usize) -> f64 {
    let highest = scores.iter().fold(0.0f64, |most, score| most.max(score.macro_f1));
    // That of a share: macro-F1 has no formula of its own, and weighs rare classes no less.
    let error = (highest * (1.0 - highest) / n_cells.max(1) as f64).sqrt();
    let tied = scores.iter().filter(|score| score.macro_f1 >= highest - error);
    tied.map(|score| score.weight).min_by(f64::total_cmp).unwrap_or(EVEN_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_counts_as_much_as_validation_cells_can_show() {
        let scores = |values: &[f64]| -> Vec<WeightScore> {
            let of = |(&weight, &macro_f1): (&f64, &f64)| WeightScore { weight, macro_f1 };
            WEIGHTS.iter().zip(values).map(of).collect()
        };
        let rising = scores(&[0.5, 0.52, 0.54, 0.58, 0.62, 0.64, 0.63, 0.6, 0.5, 0.4, 0.3]);
        // √(.64 · .36 / n): .152, .048 and .015.
        assert_eq!(chosen(&rising, 10), 0.0);
        assert_eq!(chosen(&rising, 100), 0.4);
        assert_eq!(chosen(&rising, 1000), 0.5);
        assert_eq!(chosen(&scores(&[1.0; 11]), 50), 0.0);
        assert_eq!(chosen(&scores(&[0.0; 11]), 50), 0.0);
    }
}
