//! The house as `cargo metadata` and the sources show it: who may import whom, and the invariants of
//! ARCHITECTURE.md that a machine can check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates of the house that each crate may import (not for its tests).
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("matrix", &[]),
    ("formats", &["matrix"]),
    ("genes", &["matrix"]),
    ("kernels", &[]),
    ("encoder", &["kernels"]),
    ("analysis", &["matrix", "kernels"]),
    ("scatter", &[]),
    (
        "worker",
        &["protocol", "matrix", "formats", "genes", "kernels", "encoder", "analysis", "scatter"],
    ),
    ("app", &["protocol"]),
    ("assets", &["protocol", "matrix", "genes", "encoder"]),
    ("ablation", &["matrix", "formats", "genes", "encoder", "analysis", "assets"]),
];

/// Libraries that a crate must never know.
const NEVER: &[(&str, &[&str])] = &[
    ("protocol", &["wgpu", "leptos", "web-sys", "js-sys", "wasm-bindgen", "ndarray"]),
    ("matrix", &["wgpu", "leptos", "web-sys", "tokenizers", "hdf5-reader"]),
    ("formats", &["wgpu", "leptos", "web-sys", "js-sys", "wasm-bindgen", "tokenizers", "futures"]),
    ("genes", &["wgpu", "leptos", "web-sys", "tokenizers", "candle-core", "safetensors"]),
    ("kernels", &["tokenizers", "leptos", "candle-core", "hdf5-reader"]),
    ("encoder", &["leptos", "hdf5-reader", "web-sys"]),
    ("analysis", &["tokenizers", "leptos", "hdf5-reader", "serde", "web-sys"]),
    ("scatter", &["leptos", "hdf5-reader", "tokenizers"]),
    ("worker", &["leptos"]),
    ("app", &["wgpu", "ndarray", "candle-core", "tokenizers", "hdf5-reader"]),
    ("assets", &["leptos", "web-sys"]),
];

fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
}

/// Direct dependencies of each crate of the house, dev-dependencies left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let name = |value: &serde_json::Value| value["name"].as_str().expect("a name").to_owned();
    let of = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().expect("a list of dependencies");
        all.iter().filter(|dependency| dependency["kind"].is_null()).map(name).collect()
    };
    packages.iter().map(|package| (name(package), of(package))).collect()
}

#[test]
fn every_crate_imports_only_whom_it_may() {
    let dependencies = dependencies();
    for (krate, allowed) in MAY_IMPORT {
        let own = &dependencies[&format!("lexicell-{krate}")];
        let house = own.iter().filter_map(|name| name.strip_prefix("lexicell-"));
        for import in house {
            assert!(
                allowed.contains(&import),
                "{krate} imports {import}, which ARCHITECTURE.md does not allow"
            );
        }
    }
    let listed: BTreeSet<String> =
        MAY_IMPORT.iter().map(|(krate, _)| format!("lexicell-{krate}")).collect();
    let found: BTreeSet<String> =
        dependencies.keys().filter(|name| *name != "lexicell").cloned().collect();
    assert_eq!(listed, found, "a crate has no line in the table");
}

#[test]
fn no_crate_knows_what_it_must_not() {
    let dependencies = dependencies();
    for (krate, never) in NEVER {
        let own = &dependencies[&format!("lexicell-{krate}")];
        for library in *never {
            assert!(!own.contains(*library), "{krate} depends on {library}");
        }
    }
}

#[test]
fn every_shader_has_a_cpu_twin() {
    let mut n_shaders = 0;
    for krate in ["kernels", "scatter"] {
        let src = root().join("worker").join(krate).join("src");
        for shader in files(&src.join("shaders"), "wgsl") {
            let text = std::fs::read_to_string(&shader).expect("a shader");
            if !text.contains("@compute") && !text.contains("@vertex") {
                continue; // A part that shaders share has no entry point of its own.
            }
            let name = shader.file_stem().expect("a name").to_owned();
            let twin = src.join("cpu").join(&name).with_extension("rs");
            // A template has no twin itself: the registry gives one to every kernel made from it.
            let is_template = name == "tile";
            assert!(twin.exists() || is_template, "{} has no CPU twin", shader.display());
            n_shaders += 1;
        }
    }
    assert!(n_shaders >= 8, "only {n_shaders} shaders found: did a folder move?");
}

#[test]
fn only_the_worker_builds_failures() {
    for krate in ["formats", "genes", "kernels", "encoder", "analysis", "scatter", "matrix"] {
        for file in files(&root().join("worker").join(krate).join("src"), "rs") {
            let text = std::fs::read_to_string(&file).expect("a source file");
            assert!(!text.contains("lexicell_protocol"), "{} knows the protocol", file.display());
        }
    }
}

#[test]
fn sources_name_no_address_but_their_sources() {
    // The page may fetch its own assets only: no address of another host may stand in what it is built from.
    let allowed = ["http://www.w3.org/2000/svg", "https://example.invalid"];
    for folder in ["app/src", "app/static", "worker", "style"] {
        for file in
            files(&root().join(folder), "rs").into_iter().chain(files(&root().join(folder), "js"))
        {
            let text = std::fs::read_to_string(&file).expect("a source file");
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let foreign = line.contains("http://") || line.contains("https://");
                assert!(
                    !foreign || allowed.iter().any(|known| line.contains(known)),
                    "{}: {line}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    for folder in ["app", "worker", "assets", "tests", "style"] {
        for file in ["rs", "wgsl", "mjs", "css"]
            .iter()
            .flat_map(|extension| files(&root().join(folder), extension))
        {
            let n_lines = std::fs::read_to_string(&file).expect("a source file").lines().count();
            assert!(n_lines <= 500, "{} has {n_lines} lines", file.display());
        }
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
