use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use super::permutation::{AxisTest, Dealing, dot};
use crate::{AnalysisError, Progress, unit};

/// Cells that are added up or placed in one unit of work.
const CELLS_PER_UNIT: usize = 1024;
/// Assignments that are tried in one unit of work.
const ASSIGNMENTS_PER_UNIT: usize = 64;

/// How an axis is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisOptions {
    /// Assignments that are drawn where there are more than 10,000.
    pub n_draws: usize,
    /// What decides them.
    pub seed: u64,
}

impl Default for AxisOptions {
    fn default() -> Self {
        Self { n_draws: 9_999, seed: 0 }
    }
}

/// Where the cells of a unit lie along the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitSummary {
    /// Code of the unit.
    pub unit: u32,
    /// 0 or 1, or none for a unit of neither group.
    pub group: Option<usize>,
    /// Cells that have a place.
    pub n_cells: usize,
    /// Mean score: that of its centroid.
    pub mean: f64,
    /// Standard deviation over cells (n − 1); NaN for fewer than two.
    pub sd: f64,
    /// First quartile, median and third quartile (linear, as numpy's).
    pub quartiles: [f64; 3],
    /// What happens without it; none for a unit of neither group, or the only one of its group.
    pub left_out: Option<LeftOut>,
}

/// An axis refitted without a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeftOut {
    /// Score of the unit's centroid on the refitted axis, which it had no part in.
    pub score: f64,
    /// Whether that is on its group's side of 0.
    pub on_its_side: bool,
    /// Cosine of the refitted with the full axis.
    pub cosine: f64,
}

/// An axis, and where everything lies along it.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisResult {
    /// Mean of the first group's centroids less that of the second's, `[d]`.
    pub axis: Vec<f64>,
    /// Its length.
    pub length: f64,
    /// Score of every cell: +1 is the mean of the first group's centroids, −1 that of the second's; NaN for
    /// a cell without a place.
    pub scores: Vec<f64>,
    /// Every unit with cells, by code.
    pub units: Vec<UnitSummary>,
    /// Units of either group.
    pub group_sizes: [usize; 2],
    /// The test; none where a group has one unit, for then units cannot be told from groups.
    pub test: Option<AxisTest>,
}

/// Fits an axis between two groups of units, to be driven with [`run`](Self::run).
///
/// All units weigh the same, however many cells they have. The test deals units into groups of the same
/// sizes: all ways where there are at most 10,000, else [`AxisOptions::n_draws`] of them; its statistic is
/// the length of the axis. Units must be exchangeable if the groups do not matter: types that resemble each
/// other, or donors who share a batch, are not independent.
#[derive(Debug)]
pub struct Axis<'a> {
    cells: &'a DenseMatrix,
    units: &'a [u32],
    options: AxisOptions,
    n_units: usize,
    /// Units of the first group, then of the second.
    chosen: Vec<u32>,
    first: usize,
    added: usize,
    counts: Vec<usize>,
    /// `[units × d]`: sums, then centroids.
    centroids: Vec<f64>,
    /// `[chosen × chosen]`, row after row.
    gram: Vec<f64>,
    axis: Vec<f64>,
    placed: usize,
    scores: Vec<f64>,
    dealing: Option<Dealing>,
}

impl<'a> Axis<'a> {
    /// Prepares the axis from the second to the first group.
    ///
    /// # Shapes
    /// `cells`: `[n_obs × d]`, centred and of unit length, in any space; `units`: `[n_obs]`, below `n_units`
    /// or `MISSING_CODE`; `groups`: codes of units.
    ///
    /// # Errors
    /// If a shape differs, a row is not of unit length or zero, a unit does not exist, is listed twice or in
    /// both groups, a group is empty, or draws are 0.
    pub fn new(
        cells: &'a DenseMatrix,
        (units, n_units): (&'a [u32], usize),
        groups: [&[u32]; 2],
        options: AxisOptions,
    ) -> Result<Self, AnalysisError> {
        unit::check(cells, "cells")?;
        check_units(units, n_units, cells.n_rows())?;
        crate::attribution::check_sets("units of a group", groups, n_units)?;
        if let Some(empty) = groups.iter().position(|group| group.is_empty()) {
            let (what, group) = ("units", ["first", "second"][empty]);
            return Err(AnalysisError::EmptyGroup { what, group });
        }
        if options.n_draws == 0 {
            return Err(AnalysisError::setting("n_draws", "at least 1", 0));
        }
        Ok(Self {
            cells,
            units,
            options,
            n_units,
            chosen: groups.concat(),
            first: groups[0].len(),
            added: 0,
            counts: vec![0; n_units],
            centroids: vec![0.0; n_units * cells.n_cols()],
            gram: Vec::new(),
            axis: Vec::new(),
            placed: 0,
            scores: vec![f64::NAN; cells.n_rows()],
            dealing: None,
        })
    }

    /// Does up to `limit` units of work, of some milliseconds each.
    ///
    /// # Errors
    /// If a unit of a group has no cell with a place, or the groups have the same mean.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            let n_chosen = self.chosen.len();
            if self.added < self.cells.n_rows() {
                self.add_cells()?;
            } else if self.gram.len() < n_chosen * n_chosen {
                self.multiply()?;
            } else if self.placed < self.cells.n_rows() {
                self.place();
            } else if let Some(dealing) = &mut self.dealing
                && dealing.tried() < dealing.total
            {
                let end = (dealing.tried() + ASSIGNMENTS_PER_UNIT).min(dealing.total);
                while dealing.tried() < end {
                    dealing.try_one(&self.gram);
                }
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many units of work are done; how many assignments there are is known once centroids are.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (n, n_chosen) = (self.cells.n_rows(), self.chosen.len());
        let cells = |n: usize| n.div_ceil(CELLS_PER_UNIT);
        let (tried, total) = match &self.dealing {
            Some(dealing) => (dealing.tried(), dealing.total),
            None => (0, if self.is_testable() { 1 } else { 0 }),
        };
        Progress {
            done: cells(self.added)
                + self.gram.len() / n_chosen
                + cells(self.placed)
                + tried.div_ceil(ASSIGNMENTS_PER_UNIT),
            total: 2 * cells(n) + n_chosen + total.div_ceil(ASSIGNMENTS_PER_UNIT),
        }
    }

    /// The axis, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<AxisResult, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the axis was asked for before it was tested";
            return Err(AnalysisError::OutOfTurn { step: "axis", message });
        }
        let mut scores_of = vec![Vec::new(); self.n_units];
        for (&unit, &score) in self.units.iter().zip(&self.scores) {
            if unit != MISSING_CODE && !score.is_nan() {
                scores_of[unit as usize].push(score);
            }
        }
        let there = scores_of.into_iter().enumerate().filter(|(_, scores)| !scores.is_empty());
        let units = there.map(|(unit, scores)| self.summary(unit as u32, scores)).collect();
        Ok(AxisResult {
            units,
            length: dot(&self.axis, &self.axis).sqrt(),
            group_sizes: [self.first, self.chosen.len() - self.first],
            test: self.dealing.as_ref().map(Dealing::test),
            axis: self.axis,
            scores: self.scores,
        })
    }

    fn is_testable(&self) -> bool {
        self.first > 1 && self.chosen.len() - self.first > 1
    }

    fn add_cells(&mut self) -> Result<(), AnalysisError> {
        let d = self.cells.n_cols();
        let end = (self.added + CELLS_PER_UNIT).min(self.cells.n_rows());
        for cell in self.added..end {
            let (unit, row) = (self.units[cell], self.cells.row(cell));
            if unit == MISSING_CODE || row.iter().all(|&x| x == 0.0) {
                continue;
            }
            let unit = unit as usize;
            self.counts[unit] += 1;
            let sums = &mut self.centroids[unit * d..(unit + 1) * d];
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        self.added = end;
        if end == self.cells.n_rows() {
            if let Some(&unit) = self.chosen.iter().find(|&&unit| self.counts[unit as usize] == 0) {
                return Err(AnalysisError::EmptyUnit { unit: unit as usize });
            }
            for (sums, &n) in self.centroids.chunks_exact_mut(d.max(1)).zip(&self.counts) {
                sums.iter_mut().for_each(|sum| *sum /= n.max(1) as f64);
            }
        }
        Ok(())
    }

    fn centroid(&self, place: usize) -> &[f64] {
        let (unit, d) = (self.chosen[place] as usize, self.cells.n_cols());
        &self.centroids[unit * d..(unit + 1) * d]
    }

    /// One row of the products of centroids; after the last one, the axis.
    fn multiply(&mut self) -> Result<(), AnalysisError> {
        let n = self.chosen.len();
        let row = self.gram.len() / n;
        let products: Vec<f64> =
            (0..n).map(|other| dot(self.centroid(row), self.centroid(other))).collect();
        self.gram.extend(products);
        if row + 1 < n {
            return Ok(());
        }
        let mut axis = vec![0.0; self.cells.n_cols()];
        for (place, share) in self.shares(None).into_iter().enumerate() {
            axis.iter_mut().zip(self.centroid(place)).for_each(|(sum, x)| *sum += share * x);
        }
        if dot(&axis, &axis) <= 1e-20 {
            return Err(AnalysisError::NoVariance { step: "axis between the groups" });
        }
        self.axis = axis;
        if self.is_testable() {
            let draws = (self.options.n_draws, self.options.seed);
            self.dealing = Some(Dealing::new(&self.gram, n, self.first, draws));
        }
        Ok(())
    }

    fn place(&mut self) {
        let (scale, shift) = self.scaling(&self.shares(None), None);
        let end = (self.placed + CELLS_PER_UNIT).min(self.cells.n_rows());
        for cell in self.placed..end {
            let row = self.cells.row(cell);
            if row.iter().any(|&x| x != 0.0) {
                let along: f64 = row.iter().zip(&self.axis).map(|(&x, y)| f64::from(x) * y).sum();
                self.scores[cell] = along * scale + shift;
            }
        }
        self.placed = end;
    }

    /// What each chosen unit counts in the axis, with one left out or none.
    fn shares(&self, without: Option<usize>) -> Vec<f64> {
        let mut sizes = [self.first, self.chosen.len() - self.first];
        let group = |place: usize| usize::from(place >= self.first);
        if let Some(place) = without {
            sizes[group(place)] -= 1;
        }
        let share = |place: usize| match group(place) {
            _ if without == Some(place) => 0.0,
            0 => 1.0 / sizes[0] as f64,
            _ => -1.0 / sizes[1] as f64,
        };
        (0..self.chosen.len()).map(share).collect()
    }

    /// From a product with the axis of these shares to a score: factor, and what is added.
    fn scaling(&self, shares: &[f64], without: Option<usize>) -> (f64, f64) {
        let ends = |first: bool| -> f64 {
            let own = |&place: &usize| (place < self.first) == first && without != Some(place);
            (0..shares.len())
                .filter(own)
                .map(|place| shares[place].abs() * self.along(shares, place))
                .sum()
        };
        let (high, low) = (ends(true), ends(false));
        (2.0 / (high - low), -(high + low) / (high - low))
    }

    /// Product of a chosen unit's centroid with the axis of these shares.
    fn along(&self, shares: &[f64], place: usize) -> f64 {
        let n = shares.len();
        dot(&self.gram[place * n..(place + 1) * n], shares)
    }

    fn leave_out(&self, place: usize) -> Option<LeftOut> {
        let own = if place < self.first { self.first } else { self.chosen.len() - self.first };
        if own < 2 {
            return None;
        }
        let (all, shares) = (self.shares(None), self.shares(Some(place)));
        let product = |a: &[f64], b: &[f64]| -> f64 {
            (0..a.len()).map(|place| a[place] * self.along(b, place)).sum()
        };
        let length = product(&shares, &shares).max(0.0).sqrt();
        if length <= 1e-10 {
            return None;
        }
        let (scale, shift) = self.scaling(&shares, Some(place));
        let score = self.along(&shares, place) * scale + shift;
        let cosine = product(&all, &shares) / (length * product(&all, &all).sqrt());
        Some(LeftOut { score, on_its_side: (score > 0.0) == (place < self.first), cosine })
    }

    fn summary(&self, unit: u32, mut scores: Vec<f64>) -> UnitSummary {
        let place = self.chosen.iter().position(|&chosen| chosen == unit);
        let n = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / n;
        let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
        scores.sort_by(f64::total_cmp);
        UnitSummary {
            unit,
            group: place.map(|place| usize::from(place >= self.first)),
            n_cells: scores.len(),
            mean,
            sd: if scores.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN },
            quartiles: [0.25, 0.5, 0.75].map(|share| quantile(&scores, share)),
            left_out: place.and_then(|place| self.leave_out(place)),
        }
    }
}

/// A quantile of sorted values, linear between neighbours (numpy's default).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * at.fract()
}

fn check_units(units: &[u32], n_units: usize, n_cells: usize) -> Result<(), AnalysisError> {
    if units.len() != n_cells {
        let (expected, found) = (n_cells, units.len());
        return Err(AnalysisError::Shape { what: "units of the cells", expected, found });
    }
    let is_wrong = |unit: &&u32| **unit != MISSING_CODE && **unit as usize >= n_units;
    match units.iter().find(is_wrong) {
        None => Ok(()),
        Some(&unit) => {
            let (what, index) = ("units of the cells", unit as usize);
            Err(AnalysisError::IndexOutOfRange { what, index, len: n_units })
        }
    }
}
