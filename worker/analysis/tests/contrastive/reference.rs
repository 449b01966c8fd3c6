//! Losses, gradients, optimiser and schedule against PyTorch (`tests/golden/contrastive/generate.py`).

use std::{fs, path::PathBuf};

use lexicell_analysis::contrastive::{
    AdamW, HeadShape, Objective, Real, learning_rate,
    network::{Batch, Loss, Network},
};
use lexicell_matrix::MISSING_CODE;
use serde_json::Value;

/// The golden file.
pub(crate) fn golden() -> Value {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let path = root.join("../../tests/golden/contrastive/reference.json");
    serde_json::from_str(&fs::read_to_string(path).expect("a golden file")).expect("JSON")
}

pub(crate) fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

fn size(golden: &Value, key: &str) -> usize {
    golden[key].as_u64().expect("a size") as usize
}

/// One golden case: the network with its parameters, the rows, their classes and the loss.
pub(crate) struct Case<T: Real> {
    pub(crate) name: String,
    pub(crate) network: Network<T>,
    pub(crate) inputs: Vec<T>,
    pub(crate) classes: Vec<u32>,
    pub(crate) loss: Loss,
    expected: Value,
}

pub(crate) fn cases<T: Real>() -> Vec<Case<T>> {
    let golden = golden();
    let batch = &golden["batch"];
    let number = |key: &str| golden[key].as_f64().expect("a number");
    let cases = batch["cases"].as_array().expect("cases").iter();
    let of = |case: &Value| {
        let name = case["name"].as_str().expect("a name").to_owned();
        let objective = match &name[..] {
            "supcon" | "linear supcon" | "supcon of cells" => Objective::SupCon,
            "nt_xent" => Objective::NtXent,
            "mixed" => Objective::Mixed { supervised: number("supervised") },
            _ => Objective::TripletCrossEntropy { margin: number("margin") },
        };
        let hidden = (!name.starts_with("linear")).then_some(size(&golden, "hidden"));
        let shape =
            HeadShape { inputs: size(&golden, "inputs"), hidden, dim: size(&golden, "dim") };
        let n_classes = (name == "triplet").then_some(size(&golden, "n_classes"));
        let mut network = Network::new(shape, n_classes, 0);
        let parameters = numbers(&case["parameters"]);
        assert_eq!(network.parameters().len(), parameters.len());
        let places = network.parameters_mut().iter_mut().zip(parameters);
        places.for_each(|(place, value)| *place = T::of(value));
        let n = if name.ends_with("cells") { 12 } else { 24 };
        let inputs = numbers(&batch["x"])[..n * shape.inputs].iter().map(|&x| T::of(x)).collect();
        let class = |&code: &f64| if code < 0.0 { MISSING_CODE } else { code as u32 };
        let classes = numbers(&batch["classes"])[..n].iter().map(class).collect();
        let loss = Loss { objective, temperature: number("temperature") };
        Case { name, network, inputs, classes, loss, expected: case.clone() }
    };
    cases.map(of).collect()
}

fn losses_and_gradients_agree<T: Real>(tolerance: f64) {
    for mut case in cases::<T>() {
        let (loss, name) = (case.loss, case.name.clone());
        let batch = Batch { inputs: &case.inputs, classes: &case.classes };
        let found = case.network.loss_and_gradient(loss, &batch).expect("positives");
        let expected = case.expected["loss"].as_f64().expect("a number");
        assert!((found / expected - 1.0).abs() < tolerance, "{name}: {found} {expected}");
        let expected = numbers(&case.expected["gradient"]);
        let scale = expected.iter().fold(0.0f64, |most, x| most.max(x.abs()));
        assert_eq!(case.network.gradient().len(), expected.len());
        for (place, (found, expected)) in case.network.gradient().iter().zip(expected).enumerate() {
            let difference = (found.wide() - expected).abs();
            assert!(difference < tolerance * scale, "{name}, parameter {place}: {difference}");
        }
        let judged = case.network.loss(loss, &batch).expect("positives");
        let expected = case.expected["loss_when_judging"].as_f64().expect("a number");
        assert!((judged / expected - 1.0).abs() < tolerance, "{name}: {judged} {expected}");
    }
}

#[test]
fn losses_and_gradients_are_pytorchs() {
    losses_and_gradients_agree::<f64>(1e-10);
    losses_and_gradients_agree::<f32>(2e-5);
}

fn steps_agree<T: Real>(tolerance: f64) {
    let golden = &golden()["adamw"];
    let mut parameters: Vec<T> = numbers(&golden["start"]).into_iter().map(T::of).collect();
    let mut optimizer = AdamW::new(9, std::iter::once(0..6).collect(), 0.05);
    let steps = golden["gradients"].as_array().expect("steps").iter();
    for (step, (gradient, expected)) in
        steps.zip(golden["steps"].as_array().expect("steps")).enumerate()
    {
        let gradient: Vec<T> = numbers(gradient).into_iter().map(T::of).collect();
        optimizer.step(&mut parameters, &gradient, 0.01 * (1 + step % 3) as f64);
        for (found, expected) in parameters.iter().zip(numbers(expected)) {
            assert!(
                (found.wide() - expected).abs() < tolerance,
                "step {step}: {found:?} {expected}"
            );
        }
    }
}

#[test]
fn optimiser_steps_are_pytorchs() {
    steps_agree::<f64>(1e-13);
    steps_agree::<f32>(3e-6);
}

#[test]
fn learning_rates_are_pytorchs() {
    for schedule in golden()["schedules"].as_array().expect("schedules") {
        let highest = schedule["highest"].as_f64().expect("a number");
        let rates = numbers(&schedule["rates"]);
        for (step, expected) in rates.iter().enumerate() {
            let found = learning_rate(step, rates.len(), highest);
            assert!((found - expected).abs() < 1e-12 * highest, "step {step}: {found} {expected}");
        }
    }
}
