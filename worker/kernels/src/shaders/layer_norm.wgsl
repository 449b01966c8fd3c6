// Layer normalisation of each row of x + residual. CPU twin: cpu::layer_norm.
//
//   out = (y - mean(y)) / √(var(y) + ε) · weight + bias,  y = x + residual, var over d
//
// x, residual, out: [n_rows × d]; weight, bias: [d]. One workgroup per row (group_sum.wgsl); mean and variance in
// two passes, since E[y²] - E[y]² cancels. Ba, Kiros, Hinton 2016, arXiv 1607.06450.

struct Params {
    n_rows: u32,
    d: u32,
    has_residual: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn input(at: u32) -> f32 {
    if (params.has_residual != 0u) {
        return x[at] + residual[at];
    }
    return x[at];
}

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
    var sum = 0.0;
    for (var i = thread; i < params.d; i += 64u) {
        sum += input(first + i);
    }
    let mean = sum_over_group(sum, thread) / f32(params.d);
    var squares = 0.0;
    for (var i = thread; i < params.d; i += 64u) {
        let centred = input(first + i) - mean;
        squares += centred * centred;
    }
    let variance = sum_over_group(squares, thread) / f32(params.d);
    let scale = inverseSqrt(variance + params.epsilon);
    for (var i = thread; i < params.d; i += 64u) {
        out[first + i] = (input(first + i) - mean) * scale * weight[i] + bias[i];
    }
}
