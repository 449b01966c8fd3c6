//! One function per kernel: make input, run the device, run the twin, compare.

use half::f16;

use super::inputs::{indices, numbers, text_bounds};
use super::{KernelCheck, compare};
use crate::error::GpuError;
use crate::gpu::{Gpu, Weights};
use crate::ops::{self, Epilogue, TextPooling};
use crate::registry::Kernel;
use crate::{cpu, registry};

pub(super) async fn embed_tokens(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n, d, vocabulary) = (size, size.next_multiple_of(2), 50);
    let tokens = indices(n, vocabulary, 1);
    let positions = indices(n, 20, 2);
    let types = (size % 2 == 1).then(|| indices(n, 2, 3));
    let half_words: Vec<f16> = numbers(vocabulary * d, 4).into_iter().map(f16::from_f32).collect();
    let words: Vec<f32> = half_words.iter().map(|x| x.to_f32()).collect();
    let (position_table, type_table) = (numbers(20 * d, 5), numbers(2 * d, 6));
    let out = gpu.alloc(n * d)?;
    let types_there = types.as_ref().map(|types| gpu.upload(types)).transpose()?;
    let words_there = if size.is_multiple_of(3) {
        gpu.upload_weights(&words)?
    } else {
        gpu.upload_f16(&half_words.iter().map(|x| x.to_bits()).collect::<Vec<_>>())?
    };
    let mut batch = gpu.batch();
    batch.run(&ops::EmbedTokens {
        tokens: &gpu.upload(&tokens)?,
        positions: &gpu.upload(&positions)?,
        types: types_there.as_ref(),
        words: &words_there,
        position_table: &gpu.upload(&position_table)?,
        type_table: &gpu.upload(&type_table)?,
        out: &out,
        n_tokens: n,
        d,
    })?;
    batch.submit()?;
    let mut twin = vec![0.0; n * d];
    cpu::embed_tokens(
        &tokens,
        &positions,
        types.as_deref(),
        &words,
        &position_table,
        &type_table,
        d,
        &mut twin,
    );
    Ok(compare(&registry::embed_tokens, size, &gpu.read(&out, ..).await?, &twin))
}

pub(super) async fn layer_norm(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n, d, epsilon) = (size.min(40), size, 1e-12);
    // Away from zero, where a variance computed in one pass would cancel. One number has none.
    let x: Vec<f32> = numbers(n * d, 1).iter().map(|x| x + 3.0).collect();
    let residual = (size % 2 == 1).then(|| numbers(n * d, 2));
    let (weight, bias) = (numbers(d, 3), numbers(d, 4));
    let out = gpu.alloc(n * d)?;
    let residual_there = residual.as_ref().map(|residual| gpu.upload(residual)).transpose()?;
    let mut batch = gpu.batch();
    batch.run(&ops::LayerNorm {
        x: &gpu.upload(&x)?,
        residual: residual_there.as_ref(),
        weight: &gpu.upload(&weight)?,
        bias: &gpu.upload(&bias)?,
        out: &out,
        n_rows: n,
        d,
        epsilon,
    })?;
    batch.submit()?;
    let mut twin = vec![0.0; n * d];
    cpu::layer_norm(&x, residual.as_deref(), &weight, &bias, epsilon, &mut twin);
    Ok(compare(&registry::layer_norm, size, &gpu.read(&out, ..).await?, &twin))
}

/// Every epilogue and both precisions, as far as they belong to this kernel.
pub(super) async fn matmul(
    gpu: &Gpu,
    kernel: &Kernel,
    size: usize,
) -> Result<Vec<KernelCheck>, GpuError> {
    let (m, n) = (size.min(130), size);
    let k4 = size.next_multiple_of(4);
    let odd = size + usize::from(size.is_multiple_of(4));
    let before = gpu.uses_shader_f16();
    let cases = match kernel.name {
        "matmul" => {
            vec![(0, [m, n, k4], false), (2, [n.min(70), m, k4], false), (3, [m, n, k4], false)]
        }
        "matmul_f16" => vec![(1, [m, n, k4], true)],
        "matmul_shader_f16" if gpu.has_f16() => vec![(1, [m, n, k4], true)],
        "matmul_any" => vec![(2, [n.min(70), m, odd], false), (1, [m, n.min(66), odd], true)],
        _ => Vec::new(),
    };
    let mut checks = Vec::new();
    for (epilogue, shape, half) in cases {
        gpu.use_shader_f16(kernel.name == "matmul_shader_f16");
        let outcome = matmul_case(gpu, kernel, size, epilogue, shape, half).await;
        gpu.use_shader_f16(before);
        checks.push(outcome?);
    }
    Ok(checks)
}

async fn matmul_case(
    gpu: &Gpu,
    kernel: &Kernel,
    size: usize,
    epilogue: u32,
    shape: [usize; 3],
    half: bool,
) -> Result<KernelCheck, GpuError> {
    let [m, n, k] = shape;
    let a = numbers(m * k, 1);
    // Scaled as trained weights are, so that results are of order 1.
    let scale = 1.0 / (k as f32).sqrt();
    let halves: Vec<f16> = numbers(n * k, 2).iter().map(|x| f16::from_f32(scale * x)).collect();
    let bits: Vec<u16> = halves.iter().map(|x| x.to_bits()).collect();
    let weights: Vec<f32> = halves.iter().map(|x| x.to_f32()).collect();
    let there: Weights = if half { gpu.upload_f16(&bits)? } else { gpu.upload_weights(&weights)? };
    // Wide enough for both of GELU's polynomials and its flat ends.
    let bias = (epilogue != 0).then(|| numbers(n, 3).iter().map(|x| 5.0 * x).collect::<Vec<_>>());
    let residual = numbers(m * n, 4);
    let residual_there = gpu.upload(&residual)?;
    let bias_there = bias.as_ref().map(|bias| gpu.upload(bias)).transpose()?;
    let (epilogue, twin_epilogue) = match epilogue {
        0 => (Epilogue::None, cpu::Epilogue::None),
        1 => (Epilogue::Gelu, cpu::Epilogue::Gelu),
        2 => (Epilogue::Residual(&residual_there), cpu::Epilogue::Residual(&residual)),
        _ => (Epilogue::Relu, cpu::Epilogue::Relu),
    };
    let out = gpu.alloc(m * n)?;
    let (a_there, bias_there) = (gpu.upload(&a)?, bias_there.as_ref());
    let mut batch = gpu.batch();
    let weights_there = &there;
    batch.run(&ops::Matmul {
        a: &a_there,
        weights: weights_there,
        bias: bias_there,
        epilogue,
        out: &out,
        m,
        n,
        k,
    })?;
    batch.submit()?;
    let mut twin = vec![0.0; m * n];
    if half {
        cpu::matmul_f16(&a, &bits, bias.as_deref(), twin_epilogue, shape, &mut twin);
    } else {
        cpu::matmul(&a, &weights, bias.as_deref(), twin_epilogue, shape, &mut twin);
    }
    Ok(compare(kernel, size, &gpu.read(&out, ..).await?, &twin))
}

/// Both head sizes, over texts of uneven length.
pub(super) async fn attention(gpu: &Gpu, size: usize) -> Result<Vec<KernelCheck>, GpuError> {
    let bounds = text_bounds(size);
    let bounds_there = gpu.upload(&bounds)?;
    let mut checks = Vec::new();
    for (n_heads, head_dim) in [(3, 32), (2, 64)] {
        let d = n_heads * head_dim;
        let qkv: Vec<f32> = numbers(size * 3 * d, 1).iter().map(|x| 2.0 * x).collect();
        let out = gpu.alloc(size * d)?;
        let mut batch = gpu.batch();
        batch.run(&ops::Attention {
            qkv: &gpu.upload(&qkv)?,
            cu_seqlens: &bounds_there,
            out: &out,
            n_texts: bounds.len() - 1,
            n_tokens: size,
            longest: size,
            n_heads,
            head_dim,
        })?;
        batch.submit()?;
        let mut twin = vec![0.0; size * d];
        cpu::attention(&qkv, &bounds, n_heads, head_dim, &mut twin);
        checks.push(compare(&registry::attention, size, &gpu.read(&out, ..).await?, &twin));
    }
    Ok(checks)
}

pub(super) async fn segment_mean(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (d, bounds) = (size, text_bounds(size));
    let n_texts = bounds.len() - 1;
    let x = numbers(size * d, 1);
    let pooling = if size.is_multiple_of(3) { TextPooling::First } else { TextPooling::Mean };
    let out = gpu.alloc(n_texts * d)?;
    let mut batch = gpu.batch();
    batch.run(&ops::SegmentMean {
        x: &gpu.upload(&x)?,
        cu_seqlens: &gpu.upload(&bounds)?,
        out: &out,
        n_texts,
        d,
        pooling,
    })?;
    batch.submit()?;
    let mut twin = vec![0.0; n_texts * d];
    cpu::segment_mean(&x, &bounds, pooling, d, &mut twin);
    Ok(compare(&registry::segment_mean, size, &gpu.read(&out, ..).await?, &twin))
}

/// With a row of zeros.
pub(super) async fn l2_normalize(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n, d) = (size.min(40) + 1, size);
    let mut twin = numbers(n * d, 1);
    twin[..d].fill(0.0);
    let rows = gpu.upload(&twin)?;
    let mut batch = gpu.batch();
    batch.run(&ops::L2Normalize { rows: &rows, n_rows: n, d })?;
    batch.submit()?;
    cpu::l2_normalize(&mut twin, d);
    Ok(compare(&registry::l2_normalize, size, &gpu.read(&rows, ..).await?, &twin))
}

/// With an empty row and one whose weights are all zero.
pub(super) async fn sparse_pool(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (d, n_table) = (size, 50);
    let indptr = text_bounds(3 * size);
    let n_rows = indptr.len() - 1;
    let genes = indices(3 * size, n_table, 1);
    let mut weights: Vec<f32> = numbers(3 * size, 2).iter().map(|x| x + 1.0).collect();
    weights[0] = 0.0;
    let table = numbers(n_table * d, 3);
    let out = gpu.alloc(n_rows * d)?;
    let mut batch = gpu.batch();
    batch.run(&ops::SparsePool {
        indptr: &gpu.upload(&indptr)?,
        indices: &gpu.upload(&genes)?,
        weights: &gpu.upload(&weights)?,
        table: &gpu.upload(&table)?,
        out: &out,
        n_rows,
        d,
    })?;
    batch.submit()?;
    let mut twin = vec![0.0; n_rows * d];
    cpu::sparse_pool(&indptr, &genes, &weights, &table, d, &mut twin);
    Ok(compare(&registry::sparse_pool, size, &gpu.read(&out, ..).await?, &twin))
}

/// A block from the middle of both matrices.
pub(super) async fn knn_tile(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n_references, n_queries, d) = (size, size.min(70), 36);
    let (references, queries) = (numbers((size + 2) * d, 1), numbers((n_queries + 1) * d, 2));
    let out = gpu.alloc(n_references * n_queries)?;
    let mut batch = gpu.batch();
    batch.run(&ops::KnnTile {
        references: &gpu.upload(&references)?,
        first_reference: 2,
        n_references,
        queries: &gpu.upload(&queries)?,
        first_query: 1,
        n_queries,
        d,
        out: &out,
    })?;
    batch.submit()?;
    let mut twin = vec![0.0; n_references * n_queries];
    cpu::knn_tile(&references[2 * d..], &queries[d..], d, &mut twin);
    Ok(compare(&registry::knn_tile, size, &gpu.read(&out, ..).await?, &twin))
}

/// Two tiles in descending order, full of ties, with the query itself among the references.
pub(super) async fn topk_merge(gpu: &Gpu, size: usize) -> Result<KernelCheck, GpuError> {
    let (n_queries, n_references, k) = (size.min(70), size, size.min(15));
    let coarse = |seed| -> Vec<f32> {
        numbers(n_references * n_queries, seed).iter().map(|x| (x * 8.0).round() / 8.0).collect()
    };
    let tiles = [(n_references as u32, coarse(1)), (0, coarse(2))];
    let mut similarity = vec![cpu::EMPTY_SIMILARITY; n_queries * k];
    let mut index = vec![cpu::EMPTY_INDEX; n_queries * k];
    let (similarity_there, index_there) = (gpu.upload(&similarity)?, gpu.upload(&index)?);
    let mut batch = gpu.batch();
    for (first_reference, tile) in &tiles {
        batch.run(&ops::TopkMerge {
            similarities: &gpu.upload(tile)?,
            n_queries,
            n_references,
            first_reference: *first_reference,
            first_query: Some(1),
            k,
            best_similarity: &similarity_there,
            best_index: &index_there,
        })?;
    }
    batch.submit()?;
    for (first, tile) in &tiles {
        cpu::topk_merge(tile, n_queries, *first, Some(1), k, &mut similarity, &mut index);
    }
    let there = gpu.read(&index_there, ..).await?;
    let mut check =
        compare(&registry::topk_merge, size, &gpu.read(&similarity_there, ..).await?, &similarity);
    check.ok &= there == index;
    Ok(check)
}
