use crate::ops::{AdamWParams, AdamWStep};

/// One step of AdamW on one tensor, in place; twin of `adamw.wgsl`.
///
/// # Shapes
/// Every slice: `[n]`.
pub fn adamw(
    gradient: &[f32],
    weights: &mut [f32],
    first_moment: &mut [f32],
    second_moment: &mut [f32],
    step: &AdamWStep,
) {
    let n = gradient.len();
    assert!(weights.len() == n && first_moment.len() == n && second_moment.len() == n);
    let p = AdamWParams::new(n, step);
    let moments = first_moment.iter_mut().zip(second_moment);
    for ((g, x), (m, v)) in gradient.iter().zip(weights).zip(moments) {
        *m += p.rest1 * (g - *m);
        *v = p.beta2 * *v + p.rest2 * g * g;
        *x = p.keep * *x - p.step * (*m / (v.sqrt() * p.correction + p.epsilon));
    }
}
