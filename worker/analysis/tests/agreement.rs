//! Agreement of two groupings against scikit-learn (`tests/golden/agreement/generate.py`).

use std::path::PathBuf;

use lexicell_analysis::agreement::agreement;
use serde_json::Value;

fn codes(value: &Value) -> Vec<u32> {
    let list = value.as_array().expect("a list");
    list.iter().map(|code| code.as_i64().map_or(u32::MAX, |code| code as u32)).collect()
}

#[test]
fn counts_and_scores_are_scikit_learns() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let path = root.join("../../tests/golden/agreement/agreement.json");
    let cases: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the golden file")).expect("values");
    let cases = cases.as_array().expect("cases");
    assert_eq!(cases.len(), 5);
    for case in cases {
        let n = codes(&case["n_classes"]);
        let (first, second) = (codes(&case["first"]), codes(&case["second"]));
        let found = agreement(&first, &second, [n[0] as usize, n[1] as usize]);
        let expected: Vec<u64> = codes(&case["counts"]).into_iter().map(u64::from).collect();
        assert_eq!(found.counts, expected, "{}", case["name"]);
        assert_eq!(found.n_obs + found.n_missing, first.len() as u64);
        for (key, own) in [
            ("adjusted_rand", found.adjusted_rand),
            ("mutual_information", found.mutual_information),
        ] {
            let expected = case[key].as_f64().expect("a number");
            assert!((own - expected).abs() < 1e-12, "{} {key}: {own}, {expected}", case["name"]);
        }
    }
}
