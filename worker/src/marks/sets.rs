//! The algebra of sets of cells; every set is ascending.

use std::rc::Rc;

/// Cells that the scientist keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedSet {
    pub(crate) name: String,
    /// Ascending.
    pub(crate) cells: Rc<Vec<u32>>,
}

/// The cells of either set.
pub(super) fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut cells = [a, b].concat();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// The cells of both sets.
pub(super) fn intersection(a: &[u32], b: &[u32]) -> Vec<u32> {
    a.iter().copied().filter(|cell| b.binary_search(cell).is_ok()).collect()
}

/// The cells of the first set that are not in the second.
pub(super) fn difference(a: &[u32], b: &[u32]) -> Vec<u32> {
    a.iter().copied().filter(|cell| b.binary_search(cell).is_err()).collect()
}

/// The cells of `n` that are not in the set.
pub(super) fn complement(a: &[u32], n: u32) -> Vec<u32> {
    (0..n).filter(|cell| a.binary_search(cell).is_err()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_combined_as_in_algebra() {
        let (a, b) = ([1, 3, 5, 7], [3, 4, 7, 9]);
        assert_eq!(union(&a, &b), [1, 3, 4, 5, 7, 9]);
        assert_eq!(intersection(&a, &b), [3, 7]);
        assert_eq!(difference(&a, &b), [1, 5]);
        assert_eq!(difference(&b, &a), [4, 9]);
        assert_eq!(complement(&a, 8), [0, 2, 4, 6]);
        assert_eq!(union(&a, &[]), a);
        assert!(intersection(&a, &[]).is_empty());
        assert!(complement(&[0, 1], 2).is_empty());
    }

    #[test]
    fn the_law_of_de_morgan_holds() {
        let (a, b, n) = ([0, 2, 3, 6], [1, 2, 6, 8], 10);
        assert_eq!(
            complement(&union(&a, &b), n),
            intersection(&complement(&a, n), &complement(&b, n))
        );
        assert_eq!(difference(&a, &b), intersection(&a, &complement(&b, n)));
    }
}
