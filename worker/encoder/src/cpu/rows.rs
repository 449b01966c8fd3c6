//! Row-wise operations between the matrix products, written so that the compiler vectorises them.

/// Lanes of a reduction; fixed, so that the order of summation is the same on every machine.
const LANES: usize = 16;

/// Adds `bias` to every row.
pub(super) fn add_bias(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        row.iter_mut().zip(bias).for_each(|(x, bias)| *x += bias);
    }
}

/// Defines a function twice: as compiled for every machine, and for the wider registers of AVX2, which it takes where
/// they are. No sum is fused or reordered, so both give the same bits.
macro_rules! widened {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub(super) fn $name($($arg: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($arg: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $type),*) $(-> $result)? {
                    body($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: this machine has AVX2.
                    return unsafe { wide($($arg),*) };
                }
            }
            body($($arg),*)
        }
    };
}

widened! {
    /// Adds `bias` to every row, then applies the exact GELU, x Φ(x) (Hendrycks and Gimpel, 2016).
    fn add_bias_gelu(rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            row.iter_mut().zip(bias).for_each(|(x, bias)| *x = gelu(*x + bias));
        }
    }
}

widened! {
    /// Replaces `row` by `exp(scale · (x − max))` and returns the sum of it; scale > 0.
    fn exp_row(row: &mut [f32], scale: f32) -> f32 {
        let max = max_of(row);
        row.iter_mut().for_each(|x| *x = exp_nonpositive((*x - max) * scale));
        sum_of(row, |x| x)
    }
}

/// `x = layer_norm(x + sum + bias)`, row by row.
///
/// # Shapes
/// `x`, `sum`: `[m × d]`; `bias`, `scale`, `shift`: `[d]`.
pub(super) fn add_layer_norm(x: &mut [f32], sum: &[f32], bias: &[f32], norm: &LayerNorm) {
    for (x, sum) in x.chunks_exact_mut(bias.len()).zip(sum.chunks_exact(bias.len())) {
        x.iter_mut().zip(sum).zip(bias).for_each(|((x, sum), bias)| *x += sum + bias);
        norm.apply(x);
    }
}

/// Parameters of one layer norm.
#[derive(Debug, Clone)]
pub(super) struct LayerNorm {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
    pub(super) eps: f32,
}

impl LayerNorm {
    /// Normalises one row (Ba, Kiros and Hinton, 2016), with the variance about the mean.
    pub(super) fn apply(&self, row: &mut [f32]) {
        let n = row.len() as f32;
        let mean = sum_of(row, |x| x) / n;
        let variance = sum_of(row, |x| (x - mean) * (x - mean)) / n;
        let inverse = 1.0 / (variance + self.eps).sqrt();
        for ((x, scale), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
            *x = (*x - mean) * inverse * scale + shift;
        }
    }
}

#[inline(always)]
fn sum_of(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += term(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += term(x);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn max_of(row: &[f32]) -> f32 {
    let mut lanes = [f32::MIN; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    // A comparison and not f32::max: one instruction on wasm and x86, and no row holds a NaN.
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    rest.iter().chain(&lanes).fold(f32::MIN, |max, &x| if x > max { x } else { max })
}

/// exp(x) for x ≤ 0, relative error below 3e-7; zero below −87.
#[inline(always)]
fn exp_nonpositive(x: f32) -> f32 {
    // Cephes expf: x = n ln 2 + r, |r| ≤ ln 2 / 2, a polynomial for exp(r), n put into the exponent bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³: adding it leaves round(x) in the low bits of the mantissa.
    let clamped = if x > -87.0 { x } else { -87.0 };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = clamped - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_2e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let y = p * (r * r) + r + 1.0;
    let y = f32::from_bits((y.to_bits()).wrapping_add(shifted.to_bits() << 23));
    if x > -87.0 { y } else { 0.0 }
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// erf(x), absolute error below 3e-7: the rational approximation of Eigen and XLA on [−4, 4].
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = if x > -4.0 { x } else { -4.0 };
    let x = if x < 4.0 { x } else { 4.0 };
    let z = x * x;
    let p = -2.726_142_4e-10;
    let p = p * z + 2.770_681_4e-8;
    let p = p * z - 2.101_024e-6;
    let p = p * z - 5.692_506_5e-5;
    let p = p * z - 7.349_906_4e-4;
    let p = p * z - 2.954_6e-3;
    let p = p * z - 1.609_603_3e-2;
    let q = -1.456_607_2e-5;
    let q = q * z - 2.133_740_6e-4;
    let q = q * z - 1.682_827e-3;
    let q = q * z - 7.373_329_4e-3;
    let q = q * z - 1.426_473_9e-2;
    x * p / q
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Maclaurin series in f64, which converges to better than 1e-9 for |x| ≤ 4.5.
    fn erf_series(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        2.0 / std::f64::consts::PI.sqrt() * sum
    }

    #[test]
    fn gelu_and_exp_match_their_definitions() {
        for i in -6_000..=6_000 {
            let x = i as f32 / 1_000.0;
            let exact = 0.5 * f64::from(x) * (1.0 + erf_series(f64::from(x) / 2.0_f64.sqrt()));
            assert!((f64::from(gelu(x)) - exact).abs() < 1e-6, "gelu({x})");
            let x = -f32::abs(x) * 14.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp_nonpositive(x)) - exact).abs() <= 3e-7 * exact, "exp({x})");
        }
        assert_eq!(exp_nonpositive(0.0), 1.0);
        assert_eq!(exp_nonpositive(-1e30), 0.0);
        assert!((gelu(1e3) - 1e3).abs() < 1e-4 && gelu(-1e3).abs() < 1e-4);
    }

    #[test]
    fn layer_norm_has_mean_zero_and_unit_variance() {
        let norm = LayerNorm { scale: vec![2.0; 37], shift: vec![0.5; 37], eps: 1e-12 };
        let mut row: Vec<f32> = (0..37).map(|i| 1_000.0 + (i * i % 11) as f32).collect();
        norm.apply(&mut row);
        let unscaled: Vec<f64> = row.iter().map(|&x| (f64::from(x) - 0.5) / 2.0).collect();
        assert!(unscaled.iter().sum::<f64>().abs() < 1e-3);
        assert!((unscaled.iter().map(|x| x * x).sum::<f64>() / 37.0 - 1.0).abs() < 1e-4);
    }

    #[test]
    fn softmax_terms_of_a_row() {
        let mut row: Vec<f32> = (0..21).map(|i| i as f32 - 100.0).collect();
        let sum = exp_row(&mut row, 0.5);
        let exact: f64 = (0..21).map(|i| (-0.5 * f64::from(i)).exp()).sum();
        assert!((f64::from(sum) - exact).abs() < 1e-6);
        assert_eq!(row[20], 1.0);
    }
}
