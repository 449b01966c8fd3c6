//! Data and settings that cannot be trained on, and odd ones that can.

use lexicell_analysis::{
    AnalysisError,
    contrastive::{Objective, TrainOptions, Training},
};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::{
    sets::{mixture, options},
    views::NoisyViews,
};

fn refused(cells: &DenseMatrix, classes: Option<&[u32]>, options: TrainOptions) -> AnalysisError {
    let train = (0..cells.n_rows()).collect();
    Training::new(cells, classes, train, None, options).expect_err("cannot be trained")
}

#[test]
fn what_cannot_be_contrasted_is_refused_with_the_reason() {
    let (cells, classes) = mixture(60, 8, 3, 2);
    let one = AnalysisError::OneTrainingClass { class: 4, n_cells: 60 };
    assert_eq!(refused(&cells, Some(&[4; 60]), options()), one);
    assert!(one.to_string().contains("at least two classes"));
    let none = refused(&cells, Some(&[MISSING_CODE; 60]), options());
    assert_eq!(none, AnalysisError::NoLabels);
    assert_eq!(refused(&cells, None, options()), AnalysisError::NoLabels);
    let all_different: Vec<u32> = (0..60).collect();
    let error = refused(&cells, Some(&all_different), options());
    assert_eq!(error, AnalysisError::NoPositivePair { n_classes: 60 });
    let without_labels = TrainOptions { objective: Objective::NtXent, ..options() };
    assert_eq!(refused(&cells, None, without_labels), AnalysisError::NoViews);
    assert!(matches!(
        refused(&cells, Some(&classes[..59]), options()),
        AnalysisError::Shape { expected: 60, found: 59, .. }
    ));
    let few = Training::new(&cells, Some(&classes), vec![0, 1, 3], None, options());
    assert!(matches!(few, Err(AnalysisError::TooFewCells { needed: 4, found: 3, .. })));
    let outside = Training::new(&cells, Some(&classes), vec![0, 60], None, options());
    assert!(matches!(outside, Err(AnalysisError::IndexOutOfRange { index: 60, .. })));
}

#[test]
fn values_that_are_no_numbers_are_refused_in_training_cells_only() {
    let (mut cells, classes) = mixture(60, 8, 3, 2);
    cells.row_mut(17)[3] = f32::NAN;
    assert!(matches!(
        refused(&cells, Some(&classes), options()),
        AnalysisError::NotFinite { row: 17, column: 3, .. }
    ));
    let others: Vec<usize> = (0..60).filter(|&cell| cell != 17).collect();
    let mut training =
        Training::new(&cells, Some(&classes), others, None, options()).expect("finite");
    while !training.run(10).expect("runs").is_done() {}
    let refiner = training.finish().expect("done").refiner;
    assert!(matches!(
        refiner.apply(&cells, &[16, 17]),
        Err(AnalysisError::NotFinite { row: 17, .. })
    ));
}

#[test]
fn settings_outside_their_range_are_refused() {
    let (cells, classes) = mixture(60, 8, 3, 2);
    let good = options();
    for (name, bad) in [
        ("hidden", TrainOptions { hidden: Some(0), ..good }),
        ("dim", TrainOptions { dim: 0, ..good }),
        ("temperature", TrainOptions { temperature: 0.0, ..good }),
        ("temperature", TrainOptions { temperature: f64::NAN, ..good }),
        ("batch_size", TrainOptions { batch_size: 3, ..good }),
        ("epochs", TrainOptions { epochs: 0, ..good }),
        ("patience", TrainOptions { patience: 0, ..good }),
        ("learning_rate", TrainOptions { learning_rate: -1.0, ..good }),
        ("weight_decay", TrainOptions { weight_decay: -0.1, ..good }),
        ("validation_share", TrainOptions { validation_share: 0.6, ..good }),
        ("supervised", TrainOptions { objective: Objective::Mixed { supervised: 1.5 }, ..good }),
        (
            "margin",
            TrainOptions { objective: Objective::TripletCrossEntropy { margin: f64::NAN }, ..good },
        ),
    ] {
        match refused(&cells, Some(&classes), bad) {
            AnalysisError::Setting { setting, .. } => assert_eq!(setting, name),
            error => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn a_learning_rate_that_is_far_too_high_ends_in_an_error_or_in_numbers() {
    let (cells, classes) = mixture(60, 8, 3, 2);
    let wild = TrainOptions { learning_rate: 1e30, epochs: 20, ..options() };
    let mut training =
        Training::new(&cells, Some(&classes), (0..60).collect(), None, wild).expect("valid");
    let error = loop {
        match training.run(1) {
            Ok(progress) if progress.is_done() => break None,
            Ok(_) => {}
            Err(error) => break Some(error),
        }
    };
    assert!(matches!(error, Some(AnalysisError::Diverged { .. })), "{error:?}");
}

#[test]
fn five_hundred_classes_train() {
    let (cells, classes) = mixture(2000, 12, 500, 6);
    for objective in [Objective::SupCon, Objective::TripletCrossEntropy { margin: 0.1 }] {
        let options = TrainOptions {
            objective,
            epochs: 2,
            batch_size: 256,
            validation_share: 0.25,
            ..options()
        };
        let mut training =
            Training::new(&cells, Some(&classes), (0..2000).collect(), None, options)
                .expect("valid");
        while !training.run(3).expect("runs").is_done() {}
        let refined = training.finish().expect("done");
        assert!(refined.curve.iter().all(|loss| loss.train.is_finite()));
        assert!(refined.curve.iter().all(|loss| loss.validation.is_some_and(f64::is_finite)));
    }
}

#[test]
fn one_cell_of_each_class_trains_with_views_alone() {
    let (cells, _) = mixture(40, 8, 4, 6);
    let classes: Vec<u32> = (0..40).collect();
    let views = NoisyViews(&cells);
    let mut training =
        Training::new(&cells, Some(&classes), (0..40).collect(), Some(&views), options())
            .expect("each cell's other view is its partner");
    while !training.run(3).expect("runs").is_done() {}
    let refined = training.finish().expect("done");
    assert!(refined.validation.is_empty());
    assert!(refined.curve.last().expect("epochs").train < refined.curve[0].train);
}

#[test]
fn a_class_with_one_cell_is_a_negative_and_no_anchor() {
    let (cells, mut classes) = mixture(60, 8, 3, 2);
    classes[0] = 9;
    let mut training =
        Training::new(&cells, Some(&classes), (0..60).collect(), None, options()).expect("valid");
    assert!(training.fitted().contains(&0));
    while !training.run(3).expect("runs").is_done() {}
    assert!(training.curve().iter().all(|loss| loss.train.is_finite()));
}
