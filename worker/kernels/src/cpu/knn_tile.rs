/// Inner products of references with queries, cosines for unit vectors; twin of `knn_tile.wgsl`.
///
/// # Shapes
/// `references`: `[n_references × d]`; `queries`: `[n_queries × d]`;
/// `out`: `[n_references × n_queries]`.
pub fn knn_tile(references: &[f32], queries: &[f32], d: usize, out: &mut [f32]) {
    let shape = [references.len() / d.max(1), queries.len() / d.max(1), d];
    super::matmul::product(references, queries, shape, out);
}
