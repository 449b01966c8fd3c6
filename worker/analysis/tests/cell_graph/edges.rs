//! Graphs by their edges.

use lexicell_matrix::CsrMatrix;

/// A graph from a list of edges, each in one direction.
pub(crate) fn from_edges(n_obs: usize, edges: &[(u32, u32, f32)]) -> CsrMatrix {
    let mut entries: Vec<(u32, u32, f32)> =
        edges.iter().flat_map(|&(a, b, weight)| [(a, b, weight), (b, a, weight)]).collect();
    entries.sort_by_key(|&(row, column, _)| (row, column));
    let mut indptr = vec![0; n_obs + 1];
    entries.iter().for_each(|&(row, _, _)| indptr[row as usize + 1] += 1);
    (0..n_obs).for_each(|row| indptr[row + 1] += indptr[row]);
    let indices = entries.iter().map(|&(_, column, _)| column).collect();
    let weights = entries.iter().map(|&(_, _, weight)| weight).collect();
    CsrMatrix::try_new(n_obs, n_obs, indptr, indices, weights).expect("a graph")
}
