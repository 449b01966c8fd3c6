use lexicell_matrix::CsrMatrix;

use super::Augment;
use crate::{AnalysisError, rng::SplitMix64, state::MatrixState};

/// Counts that are thinned at once: `(1 − p)^n` stays far from the smallest number.
const COUNTS_AT_ONCE: u32 = 64;

/// Rows of the expression matrix of which genes are left out and counts thinned, to be normalised anew.
///
/// Normalised values that are not logged cannot be thinned; logged ones are neither thinned nor
/// normalised anew.
#[derive(Debug, Clone, Copy)]
pub(super) struct Augmented<'a> {
    pub(super) x: &'a CsrMatrix,
    pub(super) state: MatrixState,
    pub(super) augment: Augment,
}

impl Augmented<'_> {
    /// One view of each of some cells, then the other, as rows of what is left.
    ///
    /// A cell's rows follow from the state of `rng` and the cell alone. Where the views are made from two
    /// halves of the genes, those that `is_read` are divided apart from the others, so that both halves
    /// have some.
    pub(super) fn pair(
        &self,
        cells: &[usize],
        rng: &mut SplitMix64,
        is_read: impl Fn(usize) -> bool,
    ) -> Result<[CsrMatrix; 2], AnalysisError> {
        let seeds = [rng.next_u64(), rng.next_u64()];
        if !self.augment.disjoint_genes {
            let all = |_: u32| true;
            return Ok([self.rows(cells, seeds[0], all)?, self.rows(cells, seeds[1], all)?]);
        }
        // One division for all cells of a batch: each view is a panel of its own.
        let mut genes: Vec<usize> = (0..self.x.n_cols()).collect();
        rng.shuffle(&mut genes);
        genes.sort_by_key(|&gene| !is_read(gene));
        let mut in_first = vec![false; genes.len()];
        genes.iter().step_by(2).for_each(|&gene| in_first[gene] = true);
        Ok([
            self.rows(cells, seeds[0], |gene| in_first[gene as usize])?,
            self.rows(cells, seeds[1], |gene| !in_first[gene as usize])?,
        ])
    }

    /// The rows of the cells without what is left out.
    fn rows(
        &self,
        cells: &[usize],
        seed: u64,
        takes: impl Fn(u32) -> bool,
    ) -> Result<CsrMatrix, AnalysisError> {
        let Augment { gene_dropout, count_share, .. } = self.augment;
        let thinning = (self.state == MatrixState::RawCounts && count_share < 1.0)
            .then(|| Thinning::new(count_share));
        let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
        for &cell in cells {
            if cell >= self.x.n_rows() {
                let (what, len) = ("cells to be viewed", self.x.n_rows());
                return Err(AnalysisError::IndexOutOfRange { what, index: cell, len });
            }
            let mut rng = SplitMix64::new(seed.wrapping_add(cell as u64));
            let mut rng = SplitMix64::new(rng.next_u64());
            let (genes, values) = self.x.row(cell);
            for (&gene, &value) in genes.iter().zip(values) {
                if !takes(gene) || (gene_dropout > 0.0 && rng.uniform() < gene_dropout) {
                    continue;
                }
                let kept = thinning.as_ref().map_or(value, |thin| thin.draw(value, &mut rng));
                if kept > 0.0 {
                    indices.push(gene);
                    data.push(kept);
                }
            }
            indptr.push(indices.len());
        }
        Ok(CsrMatrix::try_new(cells.len(), self.x.n_cols(), indptr, indices, data)?)
    }
}

/// Binomial thinning: each of a gene's molecules is kept with one probability.
#[derive(Debug)]
struct Thinning {
    /// Whether the rarer outcome, which is the one drawn, is to be kept.
    draws_kept: bool,
    /// The probability of the rarer outcome over that of the other.
    odds: f64,
    /// The probability that none of `n` molecules has the rarer outcome.
    none_of: Vec<f64>,
}

impl Thinning {
    fn new(share: f64) -> Self {
        let draws_kept = share <= 0.5;
        let rarer = if draws_kept { share } else { 1.0 - share };
        let none_of = (0..=COUNTS_AT_ONCE).map(|n| (1.0 - rarer).powi(n as i32)).collect();
        Self { draws_kept, odds: rarer / (1.0 - rarer), none_of }
    }

    /// How many of `count` molecules are kept.
    fn draw(&self, count: f32, rng: &mut SplitMix64) -> f32 {
        // Counts are whole; of a fraction, which the state rules out, the whole part is thinned.
        let mut left = count.min(1e9) as u32;
        let mut rarer = 0;
        while left > 0 {
            let n = left.min(COUNTS_AT_ONCE);
            rarer += self.draw_few(n, rng.uniform());
            left -= n;
        }
        let rarer = rarer as f32;
        if self.draws_kept { rarer } else { count - rarer }
    }

    /// Binomial by inversion (Kachitvichyanukul & Schmeiser 1988, BINV).
    fn draw_few(&self, n: u32, mut uniform: f64) -> u32 {
        let mut probability = self.none_of[n as usize];
        let mut drawn = 0;
        while uniform >= probability && drawn < n {
            uniform -= probability;
            probability *= self.odds * f64::from(n - drawn) / f64::from(drawn + 1);
            drawn += 1;
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_is_binomial() {
        for share in [0.1, 0.5, 0.8] {
            for count in [1.0f32, 7.0, 300.0] {
                let (thinning, mut rng) = (Thinning::new(share), SplitMix64::new(3));
                let draws: Vec<f64> =
                    (0..20_000).map(|_| f64::from(thinning.draw(count, &mut rng))).collect();
                assert!(draws.iter().all(|&x| (0.0..=f64::from(count)).contains(&x)));
                let (n, expected) = (20_000.0, f64::from(count) * share);
                let variance = expected * (1.0 - share);
                let mean = draws.iter().sum::<f64>() / n;
                let spread = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
                assert!((mean - expected).abs() < 4.0 * (variance / n).sqrt(), "{mean}");
                assert!((spread / variance - 1.0).abs() < 0.08, "{spread} {variance}");
            }
        }
    }
}
