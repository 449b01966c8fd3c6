//! PCA of log1p-CP10k over chosen genes: fitted on some cells, applied to any.

use lexicell_matrix::DenseMatrix;
use ndarray::Array2;

use crate::{
    AnalysisError, Progress,
    eigen::{Eigenpairs, LeadingEigenpairs},
    hvg::check_cells,
    normalize::Normalized,
};

/// Genes beyond this would need more than half a gigabyte for their covariance.
pub const MAX_GENES: usize = 8000;
/// Cells read for one stripe of matrix rows, so that both take about as long.
const CELLS_PER_STRIPE: usize = 64;

/// A fitted PCA.
#[derive(Debug, Clone, PartialEq)]
pub struct PcaModel {
    /// Columns of the genes that were used, rising.
    pub genes: Vec<u32>,
    /// Mean of each of these genes over the fitted cells, log1p-CP10k.
    pub mean: Vec<f64>,
    /// Variance along each component (ddof = 1), largest first.
    pub explained_variance: Vec<f64>,
    /// The same as a share of the variance of all chosen genes.
    pub explained_variance_ratio: Vec<f64>,
    /// Loadings, `[genes × components]`.
    loadings: Array2<f64>,
    /// The mean's own place along the components.
    offset: Vec<f64>,
    /// Place of each gene of the matrix in `genes`, `u32::MAX` where it was not chosen.
    places: Vec<u32>,
}

/// Fits a PCA, to be driven with [`run`](Self::run).
///
/// The covariance of the chosen genes is summed up over the stored entries alone and centred
/// afterwards, so that the matrix stays sparse; its leading eigenvectors come from a seeded block
/// Krylov method that runs until they have converged. Equals `sklearn.decomposition.PCA` and
/// `scanpy.pp.pca`, with the sign such that the largest loading of a component is positive.
#[derive(Debug)]
pub struct PcaFit<'a> {
    view: &'a Normalized<'a>,
    cells: Vec<usize>,
    genes: Vec<u32>,
    places: Vec<u32>,
    n_components: usize,
    seed: u64,
    next: usize,
    sums: Vec<f64>,
    /// Lower triangle of Xᵀ X, until it becomes the covariance.
    products: Array2<f64>,
    total_variance: f64,
    solver: Option<LeadingEigenpairs>,
}

impl<'a> PcaFit<'a> {
    /// Prepares a fit on the given cells and genes.
    ///
    /// There are never more components than cells or genes allow: one less than the smaller number,
    /// as in scanpy.
    ///
    /// # Errors
    /// If there are fewer than two cells or genes, more than [`MAX_GENES`] genes, a cell or gene lies
    /// outside the matrix, or `n_components` is 0.
    pub fn new(
        view: &'a Normalized<'a>,
        cells: Vec<usize>,
        genes: &[u32],
        n_components: usize,
        seed: u64,
    ) -> Result<Self, AnalysisError> {
        check_cells(view, &cells, "PCA")?;
        let mut genes = genes.to_vec();
        genes.sort_unstable();
        genes.dedup();
        if genes.len() < 2 {
            return Err(AnalysisError::TooFewGenes { step: "PCA", needed: 2, found: genes.len() });
        }
        if genes.len() > MAX_GENES {
            let allowed = format!("at most {MAX_GENES}");
            return Err(AnalysisError::setting("genes of the PCA", allowed, genes.len()));
        }
        if n_components == 0 {
            return Err(AnalysisError::setting("n_components", "at least 1", n_components));
        }
        let mut places = vec![u32::MAX; view.n_genes()];
        for (place, &gene) in genes.iter().enumerate() {
            let Some(slot) = places.get_mut(gene as usize) else {
                let (index, len) = (gene as usize, view.n_genes());
                return Err(AnalysisError::IndexOutOfRange { what: "list of genes", index, len });
            };
            *slot = place as u32;
        }
        let n = genes.len();
        Ok(Self {
            view,
            n_components: n_components.min(n - 1).min(cells.len() - 1),
            cells,
            places,
            seed,
            next: 0,
            sums: vec![0.0; n],
            products: Array2::zeros((n, n)),
            total_variance: 0.0,
            solver: None,
            genes,
        })
    }

    /// Works on up to `limit` units: 64 cells of the covariance, then 64 rows of a product with it.
    ///
    /// # Errors
    /// If all cells are the same.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let blocks = self.cells.len().div_ceil(CELLS_PER_STRIPE);
        let mut budget = limit;
        while budget > 0 && self.next < blocks {
            self.add_cells(self.next * CELLS_PER_STRIPE);
            self.next += 1;
            budget -= 1;
        }
        if self.next == blocks && self.solver.is_none() {
            self.solver = Some(self.start_solver()?);
        }
        if let Some(solver) = &mut self.solver {
            solver.run(budget)?;
        }
        Ok(self.progress())
    }

    /// How far the fit is; the total is an estimate, since the solver stops when it has converged.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let blocks = self.cells.len().div_ceil(CELLS_PER_STRIPE);
        let (done, total) = match &self.solver {
            None => (0, LeadingEigenpairs::usual_units(self.genes.len(), self.n_components)),
            Some(solver) => (solver.progress().done, solver.progress().total),
        };
        Progress { done: self.next + done, total: blocks + total }
    }

    /// The model, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<PcaModel, AnalysisError> {
        let message = "the model was asked for before the fit was done";
        let solver = self.solver.ok_or(AnalysisError::OutOfTurn { step: "PCA", message })?;
        let Eigenpairs { values, vectors: mut loadings } = solver.finish()?;
        for mut component in loadings.columns_mut() {
            let largest =
                component.iter().fold(0.0f64, |a, &b| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                component.mapv_inplace(|loading| -loading);
            }
        }
        let explained_variance: Vec<f64> = values.iter().map(|value| value.max(0.0)).collect();
        let ratio = |value: &f64| value / self.total_variance;
        let n = self.cells.len() as f64;
        let mean: Vec<f64> = self.sums.iter().map(|sum| sum / n).collect();
        let offset = ndarray::ArrayView1::from(&mean).dot(&loadings).to_vec();
        Ok(PcaModel {
            genes: self.genes,
            mean,
            explained_variance_ratio: explained_variance.iter().map(ratio).collect(),
            explained_variance,
            loadings,
            offset,
            places: self.places,
        })
    }

    fn add_cells(&mut self, first: usize) {
        let end = (first + CELLS_PER_STRIPE).min(self.cells.len());
        let mut entries: Vec<(usize, f64)> = Vec::new();
        for &cell in &self.cells[first..end] {
            entries.clear();
            chosen_entries(self.view, cell, &self.places, &mut entries);
            for (at, &(i, x)) in entries.iter().enumerate() {
                self.sums[i] += x;
                let mut row = self.products.row_mut(i);
                for &(j, y) in &entries[..=at] {
                    row[j] += x * y;
                }
            }
        }
    }

    fn start_solver(&mut self) -> Result<LeadingEigenpairs, AnalysisError> {
        let n = self.cells.len() as f64;
        let mut covariance = std::mem::take(&mut self.products);
        for i in 0..self.genes.len() {
            for j in 0..=i {
                let centred = covariance[[i, j]] - self.sums[i] * self.sums[j] / n;
                covariance[[i, j]] = centred / (n - 1.0);
                covariance[[j, i]] = covariance[[i, j]];
            }
        }
        let raw: f64 = self.sums.iter().map(|sum| (sum / n).powi(2)).sum();
        self.total_variance = covariance.diag().sum();
        // What is left after cancellation is rounding, not variance.
        if self.total_variance <= raw * 1e-12 {
            return Err(AnalysisError::NoVariance { step: "PCA" });
        }
        Ok(LeadingEigenpairs::new(covariance, self.n_components, self.seed))
    }
}

impl PcaModel {
    /// Number of components.
    #[must_use]
    pub fn n_components(&self) -> usize {
        self.explained_variance.len()
    }

    /// Whether a gene of the matrix was chosen.
    pub(crate) fn reads(&self, gene: usize) -> bool {
        self.places.get(gene).is_some_and(|&place| place != u32::MAX)
    }

    /// Loading of one gene (its place in `genes`) on one component.
    #[must_use]
    pub fn loading(&self, gene: usize, component: usize) -> f64 {
        self.loadings[[gene, component]]
    }

    /// Places of the given cells along the components.
    ///
    /// # Shapes
    /// Result: `[cells × components]`, in the order of `cells`.
    ///
    /// # Errors
    /// If a cell lies outside the matrix, or the matrix has other genes than the fitted one.
    pub fn transform(
        &self,
        view: &Normalized<'_>,
        cells: &[usize],
    ) -> Result<DenseMatrix, AnalysisError> {
        let (expected, found) = (self.places.len(), view.n_genes());
        if expected != found {
            return Err(AnalysisError::Shape { what: "genes of the PCA", expected, found });
        }
        let mut out = DenseMatrix::zeros(cells.len(), self.n_components());
        let mut entries = Vec::new();
        let mut sums = vec![0.0; self.n_components()];
        for (row, &cell) in cells.iter().enumerate() {
            if cell >= view.n_cells() {
                let (what, len) = ("list of cells", view.n_cells());
                return Err(AnalysisError::IndexOutOfRange { what, index: cell, len });
            }
            entries.clear();
            chosen_entries(view, cell, &self.places, &mut entries);
            sums.iter_mut().zip(&self.offset).for_each(|(sum, offset)| *sum = -offset);
            for &(gene, value) in &entries {
                let loadings = self.loadings.row(gene);
                sums.iter_mut().zip(loadings).for_each(|(sum, loading)| *sum += value * loading);
            }
            out.row_mut(row).iter_mut().zip(&sums).for_each(|(place, &sum)| *place = sum as f32);
        }
        Ok(out)
    }
}

fn chosen_entries(
    view: &Normalized<'_>,
    cell: usize,
    places: &[u32],
    entries: &mut Vec<(usize, f64)>,
) {
    let (genes, values) = view.stored_row(cell);
    for (&gene, &stored) in genes.iter().zip(values) {
        let place = places[gene as usize];
        if place != u32::MAX && stored != 0.0 {
            entries.push((place as usize, f64::from(view.value(cell, stored))));
        }
    }
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::CsrMatrix;

    use super::*;
    use crate::state::MatrixState;

    fn fit(view: &Normalized<'_>, cells: Vec<usize>, limit: usize) -> PcaModel {
        let genes: Vec<u32> = (0..view.n_genes() as u32).collect();
        let mut fit = PcaFit::new(view, cells, &genes, 50, 0).expect("valid");
        while !fit.run(limit).expect("runs").is_done() {}
        fit.finish().expect("done")
    }

    #[test]
    fn a_plane_is_found_and_other_cells_are_placed_in_it() {
        // Points on the line (t, 2t) and one beside it, already in log units.
        let data = vec![1.0, 2.0, 2.0, 4.0, 3.0, 6.0, 4.0, 8.0, 2.0, -0.0 + 1.0];
        let indices = [0, 1].repeat(5);
        let x = CsrMatrix::try_new(5, 2, vec![0, 2, 4, 6, 8, 10], indices, data).expect("ok");
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let model = fit(&view, vec![0, 1, 2, 3], 1);
        assert_eq!(model.n_components(), 1);
        assert!((model.explained_variance_ratio[0] - 1.0).abs() < 1e-12);
        assert!(model.loading(1, 0) > 0.0, "the largest loading is positive");
        let places = model.transform(&view, &[0, 4]).expect("transforms");
        let expected = |a: f64, b: f64| ((a - 2.5) + 2.0 * (b - 5.0)) / 5f64.sqrt();
        assert!((f64::from(places.row(0)[0]) - expected(1.0, 2.0)).abs() < 1e-6);
        assert!((f64::from(places.row(1)[0]) - expected(2.0, 1.0)).abs() < 1e-6);
        assert!(model.transform(&view, &[5]).is_err());
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let x = CsrMatrix::try_new(3, 2, vec![0, 1, 2, 3], vec![0; 3], vec![2.0; 3]).expect("ok");
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let mut same = PcaFit::new(&view, vec![0, 1, 2], &[0, 1], 2, 0).expect("valid");
        assert_eq!(same.run(9), Err(AnalysisError::NoVariance { step: "PCA" }));
        assert!(PcaFit::new(&view, vec![0, 1], &[0], 2, 0).is_err());
        assert!(PcaFit::new(&view, vec![0, 1], &[0, 7], 2, 0).is_err());
        assert!(PcaFit::new(&view, vec![0, 1], &[0, 1], 0, 0).is_err());
        assert!(PcaFit::new(&view, vec![0], &[0, 1], 1, 0).is_err());
    }
}
