use lexicell_kernels::cpu::gemm::{Gemm, Operand};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::{AnalysisError, unit};

/// More classes than this are a mistake in the codes, not classes.
const MOST_CLASSES: usize = 1 << 20;
/// Rows that are compared with the centroids together.
const ROWS_PER_BLOCK: usize = 512;

/// Tells the class of refined cells by the nearest class centroid, or that a cell is of none.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    /// The direction of each class, of unit length, by the class's code; zeros where no cell was fitted.
    ///
    /// # Shapes
    /// `[n_classes × dim]`.
    pub centroids: DenseMatrix,
    /// The least cosine to the nearest centroid that tells a class; `None` rejects no cell.
    pub threshold: Option<f32>,
}

impl Classifier {
    /// The share of cells of known classes that the threshold may reject.
    pub const DEFAULT_QUANTILE: f64 = 0.05;

    /// Averages the refined fitted cells of each class, and sets the threshold by the refined
    /// validation cells: the share `quantile` of them, one cell at least, lies at or below it in cosine
    /// to its nearest centroid, whichever class that is. Without validation cells nothing is rejected:
    /// fitted cells lie nearer to their centroids than any new cell will.
    ///
    /// # Shapes
    /// `fitted`: `[n × dim]`, of unit length or zero; `classes`: `n`, `u32::MAX` for none; `validation`:
    /// `[m × dim]`.
    ///
    /// # Errors
    /// If shapes disagree, rows are neither of unit length nor zero, no cell has a class, or the
    /// quantile lies outside 0 to 1.
    pub fn fit(
        fitted: &DenseMatrix,
        classes: &[u32],
        validation: &DenseMatrix,
        quantile: f64,
    ) -> Result<Self, AnalysisError> {
        if !(0.0..=1.0).contains(&quantile) {
            return Err(AnalysisError::setting("quantile", "from 0 to 1", quantile));
        }
        let dim = fitted.n_cols();
        for (what, expected, found) in [
            ("classes of the fitted cells", fitted.n_rows(), classes.len()),
            ("width of the validation cells", dim, validation.n_cols()),
        ] {
            if expected != found {
                return Err(AnalysisError::Shape { what, expected, found });
            }
        }
        unit::check(fitted, "refined cells")?;
        let known = classes.iter().filter(|class| **class != MISSING_CODE);
        let n_classes = known.max().ok_or(AnalysisError::NoLabels)?.saturating_add(1) as usize;
        if n_classes > MOST_CLASSES {
            return Err(AnalysisError::setting("class", "below a million", n_classes - 1));
        }
        let mut sums = vec![0.0f64; n_classes * dim];
        for (row, &class) in classes.iter().enumerate().filter(|(_, class)| **class != MISSING_CODE)
        {
            let sum = &mut sums[class as usize * dim..][..dim];
            sum.iter_mut().zip(fitted.row(row)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let sums = sums.into_iter().map(|sum| sum as f32).collect();
        let mut centroids = DenseMatrix::try_new(n_classes, dim, sums)?;
        unit::normalize_rows(&mut centroids);
        let mut classifier = Self { centroids, threshold: None };
        let told = classifier.classify(validation)?;
        let mut cosines: Vec<f32> =
            told.into_iter().filter(|told| told.0.is_some()).map(|told| told.1).collect();
        cosines.sort_by(f32::total_cmp);
        let place = ((cosines.len() + 1) as f64 * quantile).floor() as usize;
        classifier.threshold = cosines.get(place.saturating_sub(1)).or(cosines.last()).copied();
        Ok(classifier)
    }

    /// The class of each cell, `None` where its cosine to the nearest centroid lies below the
    /// threshold, and that cosine. Of equally near centroids the first class is told. A row of zeros is
    /// of no class.
    ///
    /// # Shapes
    /// `refined`: `[n × dim]`, of unit length or zero; result: `n`.
    ///
    /// # Errors
    /// If the width is not that of the centroids, or a row is neither of unit length nor zero.
    pub fn classify(
        &self,
        refined: &DenseMatrix,
    ) -> Result<Vec<(Option<u32>, f32)>, AnalysisError> {
        let (n_classes, dim) = (self.centroids.n_rows(), self.centroids.n_cols());
        if refined.n_cols() != dim {
            let (expected, found) = (dim, refined.n_cols());
            return Err(AnalysisError::Shape {
                what: "width of the refined cells",
                expected,
                found,
            });
        }
        unit::check(refined, "refined cells")?;
        let is_there = |rows: &[f32]| rows.iter().any(|&x| x != 0.0);
        let told: Vec<bool> =
            (0..n_classes).map(|class| is_there(self.centroids.row(class))).collect();
        let (mut gemm, mut cosines) = (Gemm::default(), vec![0.0; ROWS_PER_BLOCK * n_classes]);
        let mut out = Vec::with_capacity(refined.n_rows());
        if dim == 0 || n_classes == 0 {
            return Ok(vec![(None, 0.0); refined.n_rows()]);
        }
        let centroids = Operand::Transposed(self.centroids.data(), dim);
        for block in refined.data().chunks(ROWS_PER_BLOCK * dim) {
            let n = block.len() / dim;
            let shape = [n, n_classes, dim];
            let to = (&mut cosines[..n * n_classes], n_classes);
            gemm.product(shape, Operand::Rows(block, dim), centroids, to, false);
            for (row, cosines) in block.chunks_exact(dim).zip(cosines.chunks_exact(n_classes)) {
                let nearest = nearest(cosines, &told).filter(|_| is_there(row));
                let cosine = nearest.map_or(0.0, |class| cosines[class]);
                let is_near = self.threshold.is_none_or(|least| cosine >= least);
                out.push((nearest.filter(|_| is_near).map(|class| class as u32), cosine));
            }
        }
        Ok(out)
    }
}

/// The first of the greatest cosines, among the classes that can be told.
fn nearest(cosines: &[f32], told: &[bool]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for class in (0..cosines.len()).filter(|&class| told[class]) {
        if best.is_none_or(|best| cosines[class] > cosines[best]) {
            best = Some(class);
        }
    }
    best
}
