// A linear layer with weights in half precision, k a multiple of 4, where the adapter has
// shader-f16. CPU twin: cpu::matmul_shader_f16.
//
//   out = epilogue(a · weightsᵀ + bias), every product and sum in single precision
//
// a: [m × k], weights: [n × k], out: [m × n]. The weights stay halves in workgroup memory, which
// halves what is read from it for B. Gpu::tune finds out whether that pays. The rest is in
// tile.wgsl and linear.wgsl.

alias Stored = vec4<f16>; // how b_tile keeps four columns

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f16>>;

fn depth4() -> u32 {
    return params.k / 4u;
}

fn load_a(row: u32, k4: u32) -> vec4f {
    return a[row * depth4() + k4];
}

fn load_b(column: u32, k4: u32) -> Stored {
    return weights[column * depth4() + k4];
}
