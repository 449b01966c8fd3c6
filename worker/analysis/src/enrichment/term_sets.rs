//! The genes of each term, its descendants' among them.

use std::ops::RangeInclusive;

use super::STEP;
use crate::{AnalysisError, Progress};

/// Background genes that a term must have to be tested, by default: fewer say little, more say nothing
/// in particular.
pub const TERM_SIZES: RangeInclusive<usize> = 5..=500;

/// The terms that are tested, with their background genes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TermSets {
    n_background: usize,
    n_annotated: usize,
    /// The tested terms, rising.
    terms: Vec<u32>,
    /// Where each tested term's genes start; one more than terms.
    starts: Vec<usize>,
    genes: Vec<u32>,
}

impl TermSets {
    /// Runs a [`TermPropagation`] from start to end.
    ///
    /// # Errors
    /// Those of [`TermPropagation::new`].
    pub fn new(
        terms_of_gene: &[&[u32]],
        parents: &[&[u32]],
        sizes: RangeInclusive<usize>,
    ) -> Result<Self, AnalysisError> {
        let mut propagation = TermPropagation::new(terms_of_gene, parents, sizes)?;
        while !propagation.run(usize::MAX)?.is_done() {}
        propagation.finish()
    }

    /// Genes of the background.
    #[must_use]
    pub fn n_background(&self) -> usize {
        self.n_background
    }

    /// Genes of the background that have a term at all, of whatever size.
    #[must_use]
    pub fn n_annotated(&self) -> usize {
        self.n_annotated
    }

    /// Terms of a size that is tested.
    #[must_use]
    pub fn n_tested(&self) -> usize {
        self.terms.len()
    }

    /// The background genes of a term, rising; none where the term is not tested.
    #[must_use]
    pub fn genes_of(&self, term: u32) -> &[u32] {
        match self.terms.binary_search(&term) {
            Ok(place) => &self.genes[self.starts[place]..self.starts[place + 1]],
            Err(_) => &[],
        }
    }

    /// The tested terms with their background genes, by rising term.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let genes = self.starts.windows(2).map(|pair| &self.genes[pair[0]..pair[1]]);
        self.terms.iter().copied().zip(genes)
    }
}

/// Hands each gene to the ancestors of its terms (the true-path rule), to be driven with
/// [`run`](Self::run).
///
/// Two passes over the genes: the first counts, the second writes down the terms whose size is asked
/// for. A term that is its own ancestor is no hindrance.
#[derive(Debug)]
pub struct TermPropagation<'a> {
    terms_of_gene: &'a [&'a [u32]],
    parents: &'a [&'a [u32]],
    sizes: RangeInclusive<usize>,
    /// The genes of each term, counted.
    counts: Vec<u32>,
    /// Where the next gene of a tested term goes.
    places: Vec<usize>,
    walk: Walk,
    sets: TermSets,
    done: usize,
}

impl<'a> TermPropagation<'a> {
    /// Prepares the sets of all terms.
    ///
    /// # Shapes
    /// `terms_of_gene`: the own terms of each background gene; `parents`: of each term, all empty where
    /// there is no hierarchy. `sizes` counts background genes of a term and its descendants.
    ///
    /// # Errors
    /// If there are fewer than two background genes, a term or parent lies outside the list of terms,
    /// or `sizes` is empty or allows a term without genes.
    pub fn new(
        terms_of_gene: &'a [&'a [u32]],
        parents: &'a [&'a [u32]],
        sizes: RangeInclusive<usize>,
    ) -> Result<Self, AnalysisError> {
        if *sizes.start() == 0 || sizes.is_empty() {
            let found = format!("{} to {}", sizes.start(), sizes.end());
            let allowed = "from at least 1 gene to as many or more";
            return Err(AnalysisError::setting("term sizes", allowed, found));
        }
        let found = terms_of_gene.len();
        if found < 2 {
            return Err(AnalysisError::TooFewGenes { step: STEP, needed: 2, found });
        }
        let len = parents.len();
        for (what, lists) in [("terms of genes", terms_of_gene), ("parents of terms", parents)] {
            let mut all = lists.iter().copied().flatten();
            if let Some(&index) = all.find(|&&term| term as usize >= len) {
                return Err(AnalysisError::IndexOutOfRange { what, index: index as usize, len });
            }
        }
        let (counts, walk) = (vec![0; len], Walk { seen: vec![0; len], ..Walk::default() });
        let sets = TermSets { n_background: found, ..TermSets::default() };
        let places = Vec::new();
        Ok(Self { terms_of_gene, parents, sizes, counts, places, walk, sets, done: 0 })
    }

    /// Goes on for up to `limit` genes.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let n_genes = self.terms_of_gene.len();
        for _ in 0..limit {
            if self.done == 2 * n_genes {
                break;
            }
            let gene = self.done % n_genes;
            let terms = self.walk.upwards(self.terms_of_gene[gene], self.parents);
            if self.done < n_genes {
                self.sets.n_annotated += usize::from(!terms.is_empty());
                terms.iter().for_each(|&term| self.counts[term as usize] += 1);
            } else {
                for &term in terms {
                    if let Some(place) = self.places.get_mut(term as usize)
                        && *place != usize::MAX
                    {
                        self.sets.genes[*place] = gene as u32;
                        *place += 1;
                    }
                }
            }
            self.done += 1;
            if self.done == n_genes {
                self.make_room();
            }
        }
        Ok(self.progress())
    }

    /// How many genes were handed on; each counts twice.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.done, total: 2 * self.terms_of_gene.len() }
    }

    /// The sets.
    ///
    /// # Errors
    /// If genes are left to do.
    pub fn finish(self) -> Result<TermSets, AnalysisError> {
        if !self.progress().is_done() {
            let message = "terms were asked for before all genes were handed to them";
            return Err(AnalysisError::OutOfTurn { step: STEP, message });
        }
        Ok(self.sets)
    }

    fn make_room(&mut self) {
        self.places = vec![usize::MAX; self.counts.len()];
        self.sets.starts.push(0);
        let mut size = 0;
        for (term, &count) in self.counts.iter().enumerate() {
            if self.sizes.contains(&(count as usize)) {
                self.places[term] = size;
                size += count as usize;
                self.sets.terms.push(term as u32);
                self.sets.starts.push(size);
            }
        }
        self.sets.genes = vec![0; size];
    }
}

/// Finds the ancestors of some terms, each once.
#[derive(Debug, Default)]
struct Walk {
    /// The last round that came by, for each term.
    seen: Vec<u32>,
    round: u32,
    found: Vec<u32>,
}

impl Walk {
    fn upwards(&mut self, terms: &[u32], parents: &[&[u32]]) -> &[u32] {
        self.round += 1;
        self.found.clear();
        self.visit(terms);
        let mut next = 0;
        while let Some(&term) = self.found.get(next) {
            self.visit(parents[term as usize]);
            next += 1;
        }
        &self.found
    }

    fn visit(&mut self, terms: &[u32]) {
        for &term in terms {
            let seen = &mut self.seen[term as usize];
            if *seen != self.round {
                *seen = self.round;
                self.found.push(term);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 is the root; 1 and 2 are its children, 3 a child of both; 4 and 5 are each other's parent.
    const PARENTS: [&[u32]; 6] = [&[], &[0], &[0], &[1, 2], &[5], &[4]];

    #[test]
    fn genes_reach_every_ancestor_once_and_circles_end() {
        let own: [&[u32]; 4] = [&[3, 1, 3], &[2], &[], &[4]];
        let sets = TermSets::new(&own, &PARENTS, 1..=9).expect("sound");
        let found: Vec<(u32, Vec<u32>)> =
            sets.iter().map(|(t, genes)| (t, genes.to_vec())).collect();
        let expected = [(0, vec![0, 1]), (1, vec![0]), (2, vec![0, 1]), (3, vec![0])];
        assert_eq!(found[..4], expected);
        assert_eq!(found[4..], [(4, vec![3]), (5, vec![3])]);
        assert_eq!((sets.n_background(), sets.n_annotated(), sets.n_tested()), (4, 3, 6));
    }

    #[test]
    fn only_terms_of_the_size_asked_for_are_kept_and_slices_change_nothing() {
        let own: [&[u32]; 4] = [&[3, 1], &[2], &[0], &[4]];
        let whole = TermSets::new(&own, &PARENTS, 2..=2).expect("sound");
        assert_eq!(whole.iter().collect::<Vec<_>>(), [(2, &[0u32, 1][..])]);
        assert_eq!((whole.genes_of(2), whole.genes_of(0)), (&[0u32, 1][..], &[][..]));
        let mut steps = TermPropagation::new(&own, &PARENTS, 2..=2).expect("sound");
        assert_eq!(steps.run(0).expect("runs"), Progress { done: 0, total: 8 });
        while !steps.run(1).expect("runs").is_done() {}
        assert_eq!(steps.finish().expect("done"), whole);
        let none: [&[u32]; 6] = [&[]; 6];
        let flat = TermSets::new(&own, &none, 1..=9).expect("sound");
        assert_eq!(flat.genes_of(0), [2]);
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        let own: [&[u32]; 2] = [&[0], &[1]];
        let parents: [&[u32]; 2] = [&[], &[2]];
        let error = |own, parents, sizes| TermSets::new(own, parents, sizes).err();
        assert!(matches!(
            error(&own, &parents, 1..=2),
            Some(AnalysisError::IndexOutOfRange { what: "parents of terms", index: 2, len: 2 })
        ));
        assert!(matches!(
            error(&own, &parents[..1], 1..=2),
            Some(AnalysisError::IndexOutOfRange { what: "terms of genes", index: 1, len: 1 })
        ));
        assert!(matches!(
            error(&own[..1], &parents, 1..=2),
            Some(AnalysisError::TooFewGenes { found: 1, .. })
        ));
        assert!(matches!(error(&own, &parents, 0..=2), Some(AnalysisError::Setting { .. })));
        let backwards = RangeInclusive::new(5, 4);
        assert!(matches!(error(&own, &parents, backwards), Some(AnalysisError::Setting { .. })));
        let early = TermPropagation::new(&own, &[&[], &[]], 1..=2).expect("sound").finish();
        assert!(matches!(early, Err(AnalysisError::OutOfTurn { .. })));
    }
}
