//! Terms whose genes stand high or low in an order of all background genes.

use super::TermSets;
use crate::{
    AnalysisError,
    false_discovery::benjamini_hochberg,
    markers::{RankSum, cube_less_self},
};

/// Where the genes of one term stand among the others.
#[derive(Debug, Clone, PartialEq)]
pub struct RankTest {
    /// The term.
    pub term: u32,
    /// Background genes that have it.
    pub n_term: u32,
    /// The rank sum of its genes as a z-score, corrected for ties; above 0 where they score higher than
    /// the others.
    pub score: f64,
    /// Two-sided p of the score, by the normal approximation.
    pub p: f64,
    /// p after Benjamini and Hochberg, over all tested terms.
    pub p_adjusted: f64,
    /// The probability that a gene of the term scores higher than another gene, ties counting half.
    pub auc: f64,
    /// The term's genes on the side it leans to, outermost first: positions among the background genes
    /// whose rank lies beyond the middle.
    pub genes: Vec<u32>,
    /// The better term that this one repeats, after [`reduce_ranked`](super::reduce_ranked).
    pub under: Option<u32>,
}

/// Wilcoxon's rank-sum test, two-sided, of each term's genes against all other background genes, best
/// first.
///
/// Equals `scipy.stats.mannwhitneyu(method="asymptotic", use_continuity=False)`.
///
/// # Shapes
/// `scores`: one for each background gene; only their order counts.
///
/// # Errors
/// If there are not as many scores as background genes, or one is not finite.
pub fn by_rank(sets: &TermSets, scores: &[f64]) -> Result<Vec<RankTest>, AnalysisError> {
    let (expected, found) = (sets.n_background(), scores.len());
    if expected != found {
        let what = "scores of background genes";
        return Err(AnalysisError::Shape { what, expected, found });
    }
    if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
        let what = "scores of background genes";
        return Err(AnalysisError::NotFinite { what, row, column: 0 });
    }
    let order = Order::of(scores);
    let mut tests: Vec<RankTest> =
        sets.iter().map(|(term, genes)| order.test(term, genes)).collect();
    let p: Vec<f64> = tests.iter().map(|test| test.p).collect();
    for (test, adjusted) in tests.iter_mut().zip(benjamini_hochberg(&p)) {
        test.p_adjusted = adjusted;
    }
    tests.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
    Ok(tests)
}

/// The ranks of all background genes.
struct Order {
    /// Twice the rank of each gene, ties sharing the mean.
    twice: Vec<u64>,
    /// `Σ t³ − t` over runs of equal scores.
    ties: u128,
}

impl Order {
    fn of(scores: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let (mut twice, mut ties, mut below) = (vec![0; scores.len()], 0, 0);
        // Compared as numbers, so that 0 and -0 tie.
        for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
            let n = tied.len() as u64;
            tied.iter().for_each(|&gene| twice[gene] = 2 * below + n + 1);
            ties += cube_less_self(n);
            below += n;
        }
        Self { twice, ties }
    }

    fn test(&self, term: u32, genes: &[u32]) -> RankTest {
        let rank = |gene: u32| self.twice[gene as usize];
        let (n_all, n_term) = (self.twice.len() as u64, genes.len() as u64);
        let sum = genes.iter().map(|&gene| rank(gene)).sum();
        let RankSum { score, p, auc } = RankSum::of(sum, [n_term, n_all - n_term], self.ties);
        let beyond = |&gene: &u32| {
            let side = rank(gene).cmp(&(n_all + 1));
            (score > 0.0 && side.is_gt()) || (score < 0.0 && side.is_lt())
        };
        let mut genes: Vec<u32> = genes.iter().copied().filter(beyond).collect();
        let outermost = |gene| if score > 0.0 { u64::MAX - rank(gene) } else { rank(gene) };
        genes.sort_unstable_by_key(|&gene| (outermost(gene), gene));
        let n_term = n_term as u32;
        RankTest { term, n_term, score, p, p_adjusted: p, auc, genes, under: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_lean_to_a_side_and_name_their_genes_from_outside_in() {
        let own: [&[u32]; 8] = [&[0], &[0], &[0], &[0, 1], &[1], &[1], &[1], &[2]];
        let sets = TermSets::new(&own, &[&[], &[], &[]], 1..=9).expect("sound");
        let tests =
            by_rank(&sets, &[8.0, 7.0, 6.0, -0.0, 1.0, -2.0, 0.0, 0.5]).expect("one for each");
        assert_eq!((tests[0].term, tests[1].term, tests[2].term), (1, 0, 2));
        assert_eq!(tests[0].genes, [5, 3, 6]);
        assert_eq!((tests[0].score < 0.0, &tests[1].genes), (true, &vec![0, 1, 2]));
        assert!(tests[1].score > 0.0 && tests[1].auc > 0.5 && tests[1].p == tests[1].p.min(1.0));
        let flat = by_rank(&sets, &[1.0; 8]).expect("one for each");
        assert!(flat.iter().all(|test| test.p == 1.0 && test.genes.is_empty() && test.auc == 0.5));
    }

    #[test]
    fn scores_that_do_not_fit_are_refused() {
        let sets = TermSets::new(&[&[0], &[0]], &[&[]], 1..=9).expect("sound");
        assert!(matches!(by_rank(&sets, &[1.0]), Err(AnalysisError::Shape { expected: 2, .. })));
        assert!(matches!(
            by_rank(&sets, &[1.0, f64::NAN]),
            Err(AnalysisError::NotFinite { row: 1, .. })
        ));
        // A term that every gene has can be compared with nothing.
        assert_eq!(by_rank(&sets, &[1.0, 2.0]).expect("fits")[0].p, 1.0);
    }
}
