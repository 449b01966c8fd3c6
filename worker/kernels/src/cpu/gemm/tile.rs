//! The register tile at the bottom of every matrix product, one per instruction set.

/// A tile of C: `MR × NR` accumulators that stay in registers while k runs.
#[derive(Clone, Copy, Debug)]
pub struct Tile {
    /// Rows of the tile.
    pub(super) rows: usize,
    /// Columns of the tile.
    pub(super) columns: usize,
    /// Computes the tile.
    pub(super) run: TileFn,
}

/// `c[i][j] (+)= Σ_k a[k][i] · b[k][j]`, with `c` overwritten unless `accumulate`.
///
/// # Shapes
/// `a`: `[k × rows]`; `b`: `[k × columns]`; `c`: `[rows × columns]` with row stride `ldc`.
pub(super) type TileFn =
    unsafe fn(k: usize, a: *const f32, b: *const f32, c: *mut f32, ldc: usize, accumulate: bool);

/// Most rows and most columns of any tile.
pub(super) const LARGEST_TILE: usize = 12 * 32;

impl Tile {
    /// The fastest tile that this machine runs.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        {
            Self { rows: 4, columns: 8, run: simd128 }
        }
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                return Self { rows: 12, columns: 32, run: avx512 };
            }
            if std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("fma")
            {
                return Self { rows: 6, columns: 16, run: avx2 };
            }
            Self::portable()
        }
        #[cfg(not(any(
            target_arch = "x86_64",
            all(target_arch = "wasm32", target_feature = "simd128")
        )))]
        Self::portable()
    }

    /// The tile that every machine runs.
    #[must_use]
    pub fn portable() -> Self {
        Self { rows: 4, columns: 8, run: portable }
    }
}

/// A register of f32 lanes.
trait Lanes: Copy {
    const N: usize;
    /// # Safety
    /// The instruction set is there.
    unsafe fn zero() -> Self;
    /// # Safety
    /// The instruction set is there and `from` is valid for `N` reads.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// The instruction set is there and `from` is valid for one read.
    unsafe fn load_splat(from: *const f32) -> Self;
    /// # Safety
    /// The instruction set is there and `to` is valid for `N` writes.
    unsafe fn store(self, to: *mut f32);
    /// # Safety
    /// The instruction set is there.
    unsafe fn add(self, other: Self) -> Self;
    /// `self + a · b`.
    ///
    /// # Safety
    /// The instruction set is there.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
}

/// The body of every [`TileFn`]: `MR` rows of two registers.
///
/// # Safety
/// As [`TileFn`]: the pointers are valid for the shapes it states, and the instruction set of `L` is there.
#[inline(always)]
unsafe fn tile<L: Lanes, const MR: usize>(
    k: usize,
    a: *const f32,
    b: *const f32,
    c: *mut f32,
    ldc: usize,
    accumulate: bool,
) {
    // SAFETY: the caller vouches for the pointers and the instruction set; every offset lies within the shapes.
    unsafe {
        let mut sums = [[L::zero(); 2]; MR];
        let (mut a, mut b) = (a, b);
        for _ in 0..k {
            let (left, right) = (L::load(b), L::load(b.add(L::N)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = L::load_splat(a.add(row));
                sums[0] = sums[0].add_product(factor, left);
                sums[1] = sums[1].add_product(factor, right);
            }
            a = a.add(MR);
            b = b.add(2 * L::N);
        }
        for (row, sums) in sums.iter().enumerate() {
            for (half, &sum) in sums.iter().enumerate() {
                let to = c.add(row * ldc + half * L::N);
                let sum = if accumulate { L::load(to).add(sum) } else { sum };
                sum.store(to);
            }
        }
    }
}

/// [`TileFn`] in plain Rust.
unsafe fn portable(
    k: usize,
    a: *const f32,
    b: *const f32,
    c: *mut f32,
    ldc: usize,
    accumulate: bool,
) {
    // SAFETY: passed on from the caller; plain Rust needs no instruction set.
    unsafe { tile::<[f32; 4], 4>(k, a, b, c, ldc, accumulate) }
}

impl Lanes for [f32; 4] {
    const N: usize = 4;
    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.0; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for four reads.
        unsafe { from.cast::<[f32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the caller vouches for one read.
        unsafe { [*from; 4] }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for four writes.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] + other[lane])
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        std::array::from_fn(|lane| self[lane] + a[lane] * b[lane])
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use super::{Lanes, tile};
    use core::arch::wasm32::{
        f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_load32_splat, v128_store,
    };

    /// [`super::TileFn`] on 128-bit registers. Eight accumulators are what V8 keeps in registers: with
    /// more, or with k unrolled, it spills some, and the loop waits for memory (measured in Chromium
    /// 156 and Node 20: 4 × 8 at 45 GFLOP/s, 5 × 8 at 24, 6 × 8 at 29, 4 × 12 at 28).
    pub(super) unsafe fn simd128(
        k: usize,
        a: *const f32,
        b: *const f32,
        c: *mut f32,
        ldc: usize,
        accumulate: bool,
    ) {
        // SAFETY: passed on from the caller; simd128 is a property of this build.
        unsafe { tile::<v128, 4>(k, a, b, c, ldc, accumulate) }
    }

    impl Lanes for v128 {
        const N: usize = 4;
        #[inline(always)]
        unsafe fn zero() -> Self {
            f32x4_splat(0.0)
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller vouches for four reads; wasm loads need no alignment.
            unsafe { v128_load(from.cast()) }
        }
        #[inline(always)]
        unsafe fn load_splat(from: *const f32) -> Self {
            // SAFETY: the caller vouches for one read.
            unsafe { v128_load32_splat(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller vouches for four writes.
            unsafe { v128_store(to.cast(), self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            f32x4_add(self, other)
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            f32x4_add(self, f32x4_mul(a, b))
        }
    }
}
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm::simd128;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, tile};
    use core::arch::x86_64::*;

    /// [`super::TileFn`] on 256-bit registers.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn avx2(
        k: usize,
        a: *const f32,
        b: *const f32,
        c: *mut f32,
        ldc: usize,
        accumulate: bool,
    ) {
        // SAFETY: passed on from the caller; the instruction set is enabled here.
        unsafe { tile::<__m256, 6>(k, a, b, c, ldc, accumulate) }
    }

    /// [`super::TileFn`] on 512-bit registers.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512(
        k: usize,
        a: *const f32,
        b: *const f32,
        c: *mut f32,
        ldc: usize,
        accumulate: bool,
    ) {
        // SAFETY: passed on from the caller; the instruction set is enabled here.
        unsafe { tile::<__m512, 12>(k, a, b, c, ldc, accumulate) }
    }

    macro_rules! lanes {
        ($register:ty, $n:literal, $zero:ident, $load:ident, $splat:ident, $store:ident, $add:ident, $fma:ident) => {
            // SAFETY (all): the caller vouches for the instruction set and the pointers; accesses are unaligned.
            impl Lanes for $register {
                const N: usize = $n;
                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: see above.
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: see above.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn load_splat(from: *const f32) -> Self {
                    // SAFETY: see above.
                    unsafe { $splat(*from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: see above.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: see above.
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn add_product(self, a: Self, b: Self) -> Self {
                    // SAFETY: see above.
                    unsafe { $fma(a, b, self) }
                }
            }
        };
    }

    lanes!(
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_set1_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_fmadd_ps
    );
    lanes!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_set1_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps
    );
}
#[cfg(target_arch = "x86_64")]
use x86::{avx2, avx512};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_matches_the_sum() {
        for tile in [Tile::detect(), Tile::portable()] {
            assert!(tile.rows * tile.columns <= LARGEST_TILE);
            let k = 37;
            let value = |i: usize| ((i * 2_654_435_761) % 1_000) as f32 / 500.0 - 1.0;
            let a: Vec<f32> = (0..k * tile.rows).map(value).collect();
            let b: Vec<f32> = (0..k * tile.columns).map(|i| value(i + 7)).collect();
            let ldc = tile.columns + 3;
            let mut c = vec![2.0_f32; tile.rows * ldc];
            for accumulate in [false, true] {
                // SAFETY: the three buffers have the shapes that TileFn states.
                unsafe { (tile.run)(k, a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), ldc, accumulate) };
            }
            for i in 0..tile.rows {
                for j in 0..tile.columns {
                    let term = |k: usize| {
                        f64::from(a[k * tile.rows + i]) * f64::from(b[k * tile.columns + j])
                    };
                    let expected = 2.0 * (0..k).map(term).sum::<f64>();
                    assert!((f64::from(c[i * ldc + j]) - expected).abs() < 1e-4, "{i} {j}");
                }
                assert_eq!(
                    c[i * ldc + tile.columns..][..3],
                    [2.0; 3],
                    "the tile stays within its columns"
                );
            }
        }
    }
}
