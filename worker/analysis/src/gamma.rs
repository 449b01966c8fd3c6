//! The gamma function.

/// The logarithm of the gamma function above 0 (Lanczos, g = 7, nine terms).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let reflected = (std::f64::consts::PI * x).sin();
        return (std::f64::consts::PI / reflected).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let series: f64 =
        TERMS.iter().zip(1..).map(|(term, place)| term / (x + f64::from(place))).sum();
    let t = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t
        + (0.999_999_999_999_809_9 + series).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_scipy() {
        // scipy.special.gammaln
        for (x, expected) in GAMMALN {
            let error = (ln_gamma(x) - expected).abs();
            assert!(error <= 1e-13 * expected.abs().max(1.0), "{x} {error:e}");
        }
    }

    const GAMMALN: [(f64, f64); 6] = [
        (0.1, 2.252_712_651_734_206),
        (0.5, 0.572_364_942_924_7),
        (1.5, -0.120_782_237_635_245_26),
        (3.7, 1.428_072_326_665_388),
        (42.0, 114.034_211_781_461_69),
        (100_000.0, 1_051_287.708_973_656_9),
    ];
}
