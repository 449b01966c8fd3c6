//! How two groupings of the same cells go together.

use crate::metrics::{adjusted_rand_index, normalized_mutual_information};

/// Sweeps of the order of flows, left and right in turn; it settles after a few.
const SWEEPS: usize = 12;

/// Two groupings over the cells that have a class in both.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Cells in each pair of classes.
    ///
    /// # Shapes
    /// `[n_first × n_second]`, row after row.
    pub counts: Vec<u64>,
    /// Cells with a class in both.
    pub n_obs: u64,
    /// Cells that lack a class in one of them.
    pub n_missing: u64,
    /// Agreement beyond chance (Hubert & Arabie 1985; `sklearn.metrics.adjusted_rand_score`).
    pub adjusted_rand: f64,
    /// Mutual information over the mean of both entropies (`normalized_mutual_info_score`).
    pub mutual_information: f64,
}

/// Counts the cells of each pair of classes and says how far both groupings agree.
///
/// Codes outside the classes are missing; groupings of different length are compared over the shorter.
#[must_use]
pub fn agreement(first: &[u32], second: &[u32], n_classes: [usize; 2]) -> Agreement {
    let both = |(a, b): &(u32, u32)| (*a as usize) < n_classes[0] && (*b as usize) < n_classes[1];
    let pairs = first.iter().copied().zip(second.iter().copied());
    let (a, b): (Vec<u32>, Vec<u32>) = pairs.filter(both).unzip();
    let mut counts = vec![0u64; n_classes[0] * n_classes[1]];
    for (&row, &column) in a.iter().zip(&b) {
        counts[row as usize * n_classes[1] + column as usize] += 1;
    }
    Agreement {
        counts,
        n_obs: a.len() as u64,
        n_missing: (first.len().min(second.len()) - a.len()) as u64,
        adjusted_rand: adjusted_rand_index(&a, &b),
        mutual_information: normalized_mutual_information(&a, &b),
    }
}

/// Orders of both sides of a table so that few flows between them cross.
///
/// Each side in turn is sorted by the mean place of what flows there (Sugiyama, Tagawa & Toda 1981);
/// the best order on the way is kept.
///
/// # Shapes
/// `counts`: `[n_first × n_second]`, row after row.
#[must_use]
pub fn flow_order(counts: &[u64], n_classes: [usize; 2]) -> [Vec<u32>; 2] {
    let flow = |row: u32, column: u32| counts[row as usize * n_classes[1] + column as usize] as f64;
    let mut order = n_classes.map(|n| (0..n as u32).collect::<Vec<u32>>());
    let size = |row: u32| (0..n_classes[1] as u32).map(|column| flow(row, column)).sum::<f64>();
    order[0].sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let mut best: Option<(f64, [Vec<u32>; 2])> = None;
    for _ in 0..SWEEPS {
        let [left, right] = &mut order;
        by_mean_place(right, left, |right, left| flow(left, right));
        keep(&mut best, crossings(counts, n_classes[1], &order), &order);
        let [left, right] = &mut order;
        by_mean_place(left, right, flow);
        keep(&mut best, crossings(counts, n_classes[1], &order), &order);
    }
    best.map_or(order, |(_, order)| order)
}

fn keep(best: &mut Option<(f64, [Vec<u32>; 2])>, found: f64, order: &[Vec<u32>; 2]) {
    if best.as_ref().is_none_or(|(least, _)| found < *least) {
        *best = Some((found, order.clone()));
    }
}

/// Sorts one side by the mean place of its flows on the other.
fn by_mean_place(side: &mut [u32], other: &[u32], flow: impl Fn(u32, u32) -> f64) {
    let place = |own: u32| {
        let (sum, total) = other.iter().enumerate().fold((0.0, 0.0), |(sum, total), (at, &to)| {
            (sum + flow(own, to) * at as f64, total + flow(own, to))
        });
        if total > 0.0 { sum / total } else { f64::INFINITY }
    };
    side.sort_by_cached_key(|&own| {
        // Means are not below 0, so their bits are in their order.
        place(own).to_bits()
    });
}

/// Cells that cross, over all pairs of flows.
fn crossings(counts: &[u64], n_columns: usize, order: &[Vec<u32>; 2]) -> f64 {
    let mut above = vec![0.0; n_columns];
    let mut sum = 0.0;
    for &row in &order[0] {
        let mut beyond: f64 = above.iter().sum();
        for (at, &column) in order[1].iter().enumerate() {
            beyond -= above[at];
            sum += counts[row as usize * n_columns + column as usize] as f64 * beyond;
        }
        for (at, &column) in order[1].iter().enumerate() {
            above[at] += counts[row as usize * n_columns + column as usize] as f64;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_without_a_class_are_counted_apart() {
        let none = u32::MAX;
        let found = agreement(&[0, 0, 1, none, 1], &[1, 1, 0, 0, none], [2, 2]);
        assert_eq!(found.counts, [0, 2, 1, 0]);
        assert_eq!((found.n_obs, found.n_missing), (3, 2));
        assert_eq!((found.adjusted_rand, found.mutual_information), (1.0, 1.0));
        assert_eq!(agreement(&[], &[], [0, 0]).counts, Vec::<u64>::new());
    }

    #[test]
    fn the_same_classes_by_other_names_do_not_cross() {
        // Three classes, named otherwise at the right.
        let counts = [0, 0, 5, 9, 0, 0, 0, 2, 0];
        let order = flow_order(&counts, [3, 3]);
        assert_eq!(crossings(&counts, 3, &order), 0.0);
        assert_eq!(order[0].len() + order[1].len(), 6);
    }

    #[test]
    fn crossings_are_pairs_of_cells() {
        let counts = [2, 3, 5, 7];
        assert_eq!(crossings(&counts, 2, &[vec![0, 1], vec![0, 1]]), 3.0 * 5.0);
        assert_eq!(crossings(&counts, 2, &[vec![0, 1], vec![1, 0]]), 2.0 * 7.0);
        assert_eq!(flow_order(&[], [0, 0]), [Vec::<u32>::new(), Vec::new()]);
        assert_eq!(flow_order(&[0, 0], [1, 2])[1].len(), 2);
    }
}
