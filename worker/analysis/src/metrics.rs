//! Scores of predicted classes and of clusterings, as scikit-learn defines them.

use std::collections::HashMap;

/// True against predicted classes.
///
/// # Shapes
/// `counts`: `n_classes × n_classes`, true classes in rows, predicted ones in columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confusion {
    n_classes: usize,
    counts: Vec<u64>,
}

/// How well one class was told from the others.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ClassScore {
    /// Share of the cells predicted as this class that are of it; 0 if none was predicted.
    pub precision: f64,
    /// Share of the cells of this class that were predicted as it; 0 if there is none.
    pub recall: f64,
    /// Harmonic mean of both; 0 if both are 0.
    pub f1: f64,
    /// Cells of this class.
    pub support: u64,
    /// Cells predicted as this class.
    pub predicted: u64,
}

impl Confusion {
    /// A matrix without any cell yet.
    #[must_use]
    pub fn new(n_classes: usize) -> Self {
        Self { n_classes, counts: vec![0; n_classes * n_classes] }
    }

    /// Counts one cell; classes outside the matrix are not counted.
    pub fn add(&mut self, truth: u32, predicted: u32) {
        let (row, column) = (truth as usize, predicted as usize);
        if row < self.n_classes && column < self.n_classes {
            self.counts[row * self.n_classes + column] += 1;
        }
    }

    /// Counts the cells of another matrix of the same classes too; of other classes it counts none.
    pub fn absorb(&mut self, other: &Self) {
        if self.n_classes == other.n_classes {
            self.counts.iter_mut().zip(&other.counts).for_each(|(own, more)| *own += more);
        }
    }

    /// Number of classes.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// All counts, row after row.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Cells counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Share of cells on the diagonal; 0 without cells.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right: u64 =
            (0..self.n_classes).map(|class| self.counts[class * (self.n_classes + 1)]).sum();
        ratio(right, self.total())
    }

    /// Mean recall of the classes that have cells (`sklearn.metrics.balanced_accuracy_score`).
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let scores = self.per_class();
        mean(scores.iter().filter(|score| score.support > 0).map(|score| score.recall))
    }

    /// Mean F1 of the classes that have cells or were predicted (`f1_score(average="macro")`).
    #[must_use]
    pub fn macro_f1(&self) -> f64 {
        let scores = self.per_class();
        let present = scores.iter().filter(|score| score.support > 0 || score.predicted > 0);
        mean(present.map(|score| score.f1))
    }

    /// F1 weighted by the cells of each class (`f1_score(average="weighted")`).
    #[must_use]
    pub fn weighted_f1(&self) -> f64 {
        let sum: f64 = self.per_class().iter().map(|score| score.f1 * score.support as f64).sum();
        if self.total() == 0 { 0.0 } else { sum / self.total() as f64 }
    }

    /// Precision, recall, F1 and support of every class, with `zero_division=0`.
    #[must_use]
    pub fn per_class(&self) -> Vec<ClassScore> {
        let n = self.n_classes;
        let score = |class: usize| {
            let right = self.counts[class * (n + 1)];
            let support = self.counts[class * n..(class + 1) * n].iter().sum();
            let predicted = (0..n).map(|row| self.counts[row * n + class]).sum();
            ClassScore {
                precision: ratio(right, predicted),
                recall: ratio(right, support),
                f1: ratio(2 * right, support + predicted),
                support,
                predicted,
            }
        };
        (0..n).map(score).collect()
    }
}

/// Agreement of two groupings beyond chance (Hubert & Arabie 1985; `adjusted_rand_score`).
///
/// Groupings of different length are compared over the shorter one.
#[must_use]
pub fn adjusted_rand_index(a: &[u32], b: &[u32]) -> f64 {
    let table = Contingency::new(a, b);
    let squares =
        |counts: &mut dyn Iterator<Item = u64>| counts.map(|n| (n as f64).powi(2)).sum::<f64>();
    let n = table.total as f64;
    let both = squares(&mut table.cells.values().copied());
    let (rows, columns) =
        (squares(&mut table.rows.values().copied()), squares(&mut table.columns.values().copied()));
    // The pair confusion matrix, every pair counted twice.
    let (tp, fp, fn_) = (both - n, rows - both, columns - both);
    let tn = n * n - tp - fp - fn_ - n;
    if fp == 0.0 && fn_ == 0.0 {
        return 1.0;
    }
    2.0 * (tp * tn - fn_ * fp) / ((tp + fn_) * (fn_ + tn) + (tp + fp) * (fp + tn))
}

/// Mutual information over the mean of both entropies (`normalized_mutual_info_score`).
///
/// Groupings of different length are compared over the shorter one.
#[must_use]
pub fn normalized_mutual_information(a: &[u32], b: &[u32]) -> f64 {
    let table = Contingency::new(a, b);
    let one_group = table.rows.len() <= 1 && table.columns.len() <= 1;
    if one_group {
        return 1.0;
    }
    let n = table.total as f64;
    // Sorted, so that the sum does not depend on the order of a hash table.
    let mut cells: Vec<((u32, u32), u64)> = table.cells.into_iter().collect();
    cells.sort_unstable();
    let information: f64 = cells
        .iter()
        .map(|&((row, column), count)| {
            let (count, row, column) =
                (count as f64, table.rows[&row] as f64, table.columns[&column] as f64);
            count / n * (count * n / (row * column)).ln()
        })
        .sum();
    if information <= f64::EPSILON {
        return 0.0;
    }
    information / ((entropy(&table.rows, n) + entropy(&table.columns, n)) / 2.0)
}

struct Contingency {
    cells: HashMap<(u32, u32), u64>,
    rows: HashMap<u32, u64>,
    columns: HashMap<u32, u64>,
    total: u64,
}

impl Contingency {
    fn new(a: &[u32], b: &[u32]) -> Self {
        let (mut cells, mut rows, mut columns) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (&row, &column) in a.iter().zip(b) {
            *cells.entry((row, column)).or_insert(0) += 1;
            *rows.entry(row).or_insert(0) += 1;
            *columns.entry(column).or_insert(0) += 1;
        }
        Self { cells, rows, columns, total: a.len().min(b.len()) as u64 }
    }
}

fn entropy(counts: &HashMap<u32, u64>, n: f64) -> f64 {
    let mut counts: Vec<u64> = counts.values().copied().collect();
    counts.sort_unstable();
    -counts.iter().map(|&count| count as f64 / n * (count as f64 / n).ln()).sum::<f64>()
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum) = values.fold((0usize, 0.0), |(n, sum), value| (n + 1, sum + value));
    if n == 0 { 0.0 } else { sum / n as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_are_never_predicted_or_absent_score_zero() {
        let mut confusion = Confusion::new(4);
        for (truth, predicted) in [(0, 0), (0, 0), (0, 2), (1, 0)] {
            confusion.add(truth, predicted);
        }
        confusion.add(9, 0);
        // sklearn: classification_report([0,0,0,1], [0,0,2,0], zero_division=0)
        assert_eq!(confusion.accuracy(), 0.5);
        assert!((confusion.balanced_accuracy() - 1.0 / 3.0).abs() < 1e-15);
        assert!((confusion.macro_f1() - 2.0 / 9.0).abs() < 1e-15);
        assert!((confusion.weighted_f1() - 0.5).abs() < 1e-15);
        assert_eq!(Confusion::new(2).macro_f1(), 0.0);
        let before = confusion.clone();
        confusion.absorb(&before);
        confusion.absorb(&Confusion::new(2));
        assert_eq!((confusion.total(), confusion.accuracy()), (8, 0.5));
    }

    #[test]
    fn groupings_at_the_edges() {
        assert_eq!(adjusted_rand_index(&[0, 0, 1], &[5, 5, 2]), 1.0);
        assert_eq!(adjusted_rand_index(&[0, 0, 0], &[1, 1, 1]), 1.0);
        assert_eq!(normalized_mutual_information(&[0, 0], &[1, 1]), 1.0);
        assert_eq!(normalized_mutual_information(&[0, 0], &[0, 1]), 0.0);
        assert_eq!(normalized_mutual_information(&[], &[]), 1.0);
        // sklearn: adjusted_rand_score([0,0,1,1], [0,0,1,2]) and normalized_mutual_info_score.
        assert!((adjusted_rand_index(&[0, 0, 1, 1], &[0, 0, 1, 2]) - 4.0 / 7.0).abs() < 1e-15);
        assert!((normalized_mutual_information(&[0, 0, 1, 1], &[0, 0, 1, 2]) - 0.8).abs() < 1e-15);
    }
}
