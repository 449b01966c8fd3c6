use crate::student;

/// Averages the ranks, from 1, of runs of equal items; items are in rising order.
pub(super) fn average_ranks<T>(sorted: &[T], equal: impl Fn(&T, &T) -> bool) -> Vec<f64> {
    let mut ranks = Vec::with_capacity(sorted.len());
    for run in sorted.chunk_by(|a, b| equal(a, b)) {
        let before = ranks.len();
        let rank = before as f64 + (run.len() + 1) as f64 / 2.0;
        ranks.resize(before + run.len(), rank);
    }
    ranks
}

/// Spearman's correlation of a value with a quantity whose ranks are given; `None` if one is constant.
///
/// `entries` holds the values and their places in `ranks`; all other places have a value below these.
pub(super) fn spearman(entries: &mut [(f32, u32)], ranks: &[f64]) -> Option<f64> {
    let n = ranks.len();
    let mean = (n + 1) as f64 / 2.0;
    entries.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n_least = n - entries.len();
    let least = (n_least + 1) as f64 / 2.0;
    let (mut product, mut square) = (0.0, n_least as f64 * (least - mean).powi(2));
    for (rank, entry) in average_ranks(entries, |a, b| a.0 == b.0).into_iter().zip(&*entries) {
        let rank = rank + n_least as f64;
        // Ranks are taken from the least one, which the places without an entry have.
        product += (rank - least) * (ranks[entry.1 as usize] - mean);
        square += (rank - mean).powi(2);
    }
    let other: f64 = ranks.iter().map(|rank| (rank - mean).powi(2)).sum();
    let scale = (square * other).sqrt();
    (scale > 0.0).then(|| (product / scale).clamp(-1.0, 1.0))
}

/// Two-sided p value of a rank correlation of `n` pairs, by Student's t (`scipy.stats.spearmanr`).
pub(super) fn p_value(correlation: f64, n: usize) -> f64 {
    let df = n as f64 - 2.0;
    let t = correlation * (df / ((1.0 + correlation) * (1.0 - correlation))).sqrt();
    student::two_sided(t, df)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_and_p_are_those_of_scipy() {
        // scipy.stats.spearmanr([0, 0, 2, 0, 5, 2, 7], [1, 2, 3, 3, 5, 6, 7])
        let ranks = average_ranks(&[1, 2, 3, 3, 5, 6, 7], |a, b| a == b);
        assert_eq!(ranks, [1.0, 2.0, 3.5, 3.5, 5.0, 6.0, 7.0]);
        let found = spearman(&mut [(2.0, 2), (5.0, 4), (2.0, 5), (7.0, 6)], &ranks);
        let found = found.expect("values differ");
        let mut all = [(0.0, 0), (0.0, 1), (2.0, 2), (0.0, 3), (5.0, 4), (2.0, 5), (7.0, 6)];
        assert_eq!(spearman(&mut all, &ranks), Some(found));
        assert!((found - 0.8591024624561482).abs() < 1e-12, "{found}");
        assert!((p_value(found, 7) - 0.0132470286256292).abs() < 1e-12, "{}", p_value(found, 7));
        assert_eq!(p_value(1.0, 7), 0.0);
        assert_eq!(spearman(&mut [], &ranks), None);
    }
}
