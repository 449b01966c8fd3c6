//! The bundles of real NCBI files cover real data sets as far as measured independently.

#[path = "support/scratch.rs"]
mod support;

use std::{collections::BTreeMap, fs, io::Read, path::Path, time::Instant};

use flate2::read::GzDecoder;
use lexicell_assets::{bundles::Sources, fetch::Fetcher, manifest::Manifest};
use lexicell_genes::{
    BundleSource, GeneBundle, GeneIndex, GeneType, MappingReport, Origin, Recognised, Species,
    TextKind, detect_species,
};
use support::{Scratch, golden, shared};

/// Shares may differ from `coverage.txt` by this much: it was measured with other alias and
/// orthologue tables. Mapping more than measured is no fault.
const TOLERANCE: f64 = 0.015;
/// A bundle may weigh this much.
const MAX_BUNDLE: usize = 6_000_000;

fn open(source: &BundleSource) -> GeneBundle {
    let shards = source.encode().expect("a sound bundle");
    let bytes: usize = shards.iter().map(|(_, bytes)| bytes.len()).sum();
    println!("{}: {} genes, {:.2} MB", source.species, source.genes.len(), bytes as f64 / 1e6);
    assert!(bytes <= MAX_BUNDLE, "{bytes} bytes");
    let mut bundle = GeneBundle::from_index(&shards[0].1).expect("the index");
    bundle.attach(&shards[1].1).expect("the texts");
    bundle.attach(&shards[2].1).expect("the terms");
    bundle
}

/// Mapped, own summary, own or orthologue's summary, by data set.
fn measured(path: &Path) -> BTreeMap<String, (usize, usize, usize)> {
    let text = fs::read_to_string(path).expect("coverage.txt");
    let number = |words: &str, after: &str| -> usize {
        let rest = &words[words.find(after).expect(after) + after.len()..];
        rest.trim_start().split(' ').next().expect("a number").parse().expect("a number")
    };
    text.lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once('\t')?;
            let own = number(rest, "own summary");
            Some((
                name.to_owned(),
                (number(rest, "mapped"), own, own + number(rest, "+orthologue")),
            ))
        })
        .collect()
}

fn names(set: &str) -> Vec<String> {
    let path = golden("genes").join(format!("{set}.txt.gz"));
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).expect("golden names"))
        .read_to_string(&mut text)
        .expect("golden names");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn real_data_sets_are_covered_as_measured() {
    let Some(genes) = shared("genes") else { return };
    let scratch = Scratch::new("coverage");
    let fetcher = Fetcher::new(scratch.path().to_owned(), true);
    let manifest = Manifest::built_in().expect("the manifest");
    let built = Sources { folder: Some(&genes), manifest: &manifest, fetcher: &fetcher }
        .build()
        .expect("bundles");
    let human = open(&built.bundles[0]);
    let mouse = open(&built.bundles[1]);
    mouse_genes(&built.bundles[1]);
    let start = Instant::now();
    let (human_index, mouse_index) =
        (GeneIndex::from_bundle(&human), GeneIndex::from_bundle(&mouse));
    println!("both indexes in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);

    let measured = measured(&genes.join("coverage.txt"));
    println!(
        "{:<58} {:>6} {:>14} {:>14} {:>14}",
        "data set", "genes", "mapped", "own summary", "or orthologue"
    );
    for (file, &(mapped, own, either)) in &measured {
        let set = file.trim_end_matches(".h5ad").trim_end_matches(".loom");
        if !golden("genes").join(format!("{set}.txt.gz")).is_file() {
            continue;
        }
        let names = names(set);
        let report = detect_species(&names, &[&human_index, &mouse_index]);
        let is_mouse = set.starts_with("mouse") || set.starts_with("sc");
        let expected = if is_mouse { Species::Mouse } else { Species::Human };
        assert_eq!(
            report.species,
            Some(Recognised::Supported(expected)),
            "{set}: {:?}",
            report.evidence
        );
        let (bundle, index) =
            if is_mouse { (&mouse, &mouse_index) } else { (&human, &human_index) };
        let start = Instant::now();
        let mapping = index.map(&names, &[]);
        let seconds = start.elapsed().as_secs_f64();
        let report = MappingReport::new(&mapping, bundle, &vec![1.0; names.len()]);
        let text = |kind: TextKind| {
            report.texts.iter().find(|(k, _)| *k == kind).map_or(0, |(_, share)| share.genes)
        };
        let found_own = text(TextKind::OwnSummary);
        let found = (report.mapped.genes, found_own, found_own + text(TextKind::OrthologueSummary));
        println!(
            "{set:<58} {:>6} {:>6} / {:>5} {:>6} / {:>5} {:>6} / {:>5}   {:.0} ms  {:?}",
            names.len(),
            found.0,
            mapped,
            found.1,
            own,
            found.2,
            either,
            seconds * 1e3,
            report
                .routes
                .iter()
                .map(|(route, share)| (route.label(), share.genes))
                .collect::<Vec<_>>()
        );
        let close = |found: usize, measured: usize| {
            found as f64 >= measured as f64 - TOLERANCE * names.len() as f64
        };
        assert!(
            close(found.0, mapped) && close(found.1, own) && close(found.2, either),
            "{set}: {found:?}"
        );
        assert!(found.0 <= names.len() && found.0 + report.unmapped.genes == names.len());
    }
}

fn mouse_genes(mouse: &BundleSource) {
    let coding = mouse.genes.iter().filter(|gene| gene.gene_type == GeneType::ProteinCoding);
    let (mut n, mut own, mut either) = (0, 0, 0);
    for gene in coding {
        n += 1;
        own +=
            usize::from(gene.summary.as_ref().is_some_and(|summary| summary.origin == Origin::Own));
        either += usize::from(gene.summary.is_some());
    }
    println!(
        "mouse protein-coding genes: own summary {own}, own or orthologue {either}, of {n} (2556, 13133 of 26423)"
    );
    assert!((2_400..2_700).contains(&own), "{own}");
    assert!(either >= 12_300, "{either}");
}
