// One vector per packed text: the mean of its tokens' vectors, or the first. CPU twin:
// cpu::segment_mean.
//
//   out[i] = Σ_t x[t] / (end - start),  t from start = cu_seqlens[i] to end = cu_seqlens[i + 1]
//
// x: [n_tokens × d]; cu_seqlens: [n_texts + 1]; out: [n_texts × d]. A text without tokens gets 0.

struct Params {
    n_texts: u32,
    d: u32,
    first_only: u32,
    padding: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> cu_seqlens: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let at = 64u * (group.x + group.y * groups.x) + thread;
    if (at >= params.n_texts * params.d) {
        return;
    }
    let text = at / params.d;
    let column = at % params.d;
    let start = cu_seqlens[text];
    var end = cu_seqlens[text + 1u];
    if (params.first_only != 0u) {
        end = min(end, start + 1u);
    }
    var sum = 0.0;
    for (var token = start; token < end; token++) {
        sum += x[token * params.d + column];
    }
    out[at] = sum / f32(max(end - start, 1u));
}
