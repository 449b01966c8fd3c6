use super::correlation::{average_ranks, p_value, spearman};
use crate::AnalysisError;

/// Cells that a correlation needs.
const MIN_CELLS: usize = 3;

/// Cells along a path, in bins of (almost) equal numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeBins {
    /// Cells by rising pseudotime, of equal ones by number.
    cells: Vec<u32>,
    /// Rank of the pseudotime of each of `cells`, ties averaged.
    ranks: Vec<f64>,
    /// Bin of each of `cells`.
    bin_of: Vec<u32>,
    /// Where each bin starts in `cells`; `n_bins + 1` values.
    starts: Vec<usize>,
    /// Mean pseudotime of each bin.
    times: Vec<f64>,
}

/// How a value goes along a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Mean of each bin, in the unit of the values.
    pub mean: Vec<f64>,
    /// Standard error of that mean: the sample standard deviation over √n; NaN for a bin of one cell.
    pub standard_error: Vec<f64>,
    /// Spearman correlation with pseudotime; `None` if the values, or all times, are equal.
    pub correlation: Option<f64>,
    /// Its two-sided p value by Student's t (`scipy.stats.spearmanr`), which takes cells as independent.
    pub p_value: Option<f64>,
}

impl TimeBins {
    /// Orders the given cells; those that cannot be reached from the root are left out.
    ///
    /// # Shapes
    /// `pseudotime`: `n_obs` values, as [`pseudotime`](super::pseudotime()) gives them; `cells`: in any
    /// order, without repeats.
    ///
    /// # Errors
    /// If a cell is outside the data set or named twice, a pseudotime is NaN, `n_bins` is 0, or there
    /// are fewer than 3 reachable cells or fewer than bins.
    pub fn new(pseudotime: &[f64], cells: &[u32], n_bins: usize) -> Result<Self, AnalysisError> {
        let cells = ordered(pseudotime, cells)?;
        if n_bins == 0 {
            return Err(AnalysisError::setting("n_bins", "at least 1", n_bins));
        }
        let (needed, found) = (n_bins.max(MIN_CELLS), cells.len());
        if found < needed {
            return Err(AnalysisError::TooFewCells { step: "trends", needed, found });
        }
        let time = |cell: u32| pseudotime[cell as usize];
        let ranks = average_ranks(&cells, |&a, &b| time(a) == time(b));
        let starts: Vec<usize> = (0..=n_bins).map(|bin| bin * found / n_bins).collect();
        let (mut bin_of, mut times) = (Vec::with_capacity(found), Vec::with_capacity(n_bins));
        for (bin, range) in starts.windows(2).enumerate() {
            let of_bin = &cells[range[0]..range[1]];
            bin_of.resize(range[1], bin as u32);
            times.push(of_bin.iter().map(|&cell| time(cell)).sum::<f64>() / of_bin.len() as f64);
        }
        Ok(Self { cells, ranks, bin_of, starts, times })
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
        let mut entries = Vec::with_capacity(self.cells.len());
        for (place, &cell) in self.cells.iter().enumerate() {
            let row = cell as usize;
            match values.get(row) {
                Some(value) if value.is_finite() => entries.push((*value, place as u32)),
                Some(_) => {
                    return Err(AnalysisError::NotFinite { what: "values", row, column: 0 });
                }
                None => {
                    let (what, len) = ("values along the path", values.len());
                    return Err(AnalysisError::IndexOutOfRange { what, index: row, len });
                }
            }
        }
        Ok(self.trend_of(&mut entries))
    }

    /// The trend of values above 0, given with their places in `cells`; all other places have 0.
    /// Where every place is given, values may be of any sign.
    pub(super) fn trend_of(&self, entries: &mut [(f32, u32)]) -> Trend {
        let n_bins = self.times.len();
        let size = |bin: usize| (self.starts[bin + 1] - self.starts[bin]) as f64;
        let bin_of = |place: u32| self.bin_of[place as usize] as usize;
        let mut mean = vec![0.0; n_bins];
        for &(value, place) in &*entries {
            mean[bin_of(place)] += f64::from(value);
        }
        (0..n_bins).for_each(|bin| mean[bin] /= size(bin));
        let mut n_zeros: Vec<f64> = (0..n_bins).map(size).collect();
        let mut squares = vec![0.0; n_bins];
        for &(value, place) in &*entries {
            let bin = bin_of(place);
            n_zeros[bin] -= 1.0;
            squares[bin] += (f64::from(value) - mean[bin]).powi(2);
        }
        (0..n_bins).for_each(|bin| squares[bin] += n_zeros[bin] * mean[bin] * mean[bin]);
        let error = |bin: usize| (squares[bin] / (size(bin) - 1.0) / size(bin)).sqrt();
        let standard_error = (0..n_bins).map(error).collect();
        let correlation = spearman(entries, &self.ranks);
        let p_value = correlation.map(|correlation| p_value(correlation, self.cells.len()));
        Trend { mean, standard_error, correlation, p_value }
    }
}

impl Trend {
    /// The means, smoothed by a Gaussian over bins whose standard deviation is `width` bins; as they are
    /// for a width of 0.
    ///
    /// At both ends the weights that fall outside are left out.
    #[must_use]
    pub fn smoothed(&self, width: f64) -> Vec<f64> {
        if !(width.is_finite() && width > 0.0) {
            return self.mean.clone();
        }
        let smooth = |center: usize| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (bin, mean) in self.mean.iter().enumerate() {
                let weight = (-0.5 * ((bin as f64 - center as f64) / width).powi(2)).exp();
                sum += weight * mean;
                weights += weight;
            }
            sum / weights
        };
        (0..self.mean.len()).map(smooth).collect()
    }
}

/// The reachable cells by rising pseudotime.
fn ordered(pseudotime: &[f64], cells: &[u32]) -> Result<Vec<u32>, AnalysisError> {
    let mut is_there = vec![false; pseudotime.len()];
    let mut kept = Vec::with_capacity(cells.len());
    for &cell in cells {
        let index = cell as usize;
        let Some(time) = pseudotime.get(index) else {
            let (what, len) = ("cells of the path", pseudotime.len());
            return Err(AnalysisError::IndexOutOfRange { what, index, len });
        };
        if time.is_nan() {
            return Err(AnalysisError::NotFinite { what: "pseudotime", row: index, column: 0 });
        }
        if std::mem::replace(&mut is_there[index], true) {
            return Err(AnalysisError::setting("cells of the path", "named once", cell));
        }
        if time.is_finite() {
            kept.push(cell);
        }
    }
    let time = |cell: u32| pseudotime[cell as usize];
    kept.sort_unstable_by(|&a, &b| time(a).total_cmp(&time(b)).then(a.cmp(&b)));
    Ok(kept)
}
