//! The rank-sum statistic of two samples, in whole numbers as far as they reach.

use super::normal;

/// What the test of one gene or term says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RankSum {
    /// The first sample's rank sum as a z-score; 0 where all values are equal.
    pub(crate) score: f64,
    /// Two-sided p of the score.
    pub(crate) p: f64,
    /// U over the product of the sizes.
    pub(crate) auc: f64,
}

/// Values of two samples, told in rising order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    n: [u64; 2],
    twice_rank_sum: u64,
    /// `Σ t³ − t` over runs of equal values.
    ties: u128,
}

impl Tally {
    /// Adds a run of equal values, greater than all before: how many of each sample.
    pub(crate) fn add(&mut self, run: [usize; 2]) {
        let run = run.map(|n| n as u64);
        let (below, tied) = (self.n[0] + self.n[1], run[0] + run[1]);
        self.twice_rank_sum += run[0] * (2 * below + tied + 1);
        self.ties += cube_less_self(tied);
        self.n = [self.n[0] + run[0], self.n[1] + run[1]];
    }

    /// Tests the first sample against the second.
    pub(crate) fn close(self, correct_ties: bool) -> RankSum {
        let ties = if correct_ties { self.ties } else { 0 };
        RankSum::of(self.twice_rank_sum, self.n, ties)
    }
}

impl RankSum {
    /// From twice the first sample's rank sum, the sizes and `Σ t³ − t` over runs of equal values
    /// (Wilcoxon 1945; variance under ties of Lehmann 1975, equation 1.35; no continuity correction).
    pub(crate) fn of(twice_rank_sum: u64, n: [u64; 2], ties: u128) -> Self {
        let all = n[0] + n[1];
        let pairs = n[0] as f64 * n[1] as f64;
        let above_mean = i128::from(twice_rank_sum) - i128::from(n[0]) * i128::from(all + 1);
        let most = cube_less_self(all);
        // The difference is taken in whole numbers: nearly all values of a rare gene tie.
        let untied = (most - ties.min(most)) as f64 / (most.max(1)) as f64;
        let deviation = (untied * pairs * (all + 1) as f64 / 12.0).sqrt();
        let score = if deviation > 0.0 { above_mean as f64 / 2.0 / deviation } else { 0.0 };
        let twice_u = twice_rank_sum as f64 - n[0] as f64 * (n[0] + 1) as f64;
        let auc = if pairs > 0.0 { twice_u / (2.0 * pairs) } else { 0.5 };
        Self { score, p: normal::two_sided(score), auc }
    }
}

pub(crate) fn cube_less_self(n: u64) -> u128 {
    let n = u128::from(n);
    n * n * n - n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples_are_those_of_scipy() {
        // mannwhitneyu([1, 2, 2, 5], [2, 3, 4], use_continuity=False, method="asymptotic"): U = 4,
        // p = 0.463071015014588; with 3 of 7 values equal, the ties take 24 of 336 parts of the variance.
        let mut tally = Tally::default();
        [[1, 0], [2, 1], [0, 1], [0, 1], [1, 0]].into_iter().for_each(|run| tally.add(run));
        let found = tally.close(true);
        assert!((found.auc - 4.0 / 12.0).abs() < 1e-15, "{found:?}");
        assert!((found.p - 0.463_071_015_014_588).abs() < 1e-14, "{found:?}");
        let deviation = (12.0f64 * 8.0 / 12.0 * (1.0 - 24.0 / 336.0)).sqrt();
        assert!((found.score + 2.0 / deviation).abs() < 1e-14, "{found:?}");
        assert!((tally.close(false).score + 2.0 / 8f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn values_that_are_all_equal_say_nothing() {
        let mut tally = Tally::default();
        tally.add([3, 4]);
        for correct in [true, false] {
            assert_eq!(tally.close(correct), RankSum { score: 0.0, p: 1.0, auc: 0.5 });
        }
        assert_eq!(Tally::default().close(true), RankSum { score: 0.0, p: 1.0, auc: 0.5 });
    }
}
