/// Multi-head self-attention within each packed text; twin of `attention.wgsl`.
///
/// # Shapes
/// `qkv`: `[n_tokens × 3 · n_heads · head_dim]`; `cu_seqlens`: `[n_texts + 1]`;
/// `out`: `[n_tokens × n_heads · head_dim]`.
pub fn attention(
    qkv: &[f32],
    cu_seqlens: &[u32],
    n_heads: usize,
    head_dim: usize,
    out: &mut [f32],
) {
    let d = n_heads * head_dim;
    assert!(qkv.len() == 3 * out.len());
    let scale = 1.0 / (head_dim as f32).sqrt();
    // part: 0 queries, 1 keys, 2 values
    let vector = |token: usize, part: usize, head: usize| {
        let start = token * 3 * d + part * d + head * head_dim;
        &qkv[start..start + head_dim]
    };
    let mut shares = Vec::new();
    for text in cu_seqlens.windows(2) {
        let tokens = text[0] as usize..text[1] as usize;
        for (token, head) in tokens.clone().flat_map(|t| (0..n_heads).map(move |h| (t, h))) {
            let query = vector(token, 0, head);
            shares.clear();
            shares.extend(tokens.clone().map(|j| scale * dot(query, vector(j, 1, head))));
            softmax(&mut shares);
            let out = &mut out[token * d + head * head_dim..][..head_dim];
            out.fill(0.0);
            for (j, share) in tokens.clone().zip(&shares) {
                out.iter_mut().zip(vector(j, 2, head)).for_each(|(y, v)| *y += share * v);
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
    let total: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= total);
}
