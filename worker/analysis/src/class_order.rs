//! The order in which classes that are taken for each other stand side by side.

use crate::metrics::Confusion;

/// Orders the classes by average-linkage clustering of their confusion (Sokal & Michener 1958).
///
/// Two classes are as similar as the mean of the shares in which either is told as the other. Where
/// two pairs are equally similar, the one with the earlier class comes first. Of the ways to lay two
/// merged groups side by side, the one is taken whose touching classes are most similar.
#[must_use]
pub fn class_order(confusion: &Confusion) -> Vec<u32> {
    order_by_likeness(&similarity(confusion), confusion.n_classes())
}

/// The same for classes of any likeness, 1 for equals.
///
/// # Shapes
/// `similarity`: `[n × n]`, symmetric.
#[must_use]
pub fn order_by_likeness(similarity: &[f64], n: usize) -> Vec<u32> {
    let distance: Vec<f64> = similarity.iter().map(|value| 1.0 - value).collect();
    let mut groups: Vec<Vec<u32>> = (0..n as u32).map(|class| vec![class]).collect();
    for (a, b, _) in average_linkage(distance, n) {
        let right = std::mem::take(&mut groups[b]);
        let left = std::mem::take(&mut groups[a]);
        groups[a] = joined(left, right, |x, y| similarity[x as usize * n + y as usize]);
    }
    groups.into_iter().next().unwrap_or_default()
}

/// Mean of both shares of confusion of each pair, `[n × n]`.
fn similarity(confusion: &Confusion) -> Vec<f64> {
    let (n, counts) = (confusion.n_classes(), confusion.counts());
    let mut similarity = vec![0.0; n * n];
    for row in 0..n {
        let cells: u64 = counts[row * n..(row + 1) * n].iter().sum();
        for column in 0..n {
            let share = counts[row * n + column] as f64 / cells.max(1) as f64;
            similarity[row * n + column] += share / 2.0;
            similarity[column * n + row] += share / 2.0;
        }
    }
    similarity
}

/// Merges of the two nearest groups, each named by its first member, with their distance.
///
/// # Shapes
/// `distance`: `[n × n]`, symmetric; the diagonal is not read.
fn average_linkage(mut distance: Vec<f64>, n: usize) -> Vec<(usize, usize, f64)> {
    let mut sizes = vec![1.0; n];
    let mut live: Vec<usize> = (0..n).collect();
    let mut merges = Vec::with_capacity(n.saturating_sub(1));
    while live.len() > 1 {
        let Some((a, b, height)) = nearest(&distance, &live, n) else { break };
        for &other in live.iter().filter(|&&other| other != a && other != b) {
            let far = sizes[a] * distance[a * n + other] + sizes[b] * distance[b * n + other];
            distance[a * n + other] = far / (sizes[a] + sizes[b]);
            distance[other * n + a] = distance[a * n + other];
        }
        sizes[a] += sizes[b];
        live.retain(|&group| group != b);
        merges.push((a, b, height));
    }
    merges
}

fn nearest(distance: &[f64], live: &[usize], n: usize) -> Option<(usize, usize, f64)> {
    let mut best: Option<(usize, usize, f64)> = None;
    for (place, &a) in live.iter().enumerate() {
        for &b in &live[place + 1..] {
            let found = distance[a * n + b];
            if best.is_none_or(|(_, _, least)| found < least) {
                best = Some((a, b, found));
            }
        }
    }
    best
}

fn joined(mut left: Vec<u32>, mut right: Vec<u32>, alike: impl Fn(u32, u32) -> f64) -> Vec<u32> {
    let ends = |group: &[u32]| [group[group.len() - 1], group[0]];
    // Neither turned, the right one, the left one, both; the first of equals is kept.
    let mut best = (f64::NEG_INFINITY, false, false);
    for turn_left in [false, true] {
        for turn_right in [false, true] {
            let touching =
                alike(ends(&left)[usize::from(turn_left)], ends(&right)[usize::from(!turn_right)]);
            if touching > best.0 {
                best = (touching, turn_left, turn_right);
            }
        }
    }
    if best.1 {
        left.reverse();
    }
    if best.2 {
        right.reverse();
    }
    left.append(&mut right);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion(rows: &[&[u64]]) -> Confusion {
        let mut out = Confusion::new(rows.len());
        for (truth, row) in rows.iter().enumerate() {
            for (told, &n) in row.iter().enumerate() {
                (0..n).for_each(|_| out.add(truth as u32, told as u32));
            }
        }
        out
    }

    #[test]
    fn classes_taken_for_each_other_stand_side_by_side() {
        // 0 with 3, 1 with 4, and 2 a little with 4.
        let found = class_order(&confusion(&[
            &[5, 0, 0, 5, 0],
            &[0, 6, 0, 0, 4],
            &[0, 0, 9, 0, 1],
            &[4, 0, 0, 6, 0],
            &[0, 4, 1, 0, 5],
        ]));
        assert_eq!(found, [0, 3, 1, 4, 2]);
    }

    #[test]
    fn ties_keep_the_given_order_and_edges_are_no_error() {
        assert_eq!(class_order(&confusion(&[&[3, 0, 0], &[0, 3, 0], &[0, 0, 3]])), [0, 1, 2]);
        assert_eq!(class_order(&Confusion::new(0)), [0u32; 0]);
        assert_eq!(class_order(&Confusion::new(1)), [0]);
        assert_eq!(class_order(&Confusion::new(3)), [0, 1, 2]);
    }

    #[test]
    fn merges_are_scipys() {
        // scipy.cluster.hierarchy.linkage([2, 6, 10, 5, 9, 4], "average")
        let d = [0., 2., 6., 10., 2., 0., 5., 9., 6., 5., 0., 4., 10., 9., 4., 0.];
        assert_eq!(average_linkage(d.to_vec(), 4), [(0, 1, 2.0), (2, 3, 4.0), (0, 2, 7.5)]);
    }
}
