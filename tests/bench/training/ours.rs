//! Times the training of a SupCon head on one thread: 10,000 cells × 384, batches of 512.
//!
//! `training_bench EPOCHS [OBJECTIVE]` prints one line of JSON; `run.sh` compares it with PyTorch.
//! Milliseconds a step are those on the processor.

use std::time::Instant;

use lexicell_analysis::{
    contrastive::{Objective, TrainOptions, Training},
    rng::SplitMix64,
};
use lexicell_matrix::DenseMatrix;

const N_CELLS: usize = 10_000;
const D: usize = 384;
const N_CLASSES: usize = 20;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let epochs: usize = arguments.next().map_or(100, |text| text.parse().expect("epochs"));
    let objective = match arguments.next().as_deref() {
        None | Some("supcon") => Objective::SupCon,
        Some("triplet") => Objective::TripletCrossEntropy { margin: 0.2 },
        Some(other) => panic!("{other}: supcon or triplet"),
    };
    let mut rng = SplitMix64::new(0);
    let centres: Vec<f64> = (0..N_CLASSES * D).map(|_| rng.normal()).collect();
    let classes: Vec<u32> = (0..N_CELLS).map(|cell| (cell % N_CLASSES) as u32).collect();
    let value = |(cell, column): (usize, usize)| {
        (centres[cell % N_CLASSES * D + column] + 2.0 * rng.normal()) as f32
    };
    let places = (0..N_CELLS).flat_map(|cell| (0..D).map(move |column| (cell, column)));
    let cells = DenseMatrix::try_new(N_CELLS, D, places.map(value).collect()).expect("a matrix");
    let options =
        TrainOptions { objective, epochs, validation_share: 0.0, ..TrainOptions::default() };
    let train = (0..N_CELLS).collect();
    let mut training =
        Training::new(&cells, Some(&classes), train, None, options).expect("trainable");
    let (start, mut longest) = (Instant::now(), 0.0f64);
    let start_on_processor = processor_seconds();
    let mut progress = training.progress();
    while !progress.is_done() {
        let batch = Instant::now();
        progress = training.run(1).expect("trains");
        longest = longest.max(batch.elapsed().as_secs_f64());
    }
    let seconds = start.elapsed().as_secs_f64();
    let on_processor = match (start_on_processor, processor_seconds()) {
        (Some(start), Some(end)) => end - start,
        _ => seconds,
    };
    let (steps, milliseconds) = (progress.total, 1e3 * on_processor / progress.total as f64);
    let loss = training.curve().last().map_or(f64::NAN, |loss| loss.train);
    println!(
        "{{\"seconds\": {seconds:.3}, \"steps\": {steps}, \"ms_per_step\": {milliseconds:.3}, \
         \"longest_ms\": {:.3}, \"loss\": {loss:.4}}}",
        1e3 * longest
    );
}

/// Time that this thread has had the processor, where the system tells it (Linux): other programs do
/// not count.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds * 1e-9)
}
