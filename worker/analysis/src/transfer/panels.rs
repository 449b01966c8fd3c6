use std::collections::BTreeSet;

use crate::rng::SplitMix64;

/// How many genes two data sets share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GeneOverlap {
    /// Genes of both.
    pub shared: usize,
    /// Genes that the reference alone has.
    pub reference_only: usize,
    /// Genes that the query alone has.
    pub query_only: usize,
}

/// Counts shared genes by any identifier that means the same on both sides; `None` is no known gene.
#[must_use]
pub fn gene_overlap(reference: &[Option<u64>], query: &[Option<u64>]) -> GeneOverlap {
    let known = |ids: &[Option<u64>]| ids.iter().flatten().copied().collect::<BTreeSet<u64>>();
    let (reference, query) = (known(reference), known(query));
    let shared = reference.intersection(&query).count();
    GeneOverlap {
        shared,
        reference_only: reference.len() - shared,
        query_only: query.len() - shared,
    }
}

/// Two panels without a gene in common: the rows of the gene table are dealt at random into halves.
///
/// Variables of one row (of one gene, or of genes with one text) stay together, so that nothing is known
/// on both sides.
///
/// # Shapes
/// `table_rows`: one for each gene of the matrix; so are the results.
#[must_use]
pub fn disjoint_halves(table_rows: &[Option<u32>], seed: u64) -> [Vec<Option<u32>>; 2] {
    let mut rows: Vec<u32> = table_rows.iter().flatten().copied().collect();
    rows.sort_unstable();
    rows.dedup();
    SplitMix64::new(seed).shuffle(&mut rows);
    let n_first = rows.len() / 2;
    let mut first = rows[..n_first].to_vec();
    first.sort_unstable();
    let half = |wanted: bool| {
        let takes = |row: &u32| first.binary_search(row).is_ok() == wanted;
        table_rows.iter().map(|row| row.filter(takes)).collect()
    };
    [half(true), half(false)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_share_no_row_and_lose_none() {
        let rows: Vec<Option<u32>> = vec![Some(0), None, Some(1), Some(2), Some(0), Some(3)];
        let [first, second] = disjoint_halves(&rows, 5);
        for (var, row) in rows.iter().enumerate() {
            assert_eq!(first[var].or(second[var]), *row);
            assert!(first[var].is_none() || second[var].is_none());
        }
        let of = |half: &[Option<u32>]| half.iter().flatten().copied().collect::<BTreeSet<u32>>();
        assert_eq!((of(&first).len(), of(&second).len()), (2, 2));
        assert!(of(&first).is_disjoint(&of(&second)));
        assert_eq!(disjoint_halves(&rows, 5), [first, second]);
    }

    #[test]
    fn shared_genes_are_counted_once() {
        let overlap = gene_overlap(&[Some(1), Some(1), None, Some(2)], &[Some(2), None, Some(3)]);
        assert_eq!(overlap, GeneOverlap { shared: 1, reference_only: 1, query_only: 1 });
    }
}
