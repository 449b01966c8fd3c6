//! Terms whose genes gather at an end of an order of all background genes.

use super::{STEP, TermSets};
use crate::{
    AnalysisError, Progress, false_discovery::benjamini_hochberg, gamma::upper_gamma,
    rng::SplitMix64,
};

/// Where the genes of one term gather in an order of all background genes.
#[derive(Debug, Clone, PartialEq)]
pub struct PrerankedTest {
    /// The term.
    pub term: u32,
    /// Background genes that have it.
    pub n_term: u32,
    /// Enrichment score, -1 to 1: the farthest that the running sum comes from 0.
    pub score: f64,
    /// The score over the mean of random sets' scores of the same sign.
    pub normalized: f64,
    /// The share of random sets of its size, of those whose score has the same sign, that score as far
    /// out, itself counted among them; where fewer than [`FEWEST_BEYOND`] do, no more than the tail of a
    /// gamma distribution of their mean and variance.
    pub p: f64,
    /// p after Benjamini and Hochberg, over all tested terms.
    pub p_adjusted: f64,
    /// The leading edge, outermost first: its genes up to where the running sum is farthest, as
    /// positions among the background genes.
    pub genes: Vec<u32>,
    /// The better term that this one repeats, after [`reduce_preranked`](super::reduce_preranked).
    pub under: Option<u32>,
}

/// Gene set enrichment analysis of an order of genes (Subramanian et al. 2005, weight 1), to be driven
/// with [`run`](Self::run).
///
/// Score and leading edge equal those of `gseapy.prerank`. The null is that of random sets of genes of
/// the same size; as in fgsea's simple algorithm (Korotkevich et al. 2021) the sets of one permutation
/// hold each other. The observed set counts among them (Phipson & Smyth 2010). Counting cannot tell a p far
/// below 1 over their number, which no adjustment over thousands of terms would leave small: such a p is
/// read from a gamma distribution, as in blitzGSEA (Lachmann et al. 2022), whose tail is heavier than
/// that of a score that ends at 1. p is adjusted by Benjamini and Hochberg.
#[derive(Debug)]
pub struct Preranked<'a> {
    sets: &'a TermSets,
    /// Background genes, the highest first, and the place of each among them.
    order: Vec<u32>,
    places: Vec<u32>,
    /// Weight at each place.
    weights: Vec<f64>,
    /// Sizes of the tested terms, each once, rising.
    sizes: Vec<usize>,
    observed: Vec<Observed>,
    nulls: Vec<Null>,
    /// Scratch: genes in random order, and the places that are drawn.
    deck: Vec<u32>,
    drawn: Vec<u64>,
    rng: SplitMix64,
    done: usize,
    total: usize,
}

/// Random sets that must score as far out for p to be counted alone.
pub const FEWEST_BEYOND: u32 = 10;

/// The running sum of one term.
#[derive(Debug)]
struct Observed {
    score: f64,
    /// Place of its size among the sizes.
    size: usize,
    /// Random sets that score as far out.
    n_beyond: u32,
}

/// Scores of random sets of one size: sum, sum of squares and number of each sign.
#[derive(Debug, Clone, Default)]
struct Null {
    sum: [f64; 2],
    squares: [f64; 2],
    n: [u32; 2],
    /// The tested terms of that size.
    terms: Vec<u32>,
}

impl Null {
    /// Number, mean size and mean square of the scores of some signs.
    fn moments(&self, signs: std::ops::Range<usize>) -> (f64, f64, f64) {
        let sum =
            |values: &[f64; 2]| values[signs.clone()].iter().map(|sum| sum.abs()).sum::<f64>();
        let n = self.n[signs.clone()].iter().map(|&n| f64::from(n)).sum::<f64>();
        (n, sum(&self.sum) / n.max(1.0), sum(&self.squares) / n.max(1.0))
    }
}

impl<'a> Preranked<'a> {
    /// Prepares the terms.
    ///
    /// # Shapes
    /// `scores`: one for each background gene; genes are ordered by them from the highest down and
    /// weighed by their size.
    ///
    /// # Errors
    /// If there are not as many scores as background genes, or one is not finite.
    pub fn new(
        sets: &'a TermSets,
        scores: &[f64],
        n_permutations: usize,
        seed: u64,
    ) -> Result<Self, AnalysisError> {
        let (what, expected, found) =
            ("scores of background genes", sets.n_background(), scores.len());
        if expected != found {
            return Err(AnalysisError::Shape { what, expected, found });
        }
        if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
            return Err(AnalysisError::NotFinite { what, row, column: 0 });
        }
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &gene)| places[gene as usize] = place as u32);
        let weights: Vec<f64> = order.iter().map(|&gene| scores[gene as usize].abs()).collect();
        let mut sizes: Vec<usize> = sets.iter().map(|(_, genes)| genes.len()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut own = Self {
            sets,
            deck: order.clone(),
            drawn: vec![0; order.len().div_ceil(64)],
            nulls: vec![Null::default(); sizes.len()],
            observed: Vec::new(),
            order,
            places,
            weights,
            sizes,
            rng: SplitMix64::new(seed),
            done: 0,
            total: n_permutations,
        };
        own.observe();
        Ok(own)
    }

    fn observe(&mut self) {
        for (row, (_, genes)) in self.sets.iter().enumerate() {
            let hits = self.hits(genes);
            let (score, _) = running_sum(hits.iter().copied(), &self.weights, hits.len());
            let size = self.sizes.binary_search(&genes.len()).unwrap_or(0);
            self.nulls[size].terms.push(row as u32);
            self.observed.push(Observed { score, size, n_beyond: 0 });
        }
    }

    /// Places of a term's genes, rising.
    fn hits(&self, genes: &[u32]) -> Vec<usize> {
        let mut hits: Vec<usize> =
            genes.iter().map(|&gene| self.places[gene as usize] as usize).collect();
        hits.sort_unstable();
        hits
    }

    /// Goes on for up to `limit` permutations.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit.min(self.total - self.done) {
            self.permute();
            self.done += 1;
        }
        Ok(self.progress())
    }

    /// Permutations made.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.total }
    }

    /// One random order of genes, whose first genes are the random set of every size.
    fn permute(&mut self) {
        self.drawn.fill(0);
        let mut n_drawn = 0;
        for (size, null) in self.sizes.iter().zip(&mut self.nulls) {
            while n_drawn < *size {
                let other = n_drawn + self.rng.below(self.deck.len() - n_drawn);
                self.deck.swap(n_drawn, other);
                let place = self.deck[n_drawn] as usize;
                self.drawn[place / 64] |= 1 << (place % 64);
                n_drawn += 1;
            }
            let (score, _) = running_sum(set_bits(&self.drawn), &self.weights, *size);
            let sign = usize::from(score < 0.0);
            null.sum[sign] += score;
            null.squares[sign] += score * score;
            null.n[sign] += 1;
            for &term in &null.terms {
                let own = &mut self.observed[term as usize];
                let is_beyond =
                    if own.score >= 0.0 { score >= own.score } else { score <= own.score };
                own.n_beyond += u32::from(is_beyond);
            }
        }
    }

    /// All tested terms, best first.
    ///
    /// # Errors
    /// If permutations are left to make.
    pub fn finish(self) -> Result<Vec<PrerankedTest>, AnalysisError> {
        if self.done < self.total {
            let message = "terms were asked for before all permutations were made";
            return Err(AnalysisError::OutOfTurn { step: STEP, message });
        }
        let mut tests: Vec<PrerankedTest> = self
            .sets
            .iter()
            .zip(&self.observed)
            .map(|((term, genes), own)| self.test(term, genes, own))
            .collect();
        let p: Vec<f64> = tests.iter().map(|test| test.p).collect();
        for (test, adjusted) in tests.iter_mut().zip(benjamini_hochberg(&p)) {
            test.p_adjusted = adjusted;
        }
        tests.sort_by(|a, b| {
            a.p.total_cmp(&b.p).then(b.normalized.abs().total_cmp(&a.normalized.abs()))
        });
        Ok(tests)
    }

    fn test(&self, term: u32, genes: &[u32], own: &Observed) -> PrerankedTest {
        let (null, sign) = (&self.nulls[own.size], usize::from(own.score < 0.0));
        // Where no random set leans to that side, all of them say how far sets of the size come.
        let (n, mean, square) = match null.n[sign] {
            0 => null.moments(0..2),
            _ => null.moments(sign..sign + 1),
        };
        let counted = (f64::from(own.n_beyond) + 1.0) / (n + 1.0);
        let variance = square - mean * mean;
        let is_rare = own.n_beyond < FEWEST_BEYOND && mean > 0.0 && variance > 0.0;
        let p = match is_rare {
            true => {
                upper_gamma(mean * mean / variance, own.score.abs() * mean / variance).min(counted)
            }
            false => counted,
        };
        PrerankedTest {
            term,
            n_term: genes.len() as u32,
            score: own.score,
            normalized: if mean > 0.0 { own.score / mean } else { 0.0 },
            p,
            p_adjusted: 1.0,
            genes: self.leading_edge(genes),
            under: None,
        }
    }

    fn leading_edge(&self, genes: &[u32]) -> Vec<u32> {
        let hits = self.hits(genes);
        let (score, peak) = running_sum(hits.iter().copied(), &self.weights, hits.len());
        let gene = |&place: &usize| self.order[place];
        match score {
            score if score > 0.0 => hits[..=peak].iter().map(gene).collect(),
            score if score < 0.0 => hits[peak..].iter().rev().map(gene).collect(),
            _ => Vec::new(),
        }
    }
}

/// The farthest that the running sum comes from 0, and the hit at which it does: after it where it is
/// above 0, before it where it is below.
fn running_sum(
    hits: impl Iterator<Item = usize> + Clone,
    weights: &[f64],
    n_hits: usize,
) -> (f64, usize) {
    let n_misses = weights.len() - n_hits;
    let all: f64 = hits.clone().map(|place| weights[place]).sum();
    if n_misses == 0 || n_hits == 0 {
        return (0.0, 0);
    }
    let miss = 1.0 / n_misses as f64;
    // Genes that all score 0 count alike.
    let unit = if all > 0.0 { 1.0 / all } else { 0.0 };
    let (mut sum, mut high, mut low) = (0.0, (0.0, 0), (0.0, 0));
    for (nth, place) in hits.enumerate() {
        let missed = (place - nth) as f64 * miss;
        if sum - missed < low.0 {
            low = (sum - missed, nth);
        }
        sum += if unit > 0.0 { weights[place] * unit } else { 1.0 / n_hits as f64 };
        if sum - missed > high.0 {
            high = (sum - missed, nth);
        }
    }
    if high.0 >= -low.0 { high } else { low }
}

/// Places of the bits that are set, rising.
fn set_bits(words: &[u64]) -> impl Iterator<Item = usize> + Clone {
    words.iter().enumerate().flat_map(|(at, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                64 * at + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets() -> TermSets {
        let own: [&[u32]; 8] = [&[0], &[0], &[0], &[], &[1], &[1], &[1], &[]];
        TermSets::new(&own, &[&[], &[]], 1..=9).expect("sound")
    }

    fn all(seed: u64, limit: usize) -> Vec<PrerankedTest> {
        let sets = sets();
        let scores = [8.0, 7.0, 0.5, 0.2, -0.4, -5.0, -6.0, 0.1];
        let mut work = Preranked::new(&sets, &scores, 200, seed).expect("fits");
        while !work.run(limit).expect("runs").is_done() {}
        work.finish().expect("done")
    }

    #[test]
    fn terms_gather_at_an_end_and_name_their_leading_edge_from_outside_in() {
        let tests = all(0, 7);
        let [up, down] =
            [0, 1].map(|term| tests.iter().find(|test| test.term == term).expect("tested"));
        // All three genes come first: the sum reaches 1 at the third.
        assert_eq!((up.score, &up.genes), (1.0, &vec![0, 1, 2]));
        assert_eq!((down.score, &down.genes), (-1.0, &vec![6, 5, 4]));
        assert!(up.normalized > 1.0 && down.normalized < -1.0);
        assert!(up.p < 0.2 && up.p > 0.0 && up.p_adjusted >= up.p);
    }

    #[test]
    fn a_p_too_small_to_be_counted_is_close_to_what_more_random_sets_count() {
        let own: Vec<Vec<u32>> = (0..400).map(|gene| vec![gene % 20]).collect();
        let own: Vec<&[u32]> = own.iter().map(Vec::as_slice).collect();
        let sets = TermSets::new(&own, &[&[][..]; 20], 5..=50).expect("sound");
        let mut rng = SplitMix64::new(9);
        let lift = |gene: usize| if gene % 20 < 6 { 0.2 * (gene % 20) as f64 } else { 0.0 };
        let scores: Vec<f64> = (0..400).map(|gene| rng.normal() + lift(gene)).collect();
        let ranked = |n: usize| {
            let mut work = Preranked::new(&sets, &scores, n, 5).expect("fits");
            while !work.run(1000).expect("runs").is_done() {}
            work.finish().expect("done")
        };
        let (few, many) = (ranked(300), ranked(60_000));
        let mut n_read = 0;
        for own in &many {
            let read = few.iter().find(|other| other.term == own.term).expect("tested");
            assert_eq!(read.score, own.score);
            // Fewer than 10 of some 150 sets of its sign: below .06 the tail is read.
            if own.p < 0.03 && own.p > 4e-4 {
                n_read += 1;
                assert!((0.3..4.0).contains(&(read.p / own.p)), "{read:?} {own:?}");
            }
            assert!(read.p > 0.0 && own.p > 0.0);
        }
        assert!(n_read > 0);
    }

    #[test]
    fn slices_of_any_length_lead_to_the_same_and_another_seed_to_another() {
        assert_eq!(all(3, 1), all(3, 1000));
        assert_ne!(all(3, 1), all(4, 1));
    }

    #[test]
    fn scores_without_weight_count_alike_and_what_does_not_fit_is_refused() {
        let sets = sets();
        let mut work = Preranked::new(&sets, &[0.0; 8], 20, 0).expect("fits");
        assert!(matches!(
            Preranked::new(&sets, &[0.0; 8], 20, 0).expect("fits").finish(),
            Err(AnalysisError::OutOfTurn { .. })
        ));
        while !work.run(3).expect("runs").is_done() {}
        let tests = work.finish().expect("done");
        assert!(tests.iter().all(|test| test.p.is_finite() && test.normalized.is_finite()));
        assert!(matches!(Preranked::new(&sets, &[1.0], 1, 0), Err(AnalysisError::Shape { .. })));
        let mut scores = [1.0; 8];
        scores[3] = f64::NAN;
        assert!(matches!(
            Preranked::new(&sets, &scores, 1, 0),
            Err(AnalysisError::NotFinite { row: 3, .. })
        ));
    }
}
