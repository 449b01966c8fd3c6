//! Reads the golden files: NumPy arrays, and the cells that graphs are made from.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{Mutex, OnceLock},
};

use lexicell_analysis::{Neighbors, graph::connectivities};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

/// The unit of the whole numbers in `tests/golden/graph/<set>.npy`.
const SCALE: f32 = 100.0;
/// scanpy's default of 15, without the cell itself.
pub(crate) const K: usize = 14;
/// The real data sets: cells × principal components.
pub(crate) const SETS: [&str; 3] = ["pbmc68k", "pbmc3k", "cortex"];

fn golden(file: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/golden")
        .join(file)
}

/// A golden JSON file.
pub(crate) fn json(file: &str) -> serde_json::Value {
    let text = fs::read_to_string(golden(file)).expect("a golden file");
    serde_json::from_str(&text).expect("JSON")
}

/// Shape and values of a NumPy array of the given type.
fn npy<const N: usize, T>(file: &str, descr: &str, from: fn([u8; N]) -> T) -> (Vec<usize>, Vec<T>) {
    let bytes = fs::read(golden(file)).expect("a golden file");
    let header_length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let header = std::str::from_utf8(&bytes[10..10 + header_length]).expect("a text header");
    assert!(bytes.starts_with(b"\x93NUMPY\x01") && header.contains(descr), "{file}: {header}");
    assert!(header.contains("'fortran_order': False"), "{file}: {header}");
    let shape = header.split(['(', ')']).nth(1).expect("a shape").split(',');
    let shape = shape.filter_map(|size| size.trim().parse().ok()).collect();
    let (values, []) = bytes[10 + header_length..].as_chunks::<N>() else {
        panic!("{file}: odd length")
    };
    (shape, values.iter().map(|&value| from(value)).collect())
}

/// Values of an array of single-precision numbers.
pub(crate) fn f32s(file: &str) -> Vec<f32> {
    npy(file, "<f4", f32::from_le_bytes).1
}

fn u16s(file: &str) -> Vec<u32> {
    npy(file, "<u2", u16::from_le_bytes).1.into_iter().map(u32::from).collect()
}

/// The cells of a data set, `[n_obs × d]`.
pub(crate) fn cells(set: &str) -> DenseMatrix {
    let (shape, values) = npy(&format!("graph/{set}.npy"), "<i2", i16::from_le_bytes);
    let values = values.into_iter().map(|value| f32::from(value) / SCALE).collect();
    DenseMatrix::try_new(shape[0], shape[1], values).expect("a matrix")
}

/// The exact nearest neighbours, ties going to the cell that comes first.
pub(crate) fn neighbors(set: &str, k: usize) -> Neighbors {
    let (shape, values) = npy(&format!("graph/{set}.npy"), "<i2", i16::from_le_bytes);
    let rows: Vec<&[i16]> = values.chunks(shape[1]).collect();
    let mut neighbors = Neighbors { k, ..Neighbors::default() };
    for (cell, row) in rows.iter().enumerate() {
        let mut others: Vec<(i64, u32)> = Vec::with_capacity(rows.len());
        for (other, other_row) in rows.iter().enumerate().filter(|&(other, _)| other != cell) {
            let square = |(&a, &b): (&i16, &i16)| (i64::from(a) - i64::from(b)).pow(2);
            others.push((row.iter().zip(*other_row).map(square).sum(), other as u32));
        }
        others.select_nth_unstable(k - 1);
        others.truncate(k);
        others.sort_unstable();
        for (square, other) in others {
            neighbors.indices.push(other);
            neighbors.distances.push(((square as f64).sqrt() / f64::from(SCALE)) as f32);
        }
    }
    neighbors
}

/// scanpy's graph of a data set with default settings; computed once.
pub(crate) fn graph(set: &'static str) -> CsrMatrix {
    static GRAPHS: OnceLock<Mutex<HashMap<&str, CsrMatrix>>> = OnceLock::new();
    let mut graphs = GRAPHS.get_or_init(Mutex::default).lock().expect("no test panics in here");
    let make = || connectivities(&neighbors(set, K)).expect("valid neighbours");
    graphs.entry(set).or_insert_with(make).clone()
}

/// scanpy's own connectivities.
pub(crate) fn scanpy_connectivities(set: &str) -> CsrMatrix {
    let part = |part| format!("graph/{set}_connectivities_{part}.npy");
    let indptr: Vec<usize> = u16s(&part("indptr")).into_iter().map(|at| at as usize).collect();
    let n_obs = indptr.len() - 1;
    let (indices, data) = (u16s(&part("indices")), f32s(&part("data")));
    CsrMatrix::try_new(n_obs, n_obs, indptr, indices, data).expect("a matrix")
}
