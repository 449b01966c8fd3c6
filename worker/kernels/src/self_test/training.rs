//! As `cases`, for the kernels of training.

use super::inputs::{indices, numbers};
use super::{KernelCheck, compare};
use crate::error::GpuError;
use crate::gpu::Gpu;
use crate::ops::{self, AdamWStep, NO_GROUP};
use crate::{cpu, registry};

/// From two blocks of a table, so that each dispatch leaves the other's rows alone.
pub(super) async fn gather_rows(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n_table, n_rows, d) = (size + 1, size.min(90), size);
    let table = numbers(n_table * d, 1);
    let rows = indices(n_rows, n_table, 2);
    let (out, rows_there) = (gpu.alloc(n_rows * d)?, gpu.upload(&rows)?);
    let mut twin = vec![0.0; n_rows * d];
    let mut batch = gpu.batch();
    let half = n_table / 2;
    for (first, block) in [(0, &table[..half * d]), (half, &table[half * d..])] {
        batch.run(&ops::GatherRows {
            table: &gpu.upload(block)?,
            first,
            n_table: block.len() / d,
            rows: Some(&rows_there),
            out: &out,
            n_rows,
            d,
        })?;
        cpu::gather_rows(block, first, &rows, d, &mut twin);
    }
    batch.submit()?;
    Ok(compare(&registry::gather_rows, size, &gpu.read(&out, ..).await?, &twin))
}

/// Both forms of `a`, one of them masked.
pub(super) async fn matmul_backward(gpu: &Gpu, size: usize) -> Result<Vec<KernelCheck>, GpuError> {
    let (m, n, k) = (size.min(70), size, size.min(130) + 1);
    let mut checks = Vec::new();
    for transposed in [false, true] {
        let a: Vec<f32> = numbers(m * k, 1).iter().map(|x| x / (k as f32).sqrt()).collect();
        let b = numbers(k * n, 2);
        let mask = (!transposed).then(|| relu(&numbers(m * n, 3)));
        let mask_there = mask.as_ref().map(|mask| gpu.upload(mask)).transpose()?;
        let out = gpu.alloc(m * n)?;
        let mut batch = gpu.batch();
        batch.run(&ops::MatmulBackward {
            a: &gpu.upload(&a)?,
            transposed,
            b: &gpu.upload(&b)?,
            mask: mask_there.as_ref(),
            out: &out,
            m,
            n,
            k,
        })?;
        batch.submit()?;
        let mut twin = vec![0.0; m * n];
        cpu::matmul_backward(&a, transposed, &b, mask.as_deref(), [m, n, k], &mut twin);
        checks.push(compare(&registry::matmul_backward, size, &gpu.read(&out, ..).await?, &twin));
    }
    Ok(checks)
}

/// Onto what is there, behind a first number.
pub(super) async fn column_sums(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n_rows, n_columns) = (size, size.min(90));
    let x: Vec<f32> = numbers(n_rows * n_columns, 1).iter().map(|x| x / 4.0).collect();
    let mut twin = numbers(n_columns + 1, 2);
    let out = gpu.upload(&twin)?;
    let mut batch = gpu.batch();
    batch.run(&ops::ColumnSums {
        x: &gpu.upload(&x)?,
        out: &out,
        first: 1,
        accumulate: true,
        n_rows,
        n_columns,
    })?;
    batch.submit()?;
    cpu::column_sums(&x, &mut twin[1..]);
    Ok(compare(&registry::column_sums, size, &gpu.read(&out, ..).await?, &twin))
}

/// With a row of zeros.
pub(super) async fn l2_normalize_backward(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n_rows, d) = (size.min(40) + 1, size);
    // Away from zero: the gradient grows as a row shrinks.
    let mut y: Vec<f32> = numbers(n_rows * d, 1).iter().map(|y| y + 1.5 * y.signum()).collect();
    y[..d].fill(0.0);
    let mut twin = numbers(n_rows * d, 2);
    let gradient = gpu.upload(&twin)?;
    let mut batch = gpu.batch();
    batch.run(&ops::L2NormalizeBackward { y: &gpu.upload(&y)?, gradient: &gradient, n_rows, d })?;
    batch.submit()?;
    cpu::l2_normalize_backward(&y, d, &mut twin);
    Ok(compare(&registry::l2_normalize_backward, size, &gpu.read(&gradient, ..).await?, &twin))
}

/// With rows of no group and a row alone in its group; losses and row numbers side by side.
pub(super) async fn contrastive_rows(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n, temperature, scale) = (size.min(130), 0.1, 0.5);
    let (similarities, groups) = (numbers(n * n, 1), groups(n));
    let (rows, losses) = (gpu.alloc(n)?, gpu.alloc(n)?);
    let mut batch = gpu.batch();
    batch.run(&ops::ContrastiveRows {
        similarities: &gpu.upload(&similarities)?,
        groups: &gpu.upload(&groups)?,
        rows: &rows,
        losses: &losses,
        n,
        temperature,
        scale,
    })?;
    batch.submit()?;
    let (mut twin_rows, mut twin) = (vec![[0.0; 2]; n], vec![0.0; n]);
    cpu::contrastive_rows(&similarities, &groups, temperature, scale, &mut twin_rows, &mut twin);
    let mut there = gpu.read(&losses, ..).await?;
    there.extend(gpu.read(&rows, ..).await?.as_flattened());
    twin.extend(twin_rows.as_flattened());
    Ok(compare(&registry::contrastive_rows, size, &there, &twin))
}

/// Onto what is there.
pub(super) async fn contrastive_gradient(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n, temperature, scale) = (size.min(130), 0.5, 0.25);
    let (similarities, groups) = (symmetric(n, 1), groups(n));
    let (mut rows, mut losses) = (vec![[0.0; 2]; n], vec![0.0; n]);
    cpu::contrastive_rows(&similarities, &groups, temperature, scale, &mut rows, &mut losses);
    let mut twin = numbers(n * n, 2);
    let out = gpu.upload(&twin)?;
    let mut batch = gpu.batch();
    batch.run(&ops::ContrastiveGradient {
        similarities: &gpu.upload(&similarities)?,
        groups: &gpu.upload(&groups)?,
        rows: &gpu.upload(&rows)?,
        out: &out,
        accumulate: true,
        n,
        temperature,
        scale,
    })?;
    batch.submit()?;
    cpu::contrastive_gradient(&similarities, &groups, &rows, temperature, scale, &mut twin);
    Ok(compare(&registry::contrastive_gradient, size, &gpu.read(&out, ..).await?, &twin))
}

/// Two steps, with gradients of 0 and of every size; weights and moments side by side.
pub(super) async fn adamw(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let n = size * size.min(40);
    let mut weights = numbers(n, 1);
    let mut gradient: Vec<f32> = numbers(n, 2).iter().map(|x| x.powi(5)).collect();
    gradient[n / 2] = 0.0;
    let (mut first, mut second) = (vec![0.0; n], vec![0.0; n]);
    let there = [&weights, &first, &second].map(|x| gpu.upload(x));
    let [weights_there, first_there, second_there] = there;
    let (weights_there, first_there, second_there) = (weights_there?, first_there?, second_there?);
    let mut batch = gpu.batch();
    for t in 1..=2 {
        let (learning_rate, betas, epsilon, weight_decay) = (0.01, (0.9, 0.999), 1e-8, 0.1);
        let step = AdamWStep { t, learning_rate, betas, epsilon, weight_decay };
        batch.run(&ops::AdamW {
            gradient: &gpu.upload(&gradient)?,
            weights: &weights_there,
            first_moment: &first_there,
            second_moment: &second_there,
            n,
            step,
        })?;
        cpu::adamw(&gradient, &mut weights, &mut first, &mut second, &step);
        gradient.rotate_left(1);
    }
    batch.submit()?;
    let mut device = gpu.read(&weights_there, ..).await?;
    device.extend(gpu.read(&first_there, ..).await?);
    device.extend(gpu.read(&second_there, ..).await?);
    let twin = [weights, first, second].concat();
    Ok(compare(&registry::adamw, size, &device, &twin))
}

/// A few groups, rows of none and, where there is room, a group of one.
fn groups(n: usize) -> Vec<u32> {
    let mut groups: Vec<u32> =
        indices(n, 4, 3).iter().map(|&group| if group == 3 { NO_GROUP } else { group }).collect();
    groups[n / 2] = 7;
    groups
}

fn symmetric(n: usize, seed: u64) -> Vec<f32> {
    let x = numbers(n * n, seed);
    (0..n * n).map(|at| x[(at / n).min(at % n) * n + (at / n).max(at % n)]).collect()
}

fn relu(x: &[f32]) -> Vec<f32> {
    x.iter().map(|x| x.max(0.0)).collect()
}
