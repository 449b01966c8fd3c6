use super::{
    pairs::{LossSum, Pairs},
    real::Real,
    supcon::{Row, contrast},
};

/// NT-Xent (SimCLR, Chen 2020): rows `i` and `i + n / 2` are views of one cell, each the other's only
/// positive, and all other rows are negatives. Classes are not read.
pub(super) fn nt_xent<T: Real>(pairs: Pairs<'_, T>, temperature: f64, weight: f64) -> LossSum {
    let Pairs { cosines, mut slopes, terms, keys, .. } = pairs;
    let n = keys.len();
    let mut total = LossSum { sum: 0.0, n: n as f64 };
    for anchor in 0..n {
        let row = anchor * n..(anchor + 1) * n;
        total.sum += contrast(
            Row {
                cosines: &cosines[row.clone()],
                slopes: slopes.as_deref_mut().map(|all| &mut all[row]),
            },
            terms,
            std::iter::once(anchor),
            std::iter::once((anchor + n / 2) % n),
            1,
            (temperature, weight / n as f64),
        );
    }
    total
}
