//! A head in training made of the CPU twins alone, and its loss in double precision.

use lexicell_kernels::cpu::{self, Epilogue};
use lexicell_kernels::ops::{AdamWStep, NO_GROUP};
use lexicell_kernels::train::{Contrast, Linear};

pub(crate) struct TwinHead {
    pub(crate) layers: Vec<Linear>,
    pub(crate) gradients: Vec<Linear>,
    moments: [Vec<Linear>; 2],
}

impl TwinHead {
    pub(crate) fn new(layers: Vec<Linear>) -> Self {
        let zeros: Vec<Linear> =
            layers.iter().map(|layer| Linear::zeros(layer.n_in, layer.n_out)).collect();
        Self { layers, gradients: zeros.clone(), moments: [zeros.clone(), zeros] }
    }

    /// Every layer's output, and the unit rows at the end.
    pub(crate) fn forward(&self, x: &[f32]) -> Vec<Vec<f32>> {
        let mut outputs = vec![x.to_vec()];
        for (i, layer) in self.layers.iter().enumerate() {
            let input = &outputs[i];
            let n = input.len() / layer.n_in;
            let mut out = vec![0.0; n * layer.n_out];
            let is_last = i + 1 == self.layers.len();
            let epilogue = if is_last { Epilogue::None } else { Epilogue::Relu };
            let shape = [n, layer.n_out, layer.n_in];
            cpu::matmul(input, &layer.weights, Some(&layer.bias), epilogue, shape, &mut out);
            outputs.push(out);
        }
        let mut z = outputs[self.layers.len()].clone();
        cpu::l2_normalize(&mut z, self.layers[self.layers.len() - 1].n_out);
        outputs.push(z);
        outputs
    }

    /// The loss, after the gradients were put in their place.
    pub(crate) fn backward(&mut self, x: &[f32], contrasts: &[Contrast<'_>]) -> f32 {
        let outputs = self.forward(x);
        let n_layers = self.layers.len();
        let (dim, z) = (self.layers[n_layers - 1].n_out, &outputs[n_layers + 1]);
        let n = z.len() / dim;
        let mut similarities = vec![0.0; n * n];
        cpu::matmul(z, z, None, Epilogue::None, [n, n, dim], &mut similarities);
        let (mut pairs, mut loss) = (vec![0.0; n * n], [0.0]);
        for contrast in contrasts {
            let scale = contrast.weight / contrast.n_anchors().max(1) as f32;
            let (groups, temperature) = (contrast.groups, contrast.temperature);
            let (mut rows, mut losses) = (vec![[0.0; 2]; n], vec![0.0; n]);
            cpu::contrastive_rows(
                &similarities,
                groups,
                temperature,
                scale,
                &mut rows,
                &mut losses,
            );
            cpu::contrastive_gradient(&similarities, groups, &rows, temperature, scale, &mut pairs);
            cpu::column_sums(&losses, &mut loss);
        }
        let mut gradient = vec![0.0; n * dim];
        cpu::matmul_backward(&pairs, false, z, None, [n, dim, n], &mut gradient);
        cpu::l2_normalize_backward(&outputs[n_layers], dim, &mut gradient);
        for i in (0..n_layers).rev() {
            let layer = &self.layers[i];
            let (n_in, n_out, input) = (layer.n_in, layer.n_out, &outputs[i]);
            let to = &mut self.gradients[i];
            cpu::matmul_backward(&gradient, true, input, None, [n_out, n_in, n], &mut to.weights);
            to.bias.fill(0.0);
            cpu::column_sums(&gradient, &mut to.bias);
            let mut below = vec![0.0; n * n_in];
            let mask = (i > 0).then_some(input.as_slice());
            cpu::matmul_backward(
                &gradient,
                false,
                &layer.weights,
                mask,
                [n, n_in, n_out],
                &mut below,
            );
            gradient = below;
        }
        loss[0]
    }

    pub(crate) fn step(&mut self, x: &[f32], contrasts: &[Contrast<'_>], step: &AdamWStep) -> f32 {
        let loss = self.backward(x, contrasts);
        let for_bias = AdamWStep { weight_decay: 0.0, ..*step };
        let [first, second] = &mut self.moments;
        for (i, layer) in self.layers.iter_mut().enumerate() {
            let (gradient, m, v) = (&self.gradients[i], &mut first[i], &mut second[i]);
            cpu::adamw(&gradient.weights, &mut layer.weights, &mut m.weights, &mut v.weights, step);
            cpu::adamw(&gradient.bias, &mut layer.bias, &mut m.bias, &mut v.bias, &for_bias);
        }
        loss
    }
}

/// The loss by its definition, in double precision: Khosla et al. 2020, equation 2.
///
/// The weights are moved by `step · direction`, in the order of the layers, weights before biases.
pub(crate) fn loss(
    layers: &[Linear],
    (step, direction): (f64, &[f32]),
    x: &[f32],
    contrasts: &[Contrast<'_>],
) -> f64 {
    let mut directions = direction.iter().map(|&x| step * f64::from(x));
    let mut moved =
        |w: &[f32]| w.iter().map(|&w| f64::from(w) + directions.next().unwrap_or(0.0)).collect();
    let layers: Vec<[Vec<f64>; 2]> =
        layers.iter().map(|layer| [moved(&layer.weights), moved(&layer.bias)]).collect();
    let d = layers[0][0].len() / layers[0][1].len();
    let z: Vec<Vec<f64>> = x.chunks(d).map(|row| unit(&layers, row)).collect();
    let term = |contrast: &Contrast<'_>| {
        let (mut sum, mut n_rows) = (0.0, 0.0f64);
        for i in 0..z.len() {
            let score = |j: usize| -> f64 {
                let s: f64 = z[i].iter().zip(&z[j]).map(|(a, b)| a * b).sum();
                s / f64::from(contrast.temperature)
            };
            let others = (0..z.len()).filter(|&j| j != i && contrast.groups[j] != NO_GROUP);
            let group = contrast.groups[i];
            let positives: Vec<usize> =
                others.clone().filter(|&j| contrast.groups[j] == group).collect();
            if !positives.is_empty() {
                let lse = others.map(|j| score(j).exp()).sum::<f64>().ln();
                let mean =
                    positives.iter().map(|&j| score(j)).sum::<f64>() / positives.len() as f64;
                sum += lse - mean;
                n_rows += 1.0;
            }
        }
        f64::from(contrast.weight) * sum / n_rows.max(1.0)
    };
    contrasts.iter().map(term).sum()
}

fn unit(layers: &[[Vec<f64>; 2]], row: &[f32]) -> Vec<f64> {
    let mut x: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
    for (i, [weights, bias]) in layers.iter().enumerate() {
        let rows = weights.chunks(x.len()).zip(bias);
        let y = rows.map(|(w, bias)| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>() + bias);
        let is_last = i + 1 == layers.len();
        x = y.map(|y| if is_last { y } else { y.max(0.0) }).collect();
    }
    let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    x.iter().map(|x| x / length).collect()
}
