/// Lanes of a reduction; fixed, so that the order of summation is the same on every machine.
const LANES: usize = 16;

/// Replaces `row` by `exp(scale · (x − max))` and returns the sum of it; scale > 0.
///
/// Relative error below 3e-7. The same bits whatever registers the machine has: no sum is fused or
/// reordered.
pub fn exp_row(row: &mut [f32], scale: f32) -> f32 {
    #[inline(always)]
    fn body(row: &mut [f32], scale: f32) -> f32 {
        let max = max_of(row);
        row.iter_mut().for_each(|x| *x = exp_nonpositive((*x - max) * scale));
        sum_of(row, |x| x)
    }
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn wide(row: &mut [f32], scale: f32) -> f32 {
            body(row, scale)
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: this machine has AVX2.
            return unsafe { wide(row, scale) };
        }
    }
    body(row, scale)
}

/// The sum of `term` over a row, in 16 lanes and then over them: an order that every machine keeps.
#[inline(always)]
pub fn sum_of(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
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

/// The greatest number of a row; `f32::MIN` where there is none.
#[inline(always)]
pub fn max_of(row: &[f32]) -> f32 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_matches_its_definition() {
        for i in 0..=6_000 {
            let x = -(i as f32) * 0.014;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp_nonpositive(x)) - exact).abs() <= 3e-7 * exact, "exp({x})");
        }
        assert_eq!(exp_nonpositive(0.0), 1.0);
        assert_eq!(exp_nonpositive(-1e30), 0.0);
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
