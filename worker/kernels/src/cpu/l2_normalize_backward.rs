/// The gradient of scaling each row of length `d` to unit length, in place; twin of
/// `l2_normalize_backward.wgsl`.
///
/// # Shapes
/// `y`, the rows before they were scaled, and `gradient`: `[n_rows × d]`. The length of a row of
/// zeros counts as 1.
pub fn l2_normalize_backward(y: &[f32], d: usize, gradient: &mut [f32]) {
    assert!(y.len() == gradient.len());
    for (y, gradient) in y.chunks_exact(d).zip(gradient.chunks_exact_mut(d)) {
        let length = y.iter().map(|y| y * y).sum::<f32>().sqrt();
        let inverse = if length == 0.0 { 1.0 } else { 1.0 / length };
        let along: f32 = y.iter().zip(&*gradient).map(|(y, g)| y * inverse * g).sum();
        gradient.iter_mut().zip(y).for_each(|(g, y)| *g = (*g - y * inverse * along) * inverse);
    }
}
