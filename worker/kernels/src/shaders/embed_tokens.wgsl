// The sum of each token's word, position and type vectors. CPU twin: cpu::embed_tokens.
//
//   out[t] = words[tokens[t]] + position_table[positions[t]] + type_table[types[t]]
//
// tokens, positions, types: [n_tokens]; words: [vocabulary × d] (WORDS_F16: pairs of halves in a
// word); out: [n_tokens × d]. Without has_types every type is 0.

override WORDS_F16: u32 = 0u;

struct Params {
    n_tokens: u32,
    d: u32,
    has_types: u32,
    padding: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> types: array<u32>;
@group(0) @binding(3) var<storage, read> words: array<u32>;
@group(0) @binding(4) var<storage, read> position_table: array<f32>;
@group(0) @binding(5) var<storage, read> type_table: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn word(at: u32) -> f32 {
    if (WORDS_F16 == 1u) {
        let pair = unpack2x16float(words[at / 2u]);
        return select(pair.x, pair.y, at % 2u == 1u);
    }
    return bitcast<f32>(words[at]);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let at = 64u * (group.x + group.y * groups.x) + thread;
    if (at >= params.n_tokens * params.d) {
        return;
    }
    let token = at / params.d;
    let column = at % params.d;
    var token_type = 0u;
    if (params.has_types != 0u) {
        token_type = types[token];
    }
    out[at] = word(tokens[token] * params.d + column)
        + position_table[positions[token] * params.d + column]
        + type_table[token_type * params.d + column];
}
