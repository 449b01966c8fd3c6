use crate::{attribution::ln_choose, rng::SplitMix64};

/// Up to so many assignments, all are tried.
const MOST_ASSIGNMENTS: f64 = 10_000.5;

/// Whether two groups of units lie further apart than groups of the same sizes dealt from the same units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AxisTest {
    /// Share of assignments whose groups lie at least as far apart, the true one counted.
    pub p: f64,
    /// Assignments that were tried.
    pub n_assignments: usize,
    /// Whether those are all there are, so that p is exact.
    pub exact: bool,
    /// The least p that these numbers of units allow: with 3 against 3 it is 0.1, whatever the data.
    pub least_p: f64,
}

/// Deals units into two groups, assignment after assignment.
#[derive(Debug)]
pub(super) struct Dealing {
    n: usize,
    first: usize,
    /// Units of the first group, ascending: the next combination in lexicographic order, or a draw.
    chosen: Vec<usize>,
    order: Vec<usize>,
    rng: SplitMix64,
    pub(super) total: usize,
    pub(super) exact: bool,
    tried: usize,
    above: usize,
    /// The true distance, less what sums in another order may differ by.
    least: f64,
}

impl Dealing {
    /// `gram`: `[n × n]`, products of centroids; the first `first` units are the first group.
    pub(super) fn new(gram: &[f64], n: usize, first: usize, (draws, seed): (usize, u64)) -> Self {
        let all = ln_choose(n, first).exp();
        let exact = all < MOST_ASSIGNMENTS;
        let chosen: Vec<usize> = (0..first).collect();
        let longest = (0..n).map(|unit| gram[unit * n + unit]).fold(0.0, f64::max);
        Self {
            least: distance(gram, n, &chosen) - 1e-12 * longest,
            n,
            first,
            chosen,
            order: (0..n).collect(),
            rng: SplitMix64::new(seed),
            total: if exact { all.round() as usize } else { draws },
            exact,
            tried: 0,
            above: 0,
        }
    }

    pub(super) fn tried(&self) -> usize {
        self.tried
    }

    /// Tries one more assignment; the first of all is the true one.
    pub(super) fn try_one(&mut self, gram: &[f64]) {
        if !self.exact {
            self.rng.shuffle(&mut self.order);
            self.chosen.copy_from_slice(&self.order[..self.first]);
        }
        let distance = distance(gram, self.n, &self.chosen);
        self.above += usize::from(distance >= self.least);
        self.tried += 1;
        if self.exact {
            self.advance();
        }
    }

    pub(super) fn test(&self) -> AxisTest {
        let all = ln_choose(self.n, self.first).exp();
        // With groups of one size, swapping them changes nothing.
        let same = if 2 * self.first == self.n { 2.0 } else { 1.0 };
        let (own, n) = if self.exact { (0, self.total) } else { (1, self.total + 1) };
        AxisTest {
            p: (self.above + own) as f64 / n as f64,
            n_assignments: self.total,
            exact: self.exact,
            least_p: if self.exact { same / all.round() } else { (same / all).max(1.0 / n as f64) },
        }
    }

    /// The next combination in lexicographic order.
    fn advance(&mut self) {
        let last = |place: usize| self.n - self.first + place;
        let Some(place) = (0..self.first).rev().find(|&place| self.chosen[place] < last(place))
        else {
            return;
        };
        let start = self.chosen[place] + 1;
        self.chosen[place..].iter_mut().zip(start..).for_each(|(unit, next)| *unit = next);
    }
}

/// Squared distance of the means of the chosen units and of the others, from products of centroids.
fn distance(gram: &[f64], n: usize, chosen: &[usize]) -> f64 {
    let shares = shares(n, chosen);
    let row = |i: usize| dot(&gram[i * n..(i + 1) * n], &shares) * shares[i];
    (0..n).map(row).sum()
}

fn shares(n: usize, chosen: &[usize]) -> Vec<f64> {
    let mut shares = vec![-1.0 / (n - chosen.len()) as f64; n];
    chosen.iter().for_each(|&unit| shares[unit] = 1.0 / chosen.len() as f64);
    shares
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units on a line.
    fn gram(at: &[f64]) -> Vec<f64> {
        at.iter().flat_map(|x| at.iter().map(move |y| x * y)).collect()
    }

    fn tested(at: &[f64], first: usize) -> AxisTest {
        let gram = gram(at);
        let mut dealing = Dealing::new(&gram, at.len(), first, (500, 1));
        while dealing.tried() < dealing.total {
            dealing.try_one(&gram);
        }
        dealing.test()
    }

    #[test]
    fn all_assignments_are_tried_where_there_are_few() {
        // The furthest apart of 20 assignments, and its mirror image.
        let test = tested(&[1.0, 2.0, 3.0, 10.0, 11.0, 12.0], 3);
        assert_eq!((test.p, test.n_assignments, test.exact, test.least_p), (0.1, 20, true, 0.1));
        // Pairs of 5: {1, 2} against the rest is beaten by {11, 12} alone.
        let test = tested(&[1.0, 2.0, 6.0, 11.0, 12.5], 2);
        assert_eq!((test.p, test.n_assignments, test.least_p), (0.2, 10, 0.1));
        // Units that are all the same: every assignment is as far apart.
        assert_eq!(tested(&[1.0; 4], 2).p, 1.0);
    }

    #[test]
    fn some_assignments_are_drawn_where_there_are_many() {
        let at: Vec<f64> = (0..20).map(|unit| if unit < 10 { 0.0 } else { 1.0 }).collect();
        let test = tested(&at, 10);
        assert!(!test.exact && test.n_assignments == 500);
        assert_eq!((test.p, test.least_p), (1.0 / 501.0, 1.0 / 501.0));
        let mixed: Vec<f64> = (0..20).map(|unit| f64::from(unit % 2)).collect();
        assert_eq!(tested(&mixed, 10).p, 1.0);
    }
}
