use lexicell_kernels::cpu::gemm::Operand;
use lexicell_matrix::MISSING_CODE;

use super::{
    head::{Layer, forward},
    pairs::LossSum,
    real::Real,
};

/// The linear classifier on refined vectors, and the room that it needs.
#[derive(Debug, Clone)]
pub(super) struct CrossEntropy<T> {
    pub(super) layer: Layer,
    logits: Vec<T>,
}

impl<T: Real> CrossEntropy<T> {
    pub(super) fn new(layer: Layer) -> Self {
        Self { layer, logits: Vec::new() }
    }

    /// Cross-entropy of `softmax((W z + b) / τ)`, averaged over the rows that have a class.
    ///
    /// # Shapes
    /// `rows`: `[n × dim]`; `classes`: `[n]`.
    pub(super) fn loss(
        &mut self,
        parameters: &[T],
        products: &mut T::Products,
        rows: &[T],
        classes: &[u32],
        temperature: f64,
    ) -> LossSum {
        let width = self.layer.outputs;
        self.logits.resize(classes.len() * width, T::default());
        forward(&self.layer, parameters, products, rows, &mut self.logits);
        let mut total = LossSum::default();
        for (logits, &class) in self.logits.chunks_exact_mut(width).zip(classes) {
            if class == MISSING_CODE {
                logits.fill(T::default());
                continue;
            }
            let own = logits[class as usize].wide();
            let greatest = T::max_of(logits).wide();
            let sum = T::exp_row(logits, T::of(temperature.recip())).wide();
            let share = T::of(sum.recip());
            logits.iter_mut().for_each(|term| *term *= share);
            logits[class as usize] -= T::of(1.0);
            total.add(LossSum { sum: (greatest - own) / temperature + sum.ln(), n: 1.0 });
        }
        total
    }

    /// The derivative of the loss just computed: by the rows, added to `row_slopes`, and by the
    /// parameters.
    pub(super) fn add_slopes(
        &mut self,
        parameters: &[T],
        products: &mut T::Products,
        rows: &[T],
        factor: f64,
        row_slopes: &mut [T],
        gradient: &mut [T],
    ) {
        let Layer { inputs: dim, outputs: width, weights, biases } = self.layer.clone();
        let n = rows.len() / dim;
        let factor = T::of(factor);
        self.logits.iter_mut().for_each(|slope| *slope *= factor);
        let slopes = Operand::Rows(&self.logits, width);
        let own = Operand::Rows(&parameters[weights.clone()], dim);
        T::product(products, [n, dim, width], slopes, own, row_slopes, true);
        let slopes = Operand::Transposed(&self.logits, width);
        let rows = Operand::Rows(rows, dim);
        T::product(products, [width, dim, n], slopes, rows, &mut gradient[weights], false);
        add_up(&self.logits, &mut gradient[biases]);
    }
}

/// `out` = the sum of the rows.
pub(super) fn add_up<T: Real>(rows: &[T], out: &mut [T]) {
    out.fill(T::default());
    for row in rows.chunks_exact(out.len()) {
        out.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x);
    }
}
