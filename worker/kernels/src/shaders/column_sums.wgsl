// The sum of each column: a bias's gradient, a batch's loss. CPU twin: cpu::column_sums.
//
//   out[first + c] = Σ_r x[r, c],  added to what is there with `accumulate`
//
// x: [n_rows × n_columns]; out: [… n_columns …]. One workgroup per column (group_sum.wgsl).

struct Params {
    n_rows: u32,
    n_columns: u32,
    first: u32,
    accumulate: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let column = group.x + group.y * groups.x;
    if (column >= params.n_columns) {
        return;
    }
    var sum = 0.0;
    for (var row = thread; row < params.n_rows; row += 64u) {
        sum += x[row * params.n_columns + column];
    }
    sum = sum_over_group(sum, thread);
    if (thread == 0u) {
        if (params.accumulate != 0u) {
            sum += out[params.first + column];
        }
        out[params.first + column] = sum;
    }
}
