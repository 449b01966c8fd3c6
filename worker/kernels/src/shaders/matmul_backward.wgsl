// A matrix product, for the gradients of a linear layer. CPU twin: cpu::matmul_backward.
//
//   out = A · b, kept where mask > 0;  A = a, or aᵀ where TRANSPOSED is 1
//
// a: [m × k] (TRANSPOSED: [k × m]); b: [k × n]; mask, out: [m × n]. Without has_mask everything is
// kept: the mask is a ReLU's output, and what is kept its gradient. The rest is in tile.wgsl.

alias Stored = vec4f; // how b_tile keeps four columns

override TRANSPOSED: u32 = 0u;

struct Params {
    m: u32,
    n: u32,
    k: u32,
    has_mask: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn n_rows() -> u32 {
    return params.m;
}

fn n_columns() -> u32 {
    return params.n;
}

fn depth4() -> u32 {
    return (params.k + 3u) / 4u;
}

fn load_a(row: u32, k4: u32) -> vec4f {
    var value = vec4f(0.0);
    for (var i = 0u; i < 4u; i++) {
        let k = 4u * k4 + i;
        if (k < params.k) {
            if (TRANSPOSED == 1u) {
                value[i] = a[k * params.m + row];
            } else {
                value[i] = a[row * params.k + k];
            }
        }
    }
    return value;
}

fn load_b(column: u32, k4: u32) -> vec4f {
    var value = vec4f(0.0);
    for (var i = 0u; i < 4u; i++) {
        let k = 4u * k4 + i;
        if (k < params.k) {
            value[i] = b[k * params.n + column];
        }
    }
    return value;
}

fn store(row: u32, column: u32, sum: f32) {
    let at = row * params.n + column;
    var x = sum;
    if (params.has_mask != 0u && !(mask[at] > 0.0)) {
        x = 0.0;
    }
    out[at] = x;
}
