use super::{Op, need};
use crate::batch::{Recorder, spread};
use crate::error::GpuError;
use crate::gpu::Buffer;
use crate::registry;

/// One step of AdamW on one tensor, in place.
///
/// # Shapes
/// Every operand: `[n]`.
pub struct AdamW<'a> {
    /// The loss's gradient with respect to the weights.
    pub gradient: &'a Buffer<f32>,
    /// The weights.
    pub weights: &'a Buffer<f32>,
    /// The running mean of the gradient.
    pub first_moment: &'a Buffer<f32>,
    /// The running mean of its square.
    pub second_moment: &'a Buffer<f32>,
    /// Number of weights.
    pub n: usize,
    /// The settings of this step.
    pub step: AdamWStep,
}

/// The settings of one step of AdamW, as `torch.optim.AdamW` names them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWStep {
    /// Which step it is, from 1.
    pub t: u32,
    /// Learning rate, η.
    pub learning_rate: f64,
    /// Decay of the running means, β₁ and β₂.
    pub betas: (f64, f64),
    /// Added to the root of the second moment, ε.
    pub epsilon: f64,
    /// Decoupled weight decay, λ.
    pub weight_decay: f64,
}

/// Parameters of `adamw.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct AdamWParams {
    n: u32,
    pub(crate) keep: f32,
    pub(crate) rest1: f32,
    pub(crate) beta2: f32,
    pub(crate) rest2: f32,
    pub(crate) step: f32,
    pub(crate) correction: f32,
    pub(crate) epsilon: f32,
}

impl AdamWParams {
    /// Rounds what the step's settings amount to, computed in double precision.
    pub(crate) fn new(n: usize, step: &AdamWStep) -> Self {
        let (beta1, beta2) = step.betas;
        let t = step.t.min(i32::MAX as u32) as i32;
        Self {
            n: n as u32,
            keep: (1.0 - step.learning_rate * step.weight_decay) as f32,
            rest1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            rest2: (1.0 - beta2) as f32,
            step: (step.learning_rate / (1.0 - beta1.powi(t))) as f32,
            correction: (1.0 - beta2.powi(t)).sqrt().recip() as f32,
            epsilon: step.epsilon as f32,
        }
    }
}

impl Op for AdamW<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, n) = ("adamw", self.n);
        need(kernel, "gradient", self.gradient.len(), n)?;
        need(kernel, "weights", self.weights.len(), n)?;
        need(kernel, "first_moment", self.first_moment.len(), n)?;
        need(kernel, "second_moment", self.second_moment.len(), n)?;
        let params = AdamWParams::new(n, &self.step);
        let operands = [
            Some(&self.gradient.raw),
            Some(&self.weights.raw),
            Some(&self.first_moment.raw),
            Some(&self.second_moment.raw),
        ];
        let groups = spread(n.div_ceil(64));
        recorder.dispatch(&registry::adamw, &[], &operands, &params, groups)
    }

    fn cost(&self) -> f64 {
        40.0 * self.n as f64
    }
}
