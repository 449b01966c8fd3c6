//! Losses and gradients against candle's automatic differentiation, in f64.

use candle_core::{Device, Result, Tensor, Var};
use lexicell_analysis::{
    contrastive::{
        HeadShape, Objective,
        network::{Batch, Loss, Network},
    },
    rng::SplitMix64,
};
use lexicell_matrix::MISSING_CODE;

const INPUTS: usize = 23;
const DIM: usize = 11;
/// Added to the cosine of a pair that is not compared: its share of a softmax is 0.
const APART: f64 = -1e9;

/// Rows of two views each, some without a class.
struct Rows {
    inputs: Vec<f64>,
    classes: Vec<u32>,
}

fn rows(n_cells: u32) -> Rows {
    let mut rng = SplitMix64::new(3);
    let class = |row: u32| if row % 9 == 5 { MISSING_CODE } else { row % 4 };
    let classes: Vec<u32> = (0..n_cells).chain(0..n_cells).map(class).collect();
    let inputs = (0..classes.len() * INPUTS).map(|_| 0.3 * rng.normal()).collect();
    Rows { inputs, classes }
}

fn is_known(class: u32) -> bool {
    class != MISSING_CODE
}

/// The head's unit rows, as PyTorch's `Linear`, ReLU and `normalize` make them.
fn project(parameters: &Tensor, shape: HeadShape, inputs: &Tensor) -> Result<Tensor> {
    let layers = shape.layers();
    let mut rows = inputs.clone();
    for (place, layer) in layers.iter().enumerate() {
        let part = |range: &std::ops::Range<usize>| parameters.narrow(0, range.start, range.len());
        let weights = part(&layer.weights)?.reshape((layer.outputs, layer.inputs))?;
        rows = rows.matmul(&weights.t()?)?.broadcast_add(&part(&layer.biases)?)?;
        if place + 1 < layers.len() {
            rows = rows.relu()?;
        }
    }
    rows.broadcast_div(&rows.sqr()?.sum_keepdim(1)?.sqrt()?)
}

/// `−Σ weights · log softmax(cosines / temperature)`, over the pairs that are compared.
fn contrast(unit: &Tensor, weights: &[f64], apart: &[f64], temperature: f64) -> Result<Tensor> {
    let n = unit.dim(0)?;
    let square = |values: &[f64]| Tensor::from_slice(values, (n, n), &Device::Cpu);
    let logits = ((unit.matmul(&unit.t()?)? / temperature)? + square(apart)?)?;
    let most = logits.max_keepdim(1)?.detach();
    let total = logits.broadcast_sub(&most)?.exp()?.sum_keepdim(1)?.log()?.add(&most)?;
    (logits.broadcast_sub(&total)? * square(weights)?)?.sum_all()?.neg()
}

/// Khosla 2020, equation 2: the mean over anchors of the mean over their positives.
fn supcon(unit: &Tensor, classes: &[u32], temperature: f64) -> Result<Tensor> {
    let n = classes.len();
    let is_positive =
        |i: usize, j: usize| i != j && is_known(classes[i]) && classes[i] == classes[j];
    let count = |i: usize| (0..n).filter(|&j| is_positive(i, j)).count();
    let n_anchors = (0..n).filter(|&i| count(i) > 0).count() as f64;
    let (mut weights, mut apart) = (vec![0.0; n * n], vec![0.0; n * n]);
    for i in 0..n {
        for j in 0..n {
            if is_positive(i, j) {
                weights[i * n + j] = 1.0 / (count(i) as f64 * n_anchors);
            }
            // A cell without a class is compared with none.
            if i == j || !is_known(classes[j]) {
                apart[i * n + j] = APART;
            }
        }
    }
    contrast(unit, &weights, &apart, temperature)
}

/// SimCLR's NT-Xent: the other view of the cell against all other rows.
fn nt_xent(unit: &Tensor, n: usize, temperature: f64) -> Result<Tensor> {
    let (mut weights, mut apart) = (vec![0.0; n * n], vec![0.0; n * n]);
    for i in 0..n {
        weights[i * n + (i + n / 2) % n] = 1.0 / n as f64;
        apart[i * n + i] = APART;
    }
    contrast(unit, &weights, &apart, temperature)
}

fn objective(unit: &Tensor, classes: &[u32], loss: Loss) -> Result<Tensor> {
    let n = classes.len();
    match loss.objective {
        Objective::SupCon => supcon(unit, classes, loss.temperature),
        Objective::NtXent => nt_xent(unit, n, loss.temperature),
        Objective::Mixed { supervised } => {
            (supcon(unit, classes, loss.temperature)? * supervised)?
                + (nt_xent(unit, n, loss.temperature)? * (1.0 - supervised))?
        }
        Objective::TripletCrossEntropy { .. } => unreachable!("held against PyTorch"),
    }
}

/// Loss and gradient by candle.
fn by_candle(network: &Network<f64>, rows: &Rows, loss: Loss) -> Result<(f64, Vec<f64>)> {
    let n = rows.classes.len();
    let parameters =
        Var::from_slice(network.parameters(), network.parameters().len(), &Device::Cpu)?;
    let inputs = Tensor::from_slice(&rows.inputs, (n, INPUTS), &Device::Cpu)?;
    let unit = project(parameters.as_tensor(), network.shape(), &inputs)?;
    let value = objective(&unit, &rows.classes, loss)?;
    let gradients = value.backward()?;
    let gradient = gradients.get(parameters.as_tensor()).expect("every parameter counts");
    Ok((value.to_scalar()?, gradient.to_vec1()?))
}

#[test]
fn gradients_are_those_of_automatic_differentiation() {
    let rows = rows(20);
    let batch = Batch { inputs: &rows.inputs, classes: &rows.classes };
    for objective in [Objective::SupCon, Objective::NtXent, Objective::Mixed { supervised: 0.35 }] {
        for hidden in [None, Some(17)] {
            let shape = HeadShape { inputs: INPUTS, hidden, dim: DIM };
            let mut network = Network::<f64>::new(shape, None, 4);
            let loss = Loss { objective, temperature: 0.1 };
            let (value, gradient) = by_candle(&network, &rows, loss).expect("candle");
            let found = network.loss_and_gradient(loss, &batch).expect("pairs");
            assert!((found / value - 1.0).abs() < 1e-12, "{objective:?}: {found}, candle {value}");
            let scale = gradient.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            assert!(scale > 1e-3, "a gradient to speak of");
            for (own, candle) in network.gradient().iter().zip(&gradient) {
                assert!((own - candle).abs() < 1e-11 * scale, "{objective:?}: {own}, {candle}");
            }
        }
    }
}
