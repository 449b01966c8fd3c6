/// The similarity of an empty place: below that of any pair of unit vectors.
pub const EMPTY_SIMILARITY: f32 = -3.0e38;
/// The index of an empty place.
pub const EMPTY_INDEX: u32 = u32::MAX;

/// Numbers that are compared with their thresholds together.
const LANES: usize = 16;

/// Merges a tile of similarities into each query's running list of its `k` nearest references;
/// twin of `topk_merge.wgsl`.
///
/// Exact: greatest similarity first, equal ones by ascending index, whatever the order of tiles.
/// `first_query` is the index of the first query among the references, where a query is not to be
/// its own neighbour.
///
/// # Shapes
/// `similarities`: `[n_references × n_queries]`; `best_similarity`, `best_index`:
/// `[n_queries × k]`, filled with [`EMPTY_SIMILARITY`] and [`EMPTY_INDEX`] before the first tile.
pub fn topk_merge(
    similarities: &[f32],
    n_queries: usize,
    first_reference: u32,
    first_query: Option<u32>,
    k: usize,
    best_similarity: &mut [f32],
    best_index: &mut [u32],
) {
    assert!(best_similarity.len() == n_queries * k && best_index.len() == n_queries * k);
    if n_queries == 0 || k == 0 {
        return;
    }
    let mut thresholds: Vec<f32> =
        best_similarity.chunks_exact(k).map(|list| list[k - 1]).collect();
    for (r, row) in similarities.chunks_exact(n_queries).enumerate() {
        let index = first_reference + r as u32;
        let own = first_query.and_then(|first| index.checked_sub(first)).map(|q| q as usize);
        for start in (0..n_queries).step_by(LANES) {
            let end = n_queries.min(start + LANES);
            if !any_passes(&row[start..end], &thresholds[start..end]) {
                continue;
            }
            for q in start..end {
                if row[q] >= thresholds[q] && Some(q) != own {
                    let list = q * k..(q + 1) * k;
                    let similarities = &mut best_similarity[list.clone()];
                    offer(row[q], index, similarities, &mut best_index[list]);
                    thresholds[q] = similarities[k - 1];
                }
            }
        }
    }
}

/// Whether a value is not below its threshold; without a branch, so that it becomes SIMD.
fn any_passes(values: &[f32], thresholds: &[f32]) -> bool {
    values.iter().zip(thresholds).fold(false, |any, (x, t)| any | (x >= t))
}

/// Puts a candidate into a descending list if it belongs there.
pub(crate) fn offer(similarity: f32, index: u32, similarities: &mut [f32], indices: &mut [u32]) {
    let last = similarities.len() - 1;
    let worst = (similarities[last], indices[last]);
    if comes_before((similarity, index), worst) {
        insert(similarity, index, similarities, indices);
    }
}

/// Puts a candidate into its place in a descending list; the last one drops out.
fn insert(similarity: f32, index: u32, similarities: &mut [f32], indices: &mut [u32]) {
    let mut place = similarities.len() - 1;
    while place > 0
        && comes_before((similarity, index), (similarities[place - 1], indices[place - 1]))
    {
        similarities[place] = similarities[place - 1];
        indices[place] = indices[place - 1];
        place -= 1;
    }
    similarities[place] = similarity;
    indices[place] = index;
}

fn comes_before((similarity, index): (f32, u32), (other, other_index): (f32, u32)) -> bool {
    similarity > other || (similarity == other && index < other_index)
}
