use crate::contrastive::{
    pairs::LossSum,
    real::Real,
    supcon::{Row, contrast},
};

/// InfoNCE from one view to the other (CLIP, Radford 2021; P4): row `i` is a cell in the one view, key
/// `i` the same cell in the other, its only positive, and all other keys are negatives.
///
/// # Shapes
/// `cosines`, `slopes`: `[n × n]`, rows of the one view, keys of the other; slopes are added to.
pub(super) fn info_nce<T: Real>(
    (cosines, mut slopes): (&[T], Option<&mut [T]>),
    terms: &mut Vec<T>,
    n: usize,
    (temperature, weight): (f64, f64),
) -> LossSum {
    let mut total = LossSum { sum: 0.0, n: n as f64 };
    for anchor in 0..n {
        let row = anchor * n..(anchor + 1) * n;
        total.sum += contrast(
            Row {
                cosines: &cosines[row.clone()],
                slopes: slopes.as_deref_mut().map(|all| &mut all[row]),
            },
            terms,
            std::iter::empty(),
            std::iter::once(anchor),
            1,
            (temperature, weight / n as f64),
        );
    }
    total
}
