/// Adds each column's sum to `out`; twin of `column_sums.wgsl`.
///
/// # Shapes
/// `x`: `[n_rows × n_columns]`; `out`: `[n_columns]`.
pub fn column_sums(x: &[f32], out: &mut [f32]) {
    for row in x.chunks_exact(out.len().max(1)) {
        out.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
}
