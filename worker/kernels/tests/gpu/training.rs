//! Contrastive training: gradients, steps and errors.

use lexicell_kernels::ops::{AdamWStep, NO_GROUP};
use lexicell_kernels::train::{Contrast, GpuHead, Inputs, Linear, SparseRows, TermLoss};
use lexicell_kernels::{Gpu, GpuError};

use crate::adapter::with_gpu;
use crate::twin_head::{TwinHead, loss};

fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// As PyTorch starts them: uniform in ± 1 / √n_in.
fn layers(widths: &[usize]) -> Vec<Linear> {
    let layer = |(i, pair): (usize, &[usize])| {
        let scale = 1.0 / (pair[0] as f32).sqrt();
        let draw = |n, seed| numbers(n, seed).iter().map(|x| scale * x).collect::<Vec<_>>();
        let (n_in, n_out, seed) = (pair[0], pair[1], 10 * i as u32);
        Linear { n_in, n_out, weights: draw(n_in * n_out, seed + 1), bias: draw(n_out, seed + 2) }
    };
    widths.windows(2).enumerate().map(layer).collect()
}

fn unit_rows(n: usize, d: usize, seed: u32) -> Vec<f32> {
    let mut rows = numbers(n * d, seed);
    lexicell_kernels::cpu::l2_normalize(&mut rows, d);
    rows
}

/// Five labels, some rows without one.
fn labels(n: usize) -> Vec<u32> {
    (0..n as u32).map(|i| if i % 7 == 0 { NO_GROUP } else { i * i % 5 }).collect()
}

/// The first half's views are the second half's.
fn pairs(n: usize) -> Vec<u32> {
    (0..n as u32).map(|i| i % (n as u32 / 2)).collect()
}

fn adamw(t: u32) -> AdamWStep {
    let (learning_rate, betas, epsilon, weight_decay) = (1e-3, (0.9, 0.999), 1e-8, 0.01);
    AdamWStep { t, learning_rate, betas, epsilon, weight_decay }
}

fn flat(layers: &[Linear]) -> Vec<f32> {
    layers.iter().flat_map(|layer| [&layer.weights[..], &layer.bias].concat()).collect()
}

/// The length of the difference as a share of the length.
fn distance(found: &[f32], truth: &[f32]) -> f64 {
    assert_eq!(found.len(), truth.len());
    let length = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let off = length(&mut found.iter().zip(truth).map(|(&a, &b)| f64::from(a) - f64::from(b)));
    off / length(&mut truth.iter().map(|&x| f64::from(x)))
}

/// Heads with and without a hidden layer, of odd and even sizes; losses of one and of two terms.
fn cases() -> Vec<(Vec<usize>, usize, bool, bool)> {
    vec![
        (vec![36, 24, 8], 40, true, false),
        (vec![37, 21, 7], 50, false, true),
        (vec![40, 16], 46, true, true),
        (vec![33, 20, 18, 5], 44, true, true),
    ]
}

#[test]
fn the_twins_gradient_is_the_slope_of_the_loss() {
    for (widths, n, supervised, paired) in cases() {
        let (labels, pairs) = (labels(n), pairs(n));
        let contrasts = contrasts(&labels, &pairs, supervised, paired);
        let x = unit_rows(n, widths[0], 3);
        let mut head = TwinHead::new(layers(&widths));
        let found = f64::from(head.backward(&x, &contrasts));
        let truth = loss(&head.layers, (0.0, &[]), &x, &contrasts);
        assert!((found - truth).abs() < 1e-5 * truth, "{found} instead of {truth}");
        let gradients = flat(&head.gradients);
        // Along some directions of all weights at once.
        for seed in 0..6 {
            let direction = numbers(gradients.len(), 100 + seed);
            let slope: f64 =
                gradients.iter().zip(&direction).map(|(&g, &d)| f64::from(g) * f64::from(d)).sum();
            let at = |step: f64| loss(&head.layers, (step, &direction), &x, &contrasts);
            let step = 1e-6;
            let truth = (at(step) - at(-step)) / (2.0 * step);
            let off = (slope - truth).abs() / truth.abs().max(0.1);
            eprintln!("{widths:?}: slope {truth:.4}, off by {off:.1e}");
            assert!(off < 1e-4, "{slope}, not {truth}");
        }
    }
}

#[test]
fn gradients_equal_the_twins() {
    with_gpu(async |gpu| {
        for (widths, n, supervised, paired) in cases() {
            let (labels, pairs) = (labels(n), pairs(n));
            let contrasts = contrasts(&labels, &pairs, supervised, paired);
            let x = unit_rows(n, widths[0], 3);
            let mut twin = TwinHead::new(layers(&widths));
            let mut head = GpuHead::new(&gpu, &layers(&widths), &[], n).await.expect("room");
            head.step(Inputs::Given(&x), &contrasts, &adamw(1)).expect("a step");
            let truth = twin.backward(&x, &contrasts);
            let found = weighted(&head.losses().await.expect("it runs"), &contrasts)[0];
            assert!((found - truth).abs() < 1e-5 * truth, "{found} instead of {truth}");
            let there = head.gradients().await.expect("it runs");
            for (there, twin) in there.iter().zip(&twin.gradients) {
                let weights = distance(&there.weights, &twin.weights);
                let bias = distance(&there.bias, &twin.bias);
                eprintln!("{widths:?}: weights {weights:.1e}, bias {bias:.1e}");
                // Where the rows are nearly one, the sums of a bias cancel.
                assert!(weights < 1e-5 && bias < 1e-4);
            }
        }
    });
}

#[test]
fn twenty_steps_equal_the_twins() {
    with_gpu(async |gpu| {
        for (supervised, paired) in [(true, false), (false, true), (true, true)] {
            let (n_table, n, widths) = (150, 48, [36, 24, 8]);
            let table = unit_rows(n_table, widths[0], 5);
            let mut twin = TwinHead::new(layers(&widths));
            let mut head = GpuHead::new(&gpu, &layers(&widths), &table, n).await.expect("room");
            let (labels, pairs) = (labels(n), pairs(n));
            let contrasts = contrasts(&labels, &pairs, supervised, paired);
            let mut losses = Vec::new();
            for t in 1..=20 {
                let rows: Vec<u32> = (0..n as u32).map(|i| (i * 7 + 31 * t) % 150).collect();
                head.step(Inputs::Rows(&rows), &contrasts, &adamw(t)).expect("a step");
                let gathered: Vec<f32> = rows
                    .iter()
                    .flat_map(|&row| &table[row as usize * widths[0]..][..widths[0]])
                    .copied()
                    .collect();
                losses.push(twin.step(&gathered, &contrasts, &adamw(t)));
            }
            let found = weighted(&head.losses().await.expect("it runs"), &contrasts);
            assert!(head.losses().await.expect("it runs").is_empty(), "losses are read once");
            assert!(distance(&found, &losses) < 1e-5, "{found:?} instead of {losses:?}");
            let there = flat(&head.layers().await.expect("it runs"));
            let off = distance(&there, &flat(&twin.layers));
            let moved = distance(&flat(&layers(&widths)), &flat(&twin.layers));
            eprintln!("weights moved by {moved:.1e} and differ by {off:.1e}");
            assert!(moved > 1e-2 && off < 1e-5, "moved by {moved}, off by {off}");
            // The head so trained, on all rows and in batches smaller than their number.
            let all: Vec<u32> = (0..n_table as u32).collect();
            let z = head.forward(Inputs::Rows(&all)).await.expect("it runs");
            assert!(distance(&z, &twin.forward(&table)[widths.len()]) < 1e-5);
            assert_eq!(head.forward(Inputs::Given(&table)).await, Ok(z));
        }
    });
}

#[test]
fn a_training_goes_on_from_its_state() {
    with_gpu(async |gpu| {
        let (n, widths) = (30, [12, 10, 4]);
        let (table, labels) = (unit_rows(n, widths[0], 5), labels(n));
        let contrast = [Contrast { groups: &labels, temperature: 0.1, weight: 1.0 }];
        let rows: Vec<u32> = (0..n as u32).collect();
        let mut head = GpuHead::new(&gpu, &layers(&widths), &table, n).await.expect("room");
        let mut state = Vec::new();
        for t in 1..=6 {
            head.step(Inputs::Rows(&rows), &contrast, &adamw(t)).expect("a step");
            if t == 3 {
                state = head.state().await.expect("it runs");
            }
        }
        let mut again = GpuHead::new(&gpu, &layers(&widths), &table, n).await.expect("room");
        again.set_state(&state).expect("the same layers");
        for t in 4..=6 {
            again.step(Inputs::Rows(&rows), &contrast, &adamw(t)).expect("a step");
        }
        assert_eq!(again.state().await, head.state().await);
        let (found, all) = (again.losses().await, head.losses().await.expect("it runs"));
        assert_eq!(found, Ok(all[3..].to_vec()));
    });
}

#[test]
fn losses_of_many_steps_wait() {
    with_gpu(async |gpu| {
        let (n, widths) = (4, [4, 2]);
        let (table, groups) = (unit_rows(n, 4, 1), [0, 0, 1, 1]);
        let contrast = [Contrast { groups: &groups, temperature: 0.5, weight: 1.0 }];
        let mut head = GpuHead::new(&gpu, &layers(&widths), &table, n).await.expect("room");
        for t in 1..=1030 {
            head.step(Inputs::Rows(&[0, 1, 2, 3]), &contrast, &adamw(t)).expect("a step");
        }
        let losses = head.losses().await.expect("it runs");
        assert_eq!(losses.len(), 1030);
        let contrast = contrasts(&groups, &[], true, false);
        let losses = weighted(&losses, &contrast);
        assert!(losses.iter().all(|loss| loss.is_finite()) && losses[1029] < losses[0]);
    });
}

#[test]
fn batches_without_positives_are_no_steps() {
    with_gpu(async |gpu| {
        let (n, widths) = (5, [4, 2]);
        let mut head = GpuHead::new(&gpu, &layers(&widths), &[], n).await.expect("room");
        let groups = [NO_GROUP, NO_GROUP, 1, 2, 3];
        let contrast = [Contrast { groups: &groups, temperature: 0.1, weight: 1.0 }];
        let rows = unit_rows(n, 4, 1);
        assert_eq!(head.step(Inputs::Given(&rows), &contrast, &adamw(1)), Ok(false));
        assert_eq!(head.losses().await, Ok(Vec::new()));
        assert_eq!(head.layers().await, Ok(layers(&widths)));
        // One term without positives takes no part.
        let both = [contrast[0], Contrast { groups: &[1, 1, 2, 2, 3], ..contrast[0] }];
        assert_eq!(head.step(Inputs::Given(&rows), &both, &adamw(1)), Ok(true));
        let mut alone = GpuHead::new(&gpu, &layers(&widths), &[], n).await.expect("room");
        assert_eq!(alone.step(Inputs::Given(&rows), &both[1..], &adamw(1)), Ok(true));
        assert_eq!(head.layers().await, alone.layers().await);
        let terms = &head.losses().await.expect("it runs")[0];
        assert_eq!(terms[0], TermLoss { mean: 0.0, n_anchors: 0 });
        assert_eq!((terms[1].n_anchors, terms[1].mean > 0.0), (4, true));
        // A row of zeros has no direction, and nothing becomes NaN.
        let mut rows = rows;
        rows[..4].fill(0.0);
        let mut start = layers(&widths);
        start[0].bias.fill(0.0);
        let mut head = GpuHead::new(&gpu, &start, &[], n).await.expect("room");
        let contrast = [Contrast { groups: &[0; 5], temperature: 0.1, weight: 1.0 }];
        head.step(Inputs::Given(&rows), &contrast, &adamw(1)).expect("a step");
        assert!(flat(&head.layers().await.expect("it runs")).iter().all(|x| x.is_finite()));
    });
}

#[test]
fn mistakes_are_errors() {
    with_gpu(async |gpu| {
        let table = unit_rows(6, 4, 1);
        let wrong = [Linear::zeros(4, 3), Linear::zeros(2, 2)];
        let error = GpuHead::new(&gpu, &wrong, &table, 3).await.err();
        assert!(matches!(error, Some(GpuError::Shape { .. })), "{error:?}");
        assert!(GpuHead::new(&gpu, &[], &table, 3).await.is_err());
        // All pairs of so many rows overflow 32 bits.
        let mut wide = GpuHead::new(&gpu, &layers(&[4, 2]), &table, 1 << 20).await.expect("room");
        let contrast = [Contrast { groups: &[0, 0], temperature: 0.1, weight: 1.0 }];
        let error = wide.step(Inputs::Rows(&[0, 1]), &contrast, &adamw(1));
        assert!(matches!(error, Err(GpuError::TooLarge { .. })), "{error:?}");
        let mut head = GpuHead::new(&gpu, &layers(&[4, 2]), &table, 3).await.expect("room");
        let mut step = |rows: &[u32], groups: &[u32]| {
            let contrast = [Contrast { groups, temperature: 0.1, weight: 1.0 }];
            head.step(Inputs::Rows(rows), &contrast, &adamw(1))
        };
        assert!(matches!(step(&[0, 1, 2, 3], &[0; 4]), Err(GpuError::Unsupported { .. })));
        assert_eq!(step(&[0, 6], &[0; 2]), Err(GpuError::Range { start: 6, end: 7, len: 6 }));
        assert!(matches!(step(&[0, 1], &[0; 3]), Err(GpuError::Shape { .. })));
        assert_eq!(step(&[0, 1], &[0; 2]), Ok(true));
        assert_eq!(head.losses().await.map(|losses| losses.len()), Ok(1));
        gpu.destroy();
        let contrast = [Contrast { groups: &[0, 0], temperature: 0.1, weight: 1.0 }];
        let lost = head.step(Inputs::Rows(&[0, 1]), &contrast, &adamw(2));
        let lost = if lost.is_ok() { head.losses().await.map(|_| true) } else { lost };
        assert!(matches!(lost, Err(GpuError::Lost { .. })), "{lost:?}");
    });
}

#[test]
fn the_training_kernels_pass_their_self_test() {
    with_gpu(async |gpu: Gpu| {
        let result = gpu.self_test_training().await.expect("the kernels run");
        assert!(result.passed() && !result.kernels.is_empty(), "{:?}", result.failures());
        let again = gpu.self_test_training().await.expect("it is known");
        assert_eq!(again.kernels.len(), result.kernels.len());
    });
}

fn weighted(losses: &[Vec<TermLoss>], contrasts: &[Contrast<'_>]) -> Vec<f32> {
    let sum = |terms: &Vec<TermLoss>| {
        terms.iter().zip(contrasts).map(|(term, contrast)| contrast.weight * term.mean).sum()
    };
    losses.iter().map(sum).collect()
}

fn contrasts<'a>(
    labels: &'a [u32],
    pairs: &'a [u32],
    supervised: bool,
    paired: bool,
) -> Vec<Contrast<'a>> {
    let supervised =
        supervised.then_some(Contrast { groups: labels, temperature: 0.1, weight: 0.75 });
    let paired = paired.then_some(Contrast { groups: pairs, temperature: 0.2, weight: 0.5 });
    supervised.into_iter().chain(paired).collect()
}

#[test]
fn pooled_rows_train_as_those_that_are_sent() {
    with_gpu(async |gpu| {
        let (widths, n, n_genes) = ([36, 24, 8], 40, 90);
        let table = numbers(n_genes * widths[0], 8);
        let (mut indptr, mut indices, mut weights) = (vec![0u32], Vec::new(), Vec::new());
        for row in 0..n as u32 {
            // From one gene to many.
            for entry in 0..=row * 3 % 50 {
                indices.push((row * 31 + entry * 7) % n_genes as u32);
                weights.push(0.1 + (entry % 5) as f32);
            }
            indptr.push(indices.len() as u32);
        }
        let mut x = vec![0.0; n * widths[0]];
        lexicell_kernels::cpu::sparse_pool(&indptr, &indices, &weights, &table, widths[0], &mut x);
        lexicell_kernels::cpu::l2_normalize(&mut x, widths[0]);
        let rows = SparseRows { indptr: &indptr, indices: &indices, weights: &weights };
        let groups = pairs(n);
        let contrasts = contrasts(&groups, &groups, false, true);
        let (mut pooled, mut sent) = (Vec::new(), Vec::new());
        for (inputs, out) in [(Inputs::Pooled(rows), &mut pooled), (Inputs::Given(&x), &mut sent)] {
            let mut head = GpuHead::new(&gpu, &layers(&widths), &table, n).await.expect("room");
            assert!(head.pools());
            out.extend(head.forward(inputs).await.expect("it runs"));
            head.step(inputs, &contrasts, &adamw(1)).expect("a step");
            out.extend(flat(&head.gradients().await.expect("it runs")));
        }
        assert!(distance(&pooled, &sent) < 1e-5, "{}", distance(&pooled, &sent));
        let outside = SparseRows { indices: &[n_genes as u32], indptr: &[0, 1], weights: &[1.0] };
        let mut head = GpuHead::new(&gpu, &layers(&widths), &table, n).await.expect("room");
        assert!(matches!(head.forward(Inputs::Pooled(outside)).await, Err(GpuError::Range { .. })));
    });
}
