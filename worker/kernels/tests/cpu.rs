//! The CPU twins against literal values of PyTorch, NumPy and scikit-learn.

use lexicell_kernels::cpu::{self, EMPTY_INDEX, EMPTY_SIMILARITY, Epilogue};
use lexicell_kernels::knn::CpuKnn;
use lexicell_kernels::ops::TextPooling;

fn assert_close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (&x, &y)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(x) - y).abs();
        assert!(error <= 1e-6 * y.abs().max(1.0), "at {i}: {x} instead of {y}");
    }
}

#[test]
fn layer_norm_of_a_sum() {
    // x = tensor([[1., 2, 4, -3], [.5, .5, .25, 8]]); r = tensor([[0., 1, 0, 0], [1, 0, 0, -2]])
    // F.layer_norm(x + r, (4,), tensor([1., .5, 2, -1]), tensor([0., .1, .2, .3]), 1e-12)
    let x = [1.0, 2.0, 4.0, -3.0, 0.5, 0.5, 0.25, 8.0];
    let residual = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, -2.0];
    let (weight, bias) = ([1.0, 0.5, 2.0, -1.0], [0.0, 0.1, 0.2, 0.3]);
    let mut out = [0.0; 8];
    cpu::layer_norm(&x, Some(&residual), &weight, &bias, 1e-12, &mut out);
    let expected = [
        -0.0932504833,
        0.426376671,
        2.25151062,
        1.8852582,
        -0.242359698,
        -0.236610681,
        -1.36187351,
        -1.39651775,
    ];
    assert_close(&out, &expected);
}

#[test]
fn linear_layers() {
    // a = tensor([[1., 2, 3], [-1, .5, 2]]); w = tensor([[.5, -.25, 1], [-1, 1, -.5]])
    // y = F.linear(a, w, tensor([.1, -.2])); F.gelu(y); y + tensor([[1., 2], [3, 4]])
    let a = [1.0, 2.0, 3.0, -1.0, 0.5, 2.0];
    let w = [0.5, -0.25, 1.0, -1.0, 1.0, -0.5];
    let bias = Some([0.1, -0.2]);
    let residual = [1.0, 2.0, 3.0, 4.0];
    let linear = |epilogue| {
        let mut out = [f32::NAN; 4];
        let bias = bias.as_ref().map(|bias| bias.as_slice());
        cpu::matmul(&a, &w, bias, epilogue, [2, 2, 3], &mut out);
        out
    };
    assert_close(&linear(Epilogue::None), &[3.1, -0.7, 1.475, 0.3]);
    assert_close(&linear(Epilogue::Gelu), &[3.09700036, -0.169374555, 1.37159324, 0.18537344]);
    assert_close(&linear(Epilogue::Residual(&residual)), &[4.1, 1.3, 4.475, 4.3]);
    // The weights are halves exactly: .5 is 0x3800, -.25 0xb400, 1 0x3c00.
    let halves = [0x3800, 0xb400, 0x3c00, 0xbc00, 0x3c00, 0xb800];
    let mut out = [f32::NAN; 4];
    cpu::matmul_f16(&a, &halves, Some(&[0.1, -0.2]), Epilogue::None, [2, 2, 3], &mut out);
    assert_close(&out, &[3.1, -0.7, 1.475, 0.3]);
}

#[test]
fn erf_and_gelu() {
    // torch.erf, torch.nn.functional.gelu in float64
    let x = [-5.0, -1.5, -0.93, -0.92, -1e-3, 0.0, 0.3, 0.95, 2.5, 10.0];
    let erf = [
        -1.0,
        -0.966105146,
        -0.811563559,
        -0.806767722,
        -0.00112837879,
        0.0,
        0.328626759,
        0.820890807,
        0.999593048,
        1.0,
    ];
    assert_close(&x.map(cpu::erf), &erf);
    let x = [-6.0, -3.0, -1.0, -0.1, 0.0, 0.5, 2.0, 7.0];
    let gelu = [
        -5.91952587e-09,
        -0.00404969409,
        -0.158655254,
        -0.0460172163,
        0.0,
        0.345731231,
        1.95449974,
        7.0,
    ];
    assert_close(&x.map(cpu::gelu), &gelu);
}

#[test]
fn attention_stays_within_each_text() {
    // qkv = (arange(48.) * .7).sin().reshape(4, 3, 2, 2), texts of 3 tokens and 1 token:
    // for s, e in [(0, 3), (3, 4)]:
    //     q, k, v = (qkv[s:e, i].transpose(0, 1) for i in range(3))
    //     F.scaled_dot_product_attention(q, k, v).transpose(0, 1)
    let qkv: Vec<f32> = (0..48).map(|i| (i as f32 * 0.7).sin()).collect();
    let mut out = [0.0; 16];
    cpu::attention(&qkv, &[0, 3, 4], 2, 2, &mut out);
    let expected = [
        -0.13068898,
        -0.237375304,
        -0.355000287,
        -0.391352117,
        -0.282238275,
        -0.361258894,
        0.291747779,
        0.449364662,
        0.482511163,
        0.505222142,
        0.173358887,
        0.18659015,
        -0.577715695,
        0.0839744583,
        0.706170022,
        0.996241748,
    ];
    assert_close(&out, &expected);
}

#[test]
fn a_text_is_the_mean_of_its_tokens_or_the_first() {
    // x[0:2].mean(0), zeros for the empty text, x[2:3].mean(0)
    let x = [1.0, 2.0, 3.0, 5.0, -1.0, 4.0];
    let mut out = [f32::NAN; 6];
    cpu::segment_mean(&x, &[0, 2, 2, 3], TextPooling::Mean, 2, &mut out);
    assert_eq!(out, [2.0, 3.5, 0.0, 0.0, -1.0, 4.0]);
    cpu::segment_mean(&x, &[0, 2, 2, 3], TextPooling::First, 2, &mut out);
    assert_eq!(out, [1.0, 2.0, 0.0, 0.0, -1.0, 4.0]);
}

#[test]
fn embeddings_are_summed() {
    // words[tokens] + positions[arange(3)] + types[[0, 1, 1]]
    let (words, positions) = ([1.0, 2.0, 30.0, 40.0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    let types = [100.0, 200.0, 300.0, 400.0];
    let embed = |types_of: Option<&[u32]>| {
        let mut out = [0.0; 6];
        let tokens = [1, 0, 1];
        cpu::embed_tokens(&tokens, &[0, 1, 2], types_of, &words, &positions, &types, 2, &mut out);
        out
    };
    assert_close(&embed(Some(&[0, 1, 1])), &[130.1, 240.2, 301.3, 402.4, 330.5, 440.6]);
    assert_close(&embed(None), &[130.1, 240.2, 101.3, 202.4, 130.5, 240.6]);
}

#[test]
fn cells_are_weighted_means_of_genes() {
    // t = arange(8.).reshape(4, 2)**2; (w[:3] @ t[[0, 2, 3]]) / w[:3].sum(), w = [1, 3, .5, 0, 0]
    let table: Vec<f32> = (0..8).map(|i| (i * i) as f32).collect();
    let mut out = [f32::NAN; 6];
    let (indices, weights) = ([0, 2, 3, 1, 1], [1.0, 3.0, 0.5, 0.0, 0.0]);
    cpu::sparse_pool(&[0, 3, 3, 5], &indices, &weights, &table, 2, &mut out);
    assert_close(&out, &[14.6666667, 22.3333333, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn lengths_become_one() {
    let mut rows = [3.0, 4.0, 0.0, 0.0, -2.0, 0.0];
    cpu::l2_normalize(&mut rows, 2);
    assert_close(&rows, &[0.6, 0.8, 0.0, 0.0, -1.0, 0.0]);
}

#[test]
fn equal_similarities_are_taken_by_index() {
    // Tiles arrive in the wrong order; query 1 is reference 4.
    let mut similarity = [EMPTY_SIMILARITY; 6];
    let mut index = [EMPTY_INDEX; 6];
    let late = [0.5, 0.9, 0.9, 1.0, 0.5, 0.2];
    let early = [0.5, 0.9, 0.1, 0.9, 0.9, 0.9];
    cpu::topk_merge(&late, 2, 3, Some(3), 3, &mut similarity, &mut index);
    assert_eq!(index, [4, 5, EMPTY_INDEX, 3, 5, EMPTY_INDEX]);
    cpu::topk_merge(&early, 2, 0, Some(3), 3, &mut similarity, &mut index);
    assert_eq!((index, similarity), ([2, 4, 0, 0, 1, 2], [0.9, 0.9, 0.5, 0.9, 0.9, 0.9]));
}

#[test]
fn neighbours_are_those_of_scikit_learn() {
    // x = np.sin(np.arange(210) * 1.3).reshape(30, 7)
    // NearestNeighbors(n_neighbors=4, metric="cosine", algorithm="brute").fit(x).kneighbors()
    let x: Vec<f32> = (0..210).map(|i| (f64::from(i) * 1.3).sin() as f32).collect();
    let found = neighbours(CpuKnn::new(x, 7, 4));
    let indices = [29, 20, 9, 18, 21, 10, 19, 12, 22, 11, 13, 20, 23, 12, 14, 21];
    let similarities = [
        0.9999806, 0.9770196, 0.9766151, 0.9092212, 0.9758222, 0.975186, 0.9038633, 0.900811,
        0.9753295, 0.9741095, 0.9001487, 0.8990573, 0.975807, 0.9739293, 0.9031475, 0.8970882,
    ];
    assert_eq!(found.indices[..16], indices);
    assert_close(&found.similarities[..16], &similarities);
}

#[test]
fn tiles_give_what_sorting_all_pairs_gives() {
    // Three blocks of 256 rows and a rest; coarse numbers, so that there are ties.
    let (n, d, k) = (700, 3, 9);
    let x: Vec<f32> = (0..n * d).map(|i| ((i * i * 7 + i) % 5) as f32 - 1.5).collect();
    let within = neighbours(CpuKnn::new(x.clone(), d, k));
    let between = neighbours(CpuKnn::between(x.clone(), x[..300 * d].to_vec(), d, k));
    let mut unit = x;
    cpu::l2_normalize(&mut unit, d);
    let mut all = vec![0.0; n * n];
    cpu::knn_tile(&unit, &unit, d, &mut all);
    for row in 0..n {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| all[row * n + b].total_cmp(&all[row * n + a]).then(a.cmp(&b)));
        let similarities = |order: &mut dyn Iterator<Item = &usize>| -> Vec<f64> {
            order.take(k).map(|&i| f64::from(all[row * n + i])).collect()
        };
        let others = similarities(&mut order.iter().filter(|&&i| i != row));
        assert_close(&within.similarities[row * k..(row + 1) * k], &others);
        assert!(!within.indices[row * k..(row + 1) * k].contains(&(row as u32)));
        if row < 300 {
            let list = &between.similarities[row * k..(row + 1) * k];
            assert_close(list, &similarities(&mut order.iter()));
        }
    }
    assert!(within.similarities.chunks(k).all(|list| list.is_sorted_by(|a, b| a >= b)));
}

#[test]
fn degenerate_sets_of_rows() {
    assert_eq!(neighbours(CpuKnn::new(Vec::new(), 5, 15)).indices, []);
    assert_eq!(neighbours(CpuKnn::new(vec![1.0; 5], 5, 15)).k, 0);
    let found = neighbours(CpuKnn::new(vec![0.0, 0.0, 1.0, 0.0, -1.0, 0.0], 2, 15));
    assert_eq!((found.k, &found.indices[..2]), (2, &[1, 2][..]));
    // A row that is no number is nobody's neighbour and has none.
    let found = neighbours(CpuKnn::new(vec![f32::NAN, 0.0, 1.0, 0.0, 1.0, 1.0], 2, 2));
    assert_eq!(found.indices[..4], [EMPTY_INDEX, EMPTY_INDEX, 2, EMPTY_INDEX]);
}

fn neighbours(mut knn: CpuKnn) -> lexicell_kernels::knn::Neighbors {
    let mut before = 0;
    loop {
        let progress = knn.run(1);
        assert!(progress.done > before || progress.is_done());
        if progress.is_done() {
            return knn.into_neighbors();
        }
        before = progress.done;
    }
}
