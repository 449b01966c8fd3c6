use std::ops::Range;

use super::Real;

/// Decay of the mean of gradients (PyTorch's default, as all three).
pub(super) const BETA_1: f64 = 0.9;
/// Decay of the mean of squared gradients.
pub(super) const BETA_2: f64 = 0.999;
pub(super) const EPSILON: f64 = 1e-8;

/// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019), step for step as
/// `torch.optim.AdamW`.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW<T: Real> {
    weight_decay: f64,
    /// The parameters that decay; biases do not.
    decayed: Vec<Range<usize>>,
    pub(super) means: Vec<T>,
    pub(super) squares: Vec<T>,
    pub(super) n_steps: u64,
}

impl<T: Real> AdamW<T> {
    /// An optimiser of `n` parameters, of which the `decayed` ranges decay.
    #[must_use]
    pub fn new(n: usize, decayed: Vec<Range<usize>>, weight_decay: f64) -> Self {
        let (means, squares) = (vec![T::default(); n], vec![T::default(); n]);
        Self { weight_decay, decayed, means, squares, n_steps: 0 }
    }

    /// One step against the gradient.
    ///
    /// # Shapes
    /// `parameters`, `gradient`: as many as the optimiser was made for.
    pub fn step(&mut self, parameters: &mut [T], gradient: &[T], learning_rate: f64) {
        self.n_steps += 1;
        let keep = T::of(1.0 - learning_rate * self.weight_decay);
        for range in &self.decayed {
            parameters[range.clone()].iter_mut().for_each(|parameter| *parameter *= keep);
        }
        let steps = self.n_steps.min(i32::MAX as u64) as i32;
        let size = T::of(learning_rate / (1.0 - BETA_1.powi(steps)));
        let correction = T::of((1.0 - BETA_2.powi(steps)).sqrt().recip());
        let (new_mean, old_square, new_square, epsilon) =
            (T::of(1.0 - BETA_1), T::of(BETA_2), T::of(1.0 - BETA_2), T::of(EPSILON));
        let moments = self.means.iter_mut().zip(&mut self.squares);
        for ((parameter, &slope), (mean, square)) in
            parameters.iter_mut().zip(gradient).zip(moments)
        {
            *mean += (slope - *mean) * new_mean;
            *square = *square * old_square + slope * slope * new_square;
            *parameter -= size * *mean / (square.root() * correction + epsilon);
        }
    }
}
