use std::{
    fmt::Debug,
    ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign},
};

use lexicell_kernels::cpu::{
    exp_row,
    gemm::{Gemm, Operand},
    max_of,
};

/// A number that the losses and the head are computed in: f32 to train, f64 to check gradients.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// What matrix products need beside their factors.
    type Products: Debug + Clone + Default;
    /// The lowest number.
    const LOWEST: Self;

    /// The nearest number.
    fn of(value: f64) -> Self;
    /// The number in f64.
    fn wide(self) -> f64;
    /// Its square root.
    fn root(self) -> Self;
    /// `c = a · b`, or `c += a · b` where `accumulate` is set.
    ///
    /// # Shapes
    /// `a`: `[m × k]`; `b`: `[k × n]`; `c`: `[m × n]` without gaps.
    fn product(
        products: &mut Self::Products,
        shape: [usize; 3],
        a: Operand<'_, Self>,
        b: Operand<'_, Self>,
        c: &mut [Self],
        accumulate: bool,
    );
    /// The greatest number of a row.
    fn max_of(row: &[Self]) -> Self;
    /// Replaces `row` by `exp(scale · (x − max))` and returns the sum of it; `scale` > 0.
    fn exp_row(row: &mut [Self], scale: Self) -> Self;
}

impl Real for f32 {
    type Products = Gemm;
    const LOWEST: Self = f32::MIN;

    fn of(value: f64) -> Self {
        value as f32
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn root(self) -> Self {
        self.sqrt()
    }

    fn product(
        products: &mut Gemm,
        [m, n, k]: [usize; 3],
        a: Operand<'_, f32>,
        b: Operand<'_, f32>,
        c: &mut [f32],
        accumulate: bool,
    ) {
        products.product([m, n, k], a, b, (c, n), accumulate);
    }

    fn max_of(row: &[f32]) -> f32 {
        max_of(row)
    }

    fn exp_row(row: &mut [f32], scale: f32) -> f32 {
        exp_row(row, scale)
    }
}

impl Real for f64 {
    type Products = ();
    const LOWEST: Self = f64::MIN;

    fn of(value: f64) -> Self {
        value
    }

    fn wide(self) -> f64 {
        self
    }

    fn root(self) -> Self {
        self.sqrt()
    }

    fn product(
        (): &mut (),
        [m, n, k]: [usize; 3],
        a: Operand<'_, f64>,
        b: Operand<'_, f64>,
        c: &mut [f64],
        accumulate: bool,
    ) {
        for (place, c) in c.iter_mut().enumerate().take(m * n) {
            let (row, column) = (place / n, place % n);
            let sum: f64 = (0..k).map(|x| value(a, row, x) * value(b, x, column)).sum();
            *c = if accumulate { *c + sum } else { sum };
        }
    }

    fn max_of(row: &[f64]) -> f64 {
        row.iter().copied().fold(f64::MIN, f64::max)
    }

    fn exp_row(row: &mut [f64], scale: f64) -> f64 {
        let max = Self::max_of(row);
        row.iter_mut().for_each(|x| *x = (scale * (*x - max)).exp());
        row.iter().sum()
    }
}

fn value(operand: Operand<'_, f64>, row: usize, column: usize) -> f64 {
    match operand {
        Operand::Rows(data, stride) => data[row * stride + column],
        Operand::Transposed(data, stride) => data[column * stride + row],
    }
}
