// Computes a tile of A · Bᵀ; the kernel's own file says what A and B are and where results go.
//
//   result[r, c] = Σ_k A[r, k] · B[c, k]
//
// A: [n_rows() × 4 · depth4()], B: [n_columns() × 4 · depth4()], both read as rows of vec4.
// The file that includes this one defines n_rows, n_columns, depth4, load_a, load_b and store,
// and the type Stored in which B waits in workgroup memory.
//
// A workgroup of TILE_COLUMNS × TILE_ROWS threads computes 4 · TILE_COLUMNS columns of
// 8 · TILE_ROWS rows, 16 of k at a time. Each thread keeps 8 × 4 sums in named vec4s: an array
// would leave the registers on some drivers. A stays as it is (vec4 along k), B is transposed
// through registers (vec4 along columns), so that a step of four k is 12 loads and 128
// multiply-adds. Workgroup memory: 64 · (8 · TILE_ROWS + 4 · TILE_COLUMNS) bytes, 8 KiB for 16 × 8.
//
// On software adapters (2 busy cores; GFLOP per CPU second, 128 × 384 × 384) the tiles 16 × 8,
// 16 × 16, 32 × 8, 8 × 16, 8 × 8 reach 2.7, 2.6, 2.9, 2.3, 3.1 on lavapipe and
// 0.78, 0.81, 0.78, 0.71, 0.82 on SwiftShader: equal within the noise of the measurement. What
// counts on a GPU is found there by Gpu::tune.

override TILE_COLUMNS: u32 = 16u;
override TILE_ROWS: u32 = 8u;
override A_VECTORS: u32 = 32u * TILE_ROWS;
override B_VECTORS: u32 = 16u * TILE_COLUMNS;
// The first threads load B, 4 × 4 numbers each, the others load A.
override B_LOADERS: u32 = 4u * TILE_COLUMNS;
override A_LOADERS: u32 = TILE_COLUMNS * TILE_ROWS - B_LOADERS;

var<workgroup> a_tile: array<vec4f, A_VECTORS>; // [8 · TILE_ROWS rows][4 vec4 along k]
var<workgroup> b_tile: array<Stored, B_VECTORS>; // [16 k][TILE_COLUMNS vec4 along columns]

fn add_four(sum: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
    return sum + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

fn fill_a(loader: u32, first_row: u32, first_k4: u32) {
    let last_row = n_rows() - 1u;
    for (var i = loader; i < A_VECTORS; i += A_LOADERS) {
        let k4 = first_k4 + i % 4u;
        // Rows past the end repeat the last one; their results are never stored.
        let row = min(first_row + i / 4u, last_row);
        var value = vec4f(0.0);
        if (k4 < depth4()) {
            value = load_a(row, k4);
        }
        a_tile[i] = value;
    }
}

fn fill_b(loader: u32, first_column: u32, first_k4: u32) {
    let last_column = n_columns() - 1u;
    let block = loader / 4u;
    let column = first_column + 4u * block;
    let k4 = first_k4 + loader % 4u;
    var b0 = Stored();
    var b1 = Stored();
    var b2 = Stored();
    var b3 = Stored();
    if (k4 < depth4()) {
        b0 = load_b(min(column, last_column), k4);
        b1 = load_b(min(column + 1u, last_column), k4);
        b2 = load_b(min(column + 2u, last_column), k4);
        b3 = load_b(min(column + 3u, last_column), k4);
    }
    let at = 4u * (loader % 4u) * TILE_COLUMNS + block;
    b_tile[at] = Stored(b0.x, b1.x, b2.x, b3.x);
    b_tile[at + TILE_COLUMNS] = Stored(b0.y, b1.y, b2.y, b3.y);
    b_tile[at + 2u * TILE_COLUMNS] = Stored(b0.z, b1.z, b2.z, b3.z);
    b_tile[at + 3u * TILE_COLUMNS] = Stored(b0.w, b1.w, b2.w, b3.w);
}

@compute @workgroup_size(TILE_COLUMNS, TILE_ROWS)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let first_row = 8u * TILE_ROWS * group.y;
    let first_column = 4u * TILE_COLUMNS * group.x;
    var r0 = vec4f(0.0);
    var r1 = vec4f(0.0);
    var r2 = vec4f(0.0);
    var r3 = vec4f(0.0);
    var r4 = vec4f(0.0);
    var r5 = vec4f(0.0);
    var r6 = vec4f(0.0);
    var r7 = vec4f(0.0);
    for (var first_k4 = 0u; first_k4 < depth4(); first_k4 += 4u) {
        if (thread < B_LOADERS) {
            fill_b(thread, first_column, first_k4);
        } else {
            fill_a(thread - B_LOADERS, first_row, first_k4);
        }
        workgroupBarrier();
        for (var k4 = 0u; k4 < 4u; k4++) {
            let b = 4u * k4 * TILE_COLUMNS + local.x;
            let b0 = vec4f(b_tile[b]);
            let b1 = vec4f(b_tile[b + TILE_COLUMNS]);
            let b2 = vec4f(b_tile[b + 2u * TILE_COLUMNS]);
            let b3 = vec4f(b_tile[b + 3u * TILE_COLUMNS]);
            let a = 32u * local.y + k4;
            r0 = add_four(r0, a_tile[a], b0, b1, b2, b3);
            r1 = add_four(r1, a_tile[a + 4u], b0, b1, b2, b3);
            r2 = add_four(r2, a_tile[a + 8u], b0, b1, b2, b3);
            r3 = add_four(r3, a_tile[a + 12u], b0, b1, b2, b3);
            r4 = add_four(r4, a_tile[a + 16u], b0, b1, b2, b3);
            r5 = add_four(r5, a_tile[a + 20u], b0, b1, b2, b3);
            r6 = add_four(r6, a_tile[a + 24u], b0, b1, b2, b3);
            r7 = add_four(r7, a_tile[a + 28u], b0, b1, b2, b3);
        }
        workgroupBarrier();
    }
    let row = first_row + 8u * local.y;
    let column = first_column + 4u * local.x;
    store_row(row, column, r0);
    store_row(row + 1u, column, r1);
    store_row(row + 2u, column, r2);
    store_row(row + 3u, column, r3);
    store_row(row + 4u, column, r4);
    store_row(row + 5u, column, r5);
    store_row(row + 6u, column, r6);
    store_row(row + 7u, column, r7);
}

fn store_row(row: u32, column: u32, values: vec4f) {
    if (row >= n_rows()) {
        return;
    }
    for (var i = 0u; i < 4u; i++) {
        if (column + i < n_columns()) {
            store(row, column + i, values[i]);
        }
    }
}
