//! The types of cells are the same from the Cell Ontology's own file and from the package that stands in for it.

#[path = "support/scratch.rs"]
mod support;

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use lexicell_assets::{
    AssetError,
    fetch::Fetcher,
    manifest::{Alternative, Manifest, Place},
    ontology,
    output::Output,
};
use lexicell_genes::Ontology;
use support::Scratch;

const OBO: &str = r#"format-version: 1.2
data-version: releases/2024-08-16
ontology: cl

[Term]
id: CL:0000000
name: cell
def: "A unit." []

[Term]
id: CL:0000236
name: B cell
def: "A \"lymphocyte\" of B lineage." [GOC:add]
synonym: "B-cell" EXACT []
is_a: CL:0000945 ! lymphocyte of B lineage

[Term]
id: CL:0000945
name: lymphocyte of B lineage
is_a: CL:0000000

[Term]
id: CL:0009999
name: obsolete thing
is_obsolete: true

[Term]
id: UBERON:0000178
name: blood
"#;

const JSON: &str = r#"{
"CL:0009999": {"ancestors": {"CL:0000000": 1}, "label": "obsolete thing", "deprecated": true},
"CL:0000945": {"ancestors": {"CL:0000000": 1}, "label": "lymphocyte of B lineage", "deprecated": false},
"CL:0000236": {"ancestors": {"CL:0000945": 1, "CL:0000000": 2}, "label": "B cell", "description": "A \"lymphocyte\"\nof B lineage.", "synonyms": ["B-cell"], "deprecated": false},
"CL:0000000": {"ancestors": {}, "label": "cell", "description": "A unit.", "deprecated": false}
}"#;

fn package() -> Alternative {
    let member = "guide/data/CL-ontology-v2024-08-16.json.gz".to_owned();
    let from = Place::Pypi { package: "guide==1".to_owned(), member };
    Alternative { from, sha256: None, only_tax_ids: Vec::new() }
}

fn own_file() -> Alternative {
    let from = Place::Url("https://cl.invalid/cl-basic.obo".to_owned());
    Alternative { from, sha256: None, only_tax_ids: Vec::new() }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("in memory");
    encoder.finish().expect("in memory")
}

#[test]
fn both_forms_give_the_same_types_and_what_is_served_is_read_back() {
    let scratch = Scratch::new("ontology-forms");
    let (obo, json) = (scratch.path().join("cl.obo"), scratch.path().join("cl.json.gz"));
    fs::write(&obo, OBO).expect("a file");
    fs::write(&json, gzip(JSON)).expect("a file");
    let own = ontology::read(&obo, &own_file()).expect("OBO");
    let packaged = ontology::read(&json, &package()).expect("JSON");
    assert_eq!(own, packaged);
    assert_eq!((own.len(), own.n_defined(), &own.header().version[..]), (3, 2, "2024-08-16"));
    assert_eq!(own.n_below(own.find("CL:0000000").expect("the root")), 2);
    let packed = ontology::pack(&own).expect("in memory");
    assert_eq!(Ontology::parse("served", &packed).expect("our own file"), own);
}

#[test]
fn a_file_without_cells_is_refused() {
    let scratch = Scratch::new("ontology-wrong");
    let path = scratch.path().join("cl.obo");
    fs::write(&path, OBO.replace("CL:0000000", "XX:0")).expect("a file");
    let error = ontology::read(&path, &own_file()).expect_err("no root");
    assert!(error.to_string().contains("has no type CL:0000000"), "{error}");
    fs::write(&path, "{}").expect("a file");
    assert!(matches!(ontology::read(&path, &package()), Err(AssetError::Ontology(_))));
    fs::write(&path, "<html>login</html>").expect("a file");
    assert!(matches!(ontology::read(&path, &own_file()), Err(AssetError::Ontology(_))));
}

#[test]
fn without_any_source_the_index_lists_none_and_the_reason_is_told() {
    let scratch = Scratch::new("ontology-offline");
    let mut output = Output::new(&scratch.path().join("out")).expect("a folder");
    let fetcher = Fetcher::new(scratch.path().join("cache"), true);
    let manifest = Manifest::built_in().expect("the manifest");
    let error = ontology::add_to(&mut output, &fetcher, &manifest).expect_err("offline");
    assert!(matches!(error, AssetError::Alternatives { .. }), "{error}");
    assert!(output.index.ontologies.is_empty());
    output.finish().expect("an index without it");
    assert!(Output::reopen(output.folder()).expect("the index").index.ontologies.is_empty());
}
