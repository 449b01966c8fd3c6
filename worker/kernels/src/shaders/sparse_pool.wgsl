// The weighted mean of table rows for each row of a CSR chunk. CPU twin: cpu::sparse_pool.
//
//   out[i] = Σ_e weights[e] · table[indices[e]] / Σ_e weights[e],  e from indptr[i] to indptr[i + 1]
//
// indptr: [n_rows + 1]; indices, weights: [entries]; table: [… × d]; out: [n_rows × d]. A row whose
// weights sum to zero gets zeros. One workgroup per row and 64 columns; rows vary fastest, so that
// the 64 columns of the table stay in the cache. Weighted pooling, arXiv 2505.07896.

struct Params {
    n_rows: u32,
    d: u32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<storage, read> indptr: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> table: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    let row = group.x;
    let column = 64u * group.y + thread;
    if (column >= params.d) {
        return;
    }
    let end = indptr[row + 1u];
    var sum = 0.0;
    var total = 0.0;
    for (var e = indptr[row]; e < end; e++) {
        let weight = weights[e];
        sum += weight * table[indices[e] * params.d + column];
        total += weight;
    }
    out[row * params.d + column] = select(0.0, sum / total, total > 0.0);
}
