//! A head under training: forward and backward pass, derived by hand.

use lexicell_kernels::cpu::gemm::Operand;

use super::{
    HeadShape, Objective,
    cross_entropy::{CrossEntropy, add_up},
    head::{Layer, forward},
    nt_xent::nt_xent,
    pairs::{LossSum, Pairs},
    real::Real,
    supcon::supcon,
    triplet::triplet,
};
use crate::rng::SplitMix64;

/// Rows and columns of a square that is symmetrised at once.
const SQUARE: usize = 32;

/// What is minimised, and how sharply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// The objective.
    pub objective: Objective,
    /// The temperature of contrastive losses and of cross-entropy.
    pub temperature: f64,
}

/// Cells of one step.
///
/// # Shapes
/// `inputs`: `[n × head inputs]`, centred and of unit length; `classes`: `[n]`, `u32::MAX` for none.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a, T> {
    /// The rows. Where views are needed, rows `i` and `i + n / 2` are the views of one cell.
    pub inputs: &'a [T],
    /// Their classes.
    pub classes: &'a [u32],
}

/// Losses of a batch, part by part: means over batches need the number of terms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Losses {
    /// SupCon or triplets.
    pub(super) supervised: LossSum,
    /// NT-Xent.
    pub(super) views: LossSum,
    /// Cross-entropy.
    pub(super) classes: LossSum,
}

impl Losses {
    pub(super) fn add(&mut self, other: &Self) {
        self.supervised.add(other.supervised);
        self.views.add(other.views);
        self.classes.add(other.classes);
    }

    /// The objective; `None` where no part of it had anything to compare.
    pub(super) fn value(&self, objective: Objective) -> Option<f64> {
        let (supervised, views) = (self.supervised.mean(), self.views.mean());
        match objective {
            Objective::SupCon => supervised,
            Objective::NtXent => views,
            Objective::Mixed { supervised: share } => match (supervised, views) {
                (None, None) => None,
                (a, b) => Some(share * a.unwrap_or(0.0) + (1.0 - share) * b.unwrap_or(0.0)),
            },
            Objective::TripletCrossEntropy { .. } => {
                self.classes.mean().map(|mean| mean + supervised.unwrap_or(0.0))
            }
        }
    }
}

/// Refined rows that other rows are compared with.
#[derive(Debug, Clone)]
pub(super) struct Keys<T> {
    pub(super) rows: Vec<T>,
    pub(super) classes: Vec<u32>,
}

/// A head under training, with its classifier where the objective has one.
#[derive(Debug, Clone)]
pub struct Network<T: Real> {
    shape: HeadShape,
    layers: Vec<Layer>,
    classifier: Option<CrossEntropy<T>>,
    parameters: Vec<T>,
    gradient: Vec<T>,
    products: T::Products,
    /// Output of each layer; the last one is scaled to unit length.
    outputs: Vec<Vec<T>>,
    lengths: Vec<T>,
    cosines: Vec<T>,
    slopes: Vec<T>,
    terms: Vec<T>,
    /// Derivative by the output of each layer.
    output_slopes: Vec<Vec<T>>,
}

impl<T: Real> Network<T> {
    /// A new head with the weights that PyTorch's `Linear` starts with, and a linear classifier behind
    /// it if there are classes for one.
    #[must_use]
    pub fn new(shape: HeadShape, classifier: Option<usize>, seed: u64) -> Self {
        let layers = shape.layers();
        let end = shape.n_parameters();
        let classifier = classifier.map(|n| CrossEntropy::new(Layer::at(end, shape.dim, n)));
        let n = classifier.as_ref().map_or(end, |classifier| classifier.layer.biases.end);
        let mut parameters = vec![T::default(); n];
        let mut rng = SplitMix64::new(seed);
        let own = classifier.iter().map(|classifier| &classifier.layer);
        layers.iter().chain(own).for_each(|layer| layer.draw(&mut parameters, &mut rng));
        let empty = vec![Vec::new(); layers.len()];
        Self {
            shape,
            layers,
            classifier,
            parameters,
            gradient: vec![T::default(); n],
            products: T::Products::default(),
            outputs: empty.clone(),
            lengths: Vec::new(),
            cosines: Vec::new(),
            slopes: Vec::new(),
            terms: Vec::new(),
            output_slopes: empty,
        }
    }

    /// Sizes of the head.
    #[must_use]
    pub fn shape(&self) -> HeadShape {
        self.shape
    }

    /// Weights and biases: the head's layers, then the classifier.
    #[must_use]
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// Weights and biases, to be changed.
    #[must_use]
    pub fn parameters_mut(&mut self) -> &mut [T] {
        &mut self.parameters
    }

    /// Weights and biases to be changed, beside the last gradient.
    #[must_use]
    pub fn parameters_and_gradient(&mut self) -> (&mut [T], &[T]) {
        (&mut self.parameters, &self.gradient)
    }

    /// The gradient of the last [`loss_and_gradient`](Self::loss_and_gradient).
    #[must_use]
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// The places of all weights, biases left out.
    #[must_use]
    pub fn weights(&self) -> Vec<std::ops::Range<usize>> {
        let own = self.classifier.iter().map(|classifier| &classifier.layer);
        self.layers.iter().chain(own).map(|layer| layer.weights.clone()).collect()
    }

    /// The rows in the refined space, of unit length.
    ///
    /// # Shapes
    /// `inputs`: `[n × inputs]`; result: `[n × dim]`.
    pub fn refine(&mut self, inputs: &[T]) -> &[T] {
        let n = inputs.len() / self.shape.inputs;
        let last = self.layers.len() - 1;
        for (place, layer) in self.layers.iter().enumerate() {
            let (before, from_here) = self.outputs.split_at_mut(place);
            let out = &mut from_here[0];
            out.resize(n * layer.outputs, T::default());
            let inputs = before.last().map_or(inputs, |rows| &rows[..]);
            forward(layer, &self.parameters, &mut self.products, inputs, out);
            if place < last {
                let zero = T::default();
                out.iter_mut().for_each(|x| *x = if *x > zero { *x } else { zero });
            }
        }
        self.lengths.clear();
        for row in self.outputs[last].chunks_exact_mut(self.shape.dim) {
            let square: f64 = row.iter().map(|&x| x.wide() * x.wide()).sum();
            // A row of zeros stays; its length is never divided by.
            let length = T::of(if square > 0.0 { square.sqrt() } else { 1.0 });
            row.iter_mut().for_each(|x| *x = *x / length);
            self.lengths.push(length);
        }
        &self.outputs[last]
    }

    /// The loss of a batch; `None` where it has nothing to compare.
    pub fn loss(&mut self, loss: Loss, batch: &Batch<'_, T>) -> Option<f64> {
        self.losses(loss, batch, None).value(loss.objective)
    }

    /// The loss of a batch and, in [`gradient`](Self::gradient), its derivative by every parameter;
    /// `None` where there is nothing to compare.
    pub fn loss_and_gradient(&mut self, loss: Loss, batch: &Batch<'_, T>) -> Option<f64> {
        self.refine(batch.inputs);
        let n = batch.classes.len();
        self.slopes.clear();
        self.slopes.resize(n * n, T::default());
        let mut slopes = std::mem::take(&mut self.slopes);
        let losses = self.compare(loss, batch.classes, None, Some(&mut slopes));
        self.slopes = slopes;
        let value = losses.value(loss.objective)?;
        symmetrize(&mut self.slopes, n);
        self.backward(batch, losses.classes.n, loss.temperature);
        Some(value)
    }

    /// The losses of rows compared with `keys` (NT-Xent: with each other), part by part.
    pub(super) fn losses(
        &mut self,
        loss: Loss,
        batch: &Batch<'_, T>,
        keys: Option<&Keys<T>>,
    ) -> Losses {
        self.refine(batch.inputs);
        self.compare(loss, batch.classes, keys, None)
    }

    /// As [`losses`](Self::losses), of rows that were refined elsewhere.
    pub(super) fn losses_of(
        &mut self,
        loss: Loss,
        refined: Vec<T>,
        classes: &[u32],
        keys: Option<&Keys<T>>,
    ) -> Losses {
        self.outputs[self.layers.len() - 1] = refined;
        self.compare(loss, classes, keys, None)
    }

    /// The rows refined last.
    pub(super) fn rows(&self) -> &[T] {
        &self.outputs[self.layers.len() - 1]
    }

    /// SupCon of the rows refined last, compared with `keys` or each other.
    pub(super) fn supervised(
        &mut self,
        temperature: f64,
        classes: &[u32],
        keys: Option<&Keys<T>>,
    ) -> LossSum {
        supcon(self.pairs(classes, keys, None), temperature, 0.0)
    }

    /// SupCon of the rows refined last, and the slopes by the rows of `weight` times that loss; only
    /// slopes of zero where the weight is 0.
    pub(super) fn pull_together(
        &mut self,
        (temperature, weight): (f64, f64),
        classes: &[u32],
    ) -> LossSum {
        let n = classes.len();
        let mut slopes = std::mem::take(&mut self.slopes);
        slopes.clear();
        slopes.resize(n * n, T::default());
        let mut loss = LossSum::default();
        if weight > 0.0 {
            loss = supcon(self.pairs(classes, None, Some(&mut slopes)), temperature, weight);
            symmetrize(&mut slopes, n);
        }
        self.slopes = slopes;
        self.pull(n);
        loss
    }

    /// Adds what rows of another head pull at the rows refined last, then goes down to the gradient.
    ///
    /// # Shapes
    /// `slopes`: `[n × n]`, the derivative by the cosines of these rows with the others.
    pub(super) fn descend_with(&mut self, inputs: &[T], slopes: Operand<'_, T>, others: &[T]) {
        let (n, dim, last) = (self.lengths.len(), self.shape.dim, self.layers.len() - 1);
        let (others, out) = (Operand::Rows(others, dim), &mut self.output_slopes[last]);
        T::product(&mut self.products, [n, dim, n], slopes, others, out, true);
        self.descend(inputs);
    }

    /// All parts of the loss of the rows refined last.
    fn compare(
        &mut self,
        loss: Loss,
        classes: &[u32],
        keys: Option<&Keys<T>>,
        mut slopes: Option<&mut [T]>,
    ) -> Losses {
        let Loss { objective, temperature } = loss;
        let mut losses = Losses::default();
        let (share, needs_own) = match objective {
            Objective::Mixed { supervised } => (supervised, true),
            Objective::NtXent => (0.0, true),
            Objective::SupCon | Objective::TripletCrossEntropy { .. } => (1.0, false),
        };
        if objective.needs_labels() {
            let slopes = slopes.as_deref_mut();
            losses.supervised = match objective {
                Objective::TripletCrossEntropy { margin } => {
                    triplet(self.pairs(classes, keys, slopes), margin)
                }
                _ => supcon(self.pairs(classes, keys, slopes), temperature, share),
            };
        }
        if needs_own {
            if keys.is_some() || !objective.needs_labels() {
                self.multiply(None);
            }
            let pairs = Pairs {
                cosines: &self.cosines,
                slopes,
                terms: &mut self.terms,
                anchors: classes,
                keys: classes,
                own: true,
            };
            losses.views = nt_xent(pairs, temperature, 1.0 - share);
        }
        if let Some(classifier) = &mut self.classifier {
            let rows = &self.outputs[self.layers.len() - 1];
            let (parameters, products) = (&self.parameters, &mut self.products);
            losses.classes = classifier.loss(parameters, products, rows, classes, temperature);
        }
        losses
    }

    /// Cosines of the refined rows with `keys`, or with each other.
    fn multiply(&mut self, keys: Option<&[T]>) {
        let dim = self.shape.dim;
        let rows = &self.outputs[self.layers.len() - 1];
        let keys = keys.unwrap_or(rows);
        let (m, n) = (rows.len() / dim, keys.len() / dim);
        self.cosines.resize(m * n, T::default());
        let (a, b) = (Operand::Rows(rows, dim), Operand::Transposed(keys, dim));
        T::product(&mut self.products, [m, n, dim], a, b, &mut self.cosines, false);
    }

    /// The rows refined last beside `keys` or each other, with their cosines.
    fn pairs<'a>(
        &'a mut self,
        classes: &'a [u32],
        keys: Option<&'a Keys<T>>,
        slopes: Option<&'a mut [T]>,
    ) -> Pairs<'a, T> {
        self.multiply(keys.map(|keys| &keys.rows[..]));
        Pairs {
            cosines: &self.cosines,
            slopes,
            terms: &mut self.terms,
            anchors: classes,
            keys: keys.map_or(classes, |keys| &keys.classes),
            own: keys.is_none(),
        }
    }

    /// From the slopes by the cosines to the gradient.
    fn backward(&mut self, batch: &Batch<'_, T>, n_classified: f64, temperature: f64) {
        let last = self.layers.len() - 1;
        self.pull(batch.classes.len());
        let (rows, row_slopes) = (&self.outputs[last], &mut self.output_slopes[last]);
        if let Some(classifier) = &mut self.classifier {
            let (parameters, products) = (&self.parameters, &mut self.products);
            let factor = (n_classified.max(1.0) * temperature).recip();
            classifier.add_slopes(
                parameters,
                products,
                rows,
                factor,
                row_slopes,
                &mut self.gradient,
            );
        }
        self.descend(batch.inputs);
    }

    /// From the slopes by the cosines of the rows with each other to the slopes by the rows.
    fn pull(&mut self, n: usize) {
        for (slopes, layer) in self.output_slopes.iter_mut().zip(&self.layers) {
            slopes.resize(n * layer.outputs, T::default());
        }
        let (dim, last) = (self.shape.dim, self.layers.len() - 1);
        let (a, b) =
            (Operand::Rows(&self.slopes[..], n), Operand::Rows(&self.outputs[last][..], dim));
        let row_slopes = &mut self.output_slopes[last];
        T::product(&mut self.products, [n, dim, n], a, b, row_slopes, false);
    }

    /// From the slopes by the rows to the gradient.
    fn descend(&mut self, inputs: &[T]) {
        let (dim, last) = (self.shape.dim, self.layers.len() - 1);
        let n = self.lengths.len();
        unscale(&self.outputs[last], &self.lengths, &mut self.output_slopes[last], dim);
        let first = inputs;
        for place in (0..=last).rev() {
            let layer = &self.layers[place];
            let (before, from_here) = self.output_slopes.split_at_mut(place);
            let slopes = &from_here[0];
            let inputs = if place == 0 { first } else { &self.outputs[place - 1] };
            let (a, b) = (
                Operand::Transposed(&slopes[..], layer.outputs),
                Operand::Rows(inputs, layer.inputs),
            );
            let gradient = &mut self.gradient[layer.weights.clone()];
            T::product(&mut self.products, [layer.outputs, layer.inputs, n], a, b, gradient, false);
            add_up(slopes, &mut self.gradient[layer.biases.clone()]);
            if let Some(input_slopes) = before.last_mut() {
                let weights = &self.parameters[layer.weights.clone()];
                let (a, b) = (
                    Operand::Rows(&slopes[..], layer.outputs),
                    Operand::Rows(weights, layer.inputs),
                );
                let shape = [n, layer.inputs, layer.outputs];
                T::product(&mut self.products, shape, a, b, input_slopes, false);
                let zero = T::default();
                for (slope, &x) in input_slopes.iter_mut().zip(inputs) {
                    *slope = if x > zero { *slope } else { zero };
                }
            }
        }
    }
}

/// Takes slopes by unit rows back to slopes by the rows before they were scaled:
/// `(g − z (z · g)) / length`.
fn unscale<T: Real>(rows: &[T], lengths: &[T], slopes: &mut [T], dim: usize) {
    let rows = rows.chunks_exact(dim).zip(lengths);
    for (slopes, (row, &length)) in slopes.chunks_exact_mut(dim).zip(rows) {
        let dot: f64 = slopes.iter().zip(row).map(|(&g, &z)| g.wide() * z.wide()).sum();
        let (dot, factor) = (T::of(dot), T::of(length.wide().recip()));
        slopes.iter_mut().zip(row).for_each(|(g, &z)| *g = (*g - z * dot) * factor);
    }
}

/// `m + mᵀ`, in squares that stay in the first-level cache: a cosine has two rows to pull at.
fn symmetrize<T: Real>(matrix: &mut [T], n: usize) {
    for first_row in (0..n).step_by(SQUARE) {
        for first_column in (first_row..n).step_by(SQUARE) {
            for row in first_row..(first_row + SQUARE).min(n) {
                let start = first_column.max(row);
                for column in start..(first_column + SQUARE).min(n) {
                    let sum = matrix[row * n + column] + matrix[column * n + row];
                    matrix[row * n + column] = sum;
                    matrix[column * n + row] = sum;
                }
            }
        }
    }
}
