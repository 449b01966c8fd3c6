//! Every name by which a test finds an element is listed in tests/browser/README.md.

use std::fs;
use std::path::Path;

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(&path).expect("the source can be read"));
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
}

#[test]
fn every_test_id_is_listed() {
    let root =
        std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let readme =
        fs::read_to_string(root.join("../tests/browser/README.md")).expect("the list is there");
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let names = files
        .iter()
        .flat_map(|file| file.split("testid=\"").skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| is_name(name));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 100, "only {} names found: is the search right?", names.len());
    let missing: Vec<&str> =
        names.into_iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not listed: {missing:?}");
}
