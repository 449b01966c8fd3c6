//! Terms that say again what a better term has said.

use super::{PrerankedTest, RankTest, TermTest};
use crate::AnalysisError;

/// What is taken for a repetition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reduction {
    /// Terms above this adjusted p are left alone.
    pub fdr: f64,
    /// The least share of a term's hits that a better term must have, from above 0 to 1.
    pub share: f64,
}

impl Default for Reduction {
    /// An adjusted p of 0.05 and a share of 0.7.
    fn default() -> Self {
        Self { fdr: 0.05, share: 0.7 }
    }
}

/// Puts significant terms under the better term that has most of their hits.
///
/// From the best term down: a term whose hits lie to at least [`Reduction::share`] among those of a term
/// that stands for itself goes under it, under the one with the greatest share if there are more.
/// Otherwise it stands for itself. So a parent whose hits are its child's goes under the child and a
/// child under the better parent, while a parent with enough hits of its own stays; terms that are no
/// relatives but have the same genes are one finding too.
///
/// # Shapes
/// `tests`: best first, as [`over_representation`](super::over_representation) gives them.
///
/// # Errors
/// If a setting lies outside its range.
pub fn reduce(tests: &mut [TermTest], settings: Reduction) -> Result<(), AnalysisError> {
    check(settings)?;
    let mut groups = Groups::new(settings.share);
    for test in tests {
        test.under = match test.p_adjusted <= settings.fdr {
            true => groups.place(test.term, &test.genes),
            false => None,
        };
    }
    Ok(())
}

/// As [`reduce`], for terms tested by rank: their hits are [`RankTest::genes`], and a term goes under one
/// that leans to the same side.
///
/// # Errors
/// If a setting lies outside its range.
pub fn reduce_ranked(tests: &mut [RankTest], settings: Reduction) -> Result<(), AnalysisError> {
    check(settings)?;
    let mut sides = [Groups::new(settings.share), Groups::new(settings.share)];
    for test in tests {
        test.under = match test.p_adjusted <= settings.fdr {
            true => sides[usize::from(test.score > 0.0)].place(test.term, &test.genes),
            false => None,
        };
    }
    Ok(())
}

/// As [`reduce_ranked`], for terms that gather at an end: their hits are the leading edge.
///
/// # Errors
/// If a setting lies outside its range.
pub fn reduce_preranked(
    tests: &mut [PrerankedTest],
    settings: Reduction,
) -> Result<(), AnalysisError> {
    check(settings)?;
    let mut sides = [Groups::new(settings.share), Groups::new(settings.share)];
    for test in tests {
        test.under = match test.p_adjusted <= settings.fdr {
            true => sides[usize::from(test.score > 0.0)].place(test.term, &test.genes),
            false => None,
        };
    }
    Ok(())
}

fn check(settings: Reduction) -> Result<(), AnalysisError> {
    if !(0.0..=1.0).contains(&settings.fdr) {
        return Err(AnalysisError::setting("fdr", "from 0 to 1", settings.fdr));
    }
    if !(settings.share > 0.0 && settings.share <= 1.0) {
        return Err(AnalysisError::setting("share", "above 0 and at most 1", settings.share));
    }
    Ok(())
}

/// The terms that stand for themselves so far.
struct Groups {
    share: f64,
    terms: Vec<u32>,
    /// For each gene, the places in `terms` of those that have it.
    having: Vec<Vec<u32>>,
    /// Scratch: genes in common with each of `terms`.
    common: Vec<u32>,
}

impl Groups {
    fn new(share: f64) -> Self {
        Self { share, terms: Vec::new(), having: Vec::new(), common: Vec::new() }
    }

    /// The term that this one goes under, if any; otherwise it stands for itself from now on.
    fn place(&mut self, term: u32, genes: &[u32]) -> Option<u32> {
        self.common.clear();
        self.common.resize(self.terms.len(), 0);
        for &gene in genes {
            for &place in self.having.get(gene as usize).into_iter().flatten() {
                self.common[place as usize] += 1;
            }
        }
        // Of equal shares the first, which is the better term.
        let most = self.common.iter().copied().max().unwrap_or(0);
        if most > 0 && f64::from(most) >= self.share * genes.len() as f64 {
            let place = self.common.iter().position(|&common| common == most);
            return place.map(|place| self.terms[place]);
        }
        for &gene in genes {
            let gene = gene as usize;
            if gene >= self.having.len() {
                self.having.resize(gene + 1, Vec::new());
            }
            self.having[gene].push(self.terms.len() as u32);
        }
        self.terms.push(term);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(term: u32, p_adjusted: f64, genes: &[u32]) -> TermTest {
        let (n, genes) = (genes.len() as u32, genes.to_vec());
        let (expected, fold, p) = (1.0, f64::from(n), p_adjusted);
        TermTest { term, n_term: n, n_hits: n, expected, fold, p, p_adjusted, genes, under: None }
    }

    #[test]
    fn a_term_goes_under_the_better_one_that_has_its_hits() {
        let mut tests = [
            test(7, 1e-9, &[1, 2, 3, 4, 5]),
            // The child's hits and two more of its own: 5 of 7 are 0.71.
            test(3, 1e-8, &[1, 2, 3, 4, 5, 8, 9]),
            test(2, 1e-7, &[10, 11, 12, 13]),
            test(9, 1e-6, &[3, 4, 10, 11, 12, 13]),
            test(4, 1e-5, &[1, 2, 20, 21, 22]),
            test(5, 0.2, &[1, 2, 3]),
        ];
        reduce(&mut tests, Reduction { share: 0.66, ..Reduction::default() }).expect("in range");
        let under: Vec<Option<u32>> = tests.iter().map(|test| test.under).collect();
        assert_eq!(under, [None, Some(7), None, Some(2), None, None]);
        reduce(&mut tests, Reduction { share: 1.0, fdr: 1.0 }).expect("in range");
        let under: Vec<Option<u32>> = tests.iter().map(|test| test.under).collect();
        assert_eq!(under, [None, None, None, None, None, Some(7)]);
    }

    #[test]
    fn terms_that_lean_to_different_sides_are_two_findings() {
        let ranked = |term, score: f64| RankTest {
            term,
            n_term: 3,
            score,
            p: 0.0,
            p_adjusted: 0.0,
            auc: 0.5,
            genes: vec![1, 2, 3],
            under: None,
        };
        let mut tests = [ranked(0, 9.0), ranked(1, -8.0), ranked(2, 7.0)];
        reduce_ranked(&mut tests, Reduction::default()).expect("in range");
        let under: Vec<Option<u32>> = tests.iter().map(|test| test.under).collect();
        assert_eq!(under, [None, None, Some(0)]);
    }

    #[test]
    fn settings_outside_their_range_are_refused() {
        for settings in [
            Reduction { fdr: -0.1, ..Reduction::default() },
            Reduction { fdr: f64::NAN, ..Reduction::default() },
            Reduction { share: 0.0, ..Reduction::default() },
            Reduction { share: 1.1, ..Reduction::default() },
        ] {
            assert!(matches!(reduce(&mut [], settings), Err(AnalysisError::Setting { .. })));
            assert!(reduce_ranked(&mut [], settings).is_err());
        }
    }
}
