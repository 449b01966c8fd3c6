//! Bundles survive writing and reading, and say precisely what is wrong with them.

use lexicell_genes::{
    BundleError, BundleSource, GeneBundle, GeneId, GeneRecord, GeneType, GoAspect, GoTerm, Origin,
    Orthologue, SCHEMA_VERSION, ShardKind, Species, Summary, Template, TextKind,
};
use proptest::prelude::*;

fn source() -> BundleSource {
    let mut without_id = GeneRecord::new(None, "Gm1");
    without_id.name = "borrowed name".into();
    without_id.name_origin = Origin::Orthologue;
    without_id.go = vec![0];
    without_id.go_origin = Origin::Orthologue;
    let mut full = GeneRecord::new(Some(GeneId(11_287)), "Pzp");
    full.name = "PZP, α-2-macroglobulin like".into();
    full.gene_type = GeneType::ProteinCoding;
    full.synonyms = vec!["A1m".into(), "MAM".into()];
    full.previous = vec!["Old".into()];
    full.ensembl = vec!["ENSMUSG00000030359".into()];
    full.summary = Some(Summary {
        text: "Binds. [provided by RefSeq, Jul 2008].".into(),
        origin: Origin::Orthologue,
    });
    full.go = vec![0, 1];
    full.orthologues = vec![
        Orthologue { id: Some(GeneId(5_858)), symbol: "PZP".into() },
        Orthologue { id: None, symbol: "A2M".into() },
    ];
    BundleSource {
        species: Species::Mouse,
        source: "a test".into(),
        source_date: "2021-07-08".into(),
        licence: "public domain".into(),
        genes: vec![without_id, full, GeneRecord::new(Some(GeneId(11_298)), "Aanat")],
        terms: vec![
            GoTerm {
                id: "GO:0005515".into(),
                name: "protein binding".into(),
                aspect: GoAspect::Function,
                parents: vec![1],
            },
            GoTerm {
                id: "GO:0003674".into(),
                name: "molecular_function".into(),
                aspect: GoAspect::Function,
                parents: vec![],
            },
        ],
    }
}

fn shards() -> [Vec<u8>; 3] {
    source().encode().expect("a sound bundle").map(|(_, bytes)| bytes)
}

fn read(shards: &[Vec<u8>; 3]) -> GeneBundle {
    let mut bundle = GeneBundle::from_index(&shards[0]).expect("the index");
    assert_eq!(bundle.attach(&shards[1]), Ok(ShardKind::Text));
    assert_eq!(bundle.attach(&shards[2]), Ok(ShardKind::Go));
    bundle
}

#[test]
fn a_bundle_survives_writing_and_reading() {
    let (source, bundle) = (source(), read(&shards()));
    let records: Vec<_> = (0..bundle.len()).map(|i| bundle.record(i).expect("a record")).collect();
    assert_eq!(records, source.genes);
    assert_eq!(bundle.terms(), source.terms);
    let header = bundle.header();
    assert_eq!(
        (header.species, header.source_date.as_str(), header.n_genes),
        (Species::Mouse, "2021-07-08", 3)
    );
    assert_eq!(bundle.position(GeneId(11_298)), Some(2));
    assert_eq!(bundle.position(GeneId(0)), None);
    assert_eq!(bundle.record(3), None);
    assert_eq!((bundle.symbol(3), bundle.name(3), bundle.go_terms_of(3)), ("", "", &[][..]));
}

#[test]
fn the_index_alone_is_enough_for_names_and_texts_come_later() {
    let bundle = GeneBundle::from_index(&shards()[0]).expect("the index");
    assert!(!bundle.has_text() && !bundle.has_go());
    assert_eq!(bundle.symbol(1), "Pzp");
    assert_eq!(bundle.summary_origin(1), None);
    let text = read(&shards()).gene_text(1, &Template::default()).expect("a text");
    assert_eq!(text.text, "Pzp (PZP, α-2-macroglobulin like): Binds.");
    assert_eq!(text.kind, TextKind::OrthologueSummary);
}

#[test]
fn every_truncation_is_noticed() {
    for (i, shard) in shards().iter().enumerate() {
        for length in 0..shard.len() {
            let cut = &shard[..length];
            let error = match i {
                0 => GeneBundle::from_index(cut).map(drop),
                _ => GeneBundle::from_index(&shards()[0]).expect("the index").attach(cut).map(drop),
            }
            .expect_err("a cut shard");
            match error {
                BundleError::NotABundle => assert!(length < 8),
                BundleError::Truncated { needed, found } => {
                    assert!(found == length && needed > length)
                }
                other => panic!("{length}: {other}"),
            }
        }
    }
}

#[test]
fn wrong_versions_kinds_builds_and_bytes_are_told_apart() {
    let good = shards();
    let mut version = good[0].clone();
    version[8] += 1;
    assert_eq!(
        GeneBundle::from_index(&version).expect_err("another version"),
        BundleError::Version { expected: SCHEMA_VERSION, found: SCHEMA_VERSION + 1 }
    );
    assert_eq!(
        GeneBundle::from_index(&good[1]).expect_err("the text shard"),
        BundleError::WrongShard { expected: ShardKind::Index, found: ShardKind::Text }
    );
    let mut damaged = good[0].clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(matches!(GeneBundle::from_index(&damaged), Err(BundleError::Checksum { .. })));
    let mut longer = good[0].clone();
    longer.push(0);
    assert_eq!(
        GeneBundle::from_index(&longer).expect_err("a tail"),
        BundleError::TrailingBytes { bytes: 1 }
    );
    assert_eq!(
        GeneBundle::from_index(b"<!doctype html>").expect_err("a web page"),
        BundleError::NotABundle
    );

    let mut other = source();
    other.genes[2].symbol = "Other".into();
    let other = other.encode().expect("a sound bundle");
    let mut bundle = GeneBundle::from_index(&good[0]).expect("the index");
    assert_eq!(bundle.attach(&other[1].1), Err(BundleError::OtherBuild { kind: ShardKind::Text }));
    assert!(!bundle.has_text());
}

#[test]
fn genes_out_of_order_are_refused() {
    let mut source = source();
    source.genes.swap(1, 2);
    assert!(matches!(source.encode(), Err(BundleError::Unsorted { index: 2, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A changed byte is an error or harmless, never a panic.
    #[test]
    fn no_byte_can_make_it_panic(at in 0usize..400, value: u8) {
        let mut shards = shards();
        for shard in &mut shards {
            let at = at % shard.len();
            shard[at] = value;
        }
        if let Ok(mut bundle) = GeneBundle::from_index(&shards[0]) {
            let _ = bundle.attach(&shards[1]);
            let _ = bundle.attach(&shards[2]);
            for i in 0..bundle.len() {
                let _ = bundle.gene_text(i, &Template::NAME_SUMMARY_GO);
            }
        }
    }
}
