//! Against scikit-learn and scipy (`tests/golden/evaluation/generate.py`).

use std::{fs, path::PathBuf};

use lexicell_analysis::{
    comparison::corrected_t_test,
    logistic::{LogisticFit, LogisticParams},
    reliability::Reliability,
    silhouette::Silhouette,
    student,
};
use lexicell_matrix::{Categorical, DenseMatrix};
use serde_json::Value;

fn golden(topic: &str) -> Value {
    let path = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/golden/evaluation/evaluation.json");
    let text = fs::read_to_string(path).expect("a golden file");
    let mut values: Value = serde_json::from_str(&text).expect("JSON");
    values[topic].take()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(number).collect()
}

fn cells(golden: &Value) -> (DenseMatrix, Vec<u32>) {
    let (n, d) = (number(&golden["n"]) as usize, number(&golden["d"]) as usize);
    let x = numbers(&golden["x"]).into_iter().map(|x| x as f32).collect();
    let y = numbers(&golden["y"]).into_iter().map(|y| y as u32).collect();
    (DenseMatrix::try_new(n, d, x).expect("a matrix"), y)
}

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    let scale = expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance * scale, "{what}: {found} {expected}");
}

#[test]
fn logistic_regression_is_scikit_learns() {
    for which in ["four", "two"] {
        let golden = &golden("logistic")[which];
        let (x, y) = cells(golden);
        let n_train = number(&golden["n_train"]) as usize;
        let rows: Vec<usize> = (0..n_train).collect();
        let rest: Vec<usize> = (n_train..x.n_rows()).collect();
        for (tolerance, within) in [(1e-8, 1e-5), (1e-4, 0.05)] {
            let params = LogisticParams { tolerance, ..LogisticParams::default() };
            let mut fit = LogisticFit::new(&x, &rows, &y[..n_train], params).expect("valid");
            while !fit.run(1).expect("finite").is_done() {}
            let model = fit.finish().expect("done");
            assert!(model.converged, "{which}");
            eprintln!("{which}: {} steps to {tolerance}", model.n_iterations);
            for (class, expected) in
                golden["coefficients"].as_array().expect("rows").iter().enumerate()
            {
                let (coefficients, intercept) = model.coefficients(class);
                for (found, expected) in coefficients.iter().zip(numbers(expected)) {
                    near(*found, expected, within, "coefficient");
                }
                near(intercept, number(&golden["intercepts"][class]), within, "intercept");
            }
            let told = model.predict(&x, &rest).expect("fits");
            let classes: Vec<f64> = told.classes.iter().map(|&class| f64::from(class)).collect();
            assert_eq!(classes, numbers(&golden["predictions"]), "{which}");
            for (found, expected) in told.confidence.iter().zip(numbers(&golden["confidence"])) {
                near(*found, expected, within, "confidence");
            }
        }
    }
}

#[test]
fn students_t_is_scipys() {
    let golden = golden("student");
    for case in golden["cdf"].as_array().expect("cases") {
        let (t, df) = (number(&case["t"]), number(&case["df"]));
        near(student::cdf(t, df), number(&case["cdf"]), 1e-10, "cdf");
        let expected = number(&case["two_sided"]);
        let found = student::two_sided(t, df);
        assert!((found - expected).abs() <= 1e-9 * expected, "p of {t}, {df}: {found} {expected}");
    }
    for case in golden["quantiles"].as_array().expect("cases") {
        let found = student::quantile(number(&case["p"]), number(&case["df"]));
        near(found, number(&case["t"]), 1e-9, "quantile");
    }
}

#[test]
fn the_corrected_test_is_the_formula_with_scipys_distribution() {
    for case in golden("tests").as_array().expect("cases") {
        let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
        let found = corrected_t_test(&a, &b, number(&case["overlap"])).expect("rounds");
        let pairs = [
            ("difference", found.difference),
            ("low", found.low),
            ("high", found.high),
            ("p", found.p),
        ];
        for (key, value) in pairs {
            near(value, number(&case[key]), 1e-10, key);
        }
    }
}

#[test]
fn the_silhouette_is_scikit_learns() {
    let (mut x, y) = cells(&golden("logistic")["four"]);
    let golden = golden("silhouette");
    let labels = Categorical { codes: y, categories: (0..4).map(|c| c.to_string()).collect() };
    let all: Vec<usize> = (0..x.n_rows()).collect();
    let value = |x: &DenseMatrix| {
        let mut silhouette = Silhouette::new(x, &labels, &all).expect("four classes");
        while !silhouette.run(7).is_done() {}
        silhouette.value()
    };
    near(value(&x), number(&golden["all"]), 1e-9, "silhouette");
    for row in numbers(&golden["zero_rows"]) {
        x.row_mut(row as usize).fill(0.0);
    }
    near(value(&x), number(&golden["zeros"]), 1e-9, "silhouette with cells without a place");
}

#[test]
fn the_reliability_diagram_is_scikit_learns() {
    let golden = golden("reliability");
    let mut reliability = Reliability::default();
    for (best, right) in numbers(&golden["best"]).into_iter().zip(numbers(&golden["right"])) {
        reliability.add(best, right == 1.0);
    }
    let bins = reliability.bins();
    assert_eq!(bins.len(), numbers(&golden["confidence"]).len());
    for (at, bin) in bins.iter().enumerate() {
        near(bin.confidence, number(&golden["confidence"][at]), 1e-12, "confidence");
        near(bin.accuracy, number(&golden["accuracy"][at]), 1e-12, "accuracy");
    }
}
