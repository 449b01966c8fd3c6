//! Cells with known structure.

use lexicell_analysis::{
    classify::classify, contrastive::TrainOptions, knn::KnnSearch, metrics::Confusion,
    rng::SplitMix64, unit::normalize_rows,
};
use lexicell_matrix::DenseMatrix;

/// Cells about the centres of their classes, in a space where most directions are noise; the classes
/// follow one another in turn.
pub(crate) fn mixture(n: usize, d: usize, n_classes: usize, seed: u64) -> (DenseMatrix, Vec<u32>) {
    mixture_with_noise(n, d, n_classes, seed, 1.2)
}

/// A mixture whose classes lie `1 / noise` apart.
pub(crate) fn mixture_with_noise(
    n: usize,
    d: usize,
    n_classes: usize,
    seed: u64,
    noise: f64,
) -> (DenseMatrix, Vec<u32>) {
    let mut rng = SplitMix64::new(seed);
    let centres: Vec<f64> = (0..n_classes * d).map(|_| rng.normal()).collect();
    let classes: Vec<u32> = (0..n).map(|cell| (cell % n_classes) as u32).collect();
    let mut data = Vec::with_capacity(n * d);
    for &class in &classes {
        for column in 0..d {
            // A common offset, as averages of language-model vectors have.
            let signal = if column < 6 { centres[class as usize * d + column] } else { 0.0 };
            // What varies most tells nothing.
            let noise = if column < 6 { noise } else { 2.0 * noise };
            data.push((3.0 + signal + noise * rng.normal()) as f32);
        }
    }
    (DenseMatrix::try_new(n, d, data).expect("a matrix"), classes)
}

/// Options for small sets.
pub(crate) fn options() -> TrainOptions {
    TrainOptions {
        hidden: Some(24),
        dim: 12,
        batch_size: 48,
        epochs: 8,
        patience: 8,
        ..TrainOptions::default()
    }
}

/// Accuracy and macro-F1 of 10 neighbours among the training rows.
pub(crate) fn accuracy(
    (train, train_classes): (DenseMatrix, &[u32]),
    (test, test_classes): (DenseMatrix, &[u32]),
) -> (f64, f64) {
    let (mut train, mut test) = (train, test);
    normalize_rows(&mut train);
    normalize_rows(&mut test);
    let mut search = KnnSearch::between(test, train, 10).expect("valid");
    while !search.run(100).expect("runs").is_done() {}
    let told = classify(&search.finish().expect("done"), train_classes).expect("valid");
    let n_classes = train_classes.iter().chain(test_classes).max().map_or(0, |class| class + 1);
    let mut confusion = Confusion::new(n_classes as usize);
    test_classes.iter().zip(told).for_each(|(&truth, told)| confusion.add(truth, told));
    (confusion.accuracy(), confusion.macro_f1())
}

/// The classes of some cells.
pub(crate) fn pick(classes: &[u32], cells: &[usize]) -> Vec<u32> {
    cells.iter().map(|&cell| classes[cell]).collect()
}
