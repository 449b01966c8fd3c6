//! Row-wise operations between the matrix products, written so that the compiler vectorises them.

use lexicell_kernels::cpu::sum_of;

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
    fn gelu_matches_its_definition() {
        for i in -6_000..=6_000 {
            let x = i as f32 / 1_000.0;
            let exact = 0.5 * f64::from(x) * (1.0 + erf_series(f64::from(x) / 2.0_f64.sqrt()));
            assert!((f64::from(gelu(x)) - exact).abs() < 1e-6, "gelu({x})");
        }
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
}
