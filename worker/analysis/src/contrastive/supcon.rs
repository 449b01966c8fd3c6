use lexicell_matrix::MISSING_CODE;

use super::{
    pairs::{LossSum, Members, Pairs},
    real::Real,
};

/// The supervised contrastive loss, positives averaged outside the log (Khosla 2020, equation 2).
///
/// `ℓ_i = −1/|P(i)| Σ_{p ∈ P(i)} log(exp(s_ip / τ) / Σ_{a ≠ i} exp(s_ia / τ))`, averaged over the anchors
/// that have a positive. A cell alone in its class is a negative of the others and no anchor; a cell
/// without a class is neither, since it may be of any.
pub(super) fn supcon<T: Real>(pairs: Pairs<'_, T>, temperature: f64, weight: f64) -> LossSum {
    let Pairs { cosines, mut slopes, terms, anchors, keys, own } = pairs;
    let members = Members::of(keys);
    let n_positives = |class: u32| members.rows(class).count() - usize::from(own);
    let is_anchor =
        |&class: &u32| class != MISSING_CODE && members.rows(class).count() > usize::from(own);
    let mut total =
        LossSum { sum: 0.0, n: anchors.iter().filter(|class| is_anchor(class)).count() as f64 };
    let without_class: Vec<usize> =
        (0..keys.len()).filter(|&key| keys[key] == MISSING_CODE).collect();
    for (anchor, &class) in anchors.iter().enumerate().filter(|(_, class)| is_anchor(class)) {
        let row = anchor * keys.len()..(anchor + 1) * keys.len();
        let itself = own.then_some(anchor);
        total.sum += contrast(
            Row {
                cosines: &cosines[row.clone()],
                slopes: slopes.as_deref_mut().map(|all| &mut all[row]),
            },
            terms,
            without_class.iter().copied().chain(itself),
            members.rows(class).filter(|&key| Some(key) != itself),
            n_positives(class),
            (temperature, weight / total.n),
        );
    }
    total
}

/// One anchor's row.
pub(super) struct Row<'a, T> {
    pub(super) cosines: &'a [T],
    pub(super) slopes: Option<&'a mut [T]>,
}

/// The loss of one anchor: the mean of `−log softmax` over its positives, `left_out` keys not counted.
pub(super) fn contrast<T: Real>(
    row: Row<'_, T>,
    terms: &mut Vec<T>,
    left_out: impl Iterator<Item = usize> + Clone,
    positives: impl Iterator<Item = usize> + Clone,
    n_positives: usize,
    (temperature, weight): (f64, f64),
) -> f64 {
    terms.clear();
    terms.extend_from_slice(row.cosines);
    left_out.clone().for_each(|key| terms[key] = T::LOWEST);
    let greatest = T::max_of(terms).wide();
    let sum = T::exp_row(terms, T::of(temperature.recip()));
    if let Some(slopes) = row.slopes {
        let weight = weight / temperature;
        let share = T::of(weight / sum.wide());
        slopes.iter_mut().zip(&*terms).for_each(|(slope, &term)| *slope += term * share);
        let pull = T::of(weight / n_positives as f64);
        positives.clone().for_each(|key| slopes[key] -= pull);
    }
    let mean = positives.map(|key| row.cosines[key].wide()).sum::<f64>() / n_positives as f64;
    (greatest - mean) / temperature + sum.wide().ln()
}
