//! Two heads under training: losses within and between the views, and their gradients.

use lexicell_kernels::cpu::gemm::Operand;

use super::info_nce::info_nce;
use crate::contrastive::{
    HeadShape, Objective, Real,
    network::{Keys, Loss, Losses, Network},
    pairs::LossSum,
};

/// Cells of one step in both views.
///
/// # Shapes
/// `text`: `[n × inputs of the text head]`; `expression`: `[n × inputs of the other]`, both centred and
/// of unit length; `classes`: `[n]`, `u32::MAX` for none.
#[derive(Debug, Clone, Copy)]
pub struct JointBatch<'a, T> {
    /// The cells by their text.
    pub text: &'a [T],
    /// The same cells by their expression.
    pub expression: &'a [T],
    /// Their classes.
    pub classes: &'a [u32],
}

/// The heads of both views, of which the refined vectors are equally long.
#[derive(Debug, Clone)]
pub struct JointNetwork<T: Real> {
    /// The head on the text embedding.
    pub text: Network<T>,
    /// The head on the principal components.
    pub expression: Network<T>,
    products: T::Products,
    /// Cosines of text with expression, and of expression with text.
    cosines: [Vec<T>; 2],
    slopes: [Vec<T>; 2],
    terms: Vec<T>,
}

impl<T: Real> JointNetwork<T> {
    /// New heads with the weights that PyTorch's `Linear` starts with.
    ///
    /// # Shapes
    /// `inputs`: widths of text and expression.
    #[must_use]
    pub fn new(inputs: [usize; 2], (hidden, dim): (Option<usize>, usize), seeds: [u64; 2]) -> Self {
        let head = |side: usize| {
            Network::new(HeadShape { inputs: inputs[side], hidden, dim }, None, seeds[side])
        };
        Self {
            text: head(0),
            expression: head(1),
            products: T::Products::default(),
            cosines: Default::default(),
            slopes: Default::default(),
            terms: Vec::new(),
        }
    }

    /// The loss of a batch; `None` where it has nothing to compare.
    ///
    /// `supervised · (SupCon_text + SupCon_expression) / 2 + (1 − supervised) · (InfoNCE_text→expression +
    /// InfoNCE_expression→text) / 2`, with the shares that the objective gives to labels and views.
    pub fn loss(&mut self, loss: Loss, batch: &JointBatch<'_, T>) -> Option<f64> {
        self.losses(loss, batch, None).value(loss.objective)
    }

    /// The loss of a batch and, in both heads, its derivative by every parameter; `None` where there is
    /// nothing to compare.
    pub fn loss_and_gradient(&mut self, loss: Loss, batch: &JointBatch<'_, T>) -> Option<f64> {
        let n = batch.classes.len();
        let (supervised, views) = shares(loss.objective);
        self.text.refine(batch.text);
        self.expression.refine(batch.expression);
        let mut losses = Losses::default();
        for head in [&mut self.text, &mut self.expression] {
            let part = head.pull_together((loss.temperature, supervised / 2.0), batch.classes);
            losses.supervised.add(part);
        }
        let mut slopes = std::mem::take(&mut self.slopes);
        for slopes in &mut slopes {
            slopes.clear();
            slopes.resize(n * n, T::default());
        }
        if views > 0.0 {
            losses.views = self.align((loss.temperature, views / 2.0), Some(&mut slopes));
        }
        self.slopes = slopes;
        let value = losses.value(loss.objective)?;
        let [of_text, of_expression] = &mut self.slopes;
        add_transposed(of_text, of_expression, n);
        let expression = self.expression.rows().to_vec();
        let (rows, columns) = (Operand::Rows(&of_text[..], n), Operand::Transposed(of_text, n));
        self.expression.descend_with(batch.expression, columns, self.text.rows());
        self.text.descend_with(batch.text, rows, &expression);
        Some(value)
    }

    /// The losses of cells: within a view compared with `keys`, between the views with each other.
    pub(super) fn losses(
        &mut self,
        Loss { objective, temperature }: Loss,
        batch: &JointBatch<'_, T>,
        keys: Option<&[Keys<T>; 2]>,
    ) -> Losses {
        let (supervised, views) = shares(objective);
        self.text.refine(batch.text);
        self.expression.refine(batch.expression);
        let mut losses = Losses::default();
        if supervised > 0.0 {
            for (side, head) in [&mut self.text, &mut self.expression].into_iter().enumerate() {
                let keys = keys.map(|keys| &keys[side]);
                losses.supervised.add(head.supervised(temperature, batch.classes, keys));
            }
        }
        if views > 0.0 {
            losses.views = self.align((temperature, 0.0), None);
        }
        losses
    }

    /// Parameters of the text head, then of the other.
    pub(super) fn parameters(&self) -> Vec<T> {
        [self.text.parameters(), self.expression.parameters()].concat()
    }

    /// InfoNCE of the rows refined last, both ways.
    fn align(&mut self, by: (f64, f64), mut slopes: Option<&mut [Vec<T>; 2]>) -> LossSum {
        let (text, expression) = (self.text.rows(), self.expression.rows());
        let dim = self.text.shape().dim;
        let n = text.len() / dim;
        let mut total = LossSum::default();
        for (side, (rows, keys)) in [(text, expression), (expression, text)].into_iter().enumerate()
        {
            let cosines = &mut self.cosines[side];
            cosines.resize(n * n, T::default());
            let (a, b) = (Operand::Rows(rows, dim), Operand::Transposed(keys, dim));
            T::product(&mut self.products, [n, n, dim], a, b, cosines, false);
            let slopes = slopes.as_deref_mut().map(|slopes| &mut slopes[side][..]);
            total.add(info_nce((cosines, slopes), &mut self.terms, n, by));
        }
        total
    }
}

/// The shares of SupCon and InfoNCE.
fn shares(objective: Objective) -> (f64, f64) {
    match objective {
        Objective::NtXent => (0.0, 1.0),
        Objective::Mixed { supervised } => (supervised, 1.0 - supervised),
        Objective::SupCon | Objective::TripletCrossEntropy { .. } => (1.0, 0.0),
    }
}

/// `a += bᵀ`.
fn add_transposed<T: Real>(a: &mut [T], b: &[T], n: usize) {
    for (row, a) in a.chunks_exact_mut(n.max(1)).enumerate() {
        a.iter_mut().enumerate().for_each(|(column, a)| *a += b[column * n + row]);
    }
}
