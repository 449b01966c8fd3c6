//! Names of every kind find their genes, and what cannot be found says why.

use lexicell_genes::{
    BundleSource, GeneBundle, GeneId, GeneIndex, GeneRecord, GeneType, MappingReport, Origin,
    OtherSpecies, Recognised, Route, Species, Summary, TextKind, UnmappedReason, detect_species,
};

fn gene(
    id: u32,
    symbol: &str,
    kind: GeneType,
    synonyms: &[&str],
    previous: &[&str],
    ensembl: &[&str],
) -> GeneRecord {
    let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let mut gene = GeneRecord::new(Some(GeneId(id)), symbol);
    gene.name = format!("name of {symbol}");
    gene.gene_type = kind;
    gene.synonyms = own(synonyms);
    gene.previous = own(previous);
    gene.ensembl = own(ensembl);
    gene
}

fn bundle(species: Species, genes: Vec<GeneRecord>) -> GeneBundle {
    let source = BundleSource {
        species,
        source: "a test".into(),
        source_date: String::new(),
        licence: String::new(),
        genes,
        terms: Vec::new(),
    };
    let [index, text, go] = source.encode().expect("a sound bundle");
    let mut bundle = GeneBundle::from_index(&index.1).expect("the index");
    bundle.attach(&text.1).expect("the texts");
    bundle.attach(&go.1).expect("the terms");
    bundle
}

fn human() -> GeneBundle {
    use GeneType::{ProteinCoding as Coding, Pseudo};
    let mut a1bg = gene(1, "A1BG", Coding, &["A1B", "P40"], &[], &["ENSG00000121410"]);
    a1bg.summary = Some(Summary { text: "Own words.".into(), origin: Origin::Own });
    bundle(
        Species::Human,
        vec![
            a1bg,
            gene(2, "A2M", Coding, &["CPAMD5", "P40"], &["OLD2"], &["ENSG00000175899"]),
            gene(10, "NKX2-1", Coding, &["TTF-1"], &[], &[]),
            gene(11, "C1orf226", Coding, &["SLP"], &[], &[]),
            gene(12, "SLPP1", Pseudo, &["SLP"], &[], &[]),
            gene(13, "MARCHF1", Coding, &[], &["MARCH1"], &[]),
            gene(14, "PLCXD1", Coding, &[], &[], &["ENSG00000182378"]),
        ],
    )
}

fn map(names: &[&str]) -> lexicell_genes::GeneMapping {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    GeneIndex::from_bundle(&human()).map(&names, &[])
}

/// The gene's Entrez id and the route of one name.
fn one(name: &str) -> Option<(u32, Route)> {
    map(&[name, "x", "y"]).genes[0].map(|mapped| (mapped.id.expect("an id").0, mapped.route))
}

#[test]
fn every_route_finds_its_gene() {
    let cases = [
        ("A1BG", 1, Route::Symbol),
        (" A1BG ", 1, Route::Symbol),
        ("a1bg", 1, Route::SymbolCase),
        ("C1ORF226", 11, Route::SymbolCase),
        ("C1orf226", 11, Route::Symbol),
        ("CPAMD5", 2, Route::Synonym),
        ("cpamd5", 2, Route::Synonym),
        ("OLD2", 2, Route::Previous),
        ("MARCH1", 13, Route::Previous),
        ("ENSG00000175899", 2, Route::Ensembl),
        ("ENSG00000175899.14", 2, Route::Ensembl),
        ("ENSG00000182378.15_PAR_Y", 14, Route::Ensembl),
        ("ENSGR0000182378", 14, Route::Ensembl),
        ("ENSG00000175899_A2M", 2, Route::Ensembl),
        ("hg19_A2M", 2, Route::Prefixed),
        ("GRCh38______A2M", 2, Route::Prefixed),
        ("hg19_ENSG00000175899.2", 2, Route::Ensembl),
        ("NKX2-1", 10, Route::Symbol),
        ("A2M-1", 2, Route::UniqueSuffix),
        ("A2M.2", 2, Route::UniqueSuffix),
        ("NKX2-1.1", 10, Route::UniqueSuffix),
    ];
    for (name, id, route) in cases {
        assert_eq!(one(name), Some((id, route)), "{name}");
    }
}

#[test]
fn what_is_not_found_says_why() {
    let cases = [
        ("", UnmappedReason::Blank),
        ("RP11-34P13.7", UnmappedReason::Unknown),
        ("ENSG00000999999.1", UnmappedReason::UnknownId),
        ("ENSMUSG00000051951", UnmappedReason::OtherSpecies(Species::Mouse)),
        ("mm10___Xkr4", UnmappedReason::OtherSpecies(Species::Mouse)),
        ("mm10___A2m", UnmappedReason::OtherSpecies(Species::Mouse)),
        ("ENSDARG00000021948", UnmappedReason::UnsupportedSpecies(OtherSpecies::Zebrafish)),
        ("1-Mar", UnmappedReason::SpreadsheetDate),
        ("ERCC-00002", UnmappedReason::NotAGene),
        ("P40", UnmappedReason::Ambiguous { candidates: vec!["A1BG".into(), "A2M".into()] }),
    ];
    for (name, reason) in cases {
        let mapping = map(&[name]);
        assert_eq!(mapping.genes, [None], "{name}");
        assert_eq!(mapping.unmapped[0].reason, reason, "{name}");
    }
}

#[test]
fn an_alias_of_one_coding_gene_and_its_pseudogene_is_the_coding_gene() {
    assert_eq!(one("SLP"), Some((11, Route::Synonym)));
}

#[test]
fn numbers_are_entrez_ids_only_where_nearly_all_names_are_numbers() {
    let numeric = map(&["1", "2", "10", "999999"]);
    assert_eq!(
        numeric.genes[1].map(|mapped| (mapped.gene, mapped.route)),
        Some((1, Route::Entrez))
    );
    assert_eq!(numeric.n_mapped(), 3);
    assert_eq!(map(&["1", "A2M", "A1BG"]).genes[0], None);
}

#[test]
fn identifier_columns_help_and_outrank_names() {
    let own =
        |list: &[&str]| -> Vec<String> { list.iter().map(|text| (*text).to_owned()).collect() };
    let names = own(&["unknown", "A1BG", "A2M", "P40", "A1BG"]);
    let ids =
        own(&["ENSG00000175899.3", "ENSG00000175899", "", "ENSG00000121410", "ENSG00000121410"]);
    let mapping = GeneIndex::from_bundle(&human()).map(&names, &[("gene_ids", &ids)]);
    let genes: Vec<_> =
        mapping.genes.iter().map(|gene| gene.map(|mapped| (mapped.gene, mapped.route))).collect();
    assert_eq!(
        genes,
        [
            Some((1, Route::Ensembl)),
            Some((1, Route::Ensembl)),
            Some((1, Route::Symbol)),
            Some((0, Route::Ensembl)),
            Some((0, Route::Symbol)),
        ]
    );
    assert_eq!(mapping.contradictions, [1]);
    let duplicates: Vec<_> =
        mapping.duplicates.iter().map(|d| (d.gene, d.vars.as_slice())).collect();
    assert_eq!(duplicates, [(1, &[0, 1, 2][..]), (0, &[3, 4][..])]);
}

#[test]
fn the_report_adds_up_genes_and_counts() {
    let mapping = map(&["A1BG", "a2m", "nothing", "P40"]);
    let report = MappingReport::new(&mapping, &human(), &[60.0, 20.0, 15.0, f64::NAN]);
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert_eq!((report.n_vars, report.mapped.genes, report.unmapped.genes), (4, 2, 2));
    assert!(close(report.mapped.counts, 80.0 / 95.0) && close(report.unmapped.counts, 15.0 / 95.0));
    let routes: Vec<_> = report.routes.iter().map(|(route, share)| (*route, share.genes)).collect();
    assert_eq!(routes, [(Route::Symbol, 1), (Route::SymbolCase, 1)]);
    let texts: Vec<_> = report.texts.iter().map(|(kind, share)| (*kind, share.genes)).collect();
    assert_eq!(
        texts,
        [(TextKind::OwnSummary, 1), (TextKind::OrthologueSummary, 0), (TextKind::NameOnly, 1)]
    );
    assert_eq!(report.unmapped_list[0].0, "nothing");
    assert!(
        report.unmapped_csv().contains("P40,\"ambiguous: A1BG, A2M\",0\n"),
        "{}",
        report.unmapped_csv()
    );
    let silent = MappingReport::new(&mapping, &human(), &[]);
    assert!(close(silent.mapped.counts, 0.0) && silent.mapped.genes == 2);
}

#[test]
fn species_are_told_by_ids_prefixes_symbols_and_case() {
    let mouse = bundle(
        Species::Mouse,
        vec![
            gene(1, "A1bg", GeneType::ProteinCoding, &[], &[], &[]),
            gene(2, "A2m", GeneType::ProteinCoding, &[], &[], &[]),
            gene(3, "Xkr4", GeneType::ProteinCoding, &[], &[], &["ENSMUSG00000051951"]),
        ],
    );
    let (human, mouse) = (GeneIndex::from_bundle(&human()), GeneIndex::from_bundle(&mouse));
    let detect = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        detect_species(&names, &[&human, &mouse])
    };
    let supported = |species| Some(Recognised::Supported(species));
    assert_eq!(detect(&["A1BG", "A2M", "NKX2-1"]).species, supported(Species::Human));
    assert_eq!(detect(&["A1bg", "A2m"]).species, supported(Species::Mouse));
    assert_eq!(detect(&["A1BG", "A2M", "XKR4"]).species, supported(Species::Mouse));
    assert_eq!(detect(&["A1BG", "A2M"]).species, supported(Species::Human));
    assert_eq!(
        detect(&["ENSMUSG00000051951.5", "ENSMUSG00000000001"]).species,
        supported(Species::Mouse)
    );
    assert_eq!(
        detect(&["mm10___Xkr4", "mm10___A2m", "hg19_A2M"]).species,
        supported(Species::Mouse)
    );
    let fish = detect(&["ENSDARG00000021948", "ENSDARG00000021949"]);
    assert_eq!(fish.species, Some(Recognised::Unsupported(OtherSpecies::Zebrafish)));
    assert!(fish.evidence[0].contains("zebrafish"), "{:?}", fish.evidence);
    assert_eq!(detect(&["1", "2", "gene_3"]).species, None);
    assert_eq!(detect(&[]).species, None);
}

#[test]
fn typing_a_name_finds_genes_by_symbol_alias_and_id() {
    let index = GeneIndex::from_bundle(&human());
    let found = |query: &str| -> Vec<(String, Route)> {
        index.search(query, 5).into_iter().map(|hit| (hit.symbol, hit.route)).collect()
    };
    assert_eq!(
        found("a1b")[0],
        ("A1BG".into(), Route::Synonym),
        "a whole alias before a beginning"
    );
    assert_eq!(found("nkx")[0], ("NKX2-1".into(), Route::Symbol));
    assert_eq!(found("ttf-1"), [("NKX2-1".into(), Route::Synonym)]);
    assert_eq!(found("14")[0], ("PLCXD1".into(), Route::Entrez));
    assert_eq!(found("ensg00000175"), [("A2M".into(), Route::Ensembl)]);
    assert_eq!(found(" "), []);
    assert_eq!(index.search("", 5), []);
    assert_eq!(index.search("A", 1).len(), 1);
}
