//! Downloads are whole and of the right hash, or absent; the first alternative that works is taken.

#[path = "support/scratch.rs"]
mod support;

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use lexicell_assets::{
    AssetError,
    fetch::Fetcher,
    manifest::{Alternative, Manifest, Place},
    store,
};
use support::{Reply, Scratch, Server, files_below};

fn url(url: &str, sha256: Option<&str>) -> Alternative {
    Alternative {
        from: Place::Url(url.to_owned()),
        sha256: sha256.map(str::to_owned),
        only_tax_ids: Vec::new(),
    }
}

fn served() -> Server {
    Server::start(|request, _| match request.line.split(' ').nth(1) {
        Some("/good") => Reply::Answer("200 OK", vec![], b"content".to_vec()),
        Some("/wrong") => Reply::Answer("200 OK", vec![], b"<html>login</html>".to_vec()),
        Some("/cut") => Reply::CutOff(b"cont".to_vec()),
        Some("/table") => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder
                .write_all(b"#tax_id\tGeneID\n7955\t1\n9606\t2\n96060\t3\n10090\t4\n")
                .expect("compression");
            Reply::Answer("200 OK", vec![], encoder.finish().expect("compression"))
        }
        _ => Reply::Answer("404 Not Found", vec![], vec![]),
    })
}

#[test]
fn the_first_alternative_that_works_is_taken_and_kept() {
    let (server, scratch) = (served(), Scratch::new("fetch"));
    let hash = store::sha256(b"content");
    let alternatives = [
        url(&format!("{}/missing", server.url), Some(&hash)),
        url(&format!("{}/wrong", server.url), Some(&hash)),
        url(&format!("{}/cut", server.url), Some(&hash)),
        url(&format!("{}/good", server.url), Some(&hash)),
    ];
    let fetcher = Fetcher::new(scratch.path().to_owned(), false);
    let (path, chosen) = fetcher.fetch("demo/file.txt", &alternatives).expect("the last one works");
    assert_eq!(std::fs::read(&path).expect("a file"), b"content");
    assert_eq!(chosen, &alternatives[3]);
    assert_eq!(
        files_below(scratch.path()).len(),
        1,
        "no half-written file: {:?}",
        files_below(scratch.path())
    );
    let before = server.count();
    fetcher.fetch("demo/file.txt", &alternatives).expect("from the cache");
    assert_eq!(server.count(), before, "a kept file is not asked for again");
}

#[test]
fn every_failure_has_its_reason_and_leaves_nothing() {
    let (server, scratch) = (served(), Scratch::new("reasons"));
    let hash = store::sha256(b"content");
    let alternatives = [
        url(&format!("{}/missing", server.url), None),
        url(&format!("{}/wrong", server.url), Some(&hash)),
        url(&format!("{}/cut", server.url), None),
        url("http://127.0.0.1:1/closed", None),
    ];
    let fetcher = Fetcher::new(scratch.path().to_owned(), false);
    let error = fetcher.fetch("file.txt", &alternatives).expect_err("nothing works");
    let AssetError::Alternatives { asset, reasons } = error else { panic!("alternatives") };
    assert_eq!((asset.as_str(), reasons.len()), ("file.txt", 4));
    assert!(reasons[0].contains("answered 404"), "{}", reasons[0]);
    assert!(reasons[1].contains(&format!("expected SHA-256 {hash}, found")), "{}", reasons[1]);
    assert!(reasons[2].contains("/cut"), "{}", reasons[2]);
    assert!(reasons.iter().all(|reason| !reason.contains('\n')));
    assert_eq!(files_below(scratch.path()), Vec::<String>::new());
}

#[test]
fn offline_asks_nobody() {
    let (server, scratch) = (served(), Scratch::new("offline"));
    let fetcher = Fetcher::new(scratch.path().to_owned(), true);
    let error = fetcher
        .fetch("file.txt", &[url(&format!("{}/good", server.url), None)])
        .expect_err("offline");
    assert!(error.to_string().contains("--offline"), "{error}");
    assert_eq!(server.count(), 0);
}

#[test]
fn a_table_of_all_species_is_reduced_while_it_arrives() {
    let (server, scratch) = (served(), Scratch::new("reduce"));
    let mut table = url(&format!("{}/table", server.url), None);
    table.only_tax_ids = vec![9606, 10090];
    let tables = [table];
    let fetcher = Fetcher::new(scratch.path().to_owned(), false);
    let (path, _) = fetcher.fetch("gene2go.gz", &tables).expect("a table");
    let mut text = String::new();
    GzDecoder::new(&std::fs::read(path).expect("a file")[..])
        .read_to_string(&mut text)
        .expect("a gzip");
    assert_eq!(text, "#tax_id\tGeneID\n9606\t2\n10090\t4\n");
}

#[test]
fn the_built_in_manifest_is_sound_and_bad_ones_are_refused() {
    let manifest = Manifest::built_in().expect("the manifest");
    assert!(manifest.model("all-MiniLM-L6-v2").expect("the default model").default);
    for id in ["biobert-v1.1", "scibert-scivocab-uncased"] {
        assert!(!manifest.model(id).expect("a model").default);
    }
    assert!(manifest.model("gpt").expect_err("unknown").to_string().contains("all-MiniLM-L6-v2"));
    for (json, why) in [
        ("{", "EOF"),
        (r#"{"files":[],"models":[]}"#, "demos"),
        (
            r#"{"files":[{"id":"a","licence":"","origin":"","alternatives":[]}],"models":[],"demos":[]}"#,
            "a has no alternatives",
        ),
        (
            r#"{"files":[{"id":"a","licence":"","origin":"","alternatives":[{"from":{"url":"u"},"sha256":"abc"}]}],"models":[],"demos":[]}"#,
            "is no SHA-256",
        ),
    ] {
        let error = Manifest::parse(json).expect_err("a bad manifest").to_string();
        assert!(error.contains(why), "{error}");
    }
}
