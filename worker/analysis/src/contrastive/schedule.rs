use std::f64::consts::PI;

/// The share of all steps that the learning rate rises in.
const WARM_UP_SHARE: usize = 20;

/// The learning rate of a step: a linear rise over the first twentieth of all steps, then half a cosine
/// down to 0 (Loshchilov & Hutter 2017).
///
/// Equals PyTorch's `LinearLR(start_factor = 1 / w, total_iters = w − 1)` for `w` steps, followed by
/// `CosineAnnealingLR(T_max = n_steps − w)`.
#[must_use]
pub fn learning_rate(step: usize, n_steps: usize, highest: f64) -> f64 {
    let warm_up = (n_steps / WARM_UP_SHARE).max(1);
    if step < warm_up {
        return highest * (step + 1) as f64 / warm_up as f64;
    }
    let rest = n_steps.saturating_sub(warm_up).max(1);
    let passed = (step - warm_up).min(rest) as f64 / rest as f64;
    highest * 0.5 * (1.0 + (PI * passed).cos())
}
