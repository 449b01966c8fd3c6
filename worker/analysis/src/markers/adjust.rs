//! p values of many tests at once.

/// Adjusted p values that bound the false discovery rate (Benjamini & Hochberg 1995; statsmodels'
/// `multipletests(method="fdr_bh")`), in the order of `p`.
///
/// A p that is NaN counts as 1, as in scanpy.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let sound = |at: usize| if p[at].is_nan() { 1.0 } else { p[at] };
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|&a, &b| sound(a).total_cmp(&sound(b)));
    let (mut adjusted, mut least) = (vec![1.0; p.len()], 1.0f64);
    for (below, &at) in order.iter().enumerate().rev() {
        // Divided by rank / n, as statsmodels does, to round alike.
        least = least.min(sound(at) / ((below + 1) as f64 / p.len() as f64));
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
        assert_eq!(benjamini_hochberg(&[f64::NAN, 0.9]), [1.0, 1.0]);
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
