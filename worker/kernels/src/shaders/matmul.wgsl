// A linear layer with weights in single precision, k a multiple of 4. CPU twin: cpu::matmul.
//
//   out = epilogue(a · weightsᵀ + bias)
//
// a: [m × k], weights: [n × k], out: [m × n]. The rest is in tile.wgsl and linear.wgsl.

alias Stored = vec4f; // how b_tile keeps four columns

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;

fn depth4() -> u32 {
    return params.k / 4u;
}

fn load_a(row: u32, k4: u32) -> vec4f {
    return a[row * depth4() + k4];
}

fn load_b(column: u32, k4: u32) -> vec4f {
    return weights[column * depth4() + k4];
}
