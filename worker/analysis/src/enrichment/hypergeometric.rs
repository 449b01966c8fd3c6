//! Terms that a list of genes has more of than a random list of its length.

use super::{STEP, TermSets};
use crate::{AnalysisError, false_discovery::benjamini_hochberg};

/// What a list of genes has of one term.
#[derive(Debug, Clone, PartialEq)]
pub struct TermTest {
    /// The term.
    pub term: u32,
    /// Background genes that have it.
    pub n_term: u32,
    /// Genes of the list that have it.
    pub n_hits: u32,
    /// How many a random list of the same length would have.
    pub expected: f64,
    /// Hits over expected hits.
    pub fold: f64,
    /// The probability that a random list has as many or more.
    pub p: f64,
    /// p after Benjamini and Hochberg, over all tested terms.
    pub p_adjusted: f64,
    /// The hits: positions among the background genes, rising.
    pub genes: Vec<u32>,
    /// The better term that this one repeats, after [`reduce`](super::reduce).
    pub under: Option<u32>,
}

/// The hypergeometric test, one-sided, of every term, best first.
///
/// The background counts every gene of it, those without a term too, as goatools and gseapy do; p is
/// that of `scipy.stats.hypergeom.sf(hits - 1, background, term, selected)`. Terms without a hit are
/// tested too (p = 1), as in goatools: which terms are tested does not depend on the list.
///
/// # Shapes
/// `selected`: positions among the background genes; one that is named again counts once.
///
/// # Errors
/// If no gene is selected, or one lies outside the background.
pub fn over_representation(
    sets: &TermSets,
    selected: &[u32],
) -> Result<Vec<TermTest>, AnalysisError> {
    if selected.is_empty() {
        return Err(AnalysisError::TooFewGenes { step: STEP, needed: 1, found: 0 });
    }
    let len = sets.n_background();
    let mut is_selected = vec![false; len];
    for &gene in selected {
        let index = gene as usize;
        let Some(place) = is_selected.get_mut(index) else {
            return Err(AnalysisError::IndexOutOfRange { what: "selected genes", index, len });
        };
        *place = true;
    }
    let n_selected = is_selected.iter().filter(|chosen| **chosen).count();
    let test = |(term, genes): (u32, &[u32])| {
        let hits: Vec<u32> =
            genes.iter().copied().filter(|&gene| is_selected[gene as usize]).collect();
        let expected = genes.len() as f64 * n_selected as f64 / len as f64;
        let p = upper_tail(hits.len(), genes.len(), n_selected, len);
        TermTest {
            term,
            n_term: genes.len() as u32,
            n_hits: hits.len() as u32,
            expected,
            fold: hits.len() as f64 / expected,
            p,
            p_adjusted: p,
            genes: hits,
            under: None,
        }
    };
    let mut tests: Vec<TermTest> = sets.iter().map(test).collect();
    let p: Vec<f64> = tests.iter().map(|test| test.p).collect();
    for (test, adjusted) in tests.iter_mut().zip(benjamini_hochberg(&p)) {
        test.p_adjusted = adjusted;
    }
    tests.sort_by(|a, b| a.p.total_cmp(&b.p).then(b.fold.total_cmp(&a.fold)));
    Ok(tests)
}

/// The probability of `hits` or more, where `drawn` of `all` genes are drawn and `marked` are marked.
///
/// Each probability follows from its neighbour by a ratio of whole numbers, starting with the likeliest,
/// and the sum over all of them is 1: no logarithm of a factorial takes digits away.
fn upper_tail(hits: usize, marked: usize, drawn: usize, all: usize) -> f64 {
    let least = (marked + drawn).saturating_sub(all);
    let most = marked.min(drawn);
    if hits <= least {
        return 1.0;
    }
    let ratio = |k: usize| {
        let (stay, leave) = (all + k + 1 - marked - drawn, k + 1);
        ((marked - k) as f64 * (drawn - k) as f64) / (leave as f64 * stay as f64)
    };
    let mode = ((marked as f64 + 1.0) * (drawn as f64 + 1.0) / (all as f64 + 2.0)) as usize;
    let mode = mode.clamp(least, most);
    let (mut total, mut tail) = (0.0, 0.0);
    let mut add = |k: usize, weight: f64| {
        total += weight;
        tail += if k >= hits { weight } else { 0.0 };
    };
    add(mode, 1.0);
    let mut weight = 1.0;
    for k in mode..most {
        weight *= ratio(k);
        add(k + 1, weight);
    }
    weight = 1.0;
    for k in (least..mode).rev() {
        weight /= ratio(k);
        add(k, weight);
    }
    (tail / total).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_scipy() {
        // math.comb in whole numbers; scipy.stats.hypergeom.sf(hits - 1, all, marked, drawn) agrees.
        let known = [
            ([2, 3, 2, 6], 0.2),
            ([1, 5, 20, 100], 0.6806905580101457),
            ([12, 40, 150, 9000], 1.1034552909259702e-12),
            ([60, 300, 1000, 20000], 1.5100491114603984e-20),
            ([40, 40, 200, 20000], 1.5819079882049948e-82),
            ([3, 500, 100, 12000], 0.792694931564353),
            ([1000, 4000, 3000, 20000], 6.702894943014425e-79),
            ([150, 200, 180, 15000], 2.5320921277690337e-282),
            ([480, 490, 495, 500], 1.0),
        ];
        for ([hits, marked, drawn, all], p) in known {
            let found = upper_tail(hits, marked, drawn, all);
            assert!((found / p - 1.0).abs() < 1e-12, "{hits} {marked} {drawn} {all}: {found:e}");
        }
        assert_eq!(upper_tail(3, 5, 3, 5), 1.0);
        assert_eq!(upper_tail(0, 5, 3, 50), 1.0);
    }

    #[test]
    fn a_gene_named_twice_counts_once_and_errors_are_told() {
        let own: [&[u32]; 6] = [&[0], &[0], &[0], &[1], &[1], &[]];
        let sets = TermSets::new(&own, &[&[], &[]], 1..=9).expect("sound");
        let tests = over_representation(&sets, &[1, 0, 1]).expect("inside");
        assert_eq!((tests[0].term, tests[0].n_hits, tests[0].fold), (0, 2, 2.0));
        assert!((tests[0].p - 0.2).abs() < 1e-15 && (tests[0].p_adjusted - 0.4).abs() < 1e-15);
        assert_eq!(tests[0].genes, [0, 1]);
        assert_eq!((tests[1].term, tests[1].p, tests[1].n_hits), (1, 1.0, 0));
        assert!(matches!(
            over_representation(&sets, &[6]),
            Err(AnalysisError::IndexOutOfRange { index: 6, len: 6, .. })
        ));
        assert!(matches!(
            over_representation(&sets, &[]),
            Err(AnalysisError::TooFewGenes { found: 0, .. })
        ));
    }
}
