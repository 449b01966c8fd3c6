//! The h5ad writer, read back by the HDF5 crate, and by scanpy where `LEXICELL_PYTHON` names one.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;

use lexicell_formats::{FormatError, H5adWriter, write_h5ad};
use lexicell_matrix::{
    AnnData, Categorical, Column, CsrMatrix, DataFrame, DenseMatrix, MISSING_CODE,
};
use serde_json::{Value, json};

/// Cells with every kind of column, names that need care, and every slot.
fn every_kind() -> AnnData {
    let index = ["AAAC-1", "naïve 细胞", "", "d", "e"].map(str::to_owned).to_vec();
    let mut obs = DataFrame::new(index);
    let text =
        |words: [Option<&str>; 5]| Column::Text(words.map(|w| w.map(str::to_owned)).to_vec());
    let categorical = Categorical {
        codes: vec![1, 0, MISSING_CODE, 1, 0],
        categories: vec!["L2/3 IT ".to_owned(), "B 细胞".to_owned()],
    };
    let repeated = Categorical {
        codes: vec![0, 1, 2, 1, 0],
        categories: vec!["a".to_owned(), "b".to_owned(), "a".to_owned()],
    };
    let columns = [
        ("cell_type", Column::Categorical(categorical)),
        ("repeated", Column::Categorical(repeated)),
        ("percent/mito", Column::Float(vec![0.5, f64::NAN, -1e300, 0.0, 1.0 / 3.0])),
        ("n", Column::Integer([1, -2, i64::MAX, 0, 4].map(Some).to_vec())),
        ("n_missing", Column::Integer(vec![Some(1), None, Some(3), None, Some(5)])),
        ("flag", Column::Boolean([true, false, true, true, false].map(Some).to_vec())),
        ("flag_missing", Column::Boolean(vec![Some(true), None, Some(false), None, None])),
        ("note", text([Some("x"), Some(""), Some("ü"), Some("long long text"), Some("y")])),
        ("note_missing", text([Some("x"), None, Some("b"), Some("x"), None])),
    ];
    for (name, column) in columns {
        obs.insert(name, column).expect("as long as the table");
    }
    let x = CsrMatrix::try_new(
        5,
        3,
        vec![0, 1, 1, 3, 4, 5],
        vec![0, 1, 2, 2, 0],
        vec![1., 2.5, 3., 4., 5.],
    )
    .expect("a valid matrix");
    let graph = CsrMatrix::try_new(5, 5, vec![0, 1, 2, 3, 4, 5], vec![1, 0, 3, 2, 0], vec![0.5; 5])
        .expect("a valid matrix");
    let var = DataFrame::new(["TP53", "MARCH1", "HLA-A"].map(str::to_owned).to_vec());
    let mut adata = AnnData { x: x.into(), obs, var, ..AnnData::default() };
    let umap = DenseMatrix::try_new(5, 2, (0..10).map(|at| at as f32 * 0.25).collect());
    adata.obsm.insert("X_umap".to_owned(), umap.expect("a valid matrix"));
    adata
        .varm
        .insert("X_text".to_owned(), DenseMatrix::try_new(3, 1, vec![1., 2., 3.]).expect("valid"));
    adata.obsp.insert("distances".to_owned(), graph);
    adata
}

/// Enough stored values for a chunk tree of three levels in `obsm` and two in `X`.
fn large() -> AnnData {
    let (n_obs, n_vars) = (9_000, 600);
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for row in 0..n_obs {
        for column in (0..n_vars).filter(|column| (row * 7 + column * 3) % 11 != 0) {
            indices.push(column as u32);
            data.push(((row + column) % 13) as f32);
        }
        indptr.push(indices.len());
    }
    let names = |prefix: &str, count: usize| (0..count).map(|at| format!("{prefix}{at}")).collect();
    let x = CsrMatrix::try_new(n_obs, n_vars, indptr, indices, data).expect("a valid matrix");
    let mut adata = AnnData {
        x: x.into(),
        obs: DataFrame::new(names("cell", n_obs)),
        var: DataFrame::new(names("gene", n_vars)),
        ..AnnData::default()
    };
    let wide = (0..n_obs * 40_000 / 1000).map(|at| (at % 101) as f32).collect();
    adata.obsm.insert("X_pca".to_owned(), DenseMatrix::try_new(n_obs, 40, wide).expect("valid"));
    let codes = (0..n_obs as u32).map(|row| row % 300).collect();
    let categories = (0..300).map(|at| format!("type {at:03}")).collect();
    let types = Column::Categorical(Categorical { codes, categories });
    adata.obs.insert("type", types).expect("as long as the table");
    adata
}

fn write(adata: &AnnData, notes: &[(String, String)], limit: usize) -> Vec<u8> {
    let mut writer = H5adWriter::new(adata, notes, Cursor::new(Vec::new())).expect("in memory");
    let mut done = 0;
    loop {
        let status = writer.run(adata, limit).expect("in memory");
        assert!(status.done >= done && status.done <= status.total);
        done = status.done;
        if status.finished {
            assert_eq!(status.done, status.total);
            return writer.finish(adata).expect("in memory").into_inner();
        }
    }
}

#[test]
fn what_was_written_is_read_back_by_the_hdf5_crate() {
    let adata = large();
    let bytes = write(&adata, &[], 100_000);
    assert_eq!(bytes, write_h5ad(&adata, Cursor::new(Vec::new())).expect("in memory").into_inner());
    let file = hdf5_reader::Hdf5File::from_bytes(&bytes).expect("HDF5");
    let data = file.dataset("/X/data").expect("X").read_array::<f32>().expect("values");
    assert!(data.iter().eq(adata.x.data()));
    let indices = file.dataset("/X/indices").expect("X").read_array::<i32>().expect("values");
    assert!(indices.iter().map(|&at| at as u32).eq(adata.x.indices().iter().copied()));
    let names = file.dataset("/obs/_index").expect("names").read_strings().expect("strings");
    assert_eq!(names, adata.obs.index);
    let pca = file.dataset("/obsm/X_pca").expect("obsm").read_array::<f32>().expect("values");
    assert_eq!(pca.shape(), [9_000, 40]);
    assert!(pca.iter().eq(adata.obsm["X_pca"].data()));
}

#[test]
fn names_that_hdf5_refuses_are_changed_and_said() {
    let adata = every_kind();
    let writer = H5adWriter::new(&adata, &[], Cursor::new(Vec::new())).expect("in memory");
    assert_eq!(writer.notes(), [r#"obs: "percent/mito" is saved as "percent_mito"."#]);
}

#[test]
fn an_empty_data_set_and_a_changed_one() {
    let empty = AnnData::default();
    let bytes = write(&empty, &[], 1);
    assert!(hdf5_reader::Hdf5File::from_bytes(&bytes).is_ok());
    let adata = every_kind();
    let writer = H5adWriter::new(&adata, &[], Cursor::new(Vec::new())).expect("in memory");
    assert!(matches!(writer.finish(&empty), Err(FormatError::NotSaved { .. })));
}

#[test]
fn too_many_columns_are_an_error_and_not_a_broken_file() {
    let mut adata = AnnData { obs: DataFrame::new(vec![]), ..AnnData::default() };
    for at in 0..5_000 {
        adata.obs.insert(&format!("c{at}"), Column::Float(vec![])).expect("as long as the table");
    }
    let error = write_h5ad(&adata, Cursor::new(Vec::new())).expect_err("too many columns");
    assert!(error.to_string().contains("4000 columns"), "{error}");
}

#[test]
fn scanpy_reads_what_was_written() {
    let Ok(python) = std::env::var("LEXICELL_PYTHON") else {
        eprintln!("skipped: LEXICELL_PYTHON names no Python with scanpy");
        return;
    };
    let notes = [("lexicell".to_owned(), r#"{"seed": 1}"#.to_owned())];
    for (name, adata, notes) in [
        ("kinds", every_kind(), &notes[..]),
        ("large", large(), &[]),
        ("empty", AnnData::default(), &[]),
    ] {
        let folder = std::env::temp_dir().join(format!("lexicell-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let (h5ad, dump) = (folder.join("t.h5ad"), folder.join("t.json"));
        std::fs::write(&h5ad, write(&adata, notes, 50_000)).expect("a temporary file");
        std::fs::write(&dump, dump_of(&adata, notes).to_string()).expect("a temporary file");
        let script = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
            .join("../../tests/golden/formats/check_h5ad.py");
        let output =
            Command::new(&python).arg(script).arg(&h5ad).arg(&dump).output().expect("Python runs");
        std::fs::remove_dir_all(&folder).expect("a temporary folder");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {said}");
    }
}

fn dump_of(adata: &AnnData, notes: &[(String, String)]) -> Value {
    let dense = |matrix: &DenseMatrix| {
        let rows: Vec<&[f32]> = (0..matrix.n_rows()).map(|row| matrix.row(row)).collect();
        json!({ "shape": [matrix.n_rows(), matrix.n_cols()], "values": rows })
    };
    let slot = |slot: &std::collections::BTreeMap<String, DenseMatrix>| -> Value {
        slot.iter().map(|(key, matrix)| (key.clone(), dense(matrix))).collect()
    };
    let obsp: Value =
        adata.obsp.iter().map(|(key, matrix)| (key.clone(), sparse(matrix))).collect();
    let uns: Value = notes.iter().map(|(key, text)| (key.clone(), json!(text))).collect();
    let object = |value: Value| if value == json!([]) { json!({}) } else { value };
    json!({
        "X": sparse(&adata.x), "obs": frame(&adata.obs), "var": frame(&adata.var),
        "obsm": object(slot(&adata.obsm)), "varm": object(slot(&adata.varm)),
        "obsp": object(obsp), "uns": object(uns),
    })
}

fn sparse(matrix: &CsrMatrix) -> Value {
    let (mut sum, mut weighted) = (0.0, 0.0);
    for row in 0..matrix.n_rows() {
        let (columns, values) = matrix.row(row);
        for (&column, &value) in columns.iter().zip(values) {
            sum += f64::from(value);
            weighted += f64::from(value) * f64::from(column % 97) * (1 + row % 89) as f64;
        }
    }
    let shape = [matrix.n_rows(), matrix.n_cols()];
    json!({ "shape": shape, "nnz": matrix.nnz(), "sum": sum, "weighted": weighted })
}

fn frame(frame: &DataFrame) -> Value {
    let columns: Vec<Value> = frame
        .columns()
        .iter()
        .map(|(name, column)| {
            let missing =
                |any: bool, with: &str, without: &str| if any { with } else { without }.to_owned();
            let (dtype, values) = match column {
                Column::Float(values) => ("float64".to_owned(), json!(values)),
                Column::Integer(values) => {
                    (missing(values.contains(&None), "Int64", "int64"), json!(values))
                }
                Column::Boolean(values) => {
                    (missing(values.contains(&None), "boolean", "bool"), json!(values))
                }
                Column::Text(values) => {
                    (missing(values.contains(&None), "category", "object"), json!(values))
                }
                Column::Categorical(values) => {
                    let rows = 0..values.codes.len();
                    ("category".to_owned(), rows.map(|row| json!(values.value(row))).collect())
                }
            };
            let mut categories =
                column.to_categorical().map(|grouped| grouped.categories).unwrap_or_default();
            let mut seen = std::collections::HashSet::new();
            categories.retain(|category| seen.insert(category.clone()));
            let name = name.replace('/', "_");
            json!({ "name": name, "dtype": dtype, "values": values, "categories": categories })
        })
        .collect();
    json!({ "index": frame.index, "columns": columns })
}
