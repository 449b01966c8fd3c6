//! The joint view: its loss against PyTorch and central differences, its training, and what it may see.

use lexicell_analysis::{
    AnalysisError,
    contrastive::{
        Objective, Real, TrainOptions,
        joint::{
            EVEN_WEIGHT, JointOptions, JointRefined, JointTraining, PairedCells, WEIGHTS, file,
            network::{JointBatch, JointNetwork},
        },
        network::Loss,
    },
    rng::SplitMix64,
};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};
use serde_json::Value;

use crate::{
    reference::{golden, numbers},
    sets::{accuracy, mixture, mixture_with_noise, options, pick},
};

fn objective(supervised: f64) -> Objective {
    match supervised {
        0.0 => Objective::NtXent,
        1.0 => Objective::SupCon,
        supervised => Objective::Mixed { supervised },
    }
}

fn narrow<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|&x| T::of(x)).collect()
}

/// The golden network of a case, with its parameters.
fn network<T: Real>(case: &Value) -> JointNetwork<T> {
    let golden = golden();
    let size = |key: &str| golden[key].as_u64().expect("a size") as usize;
    let hidden = (case["name"] != "linear").then_some(size("hidden"));
    let inputs = [size("inputs"), size("components")];
    let mut network = JointNetwork::new(inputs, (hidden, size("dim")), [0, 0]);
    for (side, head) in [&mut network.text, &mut network.expression].into_iter().enumerate() {
        let parameters = narrow(&numbers(&case["parameters"][side]));
        head.parameters_mut().copy_from_slice(&parameters);
    }
    network
}

fn agrees_with_pytorch<T: Real>(tolerance: f64) {
    let golden = golden();
    let joint = &golden["joint"];
    let temperature = golden["temperature"].as_f64().expect("a number");
    let (text, expression): (Vec<T>, Vec<T>) =
        (narrow(&numbers(&joint["text"])), narrow(&numbers(&joint["expression"])));
    let class = |&code: &f64| if code < 0.0 { MISSING_CODE } else { code as u32 };
    let classes: Vec<u32> = numbers(&joint["classes"]).iter().map(class).collect();
    let batch = JointBatch { text: &text, expression: &expression, classes: &classes };
    let cases = joint["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let objective = objective(case["supervised"].as_f64().expect("a number"));
        let loss = Loss { objective, temperature };
        let mut network = network::<T>(case);
        let expected = case["loss"].as_f64().expect("a number");
        let name = &case["name"];
        for found in [network.loss(loss, &batch), network.loss_and_gradient(loss, &batch)] {
            let found = found.expect("pairs");
            assert!((found / expected - 1.0).abs() < tolerance, "{name}: {found} {expected}");
        }
        for (side, head) in [&network.text, &network.expression].into_iter().enumerate() {
            let expected = numbers(&case["gradient"][side]);
            let scale = expected.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            assert_eq!(head.gradient().len(), expected.len());
            for (found, expected) in head.gradient().iter().zip(expected) {
                let difference = (found.wide() - expected).abs();
                assert!(difference < tolerance * scale, "{name}: {difference}");
            }
        }
    }
}

#[test]
fn losses_and_gradients_are_pytorchs() {
    agrees_with_pytorch::<f64>(1e-10);
    agrees_with_pytorch::<f32>(2e-5);
}

#[test]
fn gradients_are_central_differences() {
    let (n, inputs) = (41, [37, 23]);
    let mut rng = SplitMix64::new(8);
    let mut rows = |width: usize| (0..n * width).map(|_| rng.normal() * 0.2).collect::<Vec<f64>>();
    let (text, expression) = (rows(inputs[0]), rows(inputs[1]));
    let class = |row: usize| if row % 11 == 7 { MISSING_CODE } else { row as u32 % 5 };
    let classes: Vec<u32> = (0..n).map(class).collect();
    let batch = JointBatch { text: &text, expression: &expression, classes: &classes };
    for supervised in [0.0, 0.3, 1.0] {
        for hidden in [None, Some(9)] {
            let loss = Loss { objective: objective(supervised), temperature: 0.2 };
            let mut network = JointNetwork::<f64>::new(inputs, (hidden, 19), [5, 6]);
            network.loss_and_gradient(loss, &batch).expect("pairs");
            for side in 0..2 {
                let head = |network: &mut JointNetwork<f64>, place: usize, x: f64| {
                    let heads = [&mut network.text, &mut network.expression];
                    let head = heads.into_iter().nth(side).expect("two heads");
                    std::mem::replace(&mut head.parameters_mut()[place], x)
                };
                let gradient = [&network.text, &network.expression][side].gradient().to_vec();
                let scale = gradient.iter().fold(0.0f64, |most, x| most.max(x.abs()));
                for (place, slope) in gradient.iter().enumerate() {
                    let start = head(&mut network, place, 0.0);
                    let mut at = |x: f64| {
                        head(&mut network, place, x);
                        network.loss(loss, &batch).expect("pairs")
                    };
                    let difference = (at(start + 1e-6) - at(start - 1e-6)) / 2e-6;
                    at(start);
                    let error = (difference - slope).abs() / scale;
                    assert!(error < 1e-5, "{supervised}, {hidden:?}, head {side}: {error}");
                }
            }
        }
    }
}

/// Two views of the same classes, of different widths and with noise of their own.
fn views(n: usize) -> (DenseMatrix, DenseMatrix, Vec<u32>) {
    let (text, classes) = mixture_with_noise(n, 20, 4, 5, 1.5);
    let (expression, _) = mixture_with_noise(n, 12, 4, 9, 1.5);
    (text, expression, classes)
}

fn joint_options(supervised: f64) -> JointOptions {
    JointOptions {
        train: TrainOptions { objective: objective(supervised), ..options() },
        neighbors: 5,
    }
}

fn trained(mut training: JointTraining<'_>, pace: usize) -> JointRefined {
    let mut before = 0;
    loop {
        let progress = training.run(pace).expect("runs");
        assert!(progress.done >= before);
        before = progress.done;
        if progress.is_done() {
            return training.finish().expect("done");
        }
    }
}

fn fit(
    text: &DenseMatrix,
    expression: &DenseMatrix,
    classes: Option<&[u32]>,
    train: &[usize],
    options: JointOptions,
) -> JointRefined {
    let cells = PairedCells::new(text, expression).expect("the same cells");
    trained(JointTraining::new(cells, classes, train.to_vec(), options).expect("valid"), 7)
}

#[test]
fn the_joint_space_tells_classes_better_than_either_view() {
    let (text, expression, classes) = views(600);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..600).partition(|cell| cell % 5 < 3);
    let options = JointOptions {
        train: TrainOptions { epochs: 40, learning_rate: 5e-3, ..joint_options(0.9).train },
        neighbors: 10,
    };
    let refined = fit(&text, &expression, Some(&classes), &train, options);
    assert_eq!(refined.weights.len(), WEIGHTS.len());
    let cells = PairedCells::new(&text, &expression).expect("the same cells");
    let judge = |weight: f64| {
        let mut space = refined.space.clone();
        space.weight = weight;
        let side = |rows: &[usize]| space.apply(&cells, rows).expect("applies");
        let reference = (side(&train), &pick(&classes, &train)[..]);
        accuracy(reference, (side(&test), &pick(&classes, &test))).0
    };
    let [text, expression] = [judge(1.0), judge(0.0)];
    let joint = judge(refined.space.weight);
    eprintln!("text {text:.3}, expression {expression:.3}, joint {joint:.3}");
    assert!(joint > text.max(expression) + 0.02, "{text} {expression} {joint}");
}

#[test]
fn cosines_are_mixed_by_the_weight() {
    let (mut pooled, expression, classes) = views(120);
    pooled.row_mut(5).fill(0.0);
    let train: Vec<usize> = (0..120).collect();
    let mut refined = fit(&pooled, &expression, Some(&classes), &train, joint_options(0.7));
    assert!(!refined.fitted.contains(&5) && !refined.validation.contains(&5));
    let cells = PairedCells::new(&pooled, &expression).expect("the same cells");
    refined.space.weight = 0.3;
    let rows = [7, 8, 5];
    let joined = refined.space.apply(&cells, &rows).expect("applies");
    let [text, own] = refined.space.parts(&cells, &rows).expect("applies");
    let dot = |rows: &DenseMatrix, a, b| -> f32 {
        rows.row(a).iter().zip(rows.row(b)).map(|(x, y)| x * y).sum()
    };
    let mixed = 0.3 * dot(&text, 0, 1) + 0.7 * dot(&own, 0, 1);
    assert!((dot(&joined, 0, 1) - mixed).abs() < 1e-5);
    assert!((dot(&joined, 0, 0) - 1.0).abs() < 1e-5);
    // A cell without text is placed by its expression.
    let difference = dot(&joined, 2, 0) - 0.7f32.sqrt() * dot(&own, 2, 0);
    assert!(difference.abs() < 1e-5 && (dot(&joined, 2, 2) - 1.0).abs() < 1e-5);
    // Cells may lie at other rows of the text.
    let reversed: Vec<usize> = (0..120).rev().collect();
    let data = reversed.iter().flat_map(|&row| pooled.row(row).to_vec()).collect();
    let backwards = DenseMatrix::try_new(120, 20, data).expect("a matrix");
    let paired = PairedCells::with_rows(&backwards, reversed, &expression).expect("valid");
    assert_eq!(refined.space.apply(&paired, &rows), Ok(joined));
}

#[test]
fn the_views_of_a_cell_come_together_without_labels() {
    // The second view is a rotation of the first: nothing but the pairs says which cells belong together.
    let (text, _) = mixture(300, 20, 4, 3);
    let mut rng = SplitMix64::new(4);
    let turn: Vec<f32> = (0..20 * 12).map(|_| rng.normal() as f32).collect();
    let mut expression = DenseMatrix::zeros(300, 12);
    for cell in 0..300 {
        for (column, out) in expression.row_mut(cell).iter_mut().enumerate() {
            *out = (0..20).map(|at| text.row(cell)[at] * turn[at * 12 + column]).sum();
        }
    }
    let train: Vec<usize> = (0..200).collect();
    let options = JointOptions {
        train: TrainOptions { epochs: 40, learning_rate: 5e-3, ..joint_options(0.0).train },
        ..joint_options(0.0)
    };
    let refined = fit(&text, &expression, None, &train, options);
    assert!(refined.weights.is_empty());
    assert_eq!(refined.space.weight, EVEN_WEIGHT);
    let cells = PairedCells::new(&text, &expression).expect("the same cells");
    let new: Vec<usize> = (200..300).collect();
    let [text, expression] = refined.space.parts(&cells, &new).expect("applies");
    let found = (0..100)
        .filter(|&cell| {
            let cosine = |other: usize| -> f32 {
                text.row(cell).iter().zip(expression.row(other)).map(|(x, y)| x * y).sum()
            };
            (0..100).all(|other| cosine(other) <= cosine(cell))
        })
        .count();
    eprintln!("{found} of 100 new cells found by their other view");
    assert!(found > 30, "{found}: by chance 1 would be");
}

#[test]
fn the_same_seed_gives_the_same_bits_at_any_pace() {
    let (text, expression, classes) = views(200);
    let all: Vec<usize> = (0..200).collect();
    let run = |seed, pace| {
        let mut options = joint_options(0.7);
        options.train.seed = seed;
        let cells = PairedCells::new(&text, &expression).expect("the same cells");
        let training = JointTraining::new(cells, Some(&classes), all.clone(), options);
        trained(training.expect("valid"), pace)
    };
    assert_eq!(run(1, 1), run(1, 100_000));
    assert_ne!(run(1, 9).space, run(2, 9).space);
}

#[test]
fn test_cells_and_their_labels_change_no_fitted_bit() {
    let (text, expression, classes) = views(300);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..300).partition(|cell| cell % 4 != 0);
    let (mut other_text, mut other_expression) = (text.clone(), expression.clone());
    let mut other_classes = classes.clone();
    for &cell in &test {
        other_text.row_mut(cell).iter_mut().for_each(|x| *x = -7.0 * *x + cell as f32);
        other_expression.row_mut(cell).iter_mut().for_each(|x| *x = 3.0 - *x * cell as f32);
        other_classes[cell] = [0, 77, MISSING_CODE][cell % 3];
    }
    other_text.row_mut(test[0])[0] = f32::NAN;
    other_expression.row_mut(test[1])[0] = f32::INFINITY;
    for supervised in [0.0, 0.7, 1.0] {
        let options = joint_options(supervised);
        let honest = fit(&text, &expression, Some(&classes), &train, options);
        let changed = fit(&other_text, &other_expression, Some(&other_classes), &train, options);
        assert_eq!(honest, changed);
        // A training cell does show.
        let mut seen = expression.clone();
        seen.row_mut(train[0])[0] += 1.0;
        let other = fit(&text, &seen, Some(&classes), &train, options);
        assert_ne!(honest.space, other.space);
    }
}

#[test]
fn validation_cells_change_nothing_but_the_choices() {
    let (text, expression, classes) = views(300);
    let all: Vec<usize> = (0..300).collect();
    let fit = |text: &DenseMatrix| {
        let mut options = joint_options(0.7);
        options.train.patience = options.train.epochs;
        let cells = PairedCells::new(text, &expression).expect("the same cells");
        let mut training =
            JointTraining::new(cells, Some(&classes), all.clone(), options).expect("valid");
        while !training.run(50).expect("runs").is_done() {}
        (training.space(), training.validation().to_vec())
    };
    let (last, validation) = fit(&text);
    let mut other = text.clone();
    for &cell in &validation {
        other.row_mut(cell).iter_mut().for_each(|x| *x = 5.0 - *x);
    }
    assert_eq!(fit(&other), (last, validation));
}

#[test]
fn what_cannot_be_joined_is_refused_with_the_reason() {
    let (text, expression, classes) = views(60);
    let all: Vec<usize> = (0..60).collect();
    let fewer = DenseMatrix::zeros(59, 12);
    assert!(matches!(PairedCells::new(&text, &fewer), Err(AnalysisError::Shape { .. })));
    let empty = DenseMatrix::zeros(60, 0);
    assert!(matches!(PairedCells::new(&text, &empty), Err(AnalysisError::Setting { .. })));
    let outside = PairedCells::with_rows(&text, vec![60; 60], &expression);
    assert!(matches!(outside, Err(AnalysisError::IndexOutOfRange { index: 60, .. })));
    let refused = |classes: &[u32], options| {
        let cells = PairedCells::new(&text, &expression).expect("the same cells");
        JointTraining::new(cells, Some(classes), all.clone(), options).expect_err("cannot be")
    };
    assert!(matches!(
        refused(&[3; 60], joint_options(0.7)),
        AnalysisError::OneTrainingClass { .. }
    ));
    let triplet = Objective::TripletCrossEntropy { margin: 0.2 };
    let train = TrainOptions { objective: triplet, ..options() };
    let options = JointOptions { train, neighbors: 5 };
    assert!(matches!(refused(&classes, options), AnalysisError::Setting { .. }));
    let options = JointOptions { neighbors: 0, ..joint_options(0.7) };
    assert!(matches!(refused(&classes, options), AnalysisError::Setting { .. }));
    let mut bad = expression.clone();
    bad.row_mut(4)[2] = f32::NAN;
    let cells = PairedCells::new(&text, &bad).expect("the same cells");
    let error = JointTraining::new(cells, Some(&classes), all.clone(), joint_options(0.7));
    assert!(matches!(error, Err(AnalysisError::NotFinite { row: 4, column: 2, .. })));
    let alone: Vec<u32> = (0..60).collect();
    assert!(matches!(refused(&alone, joint_options(0.7)), AnalysisError::NoPositivePair { .. }));
}

#[test]
fn without_a_cell_to_try_weights_on_expression_stands_alone() {
    let (text, expression, classes) = views(60);
    let all: Vec<usize> = (0..60).collect();
    let train = TrainOptions { validation_share: 0.0, ..joint_options(0.7).train };
    let options = JointOptions { train, ..joint_options(0.7) };
    let refined = fit(&text, &expression, Some(&classes), &all, options);
    assert!(refined.validation.is_empty() && refined.weights.is_empty());
    assert_eq!(refined.space.weight, 0.0);
}

#[test]
fn cells_without_a_class_train_the_alignment() {
    let (text, expression, mut classes) = views(200);
    (0..150).for_each(|cell| classes[cell] = MISSING_CODE);
    let all: Vec<usize> = (0..200).collect();
    let refined = fit(&text, &expression, Some(&classes), &all, joint_options(0.7));
    assert_eq!(refined.fitted.len() + refined.validation.len(), 200);
    assert_eq!(refined.weights.len(), WEIGHTS.len());
    assert!(refined.curve.last().expect("epochs").train < refined.curve[0].train);
}

#[test]
fn a_saved_joint_view_gives_the_same_bits_and_damage_is_refused() {
    let (text, expression, classes) = views(60);
    let all: Vec<usize> = (0..60).collect();
    let space = fit(&text, &expression, Some(&classes), &all, joint_options(0.7)).space;
    let description = r#"{"classes":["α","b"]}"#;
    let bytes = file::write(&space, description);
    assert_eq!(file::read(&bytes), Ok((space, description.to_owned())));
    for at in (0..bytes.len()).step_by(53) {
        assert!(file::read(&bytes[..at]).is_err(), "cut at {at}");
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x80;
        assert!(file::read(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn a_resumed_joint_training_gives_the_same_bits() {
    let (text, expression, mut classes) = views(150);
    (0..40).for_each(|cell| classes[cell] = MISSING_CODE);
    let all: Vec<usize> = (0..150).collect();
    let begin = || {
        let cells = PairedCells::new(&text, &expression).expect("the same cells");
        JointTraining::new(cells, Some(&classes), all.clone(), joint_options(0.7)).expect("valid")
    };
    let whole = trained(begin(), 7);
    let mut counted = begin();
    let n = (1..).find(|_| counted.run(1).expect("runs").is_done()).expect("it ends");
    // Within epochs, among the cells kept aside, and while the weight is chosen.
    for stop in 0..=n {
        let mut first = begin();
        first.run(stop).expect("runs");
        let mut second = begin();
        second.run(stop % 3).expect("runs");
        second.resume(&first.checkpoint()).expect("the same training");
        assert_eq!(second.curve(), first.curve());
        assert_eq!(trained(second, 3), whole, "stopped after {stop} of {n}");
    }
}

#[test]
fn a_checkpoint_of_another_joint_training_is_refused() {
    let (text, expression, classes) = views(60);
    let all: Vec<usize> = (0..60).collect();
    let begin = |expression: &DenseMatrix, options| {
        let cells = PairedCells::new(&text, expression).expect("the same cells");
        let mut training =
            JointTraining::new(cells, Some(&classes), all.clone(), options).expect("valid");
        training.run(3).expect("runs");
        training.checkpoint()
    };
    let checkpoint = begin(&expression, joint_options(0.7));
    let mut other = expression.clone();
    other.row_mut(7)[1] += 0.5;
    let cells = PairedCells::new(&text, &expression).expect("the same cells");
    let mut own =
        JointTraining::new(cells, Some(&classes), all.clone(), joint_options(0.7)).expect("valid");
    let before = own.space();
    let k = JointOptions { neighbors: 6, ..joint_options(0.7) };
    for foreign in [
        begin(&other, joint_options(0.7)),
        begin(&expression, joint_options(0.8)),
        begin(&expression, k),
        checkpoint[..checkpoint.len() / 2].to_vec(),
    ] {
        assert!(matches!(own.resume(&foreign), Err(AnalysisError::SavedFile { .. })));
        assert_eq!(own.space(), before);
    }
    own.resume(&checkpoint).expect("its own");
}
