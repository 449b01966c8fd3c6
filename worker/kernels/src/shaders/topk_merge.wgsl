// Merges a tile of similarities into each query's list of its k nearest. CPU twin: cpu::topk_merge.
//
//   list[q] = the k first of list[q] ∪ {(s[r, q], first_reference + r)}, greatest s first,
//             equal s by ascending index; the query itself is left out
//
// similarities: [n_references × n_queries]; best_similarity, best_index: [n_queries × k].
//
// One thread per query walks down its column: neighbours read neighbouring numbers, no thread
// waits for another, and the result cannot depend on timing. Few candidates pass the threshold
// (about k · ln(n / k) of n), so that insertion into memory is cheap.

struct Params {
    n_queries: u32,
    n_references: u32,
    first_reference: u32,
    first_query: u32, // 0xffffffff: no query is among the references
    k: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<storage, read> similarities: array<f32>;
@group(0) @binding(1) var<storage, read_write> best_similarity: array<f32>;
@group(0) @binding(2) var<storage, read_write> best_index: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

const NO_SELF: u32 = 0xffffffffu;

fn comes_before(similarity: f32, index: u32, other_similarity: f32, other_index: u32) -> bool {
    return similarity > other_similarity || (similarity == other_similarity && index < other_index);
}

fn insert(first_place: u32, similarity: f32, index: u32) {
    var place = first_place + params.k - 1u;
    while (place > first_place) {
        let other_similarity = best_similarity[place - 1u];
        let other_index = best_index[place - 1u];
        if (!comes_before(similarity, index, other_similarity, other_index)) {
            break;
        }
        best_similarity[place] = other_similarity;
        best_index[place] = other_index;
        place -= 1u;
    }
    best_similarity[place] = similarity;
    best_index[place] = index;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let query = id.x;
    if (query >= params.n_queries) {
        return;
    }
    var self_index = NO_SELF;
    if (params.first_query != NO_SELF) {
        self_index = params.first_query + query;
    }
    let first_place = query * params.k;
    let last_place = first_place + params.k - 1u;
    var worst_similarity = best_similarity[last_place];
    var worst_index = best_index[last_place];
    for (var r = 0u; r < params.n_references; r++) {
        let similarity = similarities[r * params.n_queries + query];
        if (similarity < worst_similarity) {
            continue;
        }
        let index = params.first_reference + r;
        if (index != self_index && comes_before(similarity, index, worst_similarity, worst_index)) {
            insert(first_place, similarity, index);
            worst_similarity = best_similarity[last_place];
            worst_index = best_index[last_place];
        }
    }
}
