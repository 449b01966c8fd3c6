// The gradient of scaling each row to unit length, in place. CPU twin: cpu::l2_normalize_backward.
//
//   gradient = (gradient - z (z · gradient)) / |y|,  z = y / |y|
//
// y: [n_rows × d], the rows before they were scaled; gradient: [n_rows × d], with respect to the
// scaled rows before, to y afterwards. The length of a row of zeros counts as 1: it was not
// scaled. One workgroup per row (group_sum.wgsl).

struct Params {
    n_rows: u32,
    d: u32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
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
        squares += y[first + i] * y[first + i];
    }
    let length = sqrt(sum_over_group(squares, thread));
    var inverse = 1.0;
    if (length != 0.0) {
        inverse = 1.0 / length;
    }
    var along = 0.0;
    for (var i = thread; i < params.d; i += 64u) {
        along += y[first + i] * inverse * gradient[first + i];
    }
    along = sum_over_group(along, thread);
    for (var i = thread; i < params.d; i += 64u) {
        let z = y[first + i] * inverse;
        gradient[first + i] = (gradient[first + i] - z * along) * inverse;
    }
}
