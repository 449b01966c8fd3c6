/// Numbers that are raised to a power at once: a multiple of what one SIMD register holds.
pub(super) const LANES: usize = 8;
const ROUNDING: f32 = 12_582_912.0;

/// Raises each value to `exponent`, within a relative error of 2·10⁻⁵ for |exponent| ≤ 2.
///
/// A branch-free loop over lanes, which the compiler turns into SIMD code; `f32::powf` would take most
/// of UMAP's time. Zero gives a value next to zero.
pub(super) fn power(values: [f32; LANES], exponent: f32) -> [f32; LANES] {
    let mut powers = [0.0; LANES];
    for (power, value) in powers.iter_mut().zip(values) {
        *power = exp2(exponent * log2(value));
    }
    powers
}

/// log2 by exponent bits and a polynomial on `[1, 2)`, Chebyshev interpolation of degree 5.
fn log2(value: f32) -> f32 {
    let bits = value.to_bits();
    let exponent = (bits >> 23) as i32 - 127;
    let m = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    let polynomial = ((((0.043_004_96 * m - 0.402_513_4) * m + 1.589_474_3) * m - 3.489_878_5) * m
        + 5.047_855_4)
        * m
        - 2.787_926_2;
    exponent as f32 + polynomial
}

/// 2ˣ by exponent bits and a polynomial on `[-½, ½]`, Chebyshev interpolation of degree 4.
fn exp2(value: f32) -> f32 {
    let value = value.clamp(-126.0, 126.0);
    // Added to 1.5 · 2²³, a number is rounded to a whole one, which stands in the lowest bits. `floor`
    // and the conversion to an integer would be calls and branches on some machines.
    let shifted = value + ROUNDING;
    let f = value - (shifted - ROUNDING);
    let polynomial =
        (((0.009_666_37 * f + 0.055_921_98) * f + 0.240_223_5) * f + 0.693_121_1) * f + 1.0;
    f32::from_bits(polynomial.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_good_to_five_digits_over_the_whole_range_of_a_map() {
        for exponent in [0.3_f32, 0.8, 1.0, 1.334, 2.0] {
            let mut value = 1e-8_f32;
            while value < 1e6 {
                let found = power([value; LANES], exponent)[3];
                let expected = f64::from(value).powf(f64::from(exponent));
                let error = (f64::from(found) / expected - 1.0).abs();
                assert!(error < 3e-5, "{value}^{exponent}: {found}, not {expected}");
                value *= 1.0137;
            }
        }
        assert!(power([0.0; LANES], 0.9)[0] < 1e-30);
    }
}
