//! Whitening of a gene table: its directions are made to vary alike.
//!
//! Language-model vectors share a few directions that nearly all texts have in common; averages over
//! genes keep little else. Whitening is fitted on gene vectors alone: it sees no cell and no label.

use ndarray::{Array2, Axis, linalg::general_mat_mul, s};

use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, unit};

/// Genes that are read or whitened in one unit of work.
const GENES_PER_UNIT: usize = 64;
/// Columns of the factor in one unit of work.
const COLUMNS_PER_UNIT: usize = 16;
/// A pivot below this share of the mean variance is taken for none: the direction is empty.
const LEAST_PIVOT: f64 = 1e-10;

/// An affine map after which a gene table has no mean and unit covariance (with shrinkage: nearly).
///
/// `y = L⁻¹ (x − μ)` with `L Lᵀ = (1 − λ) Σ + λ tr(Σ)/d · I` (Cholesky whitening). It differs from ZCA and
/// PCA whitening by a rotation, which no cosine sees (Kessy, Lewin & Strimmer 2018), and needs no
/// eigenvectors.
///
/// It belongs to the genes that it was fitted on: cells of another data set are comparable only if
/// their genes' vectors went through the same map.
#[derive(Debug, Clone, PartialEq)]
pub struct Whitening {
    mean: Vec<f64>,
    /// `L⁻¹`, lower triangle, up to a factor that unit length takes away.
    map: Array2<f64>,
}

/// Fits a [`Whitening`], to be driven with [`run`](Self::run).
#[derive(Debug)]
pub struct WhiteningFit<'a> {
    table: &'a DenseMatrix,
    shrinkage: f64,
    mean: Vec<f64>,
    covariance: Array2<f64>,
    genes_done: usize,
    columns_done: usize,
}

/// The shrinkage that suits the size of a table: `d / (n + d)`, little for many genes, much for few.
#[must_use]
pub fn usual_shrinkage(n_genes: usize, d: usize) -> f64 {
    d as f64 / (n_genes + d).max(1) as f64
}

impl<'a> WhiteningFit<'a> {
    /// Prepares the fit; `shrinkage` in 0 to 1 pulls the covariance to a multiple of the identity, and
    /// `None` takes [`usual_shrinkage`].
    ///
    /// # Shapes
    /// `table`: `[n_genes × d]`.
    ///
    /// # Errors
    /// If there are fewer than two genes, the shrinkage is out of range, or a value is not finite.
    pub fn new(table: &'a DenseMatrix, shrinkage: Option<f64>) -> Result<Self, AnalysisError> {
        let (n, d) = (table.n_rows(), table.n_cols());
        if n < 2 {
            return Err(AnalysisError::TooFewGenes { step: "whitening", needed: 2, found: n });
        }
        let shrinkage = shrinkage.unwrap_or_else(|| usual_shrinkage(n, d));
        if !(0.0..=1.0).contains(&shrinkage) {
            return Err(AnalysisError::setting("shrinkage", "from 0 to 1", shrinkage));
        }
        unit::check_finite(table, "gene vectors")?;
        let mut mean = vec![0.0; d];
        for row in 0..n {
            mean.iter_mut().zip(table.row(row)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= n as f64);
        let covariance = Array2::zeros((d, d));
        Ok(Self { table, shrinkage, mean, covariance, genes_done: 0, columns_done: 0 })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// If all vectors are the same, or a direction is empty and nothing shrinks it.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.genes_done < self.table.n_rows() {
                self.add_genes();
                if self.genes_done == self.table.n_rows() {
                    self.shrink()?;
                }
            } else if self.columns_done < self.mean.len() {
                self.factor_columns()?;
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many units are done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let units = |n: usize, size: usize| n.div_ceil(size);
        let total =
            units(self.table.n_rows(), GENES_PER_UNIT) + units(self.mean.len(), COLUMNS_PER_UNIT);
        let done =
            units(self.genes_done, GENES_PER_UNIT) + units(self.columns_done, COLUMNS_PER_UNIT);
        Progress { done, total }
    }

    /// The whitening, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<Whitening, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the map was asked for before it was fitted";
            return Err(AnalysisError::OutOfTurn { step: "whitening", message });
        }
        Ok(Whitening { mean: self.mean, map: inverse(&self.covariance) })
    }

    fn add_genes(&mut self) {
        let end = (self.genes_done + GENES_PER_UNIT).min(self.table.n_rows());
        let block = Array2::from_shape_fn((end - self.genes_done, self.mean.len()), |(i, j)| {
            f64::from(self.table.row(self.genes_done + i)[j]) - self.mean[j]
        });
        let share = (self.table.n_rows() as f64 - 1.0).recip();
        general_mat_mul(share, &block.t(), &block, 1.0, &mut self.covariance);
        self.genes_done = end;
    }

    fn shrink(&mut self) -> Result<(), AnalysisError> {
        let variance = self.covariance.diag().sum() / self.mean.len().max(1) as f64;
        if variance.is_nan() || variance <= 0.0 {
            return Err(AnalysisError::NoVariance { step: "whitening of the gene vectors" });
        }
        // To unit mean variance, so that pivots can be judged; the scale of the result is unit length.
        self.covariance.mapv_inplace(|x| x * (1.0 - self.shrinkage) / variance);
        self.covariance.diag_mut().mapv_inplace(|x| x + self.shrinkage);
        Ok(())
    }

    /// Further columns of the Cholesky factor, in place (left-looking).
    fn factor_columns(&mut self) -> Result<(), AnalysisError> {
        let d = self.mean.len();
        let a = &mut self.covariance;
        for j in self.columns_done..(self.columns_done + COLUMNS_PER_UNIT).min(d) {
            let own = a.slice(s![j, ..j]).to_owned();
            let pivot = a[(j, j)] - own.dot(&own);
            if pivot.is_nan() || pivot < LEAST_PIVOT {
                let allowed = format!("above 0: direction {j} of the gene vectors is empty");
                return Err(AnalysisError::setting("shrinkage", allowed, self.shrinkage));
            }
            let root = pivot.sqrt();
            a[(j, j)] = root;
            for i in j + 1..d {
                let inner = a.slice(s![i, ..j]).dot(&own);
                a[(i, j)] = (a[(i, j)] - inner) / root;
                a[(j, i)] = 0.0;
            }
            self.columns_done = j + 1;
        }
        Ok(())
    }
}

/// The inverse of a lower triangle, by forward substitution of whole rows.
fn inverse(factor: &Array2<f64>) -> Array2<f64> {
    let d = factor.nrows();
    let mut inverse = Array2::<f64>::zeros((d, d));
    for i in 0..d {
        let (known, mut rest) = inverse.view_mut().split_at(Axis(0), i);
        let mut own = rest.row_mut(0);
        own[i] = 1.0;
        for (row, &share) in known.rows().into_iter().zip(factor.row(i)) {
            own.scaled_add(-share, &row);
        }
        own.mapv_inplace(|x| x / factor[(i, i)]);
    }
    inverse
}

impl Whitening {
    /// A whitening as [`mean`](Self::mean) and [`map`](Self::map) give it, to be read from a file.
    ///
    /// # Shapes
    /// `mean`: `[d]`; `map`: `[d × d]`, row after row.
    ///
    /// # Errors
    /// If the shapes differ or a value is not finite.
    pub fn from_parts(mean: Vec<f64>, map: Vec<f64>) -> Result<Self, AnalysisError> {
        let (d, found) = (mean.len(), map.len());
        let expected = d * d;
        let shape = AnalysisError::Shape { what: "map of the whitening", expected, found };
        if let Some(row) = mean.iter().chain(&map).position(|x| !x.is_finite()) {
            return Err(AnalysisError::NotFinite { what: "whitening", row, column: 0 });
        }
        let map = Array2::from_shape_vec((d, d), map).map_err(|_| shape)?;
        Ok(Self { mean, map })
    }

    /// Mean of the genes that it was fitted on, `[d]`.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The linear part, `[d × d]`, row after row.
    #[must_use]
    pub fn map(&self) -> Vec<f64> {
        self.map.iter().copied().collect()
    }

    /// Bytes that it keeps in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<f64>() * (self.mean.len() + self.map.len())
    }

    /// The rows of a table whitened and scaled to unit length, from `first` on, at most `limit` of them.
    ///
    /// # Shapes
    /// `table`: `[… × d]` with the width of the fitted one; result: `[rows × d]`.
    ///
    /// # Errors
    /// If the width differs or a value is not finite.
    pub fn apply(
        &self,
        table: &DenseMatrix,
        first: usize,
        limit: usize,
    ) -> Result<DenseMatrix, AnalysisError> {
        let d = self.mean.len();
        if table.n_cols() != d {
            let (expected, found) = (d, table.n_cols());
            return Err(AnalysisError::Shape { what: "width of the gene table", expected, found });
        }
        let end = first.saturating_add(limit).min(table.n_rows()).max(first);
        let mut out = DenseMatrix::zeros(end - first, d);
        for from in (first..end).step_by(GENES_PER_UNIT) {
            let to = (from + GENES_PER_UNIT).min(end);
            for (row, values) in self.whiten(table, from, to)?.rows().into_iter().enumerate() {
                let target = out.row_mut(from - first + row);
                target.iter_mut().zip(values).for_each(|(to, &x)| *to = x as f32);
                unit::normalize(target);
            }
        }
        Ok(out)
    }

    fn whiten(
        &self,
        table: &DenseMatrix,
        from: usize,
        to: usize,
    ) -> Result<Array2<f64>, AnalysisError> {
        let is_not_finite = |row: &usize| table.row(*row).iter().any(|x| !x.is_finite());
        if let Some(row) = (from..to).find(is_not_finite) {
            let column = table.row(row).iter().position(|x| !x.is_finite()).unwrap_or(0);
            return Err(AnalysisError::NotFinite { what: "gene vectors", row, column });
        }
        let block = Array2::from_shape_fn((to - from, self.mean.len()), |(i, j)| {
            f64::from(table.row(from + i)[j]) - self.mean[j]
        });
        Ok(block.dot(&self.map.t()))
    }
}

/// The whitening of a table in one go; for tables as small as a data set's.
///
/// # Errors
/// As for [`WhiteningFit::new`] and [`WhiteningFit::run`].
pub fn fitted(table: &DenseMatrix, shrinkage: Option<f64>) -> Result<Whitening, AnalysisError> {
    let mut fit = WhiteningFit::new(table, shrinkage)?;
    while !fit.run(usize::MAX)?.is_done() {}
    fit.finish()
}

/// A table whitened by itself in one go.
///
/// # Errors
/// As for [`fitted`].
pub fn whitened(table: &DenseMatrix, shrinkage: Option<f64>) -> Result<DenseMatrix, AnalysisError> {
    fitted(table, shrinkage)?.apply(table, 0, table.n_rows())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gene_table::random_table;

    #[test]
    fn a_table_without_shrinkage_has_no_covariance_left() {
        let mut table = random_table(3, 300, 6).expect("a table");
        for row in 0..300 {
            let values = table.row_mut(row);
            values[1] = 3.0 * values[0] + 0.1 * values[1] + 5.0;
        }
        let mut fit = WhiteningFit::new(&table, Some(0.0)).expect("valid");
        while !fit.run(1).expect("runs").is_done() {}
        let map = fit.finish().expect("done");
        let values = map.whiten(&table, 0, 300).expect("finite");
        let sums = values.t().dot(&values) / 299.0;
        // Unit covariance up to the scale of the mean variance.
        let scale = sums[(0, 0)];
        for ((i, j), &value) in sums.indexed_iter() {
            let expected = if i == j { scale } else { 0.0 };
            assert!((value - expected).abs() < 1e-9 * scale, "{i} {j} {value}");
        }
    }

    #[test]
    fn what_is_kept_in_a_file_is_the_same_map() {
        let table = random_table(5, 40, 8).expect("a table");
        let map = fitted(&table, None).expect("valid");
        let again = Whitening::from_parts(map.mean().to_vec(), map.map()).expect("sound");
        assert_eq!(map, again);
        assert!(Whitening::from_parts(vec![0.0; 3], vec![0.0; 8]).is_err());
        assert!(Whitening::from_parts(vec![f64::NAN], vec![1.0]).is_err());
    }

    #[test]
    fn what_cannot_be_whitened_is_refused() {
        let same = DenseMatrix::try_new(3, 2, vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0]).expect("shape");
        assert!(matches!(whitened(&same, None), Err(AnalysisError::NoVariance { .. })));
        let flat = DenseMatrix::try_new(3, 2, vec![1.0, 0.0, 2.0, 0.0, 4.0, 0.0]).expect("shape");
        assert!(matches!(whitened(&flat, Some(0.0)), Err(AnalysisError::Setting { .. })));
        assert!(whitened(&flat, None).is_ok());
        assert!(WhiteningFit::new(&flat, Some(1.5)).is_err());
        let one = DenseMatrix::try_new(1, 2, vec![1.0, 0.0]).expect("shape");
        assert!(matches!(whitened(&one, None), Err(AnalysisError::TooFewGenes { .. })));
    }
}
