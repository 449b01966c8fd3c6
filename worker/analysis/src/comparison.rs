//! Paired comparison of two methods on the same rounds.

use crate::{AnalysisError, split::Plan, student};

/// What a paired comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Mean difference, first minus second.
    pub difference: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Two-sided p of the difference being 0.
    pub p: f64,
    /// Rounds compared.
    pub n_rounds: usize,
}

/// The corrected resampled t-test (Nadeau & Bengio 2003, equation 10; Bouckaert & Frank 2004 for
/// repeated folds).
///
/// The variance of the differences is multiplied by `1 / n + overlap`, with `n - 1` degrees of freedom;
/// `overlap` is [`overlap`]'s, 0 gives the ordinary paired t-test. Differences that are all the same
/// have no spread: their interval is a point.
///
/// # Errors
/// If the two lists differ in length, hold less than two rounds or a value that is not finite.
pub fn corrected_t_test(
    first: &[f64],
    second: &[f64],
    overlap: f64,
) -> Result<Comparison, AnalysisError> {
    if first.len() != second.len() {
        let (expected, found) = (first.len(), second.len());
        return Err(AnalysisError::Shape {
            what: "rounds of the compared method",
            expected,
            found,
        });
    }
    if first.len() < 2 {
        return Err(AnalysisError::setting("rounds", "at least 2 to be compared", first.len()));
    }
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    if let Some(row) = differences.iter().position(|value| !value.is_finite()) {
        return Err(AnalysisError::NotFinite { what: "scores of rounds", row, column: 0 });
    }
    let n = differences.len() as f64;
    let difference = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences.iter().map(|value| (value - difference).powi(2)).sum();
    let error = ((1.0 / n + overlap.max(0.0)) * squares / (n - 1.0)).sqrt();
    let p = match (error > 0.0, difference == 0.0) {
        (true, _) => student::two_sided(difference / error, n - 1.0),
        (false, true) => 1.0,
        (false, false) => 0.0,
    };
    let reach = student::quantile(0.975, n - 1.0) * error;
    let n_rounds = differences.len();
    Ok(Comparison { difference, low: difference - reach, high: difference + reach, p, n_rounds })
}

/// How much more the mean over rounds varies than if rounds were independent, as a share of the
/// variance of one round.
///
/// For folds and held-out groups it is Nadeau and Bengio's `n_test / n_train`. The draws of the
/// low-sample curve share nearly all test cells but few training cells: what varies is the draw, and
/// with the share of training cells `s` that two draws have in common it is `s / (1 - s)`.
#[must_use]
pub fn overlap(plan: &Plan, point: Option<usize>) -> f64 {
    let rounds: Vec<_> = plan.rounds_of(point).collect();
    if point.is_none() {
        let ratio = |n_test: usize, n_train: usize| n_test as f64 / n_train.max(1) as f64;
        let sum: f64 = rounds.iter().map(|r| ratio(r.test.len(), r.train.len())).sum();
        return sum / rounds.len().max(1) as f64;
    }
    let (mut common, mut all) = (0usize, 0usize);
    for (place, round) in rounds.iter().enumerate() {
        for other in &rounds[place + 1..] {
            let shared = |cell: &&usize| other.train.binary_search(cell).is_ok();
            common += round.train.iter().filter(shared).count();
            all += round.train.len().min(other.train.len());
        }
    }
    let share = common as f64 / all.max(1) as f64;
    // Draws that are all the same leave nothing to tell apart.
    if share < 1.0 { share / (1.0 - share) } else { f64::MAX.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::Round;

    #[test]
    fn equal_methods_and_equal_differences_are_told_apart() {
        let same = corrected_t_test(&[0.5, 0.25], &[0.5, 0.25], 0.25).expect("two rounds");
        assert_eq!((same.difference, same.p, same.low, same.high), (0.0, 1.0, 0.0, 0.0));
        let shifted = corrected_t_test(&[0.75, 0.5], &[0.5, 0.25], 0.25).expect("two rounds");
        assert_eq!((shifted.difference, shifted.p, shifted.low), (0.25, 0.0, 0.25));
        assert!(corrected_t_test(&[0.5], &[0.5], 0.25).is_err());
        assert!(corrected_t_test(&[0.5, 0.1], &[0.5], 0.25).is_err());
        assert!(corrected_t_test(&[0.5, f64::NAN], &[0.5, 0.1], 0.25).is_err());
    }

    #[test]
    fn overlap_is_that_of_the_training_cells() {
        let round = |per_class, train: &[usize], n_test: usize| Round {
            repeat: 0,
            fold: 0,
            per_class,
            train: train.to_vec(),
            test: (100..100 + n_test).collect(),
        };
        let plan = |rounds| Plan { rounds, ..Plan::default() };
        let folds = plan(vec![round(None, &[0, 1, 2, 3], 1), round(None, &[4, 5], 1)]);
        assert_eq!(overlap(&folds, None), 0.375);
        let few = plan(vec![round(Some(2), &[0, 1, 2, 3], 50), round(Some(2), &[3, 4, 5, 6], 50)]);
        assert_eq!(overlap(&few, Some(2)), 0.25 / 0.75);
    }
}
