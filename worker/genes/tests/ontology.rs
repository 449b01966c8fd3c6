//! OBO files: what pronto reads of one, what searches find, and that damage gives an error that names its place.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use lexicell_genes::{OboError, Ontology};
use proptest::prelude::*;

fn golden(name: &str) -> Vec<u8> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    std::fs::read(root.join("../../tests/golden/ontology").join(name)).expect("a golden file")
}

fn blood() -> Ontology {
    Ontology::parse("blood.obo", &golden("blood.obo")).expect("a file without fault")
}

fn ids(ontology: &Ontology, places: &[u32]) -> Vec<String> {
    let mut ids: Vec<String> =
        places.iter().map(|&place| ontology.terms()[place as usize].id.clone()).collect();
    ids.sort();
    ids
}

#[test]
fn a_file_says_what_pronto_reads_in_it() {
    let expected: serde_json::Value =
        serde_json::from_slice(&golden("blood.json")).expect("golden JSON");
    let ontology = blood();
    assert_eq!(expected["version"], ontology.header().version);
    assert_eq!(expected["ontology"], ontology.header().name);
    let types = expected["types"].as_object().expect("types");
    assert_eq!(types.len(), ontology.len());
    let texts = |value: &serde_json::Value| -> Vec<String> {
        let list = value.as_array().expect("a list").iter();
        list.map(|text| text.as_str().expect("a text").to_owned()).collect()
    };
    for (id, own) in types {
        let place = ontology.find(id).expect("the same types");
        let term = &ontology.terms()[place];
        assert_eq!(
            (&own["name"], &own["definition"]),
            (&term.name.clone().into(), &term.definition.clone().into())
        );
        let mut synonyms = term.synonyms.clone();
        synonyms.sort();
        assert_eq!(texts(&own["synonyms"]), synonyms);
        assert_eq!(texts(&own["parents"]), ids(&ontology, &term.parents));
        assert_eq!(texts(&own["below"]), ids(&ontology, &ontology.below(place)));
        assert_eq!(texts(&own["below"]).len(), ontology.n_below(place));
    }
    assert_eq!((ontology.n_obsolete(), ontology.n_dangling(), ontology.n_defined()), (1, 0, 7));
}

#[test]
fn gzip_line_ends_and_a_mark_change_nothing() {
    let plain = golden("blood.obo");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).expect("in memory");
    let packed = encoder.finish().expect("in memory");
    let text = String::from_utf8(plain).expect("UTF-8");
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    for bytes in [&packed[..], windows.as_bytes()] {
        assert_eq!(Ontology::parse("blood.obo", bytes), Ok(blood()));
    }
    let error = Ontology::parse("b.obo.gz", &packed[..packed.len() / 2]).expect_err("cut off");
    assert!(matches!(error, OboError::Gzip { .. }), "{error}");
}

#[test]
fn what_is_written_is_read_back_and_only_kinds_of_the_root_stay() {
    let cells = blood().under("BL:0000001").expect("the root is there");
    assert_eq!((cells.len(), cells.find("BL:0000009")), (7, None));
    let again = Ontology::parse("again.obo", cells.to_obo().as_bytes()).expect("our own file");
    assert_eq!(again, cells);
    let root = again.find("BL:0000001").expect("the root");
    assert_eq!(again.n_below(root), 6);
    assert_eq!(blood().under("BL:0000008"), None, "out of use");
}

#[test]
fn synonyms_of_older_writers_have_their_scope_in_the_tag() {
    let text = "format-version: 1.2\n[Term]\nid: T:1\nname: leukocyte\nexact_synonym: \"white cell\" [GOC:x]\nrelated_synonym: \"wbc\" []\n";
    let ontology = Ontology::parse("old.obo", text.as_bytes()).expect("it is read");
    assert_eq!(ontology.terms()[0].synonyms, ["white cell", "wbc"]);
    let broken = text.replace("\"wbc\" []", "wbc []");
    let error = Ontology::parse("old.obo", broken.as_bytes()).expect_err("no quotes");
    assert!(error.to_string().contains("line 6"), "{error}");
}

#[test]
fn a_type_is_found_by_words_synonyms_and_id() {
    let ontology = blood();
    let names = |query: &str| -> Vec<String> {
        let (hits, n) = ontology.search(query, 3);
        assert!(n >= hits.len());
        hits.iter().map(|hit| ontology.terms()[hit.place].name.clone()).collect()
    };
    assert_eq!(names("lymphocyte"), ["lymphocyte", "B cell", "T cell"]);
    assert_eq!(
        names("CELL  b"),
        ["B cell", "white blood cell"].map(|name| if name == "B cell" {
            name
        } else {
            "leukocyte"
        })
    );
    assert_eq!(names("killer"), ["natural killer cell", "natural killer T cell"]);
    assert_eq!(names("t cell").first().map(String::as_str), Some("T cell"));
    assert_eq!(names("bl:0000007"), ["natural killer cell"]);
    assert!(names("  ").is_empty() && names("neuron").is_empty());
    let (hits, _) = ontology.search("wbc", 3);
    let hit = &hits[0];
    let term = &ontology.terms()[hit.place];
    assert_eq!(hit.synonym.map(|at| term.synonyms[at].as_str()), Some("WBC"));
    let (hits, n) = ontology.search("cell", 2);
    assert_eq!((hits.len(), n), (2, 6));
    assert_eq!(ontology.terms()[hits[0].place].name, "cell");
}

#[test]
fn damage_is_told_with_its_line_and_what_helps() {
    let head = "format-version: 1.4\n\n[Term]\nid: A:1\n";
    let cases = [
        (format!("{head}name: a\ndef: \"no end\n"), "line 6: expected a quote at the end"),
        (format!("{head}name: a\ndef: no quotes []\n"), "line 6: expected a text in quotes"),
        (format!("{head}def: \"a \"b\" c\" []\n"), "a quote within it needs a backslash"),
        (format!("{head}synonym: \"a\" SOMEHOW []\n"), "expected EXACT, BROAD"),
        (format!("{head}name: a\nname: b\n"), "line 6: expected one name"),
        (format!("{head}id: A:2\n"), "line 5: expected one id"),
        (format!("{head}def: \"a\" []\ndef: \"b\" []\n"), "line 6: expected one definition"),
        (format!("{head}is_obsolete: perhaps\n"), "is_obsolete: true or false"),
        (format!("{head}is_a: ! nothing\n"), "line 5: expected the id of a type"),
        (format!("{head}a line of prose\n"), "line 5: expected “tag: value”"),
        (format!("{head}\n[Term\nid: A:2\n"), "line 6: expected a stanza"),
        (
            "format-version: 1.4\n[Term]\nname: a\n".to_owned(),
            "line 2: expected a [Term] with a line “id",
        ),
        (
            format!("{head}[Term]\nid: A:1\n"),
            "line 5: expected each type once, found A:1 again (first in line 3)",
        ),
        (
            format!("{head}is_a: A:2\n[Term]\nid: A:2\nis_a: A:1\n[Term]\nid: A:3\nis_a: A:2\n"),
            "a kind of itself",
        ),
        (format!("{head}is_a: A:1\n"), "line 3: A:1 is, by its is_a lines, a kind of itself"),
        (format!("{head}is_obsolete: true\n"), "found none (1 are out of use)"),
        ("format-version: 1.4\n".to_owned(), "found none (0 are out of use)"),
        (
            "format-version: 1.0\n[Term]\nid: A:1\n".to_owned(),
            "line 1: expected format-version 1.2 or 1.4",
        ),
        ("<?xml version=\"1.0\"?>\n<rdf:RDF/>".to_owned(), "expected an OBO file, found “<?xml"),
        ("{\"graphs\": []}".to_owned(), "expected an OBO file"),
        ("note: no ontology\n".to_owned(), "expected an OBO file"),
        (String::new(), "expected an OBO file, found “nothing”"),
    ];
    for (text, expected) in cases {
        let error = Ontology::parse("f.obo", text.as_bytes()).expect_err(&text);
        let said = error.to_string();
        assert!(said.starts_with("f.obo") && said.contains(expected), "{said}\nwanted: {expected}");
        assert!(said.ends_with('.'), "no remedy: {said}");
    }
    let error =
        Ontology::parse("f.obo", b"format-version: 1.4\nremark: \xff\n").expect_err("bytes");
    assert!(error.to_string().contains("line 2: expected text in UTF-8"), "{error}");
}

#[test]
fn what_files_do_in_practice_is_read() {
    let text = "format-version: 1.2\ndate: 01:02:2020 10:00\n! a comment\n[Term]\nid: A:1 ! with a comment\nname: a\\! b {x=\"y\"}\ndef: \"one\\ntwo \\\nthree\" [A:x \"]\"]\nis_a: A:9 ! not here\nxref: any: thing\n\n[Instance]\nno colon is needed here: well\n\n[Term]\nid: A:2\n";
    let ontology = Ontology::parse("f.obo", text.as_bytes()).expect("reads");
    let [first, second] = ontology.terms() else { panic!("two types") };
    assert_eq!((&first.name[..], &first.definition[..]), ("a! b", "one two three"));
    assert_eq!(second.name, "A:2", "a type without a name is called by its id");
    assert_eq!((ontology.n_dangling(), &ontology.header().version[..]), (1, "01:02:2020 10:00"));
}

/// Bytes cut off at every place, and with one bit changed at many.
#[test]
fn damaged_files_never_panic() {
    let bytes = golden("blood.obo");
    let (mut state, mut n_read, mut n_refused) = (7_u64, 0, 0);
    let mut try_one = |bytes: &[u8]| match Ontology::parse("f.obo", bytes) {
        Ok(ontology) => {
            let places = 0..ontology.len();
            n_read += places.map(|place| ontology.below(place).len().min(1)).sum::<usize>().min(1);
        }
        Err(error) => {
            assert!(error.to_string().starts_with("f.obo"));
            n_refused += 1;
        }
    };
    (0..bytes.len()).for_each(|end| try_one(&bytes[..end]));
    for _ in 0..3000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut copy = bytes.clone();
        let at = (state >> 33) as usize % copy.len();
        copy[at] ^= 1 << (state >> 61);
        try_one(&copy);
    }
    assert!(n_read > 500 && n_refused > 500, "{n_read} read, {n_refused} refused");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn random_lines_never_panic(lines in proptest::collection::vec("(\\[Term\\]|(id|name|def|synonym|exact_synonym|is_a|is_obsolete): ?[A-C:1-3\"\\\\!{} é-]{0,12}|[a-z\\[\\]\\\\ :]{0,8})", 0..20)) {
        let text = format!("format-version: 1.4\n{}", lines.join("\n"));
        if let Ok(ontology) = Ontology::parse("f.obo", text.as_bytes()) {
            for place in 0..ontology.len() {
                prop_assert!(!ontology.below(place).contains(&(place as u32)));
            }
            let again = Ontology::parse("g.obo", ontology.to_obo().as_bytes());
            let again = again.expect("what was written is read");
            prop_assert_eq!(again.terms(), ontology.terms());
        }
    }

    #[test]
    fn kinds_below_are_those_that_lead_up(parents in proptest::collection::vec(proptest::collection::btree_set(0..12_usize, 0..3), 12)) {
        let mut text = String::from("format-version: 1.4\n");
        for (place, own) in parents.iter().enumerate() {
            text += &format!("[Term]\nid: T:{place}\n");
            for parent in own.iter().filter(|parent| **parent < place) {
                text += &format!("is_a: T:{parent}\n");
            }
        }
        let ontology = Ontology::parse("f.obo", text.as_bytes()).expect("no circle");
        let mut above: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for place in 0..12_u32 {
            let mut all: Vec<u32> = Vec::new();
            for parent in &ontology.terms()[place as usize].parents {
                all.push(*parent);
                all.extend(&above[parent]);
            }
            above.insert(place, all);
        }
        for place in 0..12_u32 {
            let below: Vec<u32> = (0..12).filter(|other| above[other].contains(&place)).collect();
            prop_assert_eq!(ontology.below(place as usize), below);
        }
    }
}
