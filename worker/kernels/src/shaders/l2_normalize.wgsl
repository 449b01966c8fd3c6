// Scales each row to unit length, in place; a row of zeros stays. CPU twin: cpu::l2_normalize.
//
//   row = row / √(Σ row²)
//
// rows: [n_rows × d]. One workgroup per row (group_sum.wgsl).

struct Params {
    n_rows: u32,
    d: u32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<storage, read_write> rows: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let row = group.x + group.y * groups.x;
    if (row >= params.n_rows) {
        return;
    }
    let first = row * params.d;
    var squares = 0.0;
    for (var i = thread; i < params.d; i += 64u) {
        squares += rows[first + i] * rows[first + i];
    }
    let length = sqrt(sum_over_group(squares, thread));
    if (length == 0.0) {
        return;
    }
    for (var i = thread; i < params.d; i += 64u) {
        rows[first + i] = rows[first + i] / length;
    }
}
