//! Highly variable genes, scanpy's flavour `seurat`, streamed over the cells.

use crate::{AnalysisError, Progress, normalize::Normalized};

/// Bins of equal width along the mean, within which dispersions are compared (scanpy: `n_bins`).
const N_BINS: usize = 20;

/// The genes that vary more than others of like mean.
#[derive(Debug, Clone, PartialEq)]
pub struct HighlyVariable {
    /// Columns of the chosen genes, rising.
    pub genes: Vec<u32>,
    /// `log1p` of the mean CP10k of every gene.
    pub means: Vec<f64>,
    /// `ln` of variance over mean of every gene; NaN where it does not vary.
    pub dispersions: Vec<f64>,
    /// Dispersions as z-scores of their bin; NaN where a gene does not vary.
    pub dispersions_norm: Vec<f64>,
}

/// Collects the moments of every gene, then chooses.
///
/// Equals `scanpy.pp.highly_variable_genes(flavor="seurat", n_top_genes=n)` on log1p-CP10k (Satija et
/// al. 2015).
#[derive(Debug)]
pub struct HvgFit<'a> {
    view: &'a Normalized<'a>,
    cells: Vec<usize>,
    next: usize,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl<'a> HvgFit<'a> {
    /// Prepares a fit on the given cells only.
    ///
    /// # Errors
    /// If there are fewer than two cells, or one lies outside the matrix.
    pub fn new(view: &'a Normalized<'a>, cells: Vec<usize>) -> Result<Self, AnalysisError> {
        check_cells(view, &cells, "highly variable genes")?;
        let zeros = vec![0.0; view.n_genes()];
        Ok(Self { view, cells, next: 0, sums: zeros.clone(), squares: zeros })
    }

    /// Reads up to `limit` cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let end = self.next.saturating_add(limit).min(self.cells.len());
        for &cell in &self.cells[self.next..end] {
            let (genes, values) = self.view.stored_row(cell);
            for (&gene, &stored) in genes.iter().zip(values) {
                let value = f64::from(self.view.unlogged(cell, stored));
                self.sums[gene as usize] += value;
                self.squares[gene as usize] += value * value;
            }
        }
        self.next = end;
        Ok(self.progress())
    }

    /// How many cells were read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.next, total: self.cells.len() }
    }

    /// Chooses the `n_top` genes; all that vary, where there are fewer.
    ///
    /// Genes that tie with the last chosen one are chosen too, as in scanpy.
    ///
    /// # Errors
    /// If cells are left to read, `n_top` is 0, or no gene varies.
    pub fn finish(self, n_top: usize) -> Result<HighlyVariable, AnalysisError> {
        const STEP: &str = "highly variable genes";
        if self.next < self.cells.len() {
            let message = "genes were asked for before all cells were read";
            return Err(AnalysisError::OutOfTurn { step: STEP, message });
        }
        if n_top == 0 {
            return Err(AnalysisError::setting("n_top_genes", "at least 1", n_top));
        }
        let n = self.cells.len() as f64;
        let (mut means, mut dispersions) = (Vec::new(), Vec::new());
        for (sum, square) in self.sums.iter().zip(&self.squares) {
            let mean = sum / n;
            let variance = (square / n - mean * mean) * (n / (n - 1.0));
            let mean = if mean == 0.0 { 1e-12 } else { mean };
            let ratio = variance / mean;
            means.push(mean.ln_1p());
            // A rounding error below zero is no variance either.
            dispersions.push(if ratio > 0.0 { ratio.ln() } else { f64::NAN });
        }
        let dispersions_norm = normalize_dispersions(&means, &dispersions);
        let mut ranked: Vec<f64> =
            dispersions_norm.iter().copied().filter(|value| !value.is_nan()).collect();
        ranked.sort_by(|a, b| b.total_cmp(a));
        let Some(&cutoff) = ranked.get(n_top.min(ranked.len()).saturating_sub(1)) else {
            return Err(AnalysisError::NoVariance { step: STEP });
        };
        let chosen = |&gene: &u32| dispersions_norm[gene as usize] >= cutoff;
        let genes = (0..means.len() as u32).filter(chosen).collect();
        Ok(HighlyVariable { genes, means, dispersions, dispersions_norm })
    }
}

/// Checks that there are two cells or more and that each lies inside the matrix.
pub(crate) fn check_cells(
    view: &Normalized<'_>,
    cells: &[usize],
    step: &'static str,
) -> Result<(), AnalysisError> {
    if cells.len() < 2 {
        return Err(AnalysisError::TooFewCells { step, needed: 2, found: cells.len() });
    }
    match cells.iter().find(|&&cell| cell >= view.n_cells()) {
        None => Ok(()),
        Some(&index) => Err(AnalysisError::IndexOutOfRange {
            what: "list of cells",
            index,
            len: view.n_cells(),
        }),
    }
}

/// z-scores within bins of the mean; a bin with one value only gives it 1 (scanpy's rule).
fn normalize_dispersions(means: &[f64], dispersions: &[f64]) -> Vec<f64> {
    let edges = bin_edges(means);
    let bins: Vec<usize> =
        means.iter().map(|mean| edges.partition_point(|edge| edge < mean).max(1) - 1).collect();
    let mut members: Vec<Vec<f64>> = vec![Vec::new(); N_BINS];
    for (&bin, &dispersion) in bins.iter().zip(dispersions) {
        if !dispersion.is_nan() {
            members[bin.min(N_BINS - 1)].push(dispersion);
        }
    }
    let scales: Vec<(f64, f64)> = members.iter().map(|values| centre_and_scale(values)).collect();
    let score = |(&bin, &dispersion): (&usize, &f64)| {
        let (centre, scale) = scales[bin.min(N_BINS - 1)];
        (dispersion - centre) / scale
    };
    bins.iter().zip(dispersions).map(score).collect()
}

/// Edges of `pandas.cut(means, bins=20)`: equal widths, the first edge lowered by a thousandth.
fn bin_edges(means: &[f64]) -> Vec<f64> {
    let mut low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let mut high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let same = low == high;
    if same {
        let margin = if low == 0.0 { 0.001 } else { 0.001 * low.abs() };
        (low, high) = (low - margin, high + margin);
    }
    let step = (high - low) / N_BINS as f64;
    let mut edges: Vec<f64> = (0..=N_BINS).map(|at| at as f64 * step + low).collect();
    edges[N_BINS] = high;
    if !same {
        edges[0] -= (high - low) * 0.001;
    }
    edges
}

fn centre_and_scale(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (0.0, mean);
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::CsrMatrix;

    use super::*;
    use crate::state::MatrixState;

    #[test]
    fn edges_are_those_of_pandas() {
        // pandas.cut([0, 1, 2], bins=20, retbins=True)
        let edges = bin_edges(&[0.0, 1.0, 2.0]);
        assert_eq!((edges[0], edges[1], edges[20]), (-0.002, 0.1, 2.0));
        let edges = bin_edges(&[2.0, 2.0]);
        assert!((edges[0] - 1.998).abs() < 1e-12 && (edges[20] - 2.002).abs() < 1e-12);
    }

    #[test]
    fn a_lone_gene_of_a_bin_scores_one() {
        let scores = normalize_dispersions(&[0.0, 0.01, 5.0], &[1.0, 3.0, -2.0]);
        assert_eq!(scores[2], 1.0);
        assert_eq!(scores[0], -scores[1]);
    }

    #[test]
    fn nothing_to_choose_from_is_an_error() {
        let x = CsrMatrix::try_new(2, 1, vec![0, 1, 2], vec![0, 0], vec![1.0, 1.0]).expect("ok");
        let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
        let mut fit = HvgFit::new(&view, vec![0, 1]).expect("two cells");
        assert!(!fit.run(1).expect("runs").is_done());
        assert!(fit.run(1).expect("runs").is_done());
        let error = AnalysisError::NoVariance { step: "highly variable genes" };
        assert_eq!(fit.finish(2), Err(error));
        assert!(HvgFit::new(&view, vec![0]).is_err());
        assert!(HvgFit::new(&view, vec![0, 2]).is_err());
    }
}
