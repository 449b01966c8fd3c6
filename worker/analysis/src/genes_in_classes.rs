//! How genes are expressed in classes of cells: mean, share, exact quartiles and density, streamed.

use std::f64::consts::TAU;

use crate::{AnalysisError, Progress, normalize::Normalized};

const STEP: &str = "genes in classes";
/// Places at which a density is told.
pub const N_PLACES: usize = 32;
/// Most outliers that are told.
pub const MOST_OUTLIERS: usize = 60;
/// Cells that a density is made from; of more, so many evenly placed ones of the sorted values.
const MOST_SAMPLED: usize = 2_000;
const NONE: u32 = u32::MAX;

/// A gene in one class of cells, log1p-CP10k.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassValues {
    /// Mean over all cells of the class; NaN without cells, as all that follows.
    pub mean: f64,
    /// Share of its cells with a value above 0.
    pub fraction: f64,
    /// Least value, lower quartile, median, upper quartile, greatest value (`numpy.quantile`).
    pub quantiles: [f64; 5],
    /// Ends of the whiskers: the outermost values within 1.5 quartile ranges of the box
    /// (`matplotlib.cbook.boxplot_stats`).
    pub whiskers: [f64; 2],
    /// Cells beyond the whiskers.
    pub n_outliers: usize,
    /// Their values, rising; of more than [`MOST_OUTLIERS`] so many, evenly placed among them with the
    /// outermost.
    pub outliers: Vec<f32>,
    /// Gaussian density with Scott's bandwidth (`scipy.stats.gaussian_kde`) at [`N_PLACES`] even places
    /// from the least to the greatest value; empty where these are equal.
    pub density: Vec<f32>,
}

/// Expression of some genes in every class, to be driven with [`run`](Self::run).
///
/// Mean and share equal those behind scanpy's `pl.dotplot`.
#[derive(Debug)]
pub struct GenesInClasses<'a> {
    view: &'a Normalized<'a>,
    codes: &'a [u32],
    /// Row of each gene of the matrix among those asked for.
    slots: Vec<u32>,
    n_genes: usize,
    /// Cells of each class.
    sizes: Vec<usize>,
    /// Values above 0 of each gene in each class, `[n_genes × n_classes]`.
    values: Vec<Vec<f32>>,
    next_cell: usize,
    found: Vec<ClassValues>,
}

impl<'a> GenesInClasses<'a> {
    /// Prepares the genes, by their columns, in the classes of the cells; codes outside them are no class.
    ///
    /// # Shapes
    /// `codes`: one for each cell.
    ///
    /// # Errors
    /// If codes and cells differ in number, a gene lies outside the matrix or is named twice.
    pub fn new(
        view: &'a Normalized<'a>,
        genes: &[u32],
        codes: &'a [u32],
        n_classes: usize,
    ) -> Result<Self, AnalysisError> {
        if codes.len() != view.n_cells() {
            let (expected, found) = (view.n_cells(), codes.len());
            return Err(AnalysisError::Shape { what: "classes of cells", expected, found });
        }
        let mut slots = vec![NONE; view.n_genes()];
        for (row, &gene) in genes.iter().enumerate() {
            match slots.get_mut(gene as usize) {
                Some(slot) if *slot == NONE => *slot = row as u32,
                _ => return Err(AnalysisError::setting("genes", "columns, each once", gene)),
            }
        }
        let mut sizes = vec![0; n_classes];
        for &code in codes {
            if let Some(size) = sizes.get_mut(code as usize) {
                *size += 1;
            }
        }
        let values = vec![Vec::new(); genes.len() * n_classes];
        let (n_genes, found) = (genes.len(), Vec::new());
        Ok(Self { view, codes, slots, n_genes, sizes, values, next_cell: 0, found })
    }

    /// Goes on for about `limit` values: a cell is read whole, and so is a class of a gene summed up.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let mut spent = 0;
        while spent < limit && !self.progress().is_done() {
            spent += if self.next_cell < self.codes.len() { self.read() } else { self.sum_up() };
        }
        Ok(self.progress())
    }

    /// Cells read and classes of genes summed up.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total = self.codes.len() + self.values.len();
        Progress { done: self.next_cell + self.found.len(), total }
    }

    /// Each gene in each class.
    ///
    /// # Shapes
    /// `[n_genes × n_classes]`, gene after gene.
    ///
    /// # Errors
    /// If cells are left to read or classes to sum up.
    pub fn finish(self) -> Result<Vec<ClassValues>, AnalysisError> {
        if !self.progress().is_done() {
            let message = "values were asked for before all cells were read";
            return Err(AnalysisError::OutOfTurn { step: STEP, message });
        }
        Ok(self.found)
    }

    fn read(&mut self) -> usize {
        let cell = self.next_cell;
        self.next_cell += 1;
        let (class, n_classes) = (self.codes[cell] as usize, self.sizes.len());
        if class >= n_classes || self.n_genes == 0 {
            return 1;
        }
        let (genes, stored) = self.view.stored_row(cell);
        for (&gene, &stored) in genes.iter().zip(stored) {
            let row = self.slots[gene as usize];
            if row != NONE && stored > 0.0 {
                self.values[row as usize * n_classes + class].push(self.view.value(cell, stored));
            }
        }
        genes.len() + 1
    }

    fn sum_up(&mut self) -> usize {
        let place = self.found.len();
        let mut values = std::mem::take(&mut self.values[place]);
        values.sort_unstable_by(f32::total_cmp);
        let n = self.sizes[place % self.sizes.len()];
        self.found.push(summary(&values, n));
        // A density takes this many looks at most.
        values.len() + values.len().min(MOST_SAMPLED) * N_PLACES
    }
}

/// Sums up `n` values, of which those above 0 are given in order.
fn summary(positive: &[f32], n: usize) -> ClassValues {
    if n == 0 {
        let (mean, quantiles) = (f64::NAN, [f64::NAN; 5]);
        let whiskers = [f64::NAN; 2];
        return ClassValues { mean, fraction: mean, quantiles, whiskers, ..ClassValues::default() };
    }
    let n_zero = n - positive.len();
    let at = |rank: usize| if rank < n_zero { 0.0 } else { f64::from(positive[rank - n_zero]) };
    let quantile = |share: f64| {
        let place = share * (n - 1) as f64;
        let low = at(place as usize);
        low + (at((place as usize + 1).min(n - 1)) - low) * place.fract()
    };
    let sum: f64 = positive.iter().map(|&value| f64::from(value)).sum();
    let quantiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(quantile);
    let (whiskers, beyond) = whiskers(at, n, quantiles);
    let n_sampled = n.min(MOST_SAMPLED);
    let rank = |place: usize| (2 * place + 1) * n / (2 * n_sampled);
    let sample: Vec<f64> = (0..n_sampled).map(|place| at(rank(place))).collect();
    ClassValues {
        mean: sum / n as f64,
        fraction: positive.len() as f64 / n as f64,
        quantiles,
        whiskers,
        n_outliers: beyond.len(),
        outliers: thinned(&beyond, at),
        density: density(&sample, (at(0), at(n - 1))),
    }
}

/// Ends of the whiskers of `n` values in order, and the ranks of those beyond them.
fn whiskers(
    at: impl Fn(usize) -> f64,
    n: usize,
    [_, low, _, high, _]: [f64; 5],
) -> ([f64; 2], Vec<usize>) {
    let reach = 1.5 * (high - low);
    let first = (0..n).find(|&rank| at(rank) >= low - reach).unwrap_or(0);
    let last = (0..n).rev().find(|&rank| at(rank) <= high + reach).unwrap_or(n - 1);
    // As matplotlib has it, a whisker never ends within the box.
    ([at(first).min(low), at(last).max(high)], (0..first).chain(last + 1..n).collect())
}

/// Values at the ranks, or at some of them with both ends.
fn thinned(ranks: &[usize], at: impl Fn(usize) -> f64) -> Vec<f32> {
    let n = ranks.len().min(MOST_OUTLIERS);
    let rank = |place: usize| ranks[place * (ranks.len() - 1) / (n - 1).max(1)];
    (0..n).map(|place| at(rank(place)) as f32).collect()
}

/// Density of sorted values at even places over the range.
fn density(sample: &[f64], (low, high): (f64, f64)) -> Vec<f32> {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let width = variance.sqrt() * n.powf(-0.2);
    if !(high > low && width > 0.0) {
        return Vec::new();
    }
    // Zeros are many and all alike: they are looked at once.
    let n_zero = sample.partition_point(|&value| value <= 0.0);
    let bump = |place: f64, value: f64| (-0.5 * ((place - value) / width).powi(2)).exp();
    let at = |step: usize| {
        let place = low + (high - low) * step as f64 / (N_PLACES - 1) as f64;
        let rest: f64 = sample[n_zero..].iter().map(|&value| bump(place, value)).sum();
        (n_zero as f64 * bump(place, 0.0) + rest) / (n * width * TAU.sqrt())
    };
    (0..N_PLACES).map(|step| at(step) as f32).collect()
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::{CsrMatrix, MISSING_CODE};

    use super::*;
    use crate::{rng::SplitMix64, state::MatrixState};

    const N: (usize, usize) = (300, 12);

    fn cells() -> (CsrMatrix, Vec<u32>) {
        let mut rng = SplitMix64::new(3);
        let (mut indptr, mut indices, mut data) = (vec![0], vec![], vec![]);
        for _ in 0..N.0 {
            for gene in 0..N.1 as u32 {
                if rng.next_u64() % 5 < 2 {
                    indices.push(gene);
                    data.push((1 + rng.next_u64() % 9) as f32);
                }
            }
            indptr.push(indices.len());
        }
        let x = CsrMatrix::try_new(N.0, N.1, indptr, indices, data).expect("a matrix");
        let codes =
            (0..N.0 as u32).map(|cell| if cell % 11 == 0 { MISSING_CODE } else { cell % 3 });
        (x, codes.collect())
    }

    fn found(
        view: &Normalized<'_>,
        genes: &[u32],
        codes: &[u32],
        limit: usize,
    ) -> Vec<ClassValues> {
        let mut work = GenesInClasses::new(view, genes, codes, 4).expect("sound");
        while !work.run(limit).expect("runs").is_done() {}
        work.finish().expect("done")
    }

    #[test]
    fn numbers_are_those_of_the_whole_table() {
        let (x, codes) = cells();
        let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
        let genes = [7, 0, 11];
        let all = found(&view, &genes, &codes, 1 << 20);
        // Slices of any length lead to the same.
        let sliced = found(&view, &genes, &codes, 1);
        for (row, &gene) in genes.iter().enumerate() {
            for class in 0..3u32 {
                let of_cell = |cell: usize| {
                    let own = view.row(cell).find(|(own, _)| *own == gene);
                    own.map_or(0.0, |(_, value)| f64::from(value))
                };
                let cells = (0..N.0).filter(|&cell| codes[cell] == class);
                let mut values: Vec<f64> = cells.map(of_cell).collect();
                values.sort_by(f64::total_cmp);
                let n = values.len() as f64;
                let own = &all[row * 4 + class as usize];
                assert_eq!(own, &sliced[row * 4 + class as usize]);
                assert!((own.mean - values.iter().sum::<f64>() / n).abs() < 1e-12);
                let share = values.iter().filter(|&&value| value > 0.0).count() as f64 / n;
                assert_eq!(own.fraction, share);
                for (place, found) in own.quantiles.iter().enumerate() {
                    let at = (n - 1.0) * place as f64 / 4.0;
                    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
                    assert!((found - (low + (high - low) * at.fract())).abs() < 1e-12);
                }
            }
            let nobody = &all[row * 4 + 3];
            assert!(nobody.mean.is_nan() && nobody.density.is_empty());
        }
    }

    #[test]
    fn boxes_are_numpys_and_matplotlibs() {
        // numpy.percentile(x, [0, 25, 50, 75, 100]); matplotlib.cbook.boxplot_stats(x): whislo, whishi, fliers.
        /// Values above 0, cells, quantiles, ends of the whiskers, outliers.
        type Case<'a> = (&'a [f32], usize, [f64; 5], [f64; 2], &'a [f32]);
        let known: [Case<'_>; 5] = [
            (
                &[0.3, 0.5, 0.7, 0.9, 1.1, 4.0],
                10,
                [0.0, 0.0, 0.4000000059604645, 0.8499999791383743, 4.0],
                [0.0, 1.100000023841858],
                &[4.0],
            ),
            (&[1.5, 2.5], 10, [0.0, 0.0, 0.0, 0.0, 2.5], [0.0, 0.0], &[1.5, 2.5]),
            (
                &[5.0, 5.5, 6.0, 6.5, 7.0, 7.25, 20.0],
                9,
                [0.0, 5.0, 6.0, 7.0, 20.0],
                [5.0, 7.25],
                &[0.0, 0.0, 20.0],
            ),
            (&[1.0], 1, [1.0; 5], [1.0; 2], &[]),
            (&[], 3, [0.0; 5], [0.0; 2], &[]),
        ];
        for (positive, n, quantiles, whiskers, outliers) in known {
            let own = summary(positive, n);
            for (found, expected) in own.quantiles.iter().zip(quantiles) {
                assert!((found - expected).abs() < 1e-15, "{found} {expected}");
            }
            assert_eq!((own.whiskers, &own.outliers[..]), (whiskers, outliers));
            assert_eq!(own.n_outliers, outliers.len());
        }
        let far: Vec<f32> = (1..=500).map(|value| value as f32).collect();
        let own = summary(&far, 5_000);
        assert_eq!((own.n_outliers, own.outliers.len()), (500, MOST_OUTLIERS));
        assert_eq!((own.outliers[0], own.outliers[MOST_OUTLIERS - 1]), (1.0, 500.0));
    }

    #[test]
    fn the_density_is_scipys() {
        // x = [0, 0, 0, 0.5, 1.0, 1.5, 2.5, 4.0]; scipy.stats.gaussian_kde(x)(np.linspace(0, 4, 32))
        let own = summary(&[0.5, 1.0, 1.5, 2.5, 4.0], 8);
        for (place, expected) in DENSITY {
            assert!((f64::from(own.density[place]) - expected).abs() < 1e-6, "{place}");
        }
        // Cells that all have the same value have no density.
        assert!(summary(&[], 5).density.is_empty());
        assert!(summary(&[1.0, 1.0], 2).density.is_empty());
        assert_eq!(summary(&[1.0], 1).quantiles, [1.0; 5]);
    }

    #[test]
    fn a_sample_of_many_cells_has_their_shape() {
        let values: Vec<f32> = (1..=9_000).map(|value| value as f32 / 9_000.0).collect();
        let own = summary(&values, 10_000);
        let middle = own.density[16];
        assert!((0.8..1.0).contains(&middle), "{middle}");
        assert!(own.density[0] > own.density[31]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (x, codes) = cells();
        let view = Normalized::new(&x, MatrixState::RawCounts).expect("counts");
        assert!(GenesInClasses::new(&view, &[1, 1], &codes, 3).is_err());
        assert!(GenesInClasses::new(&view, &[12], &codes, 3).is_err());
        assert!(GenesInClasses::new(&view, &[1], &codes[1..], 3).is_err());
        let early = GenesInClasses::new(&view, &[1], &codes, 3).expect("sound");
        assert!(early.finish().is_err());
    }

    const DENSITY: [(usize, f64); 4] =
        [(0, 0.250329587), (9, 0.236935369), (20, 0.118770725), (31, 0.0696943357)];
}
