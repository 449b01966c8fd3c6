use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use super::similarity::{check_queries, similarities};
use crate::{
    AnalysisError, Progress, attribution::CellWeights, centering::Centering, normalize::Normalized,
    pool::PoolSettings, rng::SplitMix64, unit,
};

/// Cells that are read or compared in one unit of work.
const CELLS_PER_UNIT: usize = 128;
/// Cells that are pooled anew in one unit of work.
const POOLED_PER_UNIT: usize = 16;

/// How labels by text are given, and when they are withheld.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZeroShotOptions {
    /// How often genes exchange their texts.
    pub n_shuffles: usize,
    /// Cells that are pooled anew each time, taken at equal distances.
    pub n_cells: usize,
    /// A margin below this quantile of the margins under exchanged texts is unsure.
    pub quantile: f64,
    /// What decides the exchanges.
    pub seed: u64,
}

impl Default for ZeroShotOptions {
    fn default() -> Self {
        Self { n_shuffles: 40, n_cells: 250, quantile: 0.95, seed: 0 }
    }
}

/// Labels by text.
#[derive(Debug, Clone, PartialEq)]
pub struct ZeroShotLabels {
    /// The description that fits a cell best, [`unsure`](Self::unsure) where it does not stand out, or
    /// `MISSING_CODE` for a cell without a place.
    pub codes: Vec<u32>,
    /// Similarity of the best less that of the second; NaN for a cell without a place.
    pub margins: Vec<f32>,
    /// Cosines less their mean over cells, `[n_obs × m]`; 0 for a cell without a place.
    pub similarities: DenseMatrix,
    /// The margin that a label needs.
    pub threshold: f64,
    /// The code of the unsure class: the number of descriptions.
    pub unsure: u32,
    /// Cells of that class.
    pub n_unsure: usize,
    /// Cells without a place.
    pub n_without_place: usize,
}

/// Gives each cell the description that it is most like, to be driven with [`run`](Self::run).
///
/// Cells are centred on their mean, since what all have in common says nothing about type. Unit length then
/// bends that mean a little, so each description's mean cosine is taken away as well: a description
/// that is near to everything wins nowhere by that. Its spread is left as it is: scaled, a description of a
/// type that is not there would win by noise.
///
/// A label needs a margin that few cells reach once genes have exchanged their texts
/// ([`ZeroShotOptions::quantile`]): cells keep their clusters, descriptions lose their meaning. At 0.95 some
/// 5 % of cells get a label even so.
#[derive(Debug)]
pub struct ZeroShot<'a> {
    weights: CellWeights<'a>,
    pooled: &'a DenseMatrix,
    queries: DenseMatrix,
    options: ZeroShotOptions,
    read: usize,
    /// Cells with a place.
    places: Vec<u32>,
    sums: Vec<f64>,
    shares: Vec<f64>,
    centering: Option<Centering>,
    compared: usize,
    similarities: DenseMatrix,
    used: Vec<u32>,
    rng: SplitMix64,
    /// Cells pooled anew, over all shuffles.
    drawn: usize,
    shuffle: Option<Shuffle>,
    null: Vec<f32>,
}

/// Texts exchanged among genes.
#[derive(Debug)]
struct Shuffle {
    /// The gene whose vector a gene has now.
    vector_of: Vec<u32>,
    centering: Centering,
    similarities: Vec<f32>,
}

impl<'a> ZeroShot<'a> {
    /// Prepares the labelling of all cells.
    ///
    /// # Shapes
    /// `rows`: one for each gene of the matrix, rows of `table` `[… × d]`; `pooled`: `[n_obs × d]`, not
    /// centred; `queries`: `[m × d]`.
    ///
    /// # Errors
    /// As for [`CpuPool::new`](crate::pool::CpuPool::new) and [`check_queries`]; if there are fewer than two
    /// descriptions, or an option lies outside its range.
    pub fn new(
        (view, rows): (&'a Normalized<'a>, &[Option<u32>]),
        table: &'a DenseMatrix,
        settings: PoolSettings,
        pooled: &'a DenseMatrix,
        queries: &DenseMatrix,
        options: ZeroShotOptions,
    ) -> Result<Self, AnalysisError> {
        let weights = CellWeights::new(view, rows, table, settings)?;
        let queries = check_queries(queries, table.n_cols())?;
        for (what, expected, found) in [
            ("cells of the embedding", view.n_cells(), pooled.n_rows()),
            ("width of the embedding", table.n_cols(), pooled.n_cols()),
        ] {
            if expected != found {
                return Err(AnalysisError::Shape { what, expected, found });
            }
        }
        if queries.n_rows() < 2 {
            return Err(AnalysisError::setting("descriptions", "at least 2", queries.n_rows()));
        }
        for (setting, value) in [("n_shuffles", options.n_shuffles), ("n_cells", options.n_cells)] {
            if value == 0 {
                return Err(AnalysisError::setting(setting, "at least 1", value));
            }
        }
        if !(0.0..=1.0).contains(&options.quantile) {
            return Err(AnalysisError::setting("quantile", "from 0 to 1", options.quantile));
        }
        unit::check_finite(pooled, "embedding")?;
        Ok(Self {
            sums: vec![0.0; table.n_cols()],
            shares: vec![0.0; view.n_genes()],
            similarities: DenseMatrix::zeros(view.n_cells(), queries.n_rows()),
            weights,
            pooled,
            queries,
            options,
            read: 0,
            places: Vec::new(),
            centering: None,
            compared: 0,
            used: Vec::new(),
            rng: SplitMix64::new(options.seed),
            drawn: 0,
            shuffle: None,
            null: Vec::new(),
        })
    }

    /// Does up to `limit` units of some milliseconds each.
    ///
    /// # Errors
    /// If no cell has a place.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.read < self.pooled.n_rows() {
                self.read_cells()?;
            } else if self.compared < self.places.len() {
                self.compare();
            } else if self.drawn < self.n_drawn() {
                self.draw()?;
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many units are done; how many cells have a place is an estimate until all are read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let n = self.pooled.n_rows();
        let all_read = self.read == n;
        let places = if all_read { self.places.len() } else { n };
        let units = |read: usize, compared: usize, drawn: usize| {
            read.div_ceil(CELLS_PER_UNIT)
                + compared.div_ceil(CELLS_PER_UNIT)
                + drawn.div_ceil(POOLED_PER_UNIT)
        };
        let per_shuffle = self.options.n_cells.min(places).next_multiple_of(POOLED_PER_UNIT);
        let shuffles = self.drawn / self.n_sampled().max(1);
        let within = self.drawn % self.n_sampled().max(1);
        Progress {
            done: units(self.read, self.compared, shuffles * per_shuffle + within),
            total: units(n, places, self.options.n_shuffles * per_shuffle),
        }
    }

    /// The labels, once [`run`](Self::run) is done.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(mut self) -> Result<ZeroShotLabels, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the labels were asked for before the null was drawn";
            return Err(AnalysisError::OutOfTurn { step: "labels by text", message });
        }
        let n = self.pooled.n_rows();
        let unsure = self.queries.n_rows() as u32;
        self.null.sort_unstable_by(f32::total_cmp);
        let last = self.null.len() - 1;
        let threshold = self.null[(self.options.quantile * last as f64).ceil() as usize];
        let (mut codes, mut margins) = (vec![MISSING_CODE; n], vec![f32::NAN; n]);
        for &cell in &self.places {
            let (best, margin) = best(self.similarities.row(cell as usize));
            codes[cell as usize] = if margin > threshold { best as u32 } else { unsure };
            margins[cell as usize] = margin;
        }
        Ok(ZeroShotLabels {
            n_unsure: codes.iter().filter(|&&code| code == unsure).count(),
            n_without_place: n - self.places.len(),
            codes,
            margins,
            similarities: self.similarities,
            threshold: f64::from(threshold),
            unsure,
        })
    }

    fn read_cells(&mut self) -> Result<(), AnalysisError> {
        let end = (self.read + CELLS_PER_UNIT).min(self.pooled.n_rows());
        for cell in self.read..end {
            let shares = self.weights.of(cell);
            let row = self.pooled.row(cell);
            if shares.is_empty() || row.iter().all(|&x| x == 0.0) {
                continue;
            }
            self.places.push(cell as u32);
            self.sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
            shares.iter().for_each(|&(gene, share)| self.shares[gene as usize] += share);
        }
        self.read = end;
        if end == self.pooled.n_rows() {
            let n = self.places.len();
            if n == 0 {
                let step = "labels by text";
                return Err(AnalysisError::TooFewCells { step, needed: 1, found: 0 });
            }
            let mean = self.sums.iter().map(|sum| sum / n as f64).collect();
            self.centering = Some(Centering::from_mean(mean)?);
            self.shares.iter_mut().for_each(|share| *share /= n as f64);
            let used = (0u32..).zip(&self.shares).filter(|(_, share)| **share > 0.0);
            self.used = used.map(|(gene, _)| gene).collect();
        }
        Ok(())
    }

    fn compare(&mut self) {
        let Some(centering) = &self.centering else { return };
        let end = (self.compared + CELLS_PER_UNIT).min(self.places.len());
        let mut centred = vec![0.0; self.pooled.n_cols()];
        for &cell in &self.places[self.compared..end] {
            let cell = cell as usize;
            centering.centre(self.pooled.row(cell), &mut centred);
            similarities(&centred, &self.queries, self.similarities.row_mut(cell));
        }
        self.compared = end;
        if end == self.places.len() {
            let places = self.places.iter().map(|&cell| cell as usize);
            without_mean(self.similarities.data_mut(), self.queries.n_rows(), places);
        }
    }

    fn n_sampled(&self) -> usize {
        self.options.n_cells.min(self.places.len())
    }

    fn n_drawn(&self) -> usize {
        self.n_sampled() * self.options.n_shuffles
    }

    fn draw(&mut self) -> Result<(), AnalysisError> {
        let (n, m) = (self.n_sampled(), self.queries.n_rows());
        let first = self.drawn % n;
        let end = (first + POOLED_PER_UNIT).min(n);
        let mut shuffle = match self.shuffle.take() {
            Some(shuffle) => shuffle,
            None => self.start()?,
        };
        let mut centred = vec![0.0; self.pooled.n_cols()];
        for place in first..end {
            let cell = self.places[place * self.places.len() / n] as usize;
            let mut shares = self.weights.of(cell);
            shares.iter_mut().for_each(|(gene, _)| *gene = shuffle.vector_of[*gene as usize]);
            let pooled: Vec<f32> = self.weights.pooled(&shares).iter().map(|&x| x as f32).collect();
            shuffle.centering.centre(&pooled, &mut centred);
            let out = &mut shuffle.similarities[place * m..(place + 1) * m];
            similarities(&centred, &self.queries, out);
        }
        self.drawn += end - first;
        if end == n {
            without_mean(&mut shuffle.similarities, m, 0..n);
            self.null.extend(shuffle.similarities.chunks_exact(m).map(|row| best(row).1));
        } else {
            self.shuffle = Some(shuffle);
        }
        Ok(())
    }

    fn start(&mut self) -> Result<Shuffle, AnalysisError> {
        let mut exchanged = self.used.clone();
        self.rng.shuffle(&mut exchanged);
        let mut vector_of: Vec<u32> = (0..self.shares.len() as u32).collect();
        let mut mean = Vec::with_capacity(self.used.len());
        for (&gene, &other) in self.used.iter().zip(&exchanged) {
            vector_of[gene as usize] = other;
            mean.push((other, self.shares[gene as usize]));
        }
        let centering = Centering::from_mean(self.weights.pooled(&mean))?;
        let similarities = vec![0.0; self.n_sampled() * self.queries.n_rows()];
        Ok(Shuffle { vector_of, centering, similarities })
    }
}

/// Takes the mean of each column over the given rows away from them.
fn without_mean(values: &mut [f32], m: usize, rows: impl Iterator<Item = usize> + Clone) {
    let (mut means, mut n) = (vec![0.0f64; m], 0.0);
    for row in rows.clone() {
        means.iter_mut().zip(&values[row * m..]).for_each(|(sum, &x)| *sum += f64::from(x));
        n += 1.0;
    }
    for row in rows {
        let row = values[row * m..(row + 1) * m].iter_mut();
        row.zip(&means).for_each(|(x, mean)| *x = (f64::from(*x) - mean / n) as f32);
    }
}

/// The greatest of at least two values, and by how much; a tie goes to the first.
fn best(row: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY, f32::NEG_INFINITY);
    for (place, &value) in row.iter().enumerate() {
        if value > best.1 {
            best = (place, value, best.1);
        } else {
            best.2 = best.2.max(value);
        }
    }
    (best.0, best.1 - best.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_its_margin() {
        assert_eq!(best(&[0.25, 0.5, 0.125]), (1, 0.25));
        assert_eq!(best(&[0.5, 0.5]), (0, 0.0));
        assert_eq!(best(&[0.75, 0.5, 0.625]), (0, 0.125));
    }

    #[test]
    fn means_are_those_of_the_given_rows() {
        let mut values = [1.0, 2.0, 9.0, 9.0, 3.0, 6.0];
        without_mean(&mut values, 2, [0usize, 2].into_iter());
        assert_eq!(values, [-1.0, -2.0, 9.0, 9.0, 1.0, 2.0]);
    }
}
