//! Gradients against central differences, in f64 and through the whole head.

use lexicell_analysis::{
    contrastive::{
        HeadShape, Objective, Real,
        network::{Batch, Loss, Network},
    },
    rng::SplitMix64,
};
use lexicell_matrix::MISSING_CODE;

use crate::reference::cases;

const STEP: f64 = 1e-6;

/// The greatest difference between gradient and central differences, relative to the gradient's
/// greatest element.
fn greatest_error(network: &mut Network<f64>, loss: Loss, batch: &Batch<'_, f64>) -> f64 {
    let value = |network: &mut Network<f64>| network.loss_and_gradient(loss, batch).expect("pairs");
    value(network);
    let gradient = network.gradient().to_vec();
    let scale = gradient.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let mut worst = 0.0f64;
    for (place, slope) in gradient.iter().enumerate() {
        let start = network.parameters()[place];
        let mut at = |x: f64| {
            network.parameters_mut()[place] = x;
            value(network)
        };
        let difference = (at(start + STEP) - at(start - STEP)) / (2.0 * STEP);
        at(start);
        worst = worst.max((difference - slope).abs() / scale);
    }
    worst
}

#[test]
fn gradients_of_the_golden_batches_are_central_differences() {
    for mut case in cases::<f64>() {
        let batch = Batch { inputs: &case.inputs, classes: &case.classes };
        let error = greatest_error(&mut case.network, case.loss, &batch);
        eprintln!("{}: {error:.1e}", case.name);
        assert!(error < 1e-7, "{}: {error}", case.name);
    }
}

/// Rows, classes and a network of odd sizes, wider than a tile of the products.
fn large<T: Real>(
    objective: Objective,
    hidden: Option<usize>,
    n_cells: u32,
) -> (Network<T>, Vec<T>, Vec<u32>) {
    let shape = HeadShape { inputs: 37, hidden, dim: 19 };
    let n_classes = matches!(objective, Objective::TripletCrossEntropy { .. }).then_some(5);
    let network = Network::new(shape, n_classes, 5);
    let mut rng = SplitMix64::new(8);
    let class = |row: u32| if row % 11 == 7 { MISSING_CODE } else { row % 5 };
    let classes: Vec<u32> = (0..n_cells).chain(0..n_cells).map(class).collect();
    let inputs = (0..classes.len() * 37).map(|_| T::of(rng.normal() * 0.2)).collect();
    (network, inputs, classes)
}

const OBJECTIVES: [Objective; 4] = [
    Objective::SupCon,
    Objective::NtXent,
    Objective::Mixed { supervised: 0.3 },
    Objective::TripletCrossEntropy { margin: 0.2 },
];

#[test]
fn gradients_of_larger_batches_are_central_differences() {
    // With so wide a margin no triplet enters or leaves the mean between two differences.
    let all_triplets = Objective::TripletCrossEntropy { margin: 2.0 };
    for objective in [OBJECTIVES[0], OBJECTIVES[1], OBJECTIVES[2], all_triplets] {
        for hidden in [None, Some(9)] {
            let (mut network, inputs, classes) = large::<f64>(objective, hidden, 24);
            let batch = Batch { inputs: &inputs, classes: &classes };
            let loss = Loss { objective, temperature: 0.2 };
            let error = greatest_error(&mut network, loss, &batch);
            assert!(error < 1e-5, "{objective:?}, {hidden:?}: {error}");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    for objective in OBJECTIVES {
        let (mut wide, inputs, classes) = large::<f64>(objective, Some(64), 70);
        let (mut single, narrow, _) = large::<f32>(objective, Some(64), 70);
        let loss = Loss { objective, temperature: 0.07 };
        let batch = Batch { inputs: &inputs, classes: &classes };
        let expected = wide.loss_and_gradient(loss, &batch).expect("pairs");
        let batch = Batch { inputs: &narrow, classes: &classes };
        let found = single.loss_and_gradient(loss, &batch).expect("pairs");
        assert!((found / expected - 1.0).abs() < 1e-5, "{objective:?}: {found} {expected}");
        let scale = wide.gradient().iter().fold(0.0f64, |most, x| most.max(x.abs()));
        for (found, expected) in single.gradient().iter().zip(wide.gradient()) {
            assert!((f64::from(*found) - expected).abs() < 3e-5 * scale, "{objective:?}");
        }
    }
}

#[test]
fn hot_and_cold_temperatures_stay_finite() {
    for temperature in [0.001, 100.0] {
        for objective in OBJECTIVES {
            let (mut network, inputs, classes) = large::<f32>(objective, Some(9), 70);
            let batch = Batch { inputs: &inputs, classes: &classes };
            let value = network.loss_and_gradient(Loss { objective, temperature }, &batch);
            assert!(value.expect("pairs").is_finite(), "{objective:?}");
            assert!(network.gradient().iter().all(|x| x.is_finite()), "{objective:?}");
        }
    }
}

#[test]
fn a_batch_without_partners_has_no_loss() {
    let (mut network, inputs, _) = large::<f64>(Objective::SupCon, None, 70);
    let loss = Loss { objective: Objective::SupCon, temperature: 0.1 };
    let alone: Vec<u32> = (0..140).collect();
    for classes in [&alone[..], &[MISSING_CODE; 140]] {
        let batch = Batch { inputs: &inputs, classes };
        assert_eq!(network.loss_and_gradient(loss, &batch), None);
        assert_eq!(network.loss(loss, &batch), None);
    }
}
