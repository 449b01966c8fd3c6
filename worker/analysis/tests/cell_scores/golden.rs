//! Reads golden values and the data sets that they were computed from.

use std::{env, fs, path::PathBuf};

use hdf5_reader::{H5Type, Hdf5File};
use lexicell_matrix::{Categorical, CsrMatrix, MISSING_CODE};
use serde_json::Value;

/// Each data set and the file of the shared data that it comes from; the first is committed.
pub(crate) const SETS: [&str; 3] = ["panel", "cortex", "pbmc3k"];

/// Expected values, and the cells that they are expected of.
pub(crate) struct Golden {
    pub(crate) set: &'static str,
    values: Value,
    pub(crate) x: CsrMatrix,
    pub(crate) labels: Categorical,
}

impl Golden {
    /// `None`, and a line that says so, where the data set is not at hand.
    pub(crate) fn load(set: &'static str) -> Option<Self> {
        let text = fs::read_to_string(golden(&format!("{set}.json"))).expect("a golden file");
        let values: Value = serde_json::from_str(&text).expect("JSON");
        let n_vars = values["n_vars"].as_u64().expect("a number") as usize;
        let x = match set {
            "panel" => committed(&values["x"], n_vars),
            _ => from_h5ad(set, n_vars)?,
        };
        let codes: Vec<u32> = numbers(&values["codes"])
            .iter()
            .map(|&code| if code < 0.0 { MISSING_CODE } else { code as u32 })
            .collect();
        let n_classes =
            codes.iter().filter(|&&code| code != MISSING_CODE).max().map_or(0, |max| max + 1);
        let labels =
            Categorical { codes, categories: (0..n_classes).map(|c| c.to_string()).collect() };
        Some(Self { set, values, x, labels })
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.values[key].as_str().expect("text")
    }

    pub(crate) fn number(&self, key: &str) -> f64 {
        self.values[key].as_f64().expect("a number")
    }

    pub(crate) fn numbers(&self, key: &str) -> Vec<f64> {
        numbers(&self.values[key])
    }

    pub(crate) fn optional_numbers(&self, key: &str) -> Vec<Option<f64>> {
        self.values[key].as_array().expect("a list").iter().map(Value::as_f64).collect()
    }

    pub(crate) fn rows(&self, key: &str) -> Vec<Vec<f64>> {
        self.values[key].as_array().expect("a list").iter().map(numbers).collect()
    }

    /// Loadings of the first 20 components, `[genes × 20]`.
    pub(crate) fn loadings(&self) -> Vec<f64> {
        let bytes = fs::read(golden(&format!("{}_loadings.npy", self.set))).expect("a golden file");
        assert!(bytes.starts_with(b"\x93NUMPY\x01"));
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = std::str::from_utf8(&bytes[10..start]).expect("text");
        assert!(header.contains("'<f4'") && header.contains(", 20)"), "{header}");
        let (values, _) = bytes[start..].as_chunks::<4>();
        values.iter().map(|&value| f64::from(f32::from_le_bytes(value))).collect()
    }

    /// Whether the generator judged that method on this set.
    pub(crate) fn has(&self, which: &str) -> bool {
        self.values.get(which).is_some()
    }

    pub(crate) fn score(&self, which: &str) -> GoldenScore<'_> {
        GoldenScore(&self.values[which])
    }
}

/// Expected values of one view's score.
pub(crate) struct GoldenScore<'a>(&'a Value);

impl GoldenScore<'_> {
    pub(crate) fn number(&self, key: &str) -> f64 {
        self.0[key].as_f64().expect("a number")
    }

    pub(crate) fn numbers(&self, key: &str) -> Vec<f64> {
        numbers(&self.0[key])
    }

    pub(crate) fn pair(&self, key: &str, name: &str) -> [f64; 2] {
        numbers(&self.0[key][name]).try_into().expect("two numbers")
    }

    pub(crate) fn in_fold(&self, fold: usize, name: &str) -> f64 {
        self.0["folds"][fold][name].as_f64().expect("a number")
    }
}

fn golden(file: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/golden/cells")
        .join(file)
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

fn committed(x: &Value, n_vars: usize) -> CsrMatrix {
    let indptr: Vec<usize> = numbers(&x["indptr"]).into_iter().map(|at| at as usize).collect();
    let indices = numbers(&x["indices"]).into_iter().map(|gene| gene as u32).collect();
    let data = numbers(&x["data"]).into_iter().map(|count| count as f32).collect();
    CsrMatrix::try_new(indptr.len() - 1, n_vars, indptr, indices, data).expect("a matrix")
}

fn from_h5ad(set: &str, n_vars: usize) -> Option<CsrMatrix> {
    let file = match set {
        "cortex" => "mouse_MOp_sub_2284x500.h5ad",
        _ => "human_pbmc3k_seurat_2638x13714.h5ad",
    };
    let beside = || {
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
            .join("../../../shared")
    };
    let shared = env::var_os("LEXICELL_SHARED").map_or_else(beside, PathBuf::from);
    let path = shared.join("data/sc").join(file);
    if !path.exists() {
        eprintln!("skipped: {set} needs {file} of the shared data");
        return None;
    }
    let file = Hdf5File::from_vec(fs::read(path).expect("a readable file")).expect("HDF5");
    let indptr: Vec<usize> =
        read::<i32>(&file, "X/indptr").into_iter().map(|at| at as usize).collect();
    let indices = read::<i32>(&file, "X/indices").into_iter().map(|gene| gene as u32).collect();
    let data = read::<f32>(&file, "X/data");
    Some(CsrMatrix::try_new(indptr.len() - 1, n_vars, indptr, indices, data).expect("a matrix"))
}

fn read<T: H5Type>(file: &Hdf5File, path: &str) -> Vec<T> {
    let dataset = file.dataset(path).expect("a dataset");
    dataset.read_array::<T>().expect("readable").into_iter().collect()
}
