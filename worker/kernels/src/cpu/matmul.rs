use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

use super::gelu;

/// What is done to `a · weightsᵀ + bias` before it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub enum Epilogue<'a> {
    /// Nothing.
    #[default]
    None,
    /// The exact GELU.
    Gelu,
    /// A matrix `[m × n]` is added.
    Residual(&'a [f32]),
    /// `max(x, 0)`.
    Relu,
}

/// A linear layer, `out = epilogue(a · weightsᵀ + bias)`; twin of `matmul.wgsl`.
///
/// The product is matrixmultiply's blocked one (AVX2 natively, simd128 in the browser).
///
/// # Shapes
/// `a`: `[m × k]`; `weights`: `[n × k]`; `bias`: `[n]`; `out`: `[m × n]`.
pub fn matmul(
    a: &[f32],
    weights: &[f32],
    bias: Option<&[f32]>,
    epilogue: Epilogue<'_>,
    [m, n, k]: [usize; 3],
    out: &mut [f32],
) {
    product(a, weights, [m, n, k], out);
    if let Some(bias) = bias {
        assert!(bias.len() == n);
        for row in out.chunks_exact_mut(n.max(1)) {
            row.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
        }
    }
    match epilogue {
        Epilogue::None => {}
        Epilogue::Gelu => out.iter_mut().for_each(|y| *y = gelu(*y)),
        Epilogue::Residual(residual) => {
            assert!(residual.len() == out.len());
            out.iter_mut().zip(residual).for_each(|(y, r)| *y += r);
        }
        Epilogue::Relu => out.iter_mut().for_each(|y| *y = y.max(0.0)),
    }
}

/// A linear layer whose weights are the bits of half-precision floats; twin of `matmul_f16.wgsl`.
///
/// # Shapes
/// As [`matmul`].
pub fn matmul_f16(
    a: &[f32],
    weights: &[u16],
    bias: Option<&[f32]>,
    epilogue: Epilogue<'_>,
    shape: [usize; 3],
    out: &mut [f32],
) {
    let halves: &[f16] = weights.reinterpret_cast();
    let mut single = vec![0.0; halves.len()];
    halves.convert_to_f32_slice(&mut single);
    matmul(a, &single, bias, epilogue, shape, out);
}

/// `out = a · bᵀ` for `a: [m × k]` and `b: [n × k]`.
pub(super) fn product(a: &[f32], b: &[f32], [m, n, k]: [usize; 3], out: &mut [f32]) {
    assert!(a.len() == m * k && b.len() == n * k && out.len() == m * n);
    let (row_a, row_out) = (k as isize, n as isize);
    // SAFETY: the lengths were compared with the sizes above, and the strides are those of
    // row-major matrices of these sizes (b read as its transpose).
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            row_a,
            1,
            b.as_ptr(),
            1,
            row_a,
            0.0,
            out.as_mut_ptr(),
            row_out,
            1,
        );
    }
}
