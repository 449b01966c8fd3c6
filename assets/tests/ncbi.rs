//! NCBI's files become bundles, and what is wrong with a file is named with its line.

#[path = "support/scratch.rs"]
mod support;

use std::{fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use lexicell_assets::{AssetError, bundles::Sources, fetch::Fetcher, manifest::Manifest, ncbi};
use lexicell_genes::{BundleSource, GeneId, GeneRecord, Origin, Species};
use support::{Scratch, data};

/// A manifest whose sources are all out of reach.
fn unreachable() -> Manifest {
    Manifest::built_in().expect("the manifest")
}

fn build(
    folder: &Path,
    scratch: &Scratch,
) -> lexicell_assets::Result<lexicell_assets::bundles::Built> {
    let fetcher = Fetcher::new(scratch.path().join("cache"), true);
    Sources { folder: Some(folder), manifest: &unreachable(), fetcher: &fetcher }.build()
}

fn gene<'a>(bundle: &'a BundleSource, symbol: &str) -> &'a GeneRecord {
    bundle.genes.iter().find(|gene| gene.symbol == symbol).unwrap_or_else(|| panic!("no {symbol}"))
}

#[test]
fn a_folder_of_ncbi_files_becomes_two_bundles() {
    let scratch = Scratch::new("ncbi");
    let built = build(&data("genes"), &scratch).expect("bundles");
    let [human, mouse] = &built.bundles[..] else { panic!("two bundles") };
    assert_eq!(built.missing, Vec::<String>::new());
    assert_eq!((human.species, human.source_date.as_str()), (Species::Human, "2021-07-11"));
    let symbols: Vec<_> = human.genes.iter().map(|gene| gene.symbol.as_str()).collect();
    assert_eq!(
        symbols,
        ["A1BG", "A2M", "A2MP1", "MARCHF1"],
        "placeholders, regions and other species are left out"
    );
    let a1bg = gene(human, "A1BG");
    assert_eq!(a1bg.synonyms, ["A1B", "ABG"]);
    assert_eq!(a1bg.ensembl, ["ENSG00000121410"]);
    assert_eq!(a1bg.orthologues[0].symbol, "A1bg");
    let go = |bundle: &BundleSource, gene: &GeneRecord| -> Vec<String> {
        gene.go.iter().map(|&i| bundle.terms[i as usize].id.clone()).collect()
    };
    assert_eq!(go(human, a1bg), ["GO:0005576"]);
    assert_eq!(go(human, gene(human, "A2M")), ["GO:0002020"], "negated annotations are left out");
    assert_eq!(gene(human, "A2MP1").ensembl, ["ENSG00000256069"]);
    assert_eq!(gene(human, "A2MP1").name, "alpha-2-macroglobulin pseudogene 1");
    assert_eq!(gene(human, "MARCHF1").previous, ["MARCH1"]);

    let borrowed = gene(mouse, "A1bg").summary.as_ref().expect("a summary");
    assert_eq!(borrowed.origin, Origin::Orthologue);
    assert!(borrowed.text.starts_with("The protein encoded by this gene is a plasma glycoprotein"));
    let own = gene(mouse, "Pzp").summary.as_ref().expect("a summary");
    assert_eq!(own.origin, Origin::Own);
    assert_eq!(gene(mouse, "Gm2000").summary, None);
    assert_eq!(go(mouse, gene(mouse, "A1bg")), ["GO:0005615"]);
    assert_eq!(gene(mouse, "A1bg").go_origin, Origin::Own);
    assert_eq!(gene(mouse, "Marchf1").orthologues[0].id, Some(GeneId(55016)));
}

/// The error of a build in which one file is replaced.
fn error_with(name: &str, content: &[u8]) -> AssetError {
    let scratch = Scratch::new(name);
    let folder = scratch.path().join("ncbi");
    support::copy_folder(&data("genes"), &folder);
    let _ = fs::remove_file(folder.join(name.trim_end_matches(".gz")));
    fs::write(folder.join(name), content).expect("a file");
    build(&folder, &scratch).expect_err("a bad file")
}

fn replaced(name: &str, from: &str, to: &str) -> String {
    let text = fs::read_to_string(data("genes").join(name)).expect("a fixture");
    assert!(text.contains(from), "{name} has {from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_bad_line_is_named_with_its_file() {
    let cases = [
        (
            "Homo_sapiens.gene_info",
            "9606\t2\t",
            "9606\ttwo\t",
            3,
            "GeneID: expected a number, found \"two\"",
        ),
        ("Homo_sapiens.gene_info", "9606\t2\t", "9606\t1\t", 3, "GeneID 1 appears twice"),
        ("Homo_sapiens.gene_info", "GeneID", "Gene", 1, "expected a column \"GeneID\""),
        ("gene_summary", "9606\t2\tRefSeq\t", "9606\t2", 3, "expected at least 4 columns, found 2"),
        (
            "gene2go",
            "Component",
            "Place",
            2,
            "expected Process, Function or Component, found \"Place\"",
        ),
        ("gene_orthologs", "117586", "", 2, "Other_GeneID: expected a number, found \"\""),
    ];
    for (name, from, to, line, detail) in cases {
        let error = error_with(name, replaced(name, from, to).as_bytes()).to_string();
        assert!(error.contains(&format!("{name}, line {line}: ")), "{error}");
        assert!(error.contains(detail), "{error}");
    }
}

#[test]
fn a_truncated_or_empty_file_is_an_error() {
    let text = fs::read(data("genes").join("gene_summary")).expect("a fixture");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&text).expect("compression");
    let packed = encoder.finish().expect("compression");
    let error = error_with("gene_summary.gz", &packed[..packed.len() - 12]).to_string();
    assert!(error.contains("gene_summary.gz, line "), "{error}");
    assert!(
        error_with("gene_summary", b"")
            .to_string()
            .contains("line 1: expected a header, found an empty file")
    );
    let header = text.split_inclusive(|&byte| byte == b'\n').next().expect("a header");
    assert!(error_with("Mus_musculus.gene_info", header).to_string().contains("expected a column"));
    let latin1 = [header, b"9606\t1\tRefSeq\tna\xefve\n"].concat();
    assert!(error_with("gene_summary", &latin1).to_string().contains("gene_summary, line 2: "));
}

#[test]
fn a_folder_without_genes_is_refused_and_one_without_extras_says_what_is_missing() {
    let scratch = Scratch::new("extras");
    let folder = scratch.path().join("ncbi");
    fs::create_dir_all(&folder).expect("a folder");
    let error = build(&folder, &scratch).expect_err("an empty folder").to_string();
    assert!(error.contains("has no gene_info file for human"), "{error}");
    for name in ["Homo_sapiens.gene_info", "Mus_musculus.gene_info"] {
        fs::copy(data("genes").join(name), folder.join(name)).expect("a copy");
    }
    let built = build(&folder, &scratch).expect("bundles of names");
    for part in [
        "NCBI summaries",
        "orthologues",
        "previous symbols",
        "GO annotations (human)",
        "GO annotations (mouse)",
    ] {
        assert!(
            built.missing.iter().any(|line| line.starts_with(part)),
            "{part}: {:?}",
            built.missing
        );
    }
    assert!(built.missing[0].contains("--offline"), "{}", built.missing[0]);
}

#[test]
fn real_ncbi_files_are_read() {
    let Some(shared) = support::shared("genes") else { return };
    let named = ncbi::gene_info(&shared.join("Homo_sapiens.gene_info.gz"), Species::Human)
        .expect("human genes");
    assert!(
        named.genes.len() > 55_000 && named.date == "2021-07-11",
        "{} {}",
        named.genes.len(),
        named.date
    );
    let summaries = ncbi::gene_summary(&shared.join("derived_gene_summary_9606_10090.tsv.gz"))
        .expect("summaries");
    assert!((18_900..19_000).contains(&summaries.len()), "{}", summaries.len());
    let error = ncbi::gene_info(&shared.join("Danio_rerio.gene_info.gz"), Species::Human)
        .expect_err("fish");
    assert!(error.to_string().contains("has no human gene (tax_id 9606)"), "{error}");
}
