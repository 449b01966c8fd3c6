/// The weighted mean of table rows for each row of a CSR chunk; twin of `sparse_pool.wgsl`.
///
/// `out_i = Σ_g w_ig e_g / Σ_g w_ig`: weighted pooling of cells (arXiv 2505.07896). A row whose
/// weights sum to zero gets zeros; the caller counts and reports it.
///
/// # Shapes
/// `indptr`: `[n_rows + 1]`, from 0 to the number of entries; `indices`, `weights`: `[entries]`;
/// `table`: `[… × d]`; `out`: `[n_rows × d]`.
pub fn sparse_pool(
    indptr: &[u32],
    indices: &[u32],
    weights: &[f32],
    table: &[f32],
    d: usize,
    out: &mut [f32],
) {
    assert!(out.len() == indptr.len().saturating_sub(1) * d && indices.len() == weights.len());
    for (row, out) in indptr.windows(2).zip(out.chunks_exact_mut(d)) {
        let entries = row[0] as usize..row[1] as usize;
        pool_row(&indices[entries.clone()], &weights[entries], table, d, out);
    }
}

fn pool_row(indices: &[u32], weights: &[f32], table: &[f32], d: usize, out: &mut [f32]) {
    let vector = |i: u32| &table[i as usize * d..][..d];
    out.fill(0.0);
    // Two table rows at a time: half the traffic to and from `out`.
    let (pairs, last) = indices.as_chunks::<2>();
    let (pair_weights, last_weight) = weights.as_chunks::<2>();
    for (&[i, j], &[a, b]) in pairs.iter().zip(pair_weights) {
        for ((y, x), z) in out.iter_mut().zip(vector(i)).zip(vector(j)) {
            *y += a * x + b * z;
        }
    }
    for (&i, &a) in last.iter().zip(last_weight) {
        out.iter_mut().zip(vector(i)).for_each(|(y, x)| *y += a * x);
    }
    let total: f32 = weights.iter().sum();
    if total > 0.0 {
        out.iter_mut().for_each(|y| *y /= total);
    } else {
        out.fill(0.0);
    }
}
