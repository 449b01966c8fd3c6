//! Student's t distribution.

use crate::gamma::ln_gamma;

/// Steps of the continued fraction and of the bisection at the most.
const MAX_STEPS: usize = 400;

/// The probability that Student's t with `df` degrees of freedom is at most `t` (`scipy.stats.t.cdf`).
///
/// NaN if `df` is not above 0 or `t` is NaN.
#[must_use]
pub fn cdf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * two_sided(t, df);
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The probability that |t| is at least `|t|`: the two-sided p value.
///
/// NaN if `df` is not above 0 or `t` is NaN.
#[must_use]
pub fn two_sided(t: f64, df: f64) -> f64 {
    if df.is_nan() || df <= 0.0 || t.is_nan() {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    let square = t * t;
    // Both shares, since one minus the other would lose what a small t says.
    regularized_beta(df / (df + square), square / (df + square), df / 2.0, 0.5)
}

/// The value that Student's t with `df` degrees of freedom exceeds with probability `1 - p`
/// (`scipy.stats.t.ppf`).
///
/// NaN outside `0 ≤ p ≤ 1` or if `df` is not above 0.
#[must_use]
pub fn quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    let tail = 2.0 * p.min(1.0 - p);
    if tail == 0.0 {
        return if p < 0.5 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high, df) > tail && high < f64::MAX / 2.0 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..MAX_STEPS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if two_sided(middle, df) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    if p < 0.5 { -high } else { high }
}

/// The regularised incomplete beta function I_x(a, b) with `y = 1 - x`, by Lentz's continued fraction
/// (DLMF 8.17.22).
fn regularized_beta(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (a * x.ln() + b * y.ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp();
    // The fraction converges fast below the mean; above it the mirrored one does.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(x, a, b) / a
    } else {
        1.0 - front * continued_fraction(y, b, a) / b
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    let safe = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = safe(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut fraction = d;
    for step in 1..=MAX_STEPS {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = safe(1.0 + even * d).recip();
        c = safe(1.0 + even / c);
        fraction *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = safe(1.0 + odd * d).recip();
        c = safe(1.0 + odd / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_defined() {
        assert_eq!((cdf(0.0, 3.0), quantile(0.5, 3.0)), (0.5, 0.0));
        assert_eq!((cdf(f64::INFINITY, 3.0), cdf(f64::NEG_INFINITY, 3.0)), (1.0, 0.0));
        assert_eq!(quantile(1.0, 3.0), f64::INFINITY);
        assert!(
            cdf(1.0, 0.0).is_nan() && quantile(1.5, 2.0).is_nan() && cdf(f64::NAN, 2.0).is_nan()
        );
        // One degree of freedom is Cauchy's distribution.
        assert!((cdf(1.0, 1.0) - 0.75).abs() < 1e-14);
        assert!((quantile(0.75, 1.0) - 1.0).abs() < 1e-13);
    }
}
