/// Scales each row of length `d` to unit length, in place; twin of `l2_normalize.wgsl`.
///
/// A row of zeros stays.
pub fn l2_normalize(rows: &mut [f32], d: usize) {
    for row in rows.chunks_exact_mut(d) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length != 0.0 {
            row.iter_mut().for_each(|x| *x /= length);
        }
    }
}
