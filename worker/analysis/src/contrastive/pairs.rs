use lexicell_matrix::MISSING_CODE;

/// Cosines between anchors and keys, and what a loss by them needs.
///
/// # Shapes
/// `cosines`, `slopes`: `[anchors × keys]`.
pub(super) struct Pairs<'a, T> {
    pub(super) cosines: &'a [T],
    /// The derivative of the loss by each cosine, added to; `None` where only the loss is asked for.
    pub(super) slopes: Option<&'a mut [T]>,
    /// Room for one row.
    pub(super) terms: &'a mut Vec<T>,
    /// The class of each anchor.
    pub(super) anchors: &'a [u32],
    /// The class of each key.
    pub(super) keys: &'a [u32],
    /// Whether the keys are the anchors themselves: none is compared with itself.
    pub(super) own: bool,
}

/// A sum of losses and how many terms it has.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct LossSum {
    pub(super) sum: f64,
    pub(super) n: f64,
}

impl LossSum {
    pub(super) fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.n += other.n;
    }

    /// `None` where there was nothing to compare.
    pub(super) fn mean(self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }
}

/// The keys of each class, in the order of keys.
pub(super) struct Members {
    sorted: Vec<(u32, u32)>,
}

impl Members {
    pub(super) fn of(classes: &[u32]) -> Self {
        let rows = classes.iter().copied().zip(0..);
        let mut sorted: Vec<(u32, u32)> = rows.filter(|row| row.0 != MISSING_CODE).collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The keys of a class; none where the class is missing.
    pub(super) fn rows(&self, class: u32) -> impl Iterator<Item = usize> + Clone + '_ {
        let start = self.sorted.partition_point(|row| row.0 < class);
        let end = self.sorted.partition_point(|row| row.0 <= class);
        self.sorted[start..end].iter().map(|row| row.1 as usize)
    }
}
