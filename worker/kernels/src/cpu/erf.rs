/// The error function to about one unit in the last place, as `linear.wgsl` computes it.
///
/// Two minimax polynomials by N. Juffa, on either side of 0.927734375.
pub fn erf(x: f32) -> f32 {
    let t = x.abs().min(4.0);
    let s = t * t;
    if t > 0.927_734_4 {
        let mut r = -1.728_534_7e-5 * t + 3.831_979_7e-4;
        let u = -3.883_964_5e-3 * t + 2.425_462_2e-2;
        r = r * s + u;
        r = r * t - 1.067_778_8e-1;
        r = r * t - 6.348_468_7e-1;
        r = r * t - 1.287_175_1e-1;
        r = r * t - t;
        return (1.0 - r.exp()).copysign(x);
    }
    let mut r = -5.967_617e-4;
    r = r * s + 4.991_194_2e-3;
    r = r * s - 2.676_813_5e-2;
    r = r * s + 1.128_199_2e-1;
    r = r * s - 3.761_253_4e-1;
    r = r * s + 1.283_791_7e-1;
    r * x + x
}

/// `0.5 x (1 + erf(x / √2))`, the exact GELU of BERT (Hendrycks, Gimpel 2016, arXiv 1606.08415).
pub fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}
