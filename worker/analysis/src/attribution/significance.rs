//! Tail probabilities of permutation tests.

use crate::gamma::ln_gamma;

/// Below this skewness the gamma distribution is taken for the normal one.
const LEAST_SKEWNESS: f64 = 0.01;
/// A continued fraction or series is followed until terms are below this share.
const PRECISION: f64 = 1e-15;
const MOST_TERMS: usize = 100_000;

/// Mean and higher moments of values, of which most are 0 and need not be given.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Powers {
    pub(super) sum: f64,
    squares: f64,
    cubes: f64,
}

impl Powers {
    pub(super) fn add(&mut self, value: f64) {
        self.sum += value;
        self.squares += value * value;
        self.cubes += value * value * value;
    }

    /// Two-sided p of a sum of `drawn` values that were drawn without replacement from all `n`.
    ///
    /// The first three moments of that sum are known without any permutation; between them lies a
    /// Pearson type III (gamma) distribution (Mielke & Berry 2007), whose p lies amid the steps of the
    /// exact one. The least p that these numbers of cells allow is `1 / C(n, drawn)`. NaN where all
    /// values are the same.
    pub(super) fn p_of_sum(&self, sum: f64, drawn: usize, n: usize) -> f64 {
        let (k, all) = (drawn as f64, n as f64);
        let mean = self.sum / all;
        let second = self.squares / all - mean * mean;
        if n < 2 || second <= 1e-14 * self.squares / all {
            return f64::NAN;
        }
        let third = self.cubes / all - 3.0 * mean * self.squares / all + 2.0 * mean.powi(3);
        let variance = k * (all - k) / (all - 1.0) * second;
        // Of two values there is no third moment: their sum has two values, at equal distance.
        let third = match n {
            2 => 0.0,
            _ => k * (all - k) * (all - 2.0 * k) / ((all - 1.0) * (all - 2.0)) * third,
        };
        let z = (sum - k * mean) / variance.sqrt();
        let tail = pearson_tails(z, third / variance.powf(1.5));
        (2.0 * tail).max((-ln_choose(n, drawn)).exp()).min(1.0)
    }
}

/// The smaller tail of a standardised Pearson type III distribution at `z`.
fn pearson_tails(z: f64, skewness: f64) -> f64 {
    let (z, skewness) = if skewness < 0.0 { (-z, -skewness) } else { (z, skewness) };
    if skewness < LEAST_SKEWNESS {
        return 0.5 * gamma_tails(0.5, z * z / 2.0).1;
    }
    let shape = 4.0 / (skewness * skewness);
    let (lower, upper) = gamma_tails(shape, (shape + z * shape.sqrt()).max(0.0));
    lower.min(upper)
}

/// Lower and upper regularised incomplete gamma function (Press et al., Numerical Recipes, 6.2).
fn gamma_tails(shape: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let factor = (shape * x.ln() - x - ln_gamma(shape)).exp();
    if x < shape + 1.0 {
        let (mut term, mut sum, mut at) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..MOST_TERMS {
            at += 1.0;
            term *= x / at;
            sum += term;
            if term < sum * PRECISION {
                break;
            }
        }
        let lower = (factor * sum).min(1.0);
        return (lower, 1.0 - lower);
    }
    let upper = (factor * continued_fraction(shape, x)).min(1.0);
    (1.0 - upper, upper)
}

/// Lentz's method.
fn continued_fraction(shape: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - shape;
    let mut c = 1.0 / TINY;
    let mut d = b.recip();
    let mut h = d;
    for i in 1..MOST_TERMS {
        let a = -(i as f64) * (i as f64 - shape);
        b += 2.0;
        d = a * d + b;
        d = if d.abs() < TINY { TINY } else { d }.recip();
        c = b + a / c;
        c = if c.abs() < TINY { TINY } else { c };
        h *= d * c;
        if (d * c - 1.0).abs() < PRECISION {
            break;
        }
    }
    h
}

/// The logarithm of the number of ways to choose `k` of `n`.
pub(crate) fn ln_choose(n: usize, k: usize) -> f64 {
    let ln_factorial = |n: usize| ln_gamma(n as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n.saturating_sub(k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SplitMix64;

    #[test]
    fn tails_are_those_of_scipy() {
        // scipy.stats.norm.sf(3), scipy.stats.pearson3.sf(4, 1.2) and .cdf(-1.1, 1.2).
        assert!((pearson_tails(3.0, 0.0) / 0.001_349_898_031_630_094_5 - 1.0).abs() < 1e-10);
        assert!((pearson_tails(-3.0, 0.0) / 0.001_349_898_031_630_094_5 - 1.0).abs() < 1e-10);
        assert!((pearson_tails(4.0, 1.2) / PEARSON_UPPER - 1.0).abs() < 1e-9);
        assert!((pearson_tails(-1.1, 1.2) / PEARSON_LOWER - 1.0).abs() < 1e-9);
        assert!((pearson_tails(1.1, -1.2) / PEARSON_LOWER - 1.0).abs() < 1e-9);
        assert!((ln_choose(10, 3) - 120f64.ln()).abs() < 1e-12);
    }
    const PEARSON_UPPER: f64 = 0.003_133_687_689_480_349;
    const PEARSON_LOWER: f64 = 0.094_997_246_329_227_8;

    #[test]
    fn p_is_near_that_of_all_permutations_and_never_below_the_least() {
        // Some cells do not use the gene; the shares of the others are skewed.
        let mut rng = SplitMix64::new(2);
        let values: Vec<f64> =
            (0..14).map(|cell| if cell < 3 { 0.0 } else { rng.uniform().powi(2) }).collect();
        let mut powers = Powers::default();
        values.iter().for_each(|&x| powers.add(x));
        let chosen = (0u32..1 << 14).filter(|chosen| chosen.count_ones() == 5);
        let sum = |chosen: u32| (0..14).filter(|i| chosen >> i & 1 == 1).map(|i| values[i]).sum();
        let sums: Vec<f64> = chosen.map(sum).collect();
        for &sum in sums.iter().step_by(37) {
            let tail = |above: bool| {
                let side = |x: &&f64| if above { **x >= sum - 1e-9 } else { **x <= sum + 1e-9 };
                sums.iter().filter(side).count() as f64 / sums.len() as f64
            };
            let exact = (2.0 * tail(true).min(tail(false))).min(1.0);
            let found = powers.p_of_sum(sum, 5, 14);
            assert!((found - exact).abs() < 0.06, "{found} {exact}");
            // In the far tail of so few cells it may be too large, but hardly too small.
            let is_small = exact < 0.05;
            assert!(!is_small || (0.6..4.0).contains(&(found / exact)), "{found} {exact}");
            assert!(found >= 1.0 / 2002.0 - 1e-12);
        }
        assert!(Powers::default().p_of_sum(0.0, 2, 5).is_nan());
    }
}
