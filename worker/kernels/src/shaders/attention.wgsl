// Self-attention within each packed text, by an online softmax. CPU twin: cpu::attention.
//
//   out[t, h] = Σ_j softmax_j(q[t, h] · k[j, h] · scale) v[j, h],  j over the tokens of t's text
//
// qkv: [n_tokens × 3 · n_heads · HEAD_DIM] (queries, keys, values of a token side by side);
// cu_seqlens: [n_texts + 1]; out: [n_tokens × n_heads · HEAD_DIM]. HEAD_DIM is 32 or 64.
//
// One thread per token and head; it finds its text by bisection, so that texts never mix and no
// padding exists. Threads of a workgroup walk over the same keys together, four at a time: their
// loads are broadcasts, and the sums are rescaled once per four. Query and sums are named vec4s:
// arrays would leave the registers on some drivers; the upper half vanishes where HEAD_DIM is 32.
// Milakov, Gimelshein 2018 (arXiv 1805.02867); Dao et al. 2022 (arXiv 2205.14135).

override HEAD_DIM: u32 = 64u;

struct Params {
    n_texts: u32,
    n_tokens: u32,
    n_heads: u32,
    scale: f32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> cu_seqlens: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

// Below any score, and finite: WGSL has no infinity.
const LOWEST: f32 = -3.0e38;

// The text of a token: the last one that starts at or before it.
fn text_of(token: u32) -> u32 {
    var low = 0u;
    var high = params.n_texts;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (cu_seqlens[middle] <= token) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

fn scores(q: vec4f, keys: vec4u) -> vec4f {
    return vec4f(dot(q, qkv[keys.x]), dot(q, qkv[keys.y]), dot(q, qkv[keys.z]), dot(q, qkv[keys.w]));
}

fn mix_in(sum: vec4f, kept: f32, share: vec4f, values: vec4u) -> vec4f {
    return sum * kept + share.x * qkv[values.x] + share.y * qkv[values.y]
        + share.z * qkv[values.z] + share.w * qkv[values.w];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let token = id.x;
    if (token >= params.n_tokens) {
        return;
    }
    let text = text_of(token);
    let start = cu_seqlens[text];
    let end = cu_seqlens[text + 1u];
    let width = params.n_heads * HEAD_DIM / 4u; // vec4s of a token's queries, keys or values
    let head = id.y * HEAD_DIM / 4u;
    let query = token * 3u * width + head;
    let q0 = qkv[query + 0u] * params.scale;
    let q1 = qkv[query + 1u] * params.scale;
    let q2 = qkv[query + 2u] * params.scale;
    let q3 = qkv[query + 3u] * params.scale;
    let q4 = qkv[query + 4u] * params.scale;
    let q5 = qkv[query + 5u] * params.scale;
    let q6 = qkv[query + 6u] * params.scale;
    let q7 = qkv[query + 7u] * params.scale;
    var q8 = vec4f(0.0);
    var q9 = vec4f(0.0);
    var q10 = vec4f(0.0);
    var q11 = vec4f(0.0);
    var q12 = vec4f(0.0);
    var q13 = vec4f(0.0);
    var q14 = vec4f(0.0);
    var q15 = vec4f(0.0);
    if (HEAD_DIM == 64u) {
        q8 = qkv[query + 8u] * params.scale;
        q9 = qkv[query + 9u] * params.scale;
        q10 = qkv[query + 10u] * params.scale;
        q11 = qkv[query + 11u] * params.scale;
        q12 = qkv[query + 12u] * params.scale;
        q13 = qkv[query + 13u] * params.scale;
        q14 = qkv[query + 14u] * params.scale;
        q15 = qkv[query + 15u] * params.scale;
    }
    var sum0 = vec4f(0.0);
    var sum1 = vec4f(0.0);
    var sum2 = vec4f(0.0);
    var sum3 = vec4f(0.0);
    var sum4 = vec4f(0.0);
    var sum5 = vec4f(0.0);
    var sum6 = vec4f(0.0);
    var sum7 = vec4f(0.0);
    var sum8 = vec4f(0.0);
    var sum9 = vec4f(0.0);
    var sum10 = vec4f(0.0);
    var sum11 = vec4f(0.0);
    var sum12 = vec4f(0.0);
    var sum13 = vec4f(0.0);
    var sum14 = vec4f(0.0);
    var sum15 = vec4f(0.0);
    var highest = LOWEST;
    var total = 0.0;
    for (var j = start; j < end; j += 4u) {
        let tokens = min(vec4u(j, j + 1u, j + 2u, j + 3u), vec4u(end - 1u));
        let keys = tokens * (3u * width) + width + head;
        var score = scores(q0, keys);
        score += scores(q1, keys + 1u);
        score += scores(q2, keys + 2u);
        score += scores(q3, keys + 3u);
        score += scores(q4, keys + 4u);
        score += scores(q5, keys + 5u);
        score += scores(q6, keys + 6u);
        score += scores(q7, keys + 7u);
        if (HEAD_DIM == 64u) {
            score += scores(q8, keys + 8u);
            score += scores(q9, keys + 9u);
            score += scores(q10, keys + 10u);
            score += scores(q11, keys + 11u);
            score += scores(q12, keys + 12u);
            score += scores(q13, keys + 13u);
            score += scores(q14, keys + 14u);
            score += scores(q15, keys + 15u);
        }
        // Past the end of the text a token is repeated with no share.
        let inside = vec4u(j, j + 1u, j + 2u, j + 3u) < vec4u(end);
        score = select(vec4f(LOWEST), score, inside);
        let higher = max(highest, max(max(score.x, score.y), max(score.z, score.w)));
        let kept = exp(highest - higher);
        let share = select(vec4f(0.0), exp(score - higher), inside);
        highest = higher;
        total = total * kept + (share.x + share.y) + (share.z + share.w);
        let values = keys + width;
        sum0 = mix_in(sum0, kept, share, values + 0u);
        sum1 = mix_in(sum1, kept, share, values + 1u);
        sum2 = mix_in(sum2, kept, share, values + 2u);
        sum3 = mix_in(sum3, kept, share, values + 3u);
        sum4 = mix_in(sum4, kept, share, values + 4u);
        sum5 = mix_in(sum5, kept, share, values + 5u);
        sum6 = mix_in(sum6, kept, share, values + 6u);
        sum7 = mix_in(sum7, kept, share, values + 7u);
        if (HEAD_DIM == 64u) {
            sum8 = mix_in(sum8, kept, share, values + 8u);
            sum9 = mix_in(sum9, kept, share, values + 9u);
            sum10 = mix_in(sum10, kept, share, values + 10u);
            sum11 = mix_in(sum11, kept, share, values + 11u);
            sum12 = mix_in(sum12, kept, share, values + 12u);
            sum13 = mix_in(sum13, kept, share, values + 13u);
            sum14 = mix_in(sum14, kept, share, values + 14u);
            sum15 = mix_in(sum15, kept, share, values + 15u);
        }
    }
    let at = token * width + head;
    out[at + 0u] = sum0 / total;
    out[at + 1u] = sum1 / total;
    out[at + 2u] = sum2 / total;
    out[at + 3u] = sum3 / total;
    out[at + 4u] = sum4 / total;
    out[at + 5u] = sum5 / total;
    out[at + 6u] = sum6 / total;
    out[at + 7u] = sum7 / total;
    if (HEAD_DIM == 64u) {
        out[at + 8u] = sum8 / total;
        out[at + 9u] = sum9 / total;
        out[at + 10u] = sum10 / total;
        out[at + 11u] = sum11 / total;
        out[at + 12u] = sum12 / total;
        out[at + 13u] = sum13 / total;
        out[at + 14u] = sum14 / total;
        out[at + 15u] = sum15 / total;
    }
}
