use std::collections::{BTreeMap, BTreeSet};

use lexicell_matrix::CsrMatrix;

use crate::{AnalysisError, rng::SplitMix64, state::MatrixState};

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

/// The variables of the genes that two data sets share.
///
/// # Shapes
/// Both of one length: what stands at the same place is the same gene.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedGenes {
    /// Columns of the reference, rising.
    pub reference: Vec<u32>,
    /// Columns of the query.
    pub query: Vec<u32>,
}

/// Pairs the variables of shared genes, the first of each gene on either side.
#[must_use]
pub fn shared_genes(reference: &[Option<u64>], query: &[Option<u64>]) -> SharedGenes {
    let mut places = BTreeMap::new();
    for (column, id) in query.iter().enumerate() {
        if let Some(id) = id {
            places.entry(*id).or_insert(column as u32);
        }
    }
    let mut shared = SharedGenes::default();
    for (column, id) in reference.iter().enumerate() {
        // Taken out, so that a gene with two variables is paired once.
        if let Some(place) = id.as_ref().and_then(|id| places.remove(id)) {
            shared.reference.push(column as u32);
            shared.query.push(place);
        }
    }
    shared
}

/// The given cells as if only the genes with a row had been measured: the total that a cell is
/// normalised to must not know the others either.
///
/// # Shapes
/// `rows`: one for each gene of `x`. Result: `[cells × genes of x]`, in linear units with their state.
///
/// # Errors
/// None for cells of the matrix.
pub fn panel(
    x: &CsrMatrix,
    state: MatrixState,
    cells: &[usize],
    rows: &[Option<u32>],
) -> Result<(CsrMatrix, MatrixState), AnalysisError> {
    let logged = state == MatrixState::LogNormalized;
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for &cell in cells {
        let (genes, values) = x.row(cell);
        for (&gene, &value) in genes.iter().zip(values) {
            if rows[gene as usize].is_some() && value > 0.0 {
                indices.push(gene);
                data.push(if logged { value.exp_m1() } else { value });
            }
        }
        indptr.push(indices.len());
    }
    let state = if logged { MatrixState::NormalizedNotLogged } else { state };
    Ok((CsrMatrix::try_new(cells.len(), x.n_cols(), indptr, indices, data)?, state))
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
    fn a_panel_knows_nothing_of_the_other_genes() {
        let (indptr, indices) = (vec![0, 2, 4], vec![0, 1, 1, 2]);
        let x = CsrMatrix::try_new(2, 3, indptr, indices, vec![3.0, 1.0, 2.0, 5.0]).expect("valid");
        let rows = [None, Some(0), Some(1)];
        let (seen, state) = panel(&x, MatrixState::RawCounts, &[1, 0], &rows).expect("cells of x");
        assert_eq!((seen.row(0), state), ((&[1, 2][..], &[2.0, 5.0][..]), MatrixState::RawCounts));
        assert_eq!(seen.row(1), (&[1][..], &[1.0][..]));
        let (seen, state) = panel(&x, MatrixState::LogNormalized, &[0], &rows).expect("cells of x");
        assert_eq!(seen.row(0).1, [1f32.exp_m1()]);
        assert_eq!(state, MatrixState::NormalizedNotLogged);
    }

    #[test]
    fn the_first_variables_of_shared_genes_are_paired() {
        let reference = [Some(5), None, Some(1), Some(5), Some(9)];
        let query = [Some(1), Some(5), Some(5), None];
        let shared = shared_genes(&reference, &query);
        assert_eq!(shared, SharedGenes { reference: vec![0, 2], query: vec![1, 0] });
    }

    #[test]
    fn shared_genes_are_counted_once() {
        let overlap = gene_overlap(&[Some(1), Some(1), None, Some(2)], &[Some(2), None, Some(3)]);
        assert_eq!(overlap, GeneOverlap { shared: 1, reference_only: 1, query_only: 1 });
    }
}
