// The parameters, the bias and the epilogue that the `matmul` kernels share.
//
//   out[r, c] = epilogue(Σ_k a[r, k] · weights[c, k] + bias[c])
//
// bias: [n]; residual, out: [m × n].

struct Params {
    m: u32,
    n: u32,
    k: u32,
    has_bias: u32,
    epilogue: u32, // 0 none, 1 GELU, 2 residual, 3 ReLU
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn n_rows() -> u32 {
    return params.m;
}

fn n_columns() -> u32 {
    return params.n;
}

// erf to 1 unit in the last place, by the two polynomials of N. Juffa (minimax on either side of
// 0.927734375); the twin is cpu::erf.
fn erf(x: f32) -> f32 {
    let t = min(abs(x), 4.0);
    let s = t * t;
    if (t > 0.927734375) {
        var r = -1.72853470e-5 * t + 3.83197126e-4;
        let u = -3.88396438e-3 * t + 2.42546219e-2;
        r = r * s + u;
        r = r * t - 1.06777877e-1;
        r = r * t - 6.34846687e-1;
        r = r * t - 1.28717512e-1;
        r = r * t - t;
        return sign(x) * (1.0 - exp(r));
    }
    var r = -5.96761703e-4;
    r = r * s + 4.99119423e-3;
    r = r * s - 2.67681349e-2;
    r = r * s + 1.12819925e-1;
    r = r * s - 3.76125336e-1;
    r = r * s + 1.28379166e-1;
    return r * x + x;
}

fn store(row: u32, column: u32, sum: f32) {
    let at = row * params.n + column;
    var x = sum;
    if (params.has_bias != 0u) {
        x += bias[column];
    }
    if (params.epilogue == 1u) {
        x = 0.5 * x * (1.0 + erf(x * 0.70710678));
    } else if (params.epilogue == 2u) {
        x += residual[at];
    } else if (params.epilogue == 3u) {
        x = max(x, 0.0);
    }
    out[at] = x;
}
