// A linear layer for any k, whose rows do not start at a vec4. CPU twin: cpu::matmul_any.
//
//   out = epilogue(a · weightsᵀ + bias)
//
// a: [m × k], weights: [n × k] (WEIGHTS_F16: pairs of halves in a word), out: [m × n]. The rest is
// in tile.wgsl and linear.wgsl.

alias Stored = vec4f; // how b_tile keeps four columns

override WEIGHTS_F16: u32 = 0u;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<u32>;

fn depth4() -> u32 {
    return (params.k + 3u) / 4u;
}

fn load_a(row: u32, k4: u32) -> vec4f {
    var value = vec4f(0.0);
    for (var i = 0u; i < 4u; i++) {
        if (4u * k4 + i < params.k) {
            value[i] = a[row * params.k + 4u * k4 + i];
        }
    }
    return value;
}

fn load_b(column: u32, k4: u32) -> vec4f {
    var value = vec4f(0.0);
    for (var i = 0u; i < 4u; i++) {
        if (4u * k4 + i < params.k) {
            value[i] = weight(column * params.k + 4u * k4 + i);
        }
    }
    return value;
}

fn weight(at: u32) -> f32 {
    if (WEIGHTS_F16 == 1u) {
        let pair = unpack2x16float(weights[at / 2u]);
        return select(pair.x, pair.y, at % 2u == 1u);
    }
    return bitcast<f32>(weights[at]);
}
