//! Reads the golden files, and makes graphs whose shape is known.

use std::{fs, path::PathBuf};

use crate::edges::from_edges;
use lexicell_analysis::{
    Neighbors,
    trajectory::{DiffusionMap, DiffusionSpace, N_COMPS},
};
use lexicell_matrix::CsrMatrix;
use serde_json::Value;

/// scanpy's default of 15, without the cell itself.
const K: usize = 14;
/// Graphs that scanpy was run on.
pub(crate) const SETS: [&str; 3] = ["pbmc68k", "repeated", "branches"];

/// What scanpy found on one of the sets.
pub(crate) fn golden(name: &str) -> Value {
    let text = fs::read_to_string(path(&format!("trajectory/{name}.json"))).expect("a golden file");
    serde_json::from_str(&text).expect("JSON")
}

/// A list of numbers; null is infinite.
pub(crate) fn numbers(list: &Value) -> Vec<f64> {
    let values = list.as_array().expect("a list").iter();
    values.map(|value| value.as_f64().unwrap_or(f64::INFINITY)).collect()
}

/// A whole number.
pub(crate) fn whole(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

/// A list of whole numbers.
pub(crate) fn codes(list: &Value) -> Vec<u32> {
    list.as_array().expect("a list").iter().map(|code| whole(code) as u32).collect()
}

/// scanpy's connectivities of a set.
pub(crate) fn connectivities(set: &str) -> CsrMatrix {
    let folder = if set == "branches" { "trajectory" } else { "graph" };
    let part = |part| format!("{folder}/{set}_connectivities_{part}.npy");
    let indptr: Vec<usize> = u16s(&part("indptr")).into_iter().map(|at| at as usize).collect();
    let data = npy(&part("data"), "<f4");
    let (data, []) = data.as_chunks::<4>() else { panic!("{set}: odd length") };
    let data = data.iter().map(|&value| f32::from_le_bytes(value)).collect();
    let n_obs = indptr.len() - 1;
    CsrMatrix::try_new(n_obs, n_obs, indptr, u16s(&part("indices")), data).expect("a matrix")
}

/// The edges that scanpy counts, as a matrix of distances.
pub(crate) fn distances(set: &str) -> CsrMatrix {
    let indices = u16s(&format!("trajectory/{set}_neighbors.npy"));
    let distances = vec![0.0; indices.len()];
    Neighbors { k: K, indices, distances }.to_distances().expect("valid neighbours")
}

/// The diffusion map of a graph.
pub(crate) fn map(graph: &CsrMatrix) -> DiffusionSpace {
    let mut map = DiffusionMap::new(graph, N_COMPS, 0).expect("a graph");
    while !map.run(1_000_000).expect("converges").is_done() {}
    map.finish().expect("finished")
}

/// Arms of equal shape that meet in cell 0: each cell is joined to its next and second next.
pub(crate) fn star(n_arms: u32, length: u32) -> CsrMatrix {
    let cell = |arm: u32, at: u32| if at == 0 { 0 } else { arm * length + at };
    let mut edges = Vec::new();
    for arm in 0..n_arms {
        for at in 0..length {
            edges.push((cell(arm, at), cell(arm, at + 1), 1.0));
            if at + 2 <= length {
                edges.push((cell(arm, at), cell(arm, at + 2), 0.5));
            }
        }
    }
    from_edges((n_arms * length + 1) as usize, &edges)
}

/// Spearman's correlation, by ranks of values that are all different.
pub(crate) fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let n = a.len() as f64;
    let square: f64 = a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum();
    1.0 - 6.0 * square / (n * (n * n - 1.0))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    order.into_iter().enumerate().for_each(|(rank, at)| ranks[at] = rank as f64);
    ranks
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/golden")
        .join(file)
}

/// The values of a NumPy array of the given type, in bytes.
fn npy(file: &str, descr: &str) -> Vec<u8> {
    let bytes = fs::read(path(file)).expect("a golden file");
    let start = 10 + u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let header = std::str::from_utf8(&bytes[10..start]).expect("a text header");
    assert!(bytes.starts_with(b"\x93NUMPY\x01") && header.contains(descr), "{file}: {header}");
    assert!(header.contains("'fortran_order': False"), "{file}: {header}");
    bytes[start..].to_vec()
}

fn u16s(file: &str) -> Vec<u32> {
    let bytes = npy(file, "<u2");
    let (values, []) = bytes.as_chunks::<2>() else { panic!("{file}: odd length") };
    values.iter().map(|&value| u32::from(u16::from_le_bytes(value))).collect()
}
