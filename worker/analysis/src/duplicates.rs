//! Cells that repeat another cell exactly: a random split would put one in training, one in test.

use std::collections::HashMap;

use lexicell_matrix::CsrMatrix;

/// Which cells are exact copies of which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Duplicates {
    /// For each cell the first cell with the same values, itself if there is none before it.
    pub first: Vec<u32>,
    /// Cells that repeat an earlier one.
    pub n_copies: usize,
    /// Sets of two or more cells that are the same.
    pub n_groups: usize,
}

impl Duplicates {
    /// The sets of two or more cells that are the same, each in the order of cells.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<u32>> {
        let mut by_first: HashMap<u32, Vec<u32>> = HashMap::new();
        for (cell, &first) in self.first.iter().enumerate() {
            by_first.entry(first).or_default().push(cell as u32);
        }
        let mut groups: Vec<Vec<u32>> =
            by_first.into_values().filter(|set| set.len() > 1).collect();
        groups.sort_unstable();
        groups
    }
}

/// Finds cells with exactly the same values in every gene; cells without counts are no copies.
#[must_use]
pub fn find_duplicates(x: &CsrMatrix) -> Duplicates {
    let mut seen: HashMap<u64, Vec<u32>> = HashMap::with_capacity(x.n_rows());
    let mut first = Vec::with_capacity(x.n_rows());
    let mut in_group = vec![false; x.n_rows()];
    let mut n_copies = 0;
    for cell in 0..x.n_rows() {
        let mut own = cell as u32;
        if entries(x, cell).next().is_some() {
            // Equal hashes are compared value by value, so a collision is no copy.
            let candidates = seen.entry(hash(x, cell)).or_default();
            let same = |&&other: &&u32| entries(x, other as usize).eq(entries(x, cell));
            match candidates.iter().find(same) {
                Some(&other) => {
                    own = other;
                    n_copies += 1;
                    in_group[other as usize] = true;
                }
                None => candidates.push(own),
            }
        }
        first.push(own);
    }
    Duplicates { first, n_copies, n_groups: in_group.iter().filter(|&&is| is).count() }
}

/// Genes and values that are not zero; a stored zero is no difference.
fn entries(x: &CsrMatrix, cell: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
    let (genes, values) = x.row(cell);
    let pairs = genes.iter().zip(values).filter(|(_, value)| **value != 0.0);
    pairs.map(|(&gene, value)| (gene, value.to_bits()))
}

/// FNV-1a over 64-bit words, one for each entry.
fn hash(x: &CsrMatrix, cell: usize) -> u64 {
    entries(x, cell).fold(0xcbf2_9ce4_8422_2325, |hash, (gene, bits)| {
        let mixed =
            (hash ^ (u64::from(gene) << 32 | u64::from(bits))).wrapping_mul(0x0100_0000_01b3);
        // Multiplication moves bits up only; bring the upper half down again.
        mixed ^ (mixed >> 32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_found_and_stored_zeros_do_not_hide_them() {
        let indices = vec![0, 2, 0, 1, 2, 0, 2, 0, 2];
        let data = vec![1.0, 5.0, 1.0, 0.0, 5.0, 1.0, 6.0, 1.0, 5.0];
        let x = CsrMatrix::try_new(6, 3, vec![0, 2, 5, 7, 7, 7, 9], indices, data).expect("valid");
        let found = find_duplicates(&x);
        assert_eq!(found.first, [0, 0, 2, 3, 4, 0]);
        assert_eq!((found.n_copies, found.n_groups), (2, 1));
        assert_eq!(found.groups(), [[0, 1, 5]]);
    }
}
