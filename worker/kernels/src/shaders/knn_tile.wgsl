// Inner products of a block of references with a block of queries. CPU twin: cpu::knn_tile.
//
//   out[r, q] = references[first_reference + r] · queries[first_query + q]
//
// references, queries: [… × d], d a multiple of 4; out: [n_references × n_queries]. The rest is in
// tile.wgsl.

alias Stored = vec4f; // how b_tile keeps four columns

struct Params {
    first_reference: u32,
    n_references: u32,
    first_query: u32,
    n_queries: u32,
    d: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<storage, read> references: array<vec4f>;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn n_rows() -> u32 {
    return params.n_references;
}

fn n_columns() -> u32 {
    return params.n_queries;
}

fn depth4() -> u32 {
    return params.d / 4u;
}

fn load_a(row: u32, k4: u32) -> vec4f {
    return references[(params.first_reference + row) * depth4() + k4];
}

fn load_b(column: u32, k4: u32) -> vec4f {
    return queries[(params.first_query + column) * depth4() + k4];
}

fn store(row: u32, column: u32, similarity: f32) {
    out[row * params.n_queries + column] = similarity;
}
