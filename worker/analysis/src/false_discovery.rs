//! p values of many tests at once.

/// Adjusted p values that bound the false discovery rate (Benjamini & Hochberg 1995; statsmodels'
/// `multipletests(method="fdr_bh")`), in the order of `p`.
///
/// A p that is NaN was no test: it does not count and stays NaN.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&at| !p[at].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let (mut adjusted, mut least) = (vec![f64::NAN; p.len()], 1.0f64);
    for (below, &at) in order.iter().enumerate().rev() {
        // Divided by rank / n, as statsmodels does, to round alike.
        least = least.min(p[at] / ((below + 1) as f64 / order.len() as f64));
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_are_those_of_statsmodels() {
        // multipletests([0.01, 0.04, 0.03, 0.005, 0.9], method="fdr_bh")[1]
        let found = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005, 0.9]);
        for (found, expected) in found.iter().zip([0.025, 0.05, 0.05, 0.025, 0.9]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        // multipletests([0.01, 0.04, 0.03, 0.5], method="fdr_bh")[1]
        let found = benjamini_hochberg(&[0.01, 0.04, f64::NAN, 0.03, 0.5]);
        let expected = [0.04, 0.16 / 3.0, f64::NAN, 0.16 / 3.0, 0.5];
        for (x, y) in found.iter().zip(expected) {
            assert!((x - y).abs() < 1e-15 || (x.is_nan() && y.is_nan()), "{found:?}");
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
