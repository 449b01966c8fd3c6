// The supervised contrastive loss of each row. CPU twin: cpu::contrastive_rows.
//
//   lse_i = ln Σ_{a ≠ i} exp(s_ia / τ)
//   loss_i = scale (lse_i - 1/|P(i)| Σ_{p ∈ P(i)} s_ip / τ),  P(i) = {p ≠ i : group_p = group_i}
//
// similarities: [n × n]; groups: [n], NO_GROUP for a row that is neither anchor nor a nor p; rows:
// [n] of (lse_i, 1/|P(i)|), both 0 where P(i) is empty; losses: [n], 0 there. One workgroup per row
// (group_sum.wgsl). Khosla et al. 2020, arXiv 2004.11362, equation 2; with one positive per row it is
// NT-Xent (Chen et al. 2020, arXiv 2002.05709, equation 1).

struct Params {
    n: u32,
    inverse_temperature: f32,
    scale: f32,
    padding: u32,
}

@group(0) @binding(0) var<storage, read> similarities: array<f32>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read_write> rows: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

const NO_GROUP: u32 = 0xffffffffu;
// Below any score, and finite: WGSL has no infinity.
const LOWEST: f32 = -3.0e38;

var<workgroup> highest: array<f32, 64>;

// Every thread gets the largest value.
fn max_over_group(value: f32, thread: u32) -> f32 {
    highest[thread] = value;
    workgroupBarrier();
    var largest = highest[0];
    for (var i = 1u; i < 64u; i++) {
        largest = max(largest, highest[i]);
    }
    return largest;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) workgroups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let row = group.x + group.y * workgroups.x;
    if (row >= params.n) {
        return;
    }
    let first = row * params.n;
    let own = groups[row];
    var largest = LOWEST;
    var n_positives = 0.0;
    var positives = 0.0;
    for (var i = thread; i < params.n; i += 64u) {
        if (i != row && groups[i] != NO_GROUP) {
            let score = similarities[first + i] * params.inverse_temperature;
            largest = max(largest, score);
            if (groups[i] == own) {
                n_positives += 1.0;
                positives += score;
            }
        }
    }
    largest = max_over_group(largest, thread);
    var total = 0.0;
    for (var i = thread; i < params.n; i += 64u) {
        if (i != row && groups[i] != NO_GROUP) {
            total += exp(similarities[first + i] * params.inverse_temperature - largest);
        }
    }
    total = sum_over_group(total, thread);
    n_positives = sum_over_group(n_positives, thread);
    positives = sum_over_group(positives, thread);
    if (thread == 0u) {
        var lse = 0.0;
        var share = 0.0;
        var loss = 0.0;
        if (n_positives > 0.0) {
            lse = log(total) + largest;
            share = 1.0 / n_positives;
            loss = params.scale * (lse - positives * share);
        }
        rows[row] = vec2f(lse, share);
        losses[row] = loss;
    }
}
