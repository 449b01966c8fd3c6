use crate::ops::TextPooling;

/// One vector per packed text: the mean of its tokens' vectors, or the first; twin of
/// `segment_mean.wgsl`.
///
/// # Shapes
/// `x`: `[n_tokens × d]`; `cu_seqlens`: `[n_texts + 1]`; `out`: `[n_texts × d]`.
pub fn segment_mean(
    x: &[f32],
    cu_seqlens: &[u32],
    pooling: TextPooling,
    d: usize,
    out: &mut [f32],
) {
    assert!(out.len() == cu_seqlens.len().saturating_sub(1) * d);
    for (text, out) in cu_seqlens.windows(2).zip(out.chunks_exact_mut(d)) {
        let (start, mut end) = (text[0] as usize, text[1] as usize);
        if pooling == TextPooling::First {
            end = end.min(start + 1);
        }
        out.fill(0.0);
        for token in x[start * d..end * d].chunks_exact(d) {
            out.iter_mut().zip(token).for_each(|(y, x)| *y += x);
        }
        let n = (end - start).max(1) as f32;
        out.iter_mut().for_each(|y| *y /= n);
    }
}
