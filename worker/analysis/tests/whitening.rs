//! Whitening against numpy (`tests/golden/whitening/generate.py`).

use std::path::PathBuf;

use lexicell_analysis::whitening::{WhiteningFit, usual_shrinkage};
use lexicell_matrix::DenseMatrix;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

#[test]
fn whitened_vectors_are_those_of_numpy() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let path = root.join("../../tests/golden/whitening/whitening.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(path).expect("the golden file"))
        .expect("golden values");
    let size = |key: &str| golden[key].as_u64().expect("a size") as usize;
    let (n, d) = (size("n"), size("d"));
    let values = numbers(&golden["table"]).iter().map(|&x| x as f32).collect();
    let table = DenseMatrix::try_new(n, d, values).expect("shape");
    let cases = golden["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let shrinkage = case["shrinkage"].as_f64().expect("a number");
        let usual = case["name"] == "usual";
        assert!(!usual || (usual_shrinkage(n, d) - shrinkage).abs() < 1e-9);
        let mut fit =
            WhiteningFit::new(&table, (!usual).then_some(shrinkage)).expect("a sound table");
        while !fit.run(1).expect("runs").is_done() {}
        let white = fit.finish().expect("done");
        // In two parts, as a caller who yields would.
        let mut rows = white.apply(&table, 0, 17).expect("applies").into_data();
        rows.extend(white.apply(&table, 17, usize::MAX).expect("applies").into_data());
        for (found, expected) in rows.iter().zip(numbers(&case["cholesky"])) {
            assert!((f64::from(*found) - expected).abs() < 1e-5, "{} {found}", case["name"]);
        }
        let cosines = numbers(&case["zca_cosines"]);
        for i in 0..n {
            for j in 0..n {
                let row = |k: usize| &rows[k * d..(k + 1) * d];
                let cosine: f32 = row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum();
                assert!((f64::from(cosine) - cosines[i * n + j]).abs() < 1e-5, "{i} {j}");
            }
        }
    }
}
