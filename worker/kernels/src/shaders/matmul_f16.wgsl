// A linear layer with weights in half precision, k a multiple of 4. CPU twin: cpu::matmul_f16.
//
//   out = epilogue(a · weightsᵀ + bias), every product and sum in single precision
//
// a: [m × k], weights: [n × k] as pairs of halves in a word, out: [m × n]. unpack2x16float is
// core WGSL: this runs without shader-f16. The rest is in tile.wgsl and linear.wgsl.

alias Stored = vec4f; // how b_tile keeps four columns

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec2u>;

fn depth4() -> u32 {
    return params.k / 4u;
}

fn load_a(row: u32, k4: u32) -> vec4f {
    return a[row * depth4() + k4];
}

fn load_b(column: u32, k4: u32) -> vec4f {
    let packed = weights[column * depth4() + k4];
    return vec4f(unpack2x16float(packed.x), unpack2x16float(packed.y));
}
