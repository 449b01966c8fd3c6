//! Saved heads, and the classifier in them.

use lexicell_analysis::{
    AnalysisError,
    contrastive::{
        Classifier, Refined, TrainOptions, Training,
        head_file::{HeadFile, read, write},
    },
    gene_table::random_table,
    rng::SplitMix64,
    whitening::{Whitening, fitted},
};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::sets::{mixture, mixture_with_noise, options, pick};

fn trained(cells: &DenseMatrix, classes: &[u32], hidden: Option<usize>) -> Refined {
    let options = TrainOptions { hidden, epochs: 20, ..options() };
    let train = (0..cells.n_rows() / 2).collect();
    let mut training = Training::new(cells, Some(classes), train, None, options).expect("valid");
    while !training.run(10).expect("runs").is_done() {}
    training.finish().expect("done")
}

fn classifier(cells: &DenseMatrix, classes: &[u32], refined: &Refined) -> Classifier {
    let apply = |rows: &[usize]| refined.refiner.apply(cells, rows).expect("applies");
    let (fitted, validation) = (apply(&refined.fitted), apply(&refined.validation));
    let own = pick(classes, &refined.fitted);
    Classifier::fit(&fitted, &own, &validation, Classifier::DEFAULT_QUANTILE).expect("fits")
}

#[test]
fn a_saved_head_gives_the_same_bits() {
    let (cells, classes) = mixture(400, 12, 4, 3);
    for hidden in [Some(24), None] {
        let refined = trained(&cells, &classes, hidden);
        for classifier in [None, Some(classifier(&cells, &classes, &refined))] {
            let description = r#"{"classes":["α","b"],"scaler":"mean"}"#.to_owned();
            let refiner = refined.refiner.clone();
            let whitening = classifier.is_some().then(|| whitening(12));
            let file = HeadFile { refiner, classifier, whitening, description };
            assert_eq!(read(&write(&file)), Ok(file));
        }
    }
}

#[test]
fn a_whitening_of_another_width_than_the_heads_is_refused() {
    let (cells, classes) = mixture(60, 5, 3, 3);
    let refiner = trained(&cells, &classes, None).refiner;
    let whitening = Some(whitening(6));
    let description = "{}".to_owned();
    let bytes = write(&HeadFile { refiner, classifier: None, whitening, description });
    let error = read(&bytes).expect_err("other widths").to_string();
    assert!(error.contains("whitening") && error.contains('5'), "{error}");
}

/// Fitted on random gene vectors.
fn whitening(d: usize) -> Whitening {
    fitted(&random_table(7, 30, d).expect("a table"), None).expect("fits")
}

#[test]
fn damaged_and_foreign_files_are_refused_and_never_panic() {
    let (cells, classes) = mixture(60, 5, 3, 3);
    let refined = trained(&cells, &classes, Some(4));
    let classifier = Some(classifier(&cells, &classes, &refined));
    let description = "{}".to_owned();
    let refiner = refined.refiner;
    let whitening = Some(whitening(5));
    let bytes = write(&HeadFile { refiner, classifier, whitening, description });
    for at in 0..bytes.len() {
        assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        for flip in [0x01, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            // Padding of the header is the one place that means nothing.
            let is_padding = bytes[at] == b' ';
            assert!(is_padding || read(&damaged).is_err(), "byte {at}");
        }
    }
    let mut rng = SplitMix64::new(1);
    for round in 0..3000 {
        let mut wild = bytes.clone();
        for _ in 0..1 + rng.below(8) {
            let (at, from) = (rng.below(wild.len()), rng.below(bytes.len()));
            wild[at] = if round % 2 == 0 { rng.next_u64() as u8 } else { bytes[from] };
        }
        wild.truncate(rng.below(2 * bytes.len()));
        let _ = read(&wild);
    }
    let foreign = safetensors_of_another_program();
    for (bytes, reason) in [
        (&b""[..], "too few"),
        (b"not a head at all, but a text", "no safetensors file"),
        (&foreign, "does not say what it is"),
    ] {
        match read(bytes) {
            Err(AnalysisError::SavedFile { what: "saved head", reason: found }) => {
                assert!(found.contains(reason), "{found}");
            }
            other => panic!("{other:?}"),
        }
    }
    let training = Training::new(&cells, Some(&classes), (0..60).collect(), None, options());
    let error = read(&training.expect("valid").checkpoint()).expect_err("a checkpoint");
    assert!(error.to_string().contains("lexicell training"), "{error}");
}

fn safetensors_of_another_program() -> Vec<u8> {
    let header = br#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(1.0f32.to_le_bytes());
    bytes
}

#[test]
fn new_cells_are_classified_and_strangers_are_none_of_these() {
    let (cells, classes) = mixture_with_noise(1200, 12, 6, 3, 0.4);
    // Classes 4 and 5 are unknown to the head.
    let known: Vec<u32> =
        classes.iter().map(|&class| if class < 4 { class } else { MISSING_CODE }).collect();
    let refined = trained(&cells, &known, Some(24));
    let classifier = classifier(&cells, &known, &refined);
    let test: Vec<usize> = (600..1200).collect();
    let told = classifier.classify(&refined.refiner.apply(&cells, &test).expect("applies"));
    let told = told.expect("unit rows");
    let share = |of: &dyn Fn(usize, Option<u32>) -> bool, among: &dyn Fn(u32) -> bool| {
        let members: Vec<usize> = (0..600).filter(|&place| among(classes[test[place]])).collect();
        let hits = members.iter().filter(|&&place| of(place, told[place].0));
        hits.count() as f64 / members.len() as f64
    };
    let right = share(&|place, class| class == Some(classes[test[place]]), &|class| class < 4);
    let rejected = share(&|_, class| class.is_none(), &|class| class < 4);
    let strangers = share(&|_, class| class.is_none(), &|class| class >= 4);
    eprintln!("right {right:.3}, rejected {rejected:.3}, strangers rejected {strangers:.3}");
    assert!(right > 0.7 && rejected < 0.12 && strangers > 2.0 * rejected);
}

#[test]
fn the_threshold_is_a_quantile_of_the_validation_cells() {
    let angle = |degrees: f32| [degrees.to_radians().cos(), degrees.to_radians().sin()];
    let rows = |degrees: &[f32]| {
        let data: Vec<f32> = degrees.iter().flat_map(|&x| angle(x)).collect();
        DenseMatrix::try_new(degrees.len(), 2, data).expect("a matrix")
    };
    let fitted = rows(&[-10.0, 10.0, 90.0, 45.0]);
    let validation: Vec<f32> = (1..=40).map(|x| x as f32 * 0.5).collect();
    let fit = |quantile| {
        Classifier::fit(&fitted, &[0, 0, 2, MISSING_CODE], &rows(&validation), quantile)
            .expect("fits")
    };
    let classifier = fit(0.05);
    assert_eq!(classifier.centroids.row(1), [0.0, 0.0]);
    // ⌊0.05 · 41⌋ = 2: the second furthest of 40 cells, 19.5 degrees away.
    let threshold = classifier.threshold.expect("validation cells");
    assert!((threshold - 19.5f32.to_radians().cos()).abs() < 1e-6);
    let told = classifier.classify(&rows(&[19.0, 20.0, 89.0, 180.0])).expect("unit rows");
    let told: Vec<Option<u32>> = told.into_iter().map(|told| told.0).collect();
    assert_eq!(told, [Some(0), None, Some(2), None]);
    let none = DenseMatrix::zeros(1, 2);
    assert_eq!(classifier.classify(&none).expect("a zero row"), [(None, 0.0)]);
    let open = Classifier::fit(&fitted, &[0, 0, 2, 2], &DenseMatrix::zeros(0, 2), 0.05);
    assert_eq!(open.expect("fits").threshold, None);
    assert!(Classifier::fit(&fitted, &[MISSING_CODE; 4], &none, 0.05).is_err());
    assert!(Classifier::fit(&fitted, &[0; 3], &none, 0.05).is_err());
    assert!(Classifier::fit(&fitted, &[0; 4], &none, f64::NAN).is_err());
    assert!(classifier.classify(&DenseMatrix::zeros(1, 3)).is_err());
}
