// The gradient of the supervised contrastive loss. CPU twin: cpu::contrastive_gradient.
//
//   g_ij = [P(i) ≠ ∅] exp(s_ij / τ - lse_i) - [j ∈ P(i)] / |P(i)|
//   out = scale / τ (G + Gᵀ), added to what is there with `accumulate`
//
// g_ij is 0 for i = j and where i or j has NO_GROUP.
//
// similarities, out: [n × n]; groups: [n]; rows: [n] of (lse_i, 1/|P(i)|) as contrastive_rows wrote
// them. With unit rows z and s = z zᵀ the gradient with respect to z is out · z: s is symmetric, so
// that both halves of G + Gᵀ come from one number.

struct Params {
    n: u32,
    inverse_temperature: f32,
    scale: f32,
    accumulate: u32,
}

@group(0) @binding(0) var<storage, read> similarities: array<f32>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

const NO_GROUP: u32 = 0xffffffffu;

fn pull(score: f32, row: vec2f, positive: bool) -> f32 {
    if (row.y == 0.0) {
        return 0.0;
    }
    return exp(score - row.x) - select(0.0, row.y, positive);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) workgroups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let at = 64u * (group.x + group.y * workgroups.x) + thread;
    if (at >= params.n * params.n) {
        return;
    }
    let i = at / params.n;
    let j = at % params.n;
    var value = 0.0;
    if (i != j && groups[i] != NO_GROUP && groups[j] != NO_GROUP) {
        let positive = groups[i] == groups[j];
        let score = similarities[at] * params.inverse_temperature;
        value = pull(score, rows[i], positive) + pull(score, rows[j], positive);
        value *= params.scale * params.inverse_temperature;
    }
    if (params.accumulate != 0u) {
        value += out[at];
    }
    out[at] = value;
}
