//! Contrastive training on the GPU against the same training on the CPU.
//!
//! Without an adapter the tests say that they are skipped; with GPU_TESTS=required they fail.

use lexicell_analysis::AnalysisError;
use lexicell_analysis::contrastive::{
    Augment, GpuTraining, Objective, PooledViews, Refined, TrainOptions, Training, ViewSource,
};
use lexicell_analysis::evaluation::{Approach, Trial};
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::pool::{CpuPool, PoolJob, PoolSettings, PoolWeights};
use lexicell_analysis::rng::SplitMix64;
use lexicell_analysis::split::Round;
use lexicell_analysis::state::MatrixState;
use lexicell_kernels::{Gpu, GpuError};
use lexicell_matrix::{Categorical, CsrMatrix, DenseMatrix, MISSING_CODE};

fn with_gpu(test: impl AsyncFnOnce(Gpu)) {
    let required = std::env::var("GPU_TESTS").is_ok_and(|value| value == "required");
    pollster::block_on(async {
        match Gpu::request().await {
            Ok(gpu) => test(gpu).await,
            Err(GpuError::NoAdapter { reason }) if !required => eprintln!("skipped: {reason}"),
            Err(error) => panic!("GPU_TESTS=required: {error}"),
        }
    });
}

const N_CLASSES: usize = 6;
const D: usize = 30;

/// Classes that differ in a third of the columns, under greater noise in the others.
fn planted(n: usize, seed: u64) -> (DenseMatrix, Vec<u32>) {
    let mut rng = SplitMix64::new(seed);
    let mut centres = SplitMix64::new(77);
    let centres: Vec<f64> = (0..N_CLASSES * D / 3).map(|_| centres.uniform() - 0.5).collect();
    let mut cells = DenseMatrix::zeros(n, D);
    let classes: Vec<u32> = (0..n).map(|cell| (cell % N_CLASSES) as u32).collect();
    for (cell, &class) in classes.iter().enumerate() {
        for (column, x) in cells.row_mut(cell).iter_mut().enumerate() {
            let (planted, noise) = match column < D / 3 {
                true => (centres[class as usize * D / 3 + column], 0.6),
                false => (0.0, 2.0),
            };
            // All lie to one side, as pooled vectors do.
            *x = (3.0 + planted + noise * (rng.uniform() - 0.5)) as f32;
        }
    }
    (cells, classes)
}

/// Views that are the cells under noise.
struct Noisy<'a>(&'a DenseMatrix);

impl ViewSource for Noisy<'_> {
    fn views(
        &self,
        cells: &[usize],
        rng: &mut SplitMix64,
    ) -> Result<(DenseMatrix, DenseMatrix), AnalysisError> {
        let mut view = || {
            let mut view = DenseMatrix::zeros(cells.len(), self.0.n_cols());
            for (row, &cell) in cells.iter().enumerate() {
                for (x, &y) in view.row_mut(row).iter_mut().zip(self.0.row(cell)) {
                    *x = y + 0.3 * (rng.uniform() as f32 - 0.5);
                }
            }
            view
        };
        let first = view();
        Ok((first, view()))
    }
}

fn options(objective: Objective) -> TrainOptions {
    TrainOptions {
        objective,
        hidden: Some(20),
        dim: 10,
        batch_size: 48,
        epochs: 12,
        learning_rate: 1e-2,
        seed: 5,
        ..TrainOptions::default()
    }
}

fn distance(found: &[f32], truth: &[f32]) -> f64 {
    assert_eq!(found.len(), truth.len());
    let length = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let off = length(&mut found.iter().zip(truth).map(|(&a, &b)| f64::from(a) - f64::from(b)));
    off / length(&mut truth.iter().map(|&x| f64::from(x)))
}

#[test]
fn twenty_steps_equal_those_on_the_cpu() {
    with_gpu(async |gpu| {
        let (cells, mut classes) = planted(20 * 48, 1);
        classes.iter_mut().step_by(11).for_each(|class| *class = MISSING_CODE);
        let train: Vec<usize> = (0..cells.n_rows()).collect();
        let views = Noisy(&cells);
        let mixed = Objective::Mixed { supervised: 0.7 };
        let cases = [
            (Objective::SupCon, false, Some(20)),
            (Objective::SupCon, true, None),
            (Objective::NtXent, true, Some(20)),
            (mixed, true, Some(20)),
        ];
        for (objective, has_views, hidden) in cases {
            let training = || {
                let views = has_views.then_some(&views as &dyn ViewSource);
                let options = TrainOptions { hidden, validation_share: 0.0, ..options(objective) };
                Training::new(&cells, Some(&classes), train.clone(), views, options)
                    .expect("it can be trained")
            };
            let mut cpu = training();
            let start = cpu.refiner().head;
            cpu.run(15).expect("it learns");
            let mut on_gpu = GpuTraining::new(&gpu, training()).await.expect("room");
            // So little work is a batch at a time.
            while on_gpu.training().progress().done < 15 {
                on_gpu.run(1.0).await.expect("it learns");
            }
            compare(&on_gpu, &cpu, start.parameters(), objective).await;
            // What is read back goes on anywhere: here on the CPU, for five steps more.
            on_gpu.pull().await.expect("it runs");
            let saved = on_gpu.training().checkpoint();
            let mut back = on_gpu.into_training();
            assert_eq!(back.progress(), cpu.progress());
            let mut resumed = training();
            resumed.resume(&saved).expect("the same training");
            assert_eq!(resumed.refiner(), back.refiner());
            assert_eq!(resumed.progress(), back.progress());
            back.run(5).expect("it learns");
            cpu.run(5).expect("it learns");
            let off = distance(back.refiner().head.parameters(), cpu.refiner().head.parameters());
            assert!(off < 1e-4, "{objective:?}: off by {off}");
            // And from there again on the GPU.
            let mut on_gpu = GpuTraining::new(&gpu, back).await.expect("room");
            on_gpu.run(1.0).await.expect("it learns");
            cpu.run(1).expect("it learns");
            compare(&on_gpu, &cpu, start.parameters(), objective).await;
        }
    });
}

async fn compare(
    on_gpu: &GpuTraining<'_>,
    cpu: &Training<'_>,
    start: &[f32],
    objective: Objective,
) {
    let found = on_gpu.refiner().await.expect("it runs").head;
    let truth = cpu.refiner().head;
    let off = distance(found.parameters(), truth.parameters());
    let moved = distance(start, truth.parameters());
    eprintln!("{objective:?}: weights moved by {moved:.1e} and differ by {off:.1e}");
    assert!(moved > 1e-2 && off < 1e-4, "{objective:?}: moved by {moved}, off by {off}");
}

#[test]
fn a_whole_training_refines_as_well_as_on_the_cpu() {
    with_gpu(async |gpu| {
        let (cells, mut classes) = planted(1200, 3);
        let truth = classes.clone();
        classes.iter_mut().skip(600).for_each(|class| *class = MISSING_CODE);
        let train: Vec<usize> = (0..600).collect();
        let views = Noisy(&cells);
        for objective in [Objective::SupCon, Objective::Mixed { supervised: 0.5 }] {
            let training = || {
                let source = objective.needs_views().then_some(&views as &dyn ViewSource);
                Training::new(&cells, Some(&classes), train.clone(), source, options(objective))
                    .expect("it can be trained")
            };
            let mut cpu = training();
            while !cpu.run(10).expect("it learns").is_done() {}
            let mut on_gpu = GpuTraining::new(&gpu, training()).await.expect("room");
            let mut before = 0;
            loop {
                let progress = on_gpu.run(1e6).await.expect("it learns");
                assert!(progress.done > before || progress.is_done());
                before = progress.done;
                if progress.is_done() {
                    break;
                }
            }
            assert_eq!(on_gpu.run(1e6).await.map(|progress| progress.is_done()), Ok(true));
            let (cpu, found) = (cpu.finish().expect("done"), on_gpu.finish().expect("done"));
            let raw = accuracy(&cells, &cells, &truth);
            let (there, here) = (refined(&found, &cells, &truth), refined(&cpu, &cells, &truth));
            eprintln!("{objective:?}: accuracy {raw:.3} raw, {here:.3} CPU, {there:.3} GPU");
            assert!((here - there).abs() <= 0.01 && here > raw + 0.2);
            assert_eq!((found.ended, found.fitted), (cpu.ended, cpu.fitted));
            assert_eq!((found.curve.len(), found.best_epoch), (cpu.curve.len(), cpu.best_epoch));
            for (found, cpu) in found.curve.iter().zip(&cpu.curve) {
                let validation = (found.validation.expect("some"), cpu.validation.expect("some"));
                assert!((found.train - cpu.train).abs() < 1e-3 * cpu.train);
                assert!((validation.0 - validation.1).abs() < 1e-3 * validation.1);
            }
        }
    });
}

/// The share of held-out cells whose five nearest training cells vote for their class.
fn accuracy(space: &DenseMatrix, cells: &DenseMatrix, truth: &[u32]) -> f64 {
    assert_eq!(space.n_rows(), cells.n_rows());
    let centred = |row: usize| -> Vec<f64> {
        let row = space.row(row);
        let mean = if space.n_cols() == D { 3.0 } else { 0.0 };
        let x: Vec<f64> = row.iter().map(|&x| f64::from(x) - mean).collect();
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter().map(|x| x / length).collect()
    };
    let rows: Vec<Vec<f64>> = (0..space.n_rows()).map(centred).collect();
    let right = (600..space.n_rows()).filter(|&cell| {
        let cosine = |other: &usize| -> f64 {
            rows[*other].iter().zip(&rows[cell]).map(|(a, b)| a * b).sum()
        };
        let mut train: Vec<usize> = (0..600).collect();
        train.sort_by(|a, b| cosine(b).total_cmp(&cosine(a)));
        let votes = |class: u32| train[..5].iter().filter(|&&other| truth[other] == class).count();
        let best = (0..N_CLASSES as u32).max_by_key(|&class| votes(class));
        best == Some(truth[cell])
    });
    right.count() as f64 / (space.n_rows() - 600) as f64
}

fn refined(found: &Refined, cells: &DenseMatrix, truth: &[u32]) -> f64 {
    let all: Vec<usize> = (0..cells.n_rows()).collect();
    let space = found.refiner.apply(cells, &all).expect("finite");
    accuracy(&space, cells, truth)
}

#[test]
fn a_lost_device_gives_the_training_back() {
    with_gpu(async |gpu| {
        let (cells, classes) = planted(300, 2);
        let train: Vec<usize> = (0..300).collect();
        let training = || {
            let options = TrainOptions { epochs: 3, ..options(Objective::SupCon) };
            Training::new(&cells, Some(&classes), train.clone(), None, options).expect("trainable")
        };
        let triplets = Objective::TripletCrossEntropy { margin: 0.2 };
        let refused = Training::new(&cells, Some(&classes), train.clone(), None, options(triplets));
        let refused = GpuTraining::new(&gpu, refused.expect("trainable")).await;
        let refusal = refused.err().expect("there are no kernels for triplets");
        assert!(matches!(refusal.error, AnalysisError::Setting { .. }), "{}", refusal.error);

        let mut on_gpu = GpuTraining::new(&gpu, training()).await.expect("room");
        while on_gpu.training().curve().is_empty() {
            on_gpu.run(1.0).await.expect("it learns");
        }
        on_gpu.run(1.0).await.expect("it learns");
        gpu.destroy();
        let error = on_gpu.run(1.0).await.expect_err("the device is gone");
        assert!(matches!(error, AnalysisError::Gpu(GpuError::Lost { .. })), "{error}");
        // The CPU goes on from the first epoch's end.
        let mut rest = on_gpu.into_training();
        let mut whole = training();
        while whole.curve().is_empty() {
            whole.run(1).expect("it learns");
        }
        assert_eq!(rest.progress(), whole.progress());
        while !rest.run(1).expect("it learns").is_done() {}
        while !whole.run(1).expect("it learns").is_done() {}
        let (rest, whole) = (rest.finish().expect("done"), whole.finish().expect("done"));
        let off = distance(rest.refiner.head.parameters(), whole.refiner.head.parameters());
        assert!(off < 1e-3, "off by {off}");
        let refused = GpuTraining::new(&gpu, training()).await.err().expect("the device is gone");
        assert!(matches!(refused.error, AnalysisError::Gpu(GpuError::Lost { .. })));
        assert!(refused.training.curve().is_empty());
    });
}

/// Counts of 60 genes in cells of six classes; every seventh gene has no vector.
fn counts(n: usize) -> (CsrMatrix, Vec<Option<u32>>, DenseMatrix) {
    let mut rng = SplitMix64::new(12);
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..n {
        for gene in 0..60u32 {
            let often = if gene as usize % N_CLASSES == cell % N_CLASSES { 0.8 } else { 0.2 };
            if rng.uniform() < often {
                indices.push(gene);
                data.push(1.0 + rng.below(9) as f32);
            }
        }
        indptr.push(indices.len());
    }
    let x = CsrMatrix::try_new(n, 60, indptr, indices, data).expect("a matrix");
    let rows = (0..60u32).map(|gene| (gene % 7 != 0).then_some(gene)).collect();
    let values = (0..60 * D).map(|_| 1.0 + rng.normal() as f32).collect();
    (x, rows, DenseMatrix::try_new(60, D, values).expect("a table"))
}

#[test]
fn views_pooled_on_the_device_train_as_those_pooled_here() {
    with_gpu(async |gpu| {
        let (x, rows, table) = counts(10 * 48);
        let state = MatrixState::RawCounts;
        let settings = PoolSettings { top_n: Some(20), weights: PoolWeights::Expression };
        let normalized = Normalized::new(&x, state).expect("counts");
        let job = PoolJob::new(&normalized, &rows, table.n_rows(), settings).expect("genes");
        let mut pool = CpuPool::new(job, &table).expect("a table");
        while !pool.run(100).expect("it pools").is_done() {}
        let cells = pool.finish().expect("pooled").embedding;
        let train: Vec<usize> = (0..cells.n_rows()).collect();
        for disjoint_genes in [false, true] {
            let augment = Augment { disjoint_genes, ..Augment::default() };
            let views = PooledViews::new(&x, state, rows.clone(), &table, settings, augment)
                .expect("views");
            let training = || {
                let options =
                    TrainOptions { validation_share: 0.2, epochs: 3, ..options(Objective::NtXent) };
                Training::new(&cells, None, train.clone(), Some(&views), options).expect("trains")
            };
            let (mut cpu, start) = (training(), training().refiner().head);
            while !cpu.run(10).expect("it learns").is_done() {}
            let mut on_gpu = GpuTraining::new(&gpu, training()).await.expect("room");
            while !on_gpu.run(1e6).await.expect("it learns").is_done() {}
            compare(&on_gpu, &cpu, start.parameters(), Objective::NtXent).await;
        }
    });
}

#[test]
fn a_trial_whose_head_is_trained_on_the_device_tells_what_the_cpu_tells() {
    with_gpu(async |gpu| {
        let (cells, codes) = planted(600, 9);
        let categories = (0..N_CLASSES).map(|class| class.to_string()).collect();
        let labels = Categorical { codes, categories };
        let (train, test) = ((0..400).collect(), (400..600).collect());
        let round = Round { repeat: 0, fold: 0, per_class: None, train, test };
        let approach =
            Approach::Refined { cells: &cells, views: None, options: options(Objective::SupCon) };
        let trial = || Trial::new(approach, &labels, &round, 10).expect("a trial");
        let mut here = trial();
        while !here.run(50).expect("it learns").is_done() {}

        let mut there = trial();
        there.run(1).expect("it begins");
        let training = there.take_training().expect("a training");
        assert!(there.take_training().is_none());
        let mut on_gpu = GpuTraining::new(&gpu, training).await.expect("room");
        while !on_gpu.run(1e7).await.expect("it learns").is_done() {}
        there.return_training(on_gpu.into_training());
        while !there.run(50).expect("it goes on").is_done() {}

        let (here, there) = (here.finish().expect("told"), there.finish().expect("told"));
        let same = here.classes.iter().zip(&there.classes).filter(|(a, b)| a == b).count();
        eprintln!("{same} of 200 cells are told alike");
        assert!(same >= 196, "{same} of 200 cells are told alike");
    });
}

#[test]
fn a_trial_is_not_driven_on_while_its_training_is_away() {
    let (cells, codes) = planted(300, 9);
    let categories = (0..N_CLASSES).map(|class| class.to_string()).collect();
    let labels = Categorical { codes, categories };
    let (train, test) = ((0..200).collect(), (200..300).collect());
    let round = Round { repeat: 0, fold: 0, per_class: None, train, test };
    let approach =
        Approach::Refined { cells: &cells, views: None, options: options(Objective::SupCon) };
    let mut trial = Trial::new(approach, &labels, &round, 10).expect("a trial");
    assert!(trial.take_training().is_none());
    trial.run(1).expect("it begins");
    assert!(trial.take_training().is_some());
    assert!(matches!(trial.run(1), Err(AnalysisError::OutOfTurn { .. })));
}
