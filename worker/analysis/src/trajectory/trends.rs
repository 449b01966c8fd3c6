use crate::AnalysisError;

/// Cells along a path, in bins of (almost) equal numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeBins {
    /// Cells by rising pseudotime, of equal ones by number.
    cells: Vec<u32>,
    /// Where each bin starts in `cells`; `n_bins + 1` values.
    starts: Vec<usize>,
    /// Mean pseudotime of each bin.
    times: Vec<f64>,
    /// Rank of the pseudotime of each of `cells`, ties averaged.
    ranks: Vec<f64>,
}

/// How a value goes along a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Mean of each bin, in the unit of the values.
    pub mean: Vec<f64>,
    /// Standard error of that mean: the sample standard deviation over √n; NaN for a bin of one cell.
    pub standard_error: Vec<f64>,
    /// Spearman correlation with pseudotime; `None` if the values are all equal.
    pub correlation: Option<f64>,
    /// Its two-sided p value by Student's t (`scipy.stats.spearmanr`).
    pub p_value: Option<f64>,
}

impl TimeBins {
    /// Orders the given cells; those that cannot be reached from the root are left out.
    ///
    /// # Shapes
    /// `pseudotime`: `n_obs` values, as [`pseudotime`](super::pseudotime) gives them; `cells`: of any
    /// order, without repeats.
    ///
    /// # Errors
    /// If a cell is outside the data set or named twice, a pseudotime is NaN, `n_bins` is 0, or there
    /// are fewer than 3 reachable cells or than bins.
    pub fn new(
        pseudotime: &[f64],
        cells: &[u32],
        n_bins: usize,
    ) -> Result<Self, AnalysisError> {
        let _ = (pseudotime, cells, n_bins);
        todo!()
    }

    /// Mean pseudotime of each bin, rising.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Cells by rising pseudotime.
    #[must_use]
    pub fn cells(&self) -> &[u32] {
        &self.cells
    }

    /// Cells of one bin.
    #[must_use]
    pub fn bin(&self, bin: usize) -> &[u32] {
        &self.cells[self.starts[bin]..self.starts[bin + 1]]
    }

    /// The trend of values that every cell has, such as the mean of a term.
    ///
    /// # Shapes
    /// `values`: `n_obs`, of all cells of the data set.
    ///
    /// # Errors
    /// If a cell of the path has no value, or one that is not finite.
    pub fn trend(&self, values: &[f32]) -> Result<Trend, AnalysisError> {
        let _ = values;
        todo!()
    }
}

impl Trend {
    /// The means, smoothed over bins with a Gaussian of the given width in bins.
    #[must_use]
    pub fn smoothed(&self, width: f64) -> Vec<f64> {
        let _ = width;
        todo!()
    }
}
