use lexicell_matrix::MISSING_CODE;

use super::{
    pairs::{LossSum, Pairs},
    real::Real,
};

/// The triplet loss over all triplets of a batch, `max(0, s_an − s_ap + margin)` in cosines: FaceNet's
/// (Schroff 2015), whose squared distances of unit vectors are `2 − 2s`, halved.
///
/// With slopes it is averaged over the triplets that violate the margin (Hermans 2017, the non-zero
/// terms of equation 7). Without slopes it is averaged over all triplets: as a validation loss the first
/// would not fall with the number of violations.
pub(super) fn triplet<T: Real>(pairs: Pairs<'_, T>, margin: f64) -> LossSum {
    let Pairs { cosines, mut slopes, anchors, keys, own, .. } = pairs;
    let margin = T::of(margin);
    let mut lists = Lists { positives: Vec::new(), negatives: Vec::new(), sums: Vec::new() };
    let (mut total, mut n_all) = (LossSum::default(), 0.0);
    let labelled = anchors.iter().enumerate().filter(|(_, class)| **class != MISSING_CODE);
    for (anchor, &class) in labelled {
        let row = anchor * keys.len()..(anchor + 1) * keys.len();
        lists.fill(&cosines[row.clone()], keys, class, own.then_some(anchor));
        n_all += (lists.positives.len() * lists.negatives.len()) as f64;
        let slopes = slopes.as_deref_mut().map(|all| &mut all[row]);
        total.add(lists.violations(margin, slopes));
    }
    match slopes {
        Some(slopes) => {
            let share = T::of(total.n.max(1.0).recip());
            slopes.iter_mut().for_each(|slope| *slope *= share);
            total.n = if n_all > 0.0 { total.n.max(1.0) } else { 0.0 };
        }
        None => total.n = n_all,
    }
    total
}

/// The positives and negatives of one anchor, each by rising cosine: every triplet is judged without
/// being visited.
struct Lists<T> {
    positives: Vec<(T, usize)>,
    negatives: Vec<(T, usize)>,
    /// The sum of the cosines of the negatives from each place on.
    sums: Vec<f64>,
}

impl<T: Real> Lists<T> {
    fn fill(&mut self, cosines: &[T], keys: &[u32], class: u32, itself: Option<usize>) {
        self.positives.clear();
        self.negatives.clear();
        for (key, (&cosine, &own)) in cosines.iter().zip(keys).enumerate() {
            if own == class && Some(key) != itself {
                self.positives.push((cosine, key));
            } else if own != class && own != MISSING_CODE {
                self.negatives.push((cosine, key));
            }
        }
        for list in [&mut self.positives, &mut self.negatives] {
            // No cosine is NaN; equal ones keep the order of keys.
            list.sort_unstable_by(|a, b| {
                a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal).then(a.1.cmp(&b.1))
            });
        }
        let mut sum = 0.0;
        self.sums.clear();
        self.sums.extend(self.negatives.iter().rev().map(|negative| {
            sum += negative.0.wide();
            sum
        }));
        self.sums.reverse();
    }

    /// The sum over violated triplets and their number; each adds 1 to the slope of its negative and
    /// −1 to that of its positive.
    fn violations(&self, margin: T, slopes: Option<&mut [T]>) -> LossSum {
        let violates = |positive: T, negative: T| negative - positive + margin > T::default();
        let mut total = LossSum::default();
        let mut first = 0;
        let mut counts = Vec::with_capacity(self.positives.len());
        for &(positive, _) in &self.positives {
            while first < self.negatives.len() && !violates(positive, self.negatives[first].0) {
                first += 1;
            }
            let n = (self.negatives.len() - first) as f64;
            let sum = self.sums.get(first).copied().unwrap_or(0.0);
            total.add(LossSum { sum: sum + n * (margin - positive).wide(), n });
            counts.push(n);
        }
        let Some(slopes) = slopes else { return total };
        for (&(_, key), n) in self.positives.iter().zip(counts) {
            slopes[key] -= T::of(n);
        }
        let mut n = 0;
        for &(negative, key) in &self.negatives {
            while n < self.positives.len() && violates(self.positives[n].0, negative) {
                n += 1;
            }
            slopes[key] += T::of(n as f64);
        }
        total
    }
}
