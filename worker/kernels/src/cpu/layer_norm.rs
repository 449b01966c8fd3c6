/// Layer normalisation of each row of `x + residual`; twin of `layer_norm.wgsl`.
///
/// # Shapes
/// `x`, `residual`, `out`: `[n_rows × d]`; `weight`, `bias`: `[d]`.
pub fn layer_norm(
    x: &[f32],
    residual: Option<&[f32]>,
    weight: &[f32],
    bias: &[f32],
    epsilon: f32,
    out: &mut [f32],
) {
    let d = weight.len();
    assert!(bias.len() == d && out.len() == x.len());
    out.copy_from_slice(x);
    if let Some(residual) = residual {
        assert!(residual.len() == x.len());
        out.iter_mut().zip(residual).for_each(|(y, r)| *y += r);
    }
    for row in out.chunks_exact_mut(d) {
        let mean = row.iter().sum::<f32>() / d as f32;
        row.iter_mut().for_each(|y| *y -= mean);
        let variance = row.iter().map(|y| y * y).sum::<f32>() / d as f32;
        let scale = 1.0 / (variance + epsilon).sqrt();
        for ((y, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *y = *y * scale * weight + bias;
        }
    }
}
