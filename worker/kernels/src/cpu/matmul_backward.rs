/// A matrix product `A · b`, kept where `mask > 0`; `A` is `a` or `aᵀ`; twin of `matmul_backward.wgsl`.
///
/// # Shapes
/// `a`: `[m × k]`, transposed `[k × m]`; `b`: `[k × n]`; `mask`, `out`: `[m × n]`.
pub fn matmul_backward(
    a: &[f32],
    transposed: bool,
    b: &[f32],
    mask: Option<&[f32]>,
    [m, n, k]: [usize; 3],
    out: &mut [f32],
) {
    assert!(a.len() == m * k && b.len() == k * n && out.len() == m * n);
    let (row_a, column_a) = if transposed { (1, m as isize) } else { (k as isize, 1) };
    // SAFETY: the lengths were compared with the sizes above, and the strides are those of row-major
    // matrices of these sizes (a read as its transpose where it is one).
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            row_a,
            column_a,
            b.as_ptr(),
            n as isize,
            1,
            0.0,
            out.as_mut_ptr(),
            n as isize,
            1,
        );
    }
    if let Some(mask) = mask {
        assert!(mask.len() == out.len());
        for (x, &mask) in out.iter_mut().zip(mask) {
            *x = if mask > 0.0 { *x } else { 0.0 };
        }
    }
}
