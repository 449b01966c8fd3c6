//! Enrichment against goatools, gseapy and scipy (`tests/golden/enrichment/generate.py`), and on terms
//! whose truth is known.

use std::path::PathBuf;

use lexicell_analysis::enrichment::{
    Preranked, Reduction, TERM_SIZES, TermSets, by_rank, over_representation, reduce,
    reduce_preranked, reduce_ranked,
};
use lexicell_analysis::rng::SplitMix64;
use serde_json::Value;

struct Golden {
    values: Value,
    own: Vec<Vec<u32>>,
    parents: Vec<Vec<u32>>,
    selected: Vec<u32>,
    scores: Vec<f64>,
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn positions(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|&x| x as u32).collect()
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("rows").iter()
}

fn golden() -> Golden {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let path = root.join("../../tests/golden/enrichment/enrichment.json");
    let values: Value = serde_json::from_slice(&std::fs::read(path).expect("the golden file"))
        .expect("golden values");
    let lists = |key: &str| rows(&values[key]).map(positions).collect();
    let (own, parents) = (lists("terms_of_gene"), lists("parents"));
    let (selected, scores) = (positions(&values["selected"]), numbers(&values["scores"]));
    Golden { own, parents, selected, scores, values }
}

fn slices(lists: &[Vec<u32>]) -> Vec<&[u32]> {
    lists.iter().map(Vec::as_slice).collect()
}

fn close(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < 1e-10
}

#[test]
fn over_represented_terms_are_those_of_goatools_and_gseapy() {
    let golden = golden();
    let sets =
        TermSets::new(&slices(&golden.own), &slices(&golden.parents), 1..=usize::MAX).expect("ok");
    let tests = over_representation(&sets, &golden.selected).expect("inside");
    let expected: Vec<&Value> = rows(&golden.values["over_representation"]).collect();
    assert_eq!(tests.len(), expected.len());
    assert!(tests.is_sorted_by(|a, b| a.p <= b.p));
    for row in expected {
        let [term, n_term, p, adjusted] =
            [0, 1, 2, 3].map(|at| row[at].as_f64().expect("a number"));
        let test = tests.iter().find(|test| f64::from(test.term) == term).expect("tested");
        assert_eq!((f64::from(test.n_term), &test.genes), (n_term, &positions(&row[4])));
        assert_eq!(test.n_hits as usize, test.genes.len());
        assert!(close(test.p, p) && close(test.p_adjusted, adjusted), "{test:?} {row}");
        let share = golden.selected.len() as f64 / golden.own.len() as f64;
        assert!(close(test.expected, n_term * share));
    }
    assert_eq!(u64::from(tests[0].term), golden.values["planted"].as_u64().expect("a term"));
}

#[test]
fn terms_are_adjusted_over_those_of_the_size_asked_for() {
    let golden = golden();
    let sizes = positions(&golden.values["sizes"]);
    let sizes = sizes[0] as usize..=sizes[1] as usize;
    let sets = TermSets::new(&slices(&golden.own), &slices(&golden.parents), sizes).expect("ok");
    let tests = over_representation(&sets, &golden.selected).expect("inside");
    let expected: Vec<Vec<f64>> = rows(&golden.values["small"]).map(numbers).collect();
    assert_eq!((tests.len(), sets.n_tested()), (expected.len(), expected.len()));
    for row in expected {
        let test = tests.iter().find(|test| f64::from(test.term) == row[0]).expect("tested");
        assert!(close(test.p_adjusted, row[1]), "{test:?} {row:?}");
    }
    let tests = by_rank(&sets, &golden.scores).expect("one for each");
    let expected: Vec<Vec<f64>> = rows(&golden.values["by_rank"]).map(numbers).collect();
    assert_eq!(tests.len(), expected.len());
    let best = expected.iter().min_by(|a, b| a[2].total_cmp(&b[2])).expect("rows")[0];
    assert_eq!(f64::from(tests[0].term), best);
    for row in expected {
        let test = tests.iter().find(|test| f64::from(test.term) == row[0]).expect("tested");
        assert_eq!(f64::from(test.n_term), row[1]);
        assert!(close(test.p, row[2]) && close(test.auc, row[3]), "{test:?} {row:?}");
        assert!(close(test.p_adjusted, row[4]), "{test:?} {row:?}");
        assert_eq!(test.score > 0.0, test.auc > 0.5);
    }
}

/// A hierarchy of terms below term 0, and genes with three own terms each.
fn synthetic(seed: u64, n_genes: usize, n_terms: usize) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let mut rng = SplitMix64::new(seed);
    let parents = (0..n_terms)
        .map(|term| (0..2.min(term)).map(|_| rng.below(term) as u32).collect())
        .collect();
    let own = (0..n_genes).map(|_| (0..3).map(|_| rng.below(n_terms) as u32).collect()).collect();
    (own, parents)
}

#[test]
fn random_lists_and_orders_have_no_terms() {
    let (mut over, mut ranked) = (0, 0);
    for seed in 0..20 {
        let (own, parents) = synthetic(seed, 1000, 300);
        let sets = TermSets::new(&slices(&own), &slices(&parents), TERM_SIZES).expect("sound");
        assert!(sets.n_tested() > 100);
        let mut rng = SplitMix64::new(seed + 500);
        let mut genes: Vec<u32> = (0..1000).collect();
        rng.shuffle(&mut genes);
        let tests = over_representation(&sets, &genes[..80]).expect("inside");
        over += usize::from(tests[0].p_adjusted <= 0.05);
        let scores: Vec<f64> = (0..1000).map(|_| rng.normal()).collect();
        ranked += usize::from(by_rank(&sets, &scores).expect("fits")[0].p_adjusted <= 0.05);
    }
    assert!(over <= 2 && ranked <= 2, "{over} and {ranked} of 20 null sets have terms");
}

#[test]
fn a_planted_term_comes_first_and_its_relatives_go_under_it() {
    let (own, parents) = synthetic(2, 1000, 300);
    let sets = TermSets::new(&slices(&own), &slices(&parents), TERM_SIZES).expect("sound");
    let (planted, genes) = sets.iter().find(|(_, genes)| genes.len() == 30).expect("such a term");
    let mut tests = over_representation(&sets, genes).expect("inside");
    assert_eq!(tests[0].term, planted);
    reduce(&mut tests, Reduction::default()).expect("in range");
    let significant = tests.iter().filter(|test| test.p_adjusted <= 0.05).count();
    let standing = tests.iter().filter(|t| t.p_adjusted <= 0.05 && t.under.is_none()).count();
    // All hits are the planted term's, so all that is found is said by it.
    assert!(significant > 3 && standing == 1, "{significant} {standing}");
    let under = |test: &&_| -> bool {
        let test: &lexicell_analysis::enrichment::TermTest = test;
        test.under == Some(planted)
    };
    assert_eq!(tests.iter().filter(under).count(), significant - 1);

    let mut rng = SplitMix64::new(7);
    let mut scores: Vec<f64> = (0..1000).map(|_| rng.normal()).collect();
    genes.iter().for_each(|&gene| scores[gene as usize] -= 3.0);
    let mut tests = by_rank(&sets, &scores).expect("fits");
    assert_eq!((tests[0].term, tests[0].score < 0.0), (planted, true));
    reduce_ranked(&mut tests, Reduction::default()).expect("in range");
    assert!(tests.iter().any(|test| test.under == Some(planted)));
    assert!(tests.iter().all(|test| test.under.is_none() || test.p_adjusted <= 0.05));
}

#[test]
fn ranked_terms_are_those_of_gseapy() {
    let golden = golden();
    let sizes = positions(&golden.values["sizes"]);
    let sizes = sizes[0] as usize..=sizes[1] as usize;
    let sets = TermSets::new(&slices(&golden.own), &slices(&golden.parents), sizes).expect("ok");
    let ranking = numbers(&golden.values["ranking"]);
    let mut work = Preranked::new(&sets, &ranking, 20_000, 0).expect("fits");
    while !work.run(500).expect("runs").is_done() {}
    let mut tests = work.finish().expect("done");
    let expected: Vec<&Value> = rows(&golden.values["preranked"]).collect();
    assert_eq!(tests.len(), expected.len());
    // The planted term and those that hold it have the least p that so many random sets allow.
    let planted = golden.values["planted"].as_u64().expect("a term");
    assert!(tests[..3].iter().any(|test| u64::from(test.term) == planted));
    for row in expected {
        let [term, score, normalized, p] =
            [0, 1, 2, 3].map(|at| row[at].as_f64().expect("a number"));
        let test = tests.iter().find(|test| f64::from(test.term) == term).expect("tested");
        assert!((test.score - score).abs() < 1e-9, "{test:?} {row}");
        let mut genes = test.genes.clone();
        genes.sort_unstable();
        assert_eq!(genes, positions(&row[4]));
        // Other random sets: their means over some 10,000 agree to a few in a hundred.
        assert!((test.normalized / normalized - 1.0).abs() < 0.03, "{test:?} {row}");
        assert!((test.p - p).abs() < 0.02, "{test:?} {row}");
    }
    reduce_preranked(&mut tests, Reduction::default()).expect("in range");
    let first = tests[0].term;
    assert!(tests.iter().any(|test| test.under == Some(first)));
}
