//! What a training promises: the same bits for the same seed, interrupted or not, and a better space.

use lexicell_analysis::contrastive::{Objective, Refined, TrainOptions, Training, TrainingEnd};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::{
    sets::{accuracy, mixture, options, pick},
    views::NoisyViews,
};

fn trained(mut training: Training<'_>) -> Refined {
    while !training.run(7).expect("runs").is_done() {}
    training.finish().expect("done")
}

/// Two thirds of each of six classes, which follow one another in turn, and the rest.
fn parts(n: usize) -> (Vec<usize>, Vec<usize>) {
    (0..n).partition(|cell| cell / 6 % 3 != 0)
}

const OBJECTIVES: [Objective; 4] = [
    Objective::SupCon,
    Objective::NtXent,
    Objective::Mixed { supervised: 0.5 },
    Objective::TripletCrossEntropy { margin: 0.2 },
];

#[test]
fn every_supervised_objective_makes_classes_easier_to_tell() {
    let (cells, classes) = mixture(600, 40, 6, 3);
    let (train, test) = parts(600);
    let judge = |rows: &dyn Fn(&[usize]) -> DenseMatrix| {
        let train_side = (rows(&train), &pick(&classes, &train)[..]);
        accuracy(train_side, (rows(&test), &pick(&classes, &test))).0
    };
    let centred = lexicell_analysis::centering::Centering::fit(&cells, &train).expect("fits");
    let raw = judge(&|rows| centred.apply(&cells, rows).expect("applies"));
    let views = NoisyViews(&cells);
    for objective in [OBJECTIVES[0], Objective::Mixed { supervised: 0.9 }, OBJECTIVES[3]] {
        let options = TrainOptions { objective, epochs: 40, learning_rate: 5e-3, ..options() };
        let training = Training::new(&cells, Some(&classes), train.clone(), Some(&views), options);
        let refined = trained(training.expect("valid"));
        let after = judge(&|rows| refined.refiner.apply(&cells, rows).expect("applies"));
        eprintln!("{objective:?}: {raw:.3} → {after:.3}, best epoch {}", refined.best_epoch);
        assert!(after > raw + 0.05, "{objective:?}: {raw} {after}");
        let first = refined.curve[0].validation.expect("cells kept aside");
        let best = refined.curve[refined.best_epoch - 1].validation.expect("cells kept aside");
        assert!(best < first);
    }
}

#[test]
fn refined_rows_have_unit_length_and_cells_without_genes_stay_zero() {
    let (mut cells, classes) = mixture(120, 10, 3, 1);
    cells.row_mut(5).fill(0.0);
    let training = Training::new(&cells, Some(&classes), (0..120).collect(), None, options());
    let refined = trained(training.expect("valid"));
    assert!(!refined.fitted.contains(&5) && !refined.validation.contains(&5));
    assert_eq!(refined.fitted.len() + refined.validation.len(), 119);
    let rows = refined.refiner.apply(&cells, &[7, 5]).expect("applies");
    let length = |row: usize| rows.row(row).iter().map(|x| x * x).sum::<f32>();
    assert!((length(0) - 1.0).abs() < 1e-5 && length(1) == 0.0);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let (cells, classes) = mixture(200, 16, 4, 5);
    let views = NoisyViews(&cells);
    for objective in OBJECTIVES {
        let run = |seed, reversed: bool| {
            let options = TrainOptions { objective, seed, epochs: 3, ..options() };
            let mut train: Vec<usize> = (0..200).collect();
            if reversed {
                train.reverse();
            }
            trained(
                Training::new(&cells, Some(&classes), train, Some(&views), options).expect("valid"),
            )
        };
        assert_eq!(run(1, false), run(1, true), "{objective:?}");
        assert_ne!(run(1, false).refiner, run(2, false).refiner, "{objective:?}");
    }
}

#[test]
fn a_resumed_training_gives_the_same_bits() {
    let (cells, classes) = mixture(200, 16, 4, 5);
    let views = NoisyViews(&cells);
    for objective in OBJECTIVES {
        let options = TrainOptions { objective, epochs: 4, patience: 2, ..options() };
        let begin = || {
            Training::new(&cells, Some(&classes), (0..200).collect(), Some(&views), options)
                .expect("valid")
        };
        let whole = trained(begin());
        let total = begin().progress().total;
        for stop in 0..=total {
            let mut first = begin();
            first.run(stop).expect("runs");
            let mut second = begin();
            // A training that has run elsewhere takes up the checkpoint as well as a new one.
            second.run(stop % 3).expect("runs");
            second.resume(&first.checkpoint()).expect("the same training");
            assert_eq!(second.progress(), first.progress());
            assert_eq!(trained(second), whole, "{objective:?}, stopped after {stop}");
        }
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let (cells, classes) = mixture(100, 8, 4, 5);
    let begin = |options| {
        Training::new(&cells, Some(&classes), (0..100).collect(), None, options).expect("valid")
    };
    let mut own = begin(options());
    own.run(2).expect("runs");
    let (before, checkpoint) = (own.refiner(), own.checkpoint());
    for other in [
        TrainOptions { seed: 1, ..options() },
        TrainOptions { temperature: 0.2, ..options() },
        TrainOptions { objective: Objective::TripletCrossEntropy { margin: 0.1 }, ..options() },
    ] {
        let error = own.resume(&begin(other).checkpoint()).expect_err("another training");
        assert!(error.to_string().contains("other cells, classes or settings"), "{error}");
    }
    for at in (0..checkpoint.len()).step_by(97) {
        let mut damaged = checkpoint.clone();
        damaged[at] ^= 0x10;
        assert!(own.resume(&damaged).is_err(), "byte {at}");
        assert!(own.resume(&checkpoint[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(own.refiner(), before);
}

#[test]
fn training_stops_when_the_validation_loss_no_longer_falls() {
    let (cells, classes) = mixture(200, 30, 4, 9);
    let options = TrainOptions {
        epochs: 400,
        patience: 5,
        learning_rate: 0.02,
        validation_share: 0.3,
        ..options()
    };
    let training = Training::new(&cells, Some(&classes), (0..200).collect(), None, options);
    let refined = trained(training.expect("valid"));
    assert_eq!(refined.ended, TrainingEnd::EarlyStop);
    assert_eq!(refined.curve.len(), refined.best_epoch + 5);
    let loss = |epoch: usize| refined.curve[epoch - 1].validation.expect("cells kept aside");
    assert!((1..=refined.curve.len()).all(|epoch| loss(epoch) >= loss(refined.best_epoch)));
    assert!(refined.curve.iter().zip(1..).all(|(loss, epoch)| loss.epoch == epoch));
}

#[test]
fn without_validation_cells_the_last_head_is_kept() {
    let (cells, classes) = mixture(60, 8, 3, 2);
    let options = TrainOptions { validation_share: 0.0, epochs: 3, ..options() };
    let mut training =
        Training::new(&cells, Some(&classes), (0..60).collect(), None, options).expect("valid");
    assert!(training.validation().is_empty() && training.fitted().len() == 60);
    while !training.run(1).expect("runs").is_done() {}
    let last = training.refiner();
    let refined = training.finish().expect("done");
    assert_eq!((refined.best_epoch, refined.ended), (3, TrainingEnd::AllEpochs));
    assert_eq!(refined.refiner, last);
    assert!(refined.curve.iter().all(|loss| loss.validation.is_none()));
}

#[test]
fn validation_cells_are_a_share_of_every_class() {
    let (cells, mut classes) = mixture(400, 8, 4, 2);
    // Class 3 becomes a rare one of two cells; some cells have no class.
    (0..400).filter(|cell| cell % 4 == 3 && *cell > 8).for_each(|cell| classes[cell] = 1);
    (0..40).for_each(|cell| classes[cell * 10] = MISSING_CODE);
    let share = TrainOptions { validation_share: 0.2, ..options() };
    let training =
        Training::new(&cells, Some(&classes), (0..400).collect(), None, share).expect("valid");
    let (fitted, kept) = (training.fitted(), training.validation());
    let count = |cells: &[usize], class| cells.iter().filter(|&&c| classes[c] == class).count();
    for class in 0..3 {
        let (n, aside) = (count(fitted, class), count(kept, class));
        assert!((aside as f64 - 0.2 * (n + aside) as f64).abs() <= 0.5, "{n} {aside}");
    }
    assert_eq!((count(fitted, 3), count(kept, 3)), (2, 0));
    assert_eq!(count(fitted, MISSING_CODE) + count(kept, MISSING_CODE), 0);
    assert!(fitted.iter().all(|cell| !kept.contains(cell)));
}

#[test]
fn asking_too_early_is_refused() {
    let (cells, classes) = mixture(60, 8, 3, 2);
    let training = Training::new(&cells, Some(&classes), (0..60).collect(), None, options());
    assert!(training.expect("valid").finish().is_err());
}
