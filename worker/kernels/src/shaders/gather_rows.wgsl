// Rows of a table, in any order. CPU twin: cpu::gather_rows.
//
//   out[r] = table[rows[r] - first]
//
// table: [n_table × d], a block of a larger one that starts with its row `first`; rows: [n_rows],
// without has_rows 0, 1, 2, …; out: [n_rows × d]. Rows outside the block stay as they are, so that
// one dispatch per block gathers from all of them.

struct Params {
    n_rows: u32,
    d: u32,
    first: u32,
    n_table: u32,
    has_rows: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<storage, read> table: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let at = 64u * (group.x + group.y * groups.x) + thread;
    if (at >= params.n_rows * params.d) {
        return;
    }
    var row = at / params.d;
    if (params.has_rows != 0u) {
        row = rows[row];
    }
    if (row < params.first || row - params.first >= params.n_table) {
        return;
    }
    out[at] = table[(row - params.first) * params.d + at % params.d];
}
