//! One truth for all that explains a difference: cells of two groups that differ in one programme of
//! genes, and cells that do not differ.
//!
//! The programme's genes must come first in attribution and among the markers, and the programme's term
//! in both tests of terms; where there is no difference, nothing may be found beyond the stated rate.

use lexicell_analysis::{
    attribution::{Attributed, Attribution, Permutations},
    enrichment::{Preranked, PrerankedTest, TermSets, TermTest, over_representation},
    gene_table::random_table,
    markers::{Marker, MarkerTest, TieCorrection},
    normalize::Normalized,
    pool::{PoolSettings, PoolWeights},
    rng::SplitMix64,
    state::MatrixState,
    unit,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

const GENES: usize = 200;
/// The programme: these genes of a term of their own.
const PROGRAM: std::ops::Range<usize> = 40..55;
const D: usize = 24;
const CELLS: u32 = 200;
/// Dispersion of the negative binomial: its variance is `mean + DISPERSION · mean²`.
const DISPERSION: f64 = 0.4;
const FDR: f64 = 0.05;
/// The programme's term, beside terms of genes drawn by chance.
const TERM: u32 = 0;
const TERMS: usize = 60;

struct Found {
    attributed: Attributed,
    markers: Vec<Marker>,
    over: Vec<TermTest>,
    ranked: Vec<PrerankedTest>,
}

/// Normal deviate squared and summed make a gamma only for half shapes; Marsaglia and Tsang (2000) for
/// any shape of 1 or more.
fn gamma(shape: f64, rng: &mut SplitMix64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = rng.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// A count of the negative binomial, as a Poisson count of a gamma rate.
fn negative_binomial(mean: f64, rng: &mut SplitMix64) -> u32 {
    let shape = 1.0 / DISPERSION;
    let rate = mean * gamma(shape, rng) / shape;
    let (limit, mut product, mut n) = ((-rate).exp(), rng.uniform(), 0);
    while product > limit {
        product *= rng.uniform();
        n += 1;
    }
    n
}

/// Counts of cells of which the first half expresses the programme that much more.
fn counts(seed: u64, fold: f64) -> CsrMatrix {
    let mut rng = SplitMix64::new(seed);
    let mut means: Vec<f64> = (0..GENES).map(|_| (0.6 * rng.normal()).exp()).collect();
    // A gene that hardly any cell expresses could be found by nobody.
    PROGRAM.for_each(|gene| means[gene] = means[gene].max(1.0));
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..CELLS {
        // Cells are sequenced more or less deeply.
        let depth = (0.2 * rng.normal()).exp();
        for (gene, mean) in means.iter().enumerate() {
            let own = if cell < CELLS / 2 && PROGRAM.contains(&gene) { fold } else { 1.0 };
            let count = negative_binomial(mean * depth * own, &mut rng);
            if count > 0 {
                indices.push(gene as u32);
                data.push(count as f32);
            }
        }
        indptr.push(indices.len());
    }
    CsrMatrix::try_new(CELLS as usize, GENES, indptr, indices, data).expect("a matrix")
}

/// Gene vectors: those of the programme are about one thing.
fn vectors(seed: u64) -> DenseMatrix {
    let mut table = random_table(seed ^ 0x7ab1e, GENES, D).expect("a table");
    let topic = random_table(seed ^ 0x70b1c, 1, D).expect("a topic");
    for gene in PROGRAM {
        table.row_mut(gene).iter_mut().zip(topic.row(0)).for_each(|(x, topic)| *x += 1.5 * topic);
    }
    unit::normalize_rows(&mut table);
    table
}

/// Terms of each gene: the programme's for its genes, and some drawn by chance for all.
fn terms(seed: u64) -> TermSets {
    let mut rng = SplitMix64::new(seed ^ 0x7e25);
    let own: Vec<Vec<u32>> = (0..GENES)
        .map(|gene| {
            let drawn = (0..3).map(|_| 1 + rng.below(TERMS - 1) as u32);
            let planted = PROGRAM.contains(&gene).then_some(TERM);
            let mut own: Vec<u32> = drawn.chain(planted).collect();
            own.sort_unstable();
            own.dedup();
            own
        })
        .collect();
    let own: Vec<&[u32]> = own.iter().map(Vec::as_slice).collect();
    TermSets::new(&own, &[&[][..]; TERMS], 5..=100).expect("sound")
}

fn explain(seed: u64, fold: f64) -> Found {
    let (counts, table, sets) = (counts(seed, fold), vectors(seed), terms(seed));
    let view = Normalized::new(&counts, MatrixState::RawCounts).expect("counts");
    let rows: Vec<Option<u32>> = (0..GENES as u32).map(Some).collect();
    let (first, second): (Vec<u32>, Vec<u32>) = (0..CELLS).partition(|&cell| cell < CELLS / 2);
    let groups = [&first[..], &second[..]];
    let settings = PoolSettings { top_n: Some(100), weights: PoolWeights::Rank };
    let chance = Permutations { n: 99, seed };
    let mut job = Attribution::new(&view, &rows, &table, settings, groups, chance).expect("valid");
    while !job.run(1).expect("runs").is_done() {}
    let attributed = job.finish().expect("done");
    let mut job = MarkerTest::new(&view, groups, TieCorrection::Corrected).expect("valid");
    while !job.run(1 << 16).expect("runs").is_done() {}
    let markers = job.finish().expect("done");
    let stands_out = |marker: &&Marker| marker.score > 0.0 && marker.p_adjusted <= FDR;
    let selected: Vec<u32> = markers.iter().filter(stands_out).map(|own| own.gene).collect();
    // As in the page: fewer than three genes cannot be asked about.
    let over = match selected.len() {
        0..3 => Vec::new(),
        _ => over_representation(&sets, &selected).expect("inside"),
    };
    let scores: Vec<f64> = markers.iter().map(|marker| marker.score).collect();
    let mut job = Preranked::new(&sets, &scores, 2_000, seed).expect("fits");
    while !job.run(500).expect("runs").is_done() {}
    Found { attributed, markers, over, ranked: job.finish().expect("done") }
}

#[test]
fn a_planted_programme_comes_first_in_all_that_explains() {
    for seed in 1..=3 {
        let found = explain(seed, 3.0);
        let n = PROGRAM.len();
        // Attribution: largest parts first.
        let mut genes = found.attributed.genes.clone();
        genes.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        let is_own = |gene: u32| PROGRAM.contains(&(gene as usize));
        let first = genes[..n].iter().filter(|gene| is_own(gene.gene)).count();
        assert!(genes[..8].iter().all(|gene| is_own(gene.gene)), "seed {seed}");
        assert!(first >= n - 3, "{first} of {n} in attribution, seed {seed}");
        assert!(genes[..8].iter().all(|gene| gene.value > 0.0 && gene.q < FDR));
        assert_eq!(found.attributed.separation.expect("asked for").p, 0.01);
        // Markers: the whole programme before any other gene.
        let mut markers = found.markers.clone();
        markers.sort_by(|a, b| b.score.total_cmp(&a.score));
        assert!(markers[..n].iter().all(|marker| is_own(marker.gene)), "seed {seed}");
        assert!(markers[..n].iter().all(|marker| marker.p_adjusted < 0.01));
        // Terms, by either test.
        assert_eq!((found.over[0].term, found.over[0].n_hits as usize), (TERM, n));
        assert!(found.over[0].p_adjusted < 1e-6);
        let best = &found.ranked[0];
        assert_eq!((best.term, best.score > 0.9), (TERM, true), "{best:?}");
        assert!(best.p_adjusted <= FDR && best.normalized > 1.5, "{best:?}");
        assert_eq!(best.genes.iter().filter(|gene| is_own(**gene)).count(), n);
    }
}

#[test]
fn where_nothing_differs_nothing_is_found() {
    let [mut attributed, mut separated, mut markers, mut over, mut ranked] = [0; 5];
    let mut p_markers = Vec::new();
    for seed in 0..20 {
        let found = explain(1000 + seed, 1.0);
        attributed += usize::from(found.attributed.genes.iter().any(|gene| gene.q <= FDR));
        let p = found.attributed.separation.expect("asked for").p;
        separated += usize::from(p <= FDR);
        markers += usize::from(found.markers.iter().any(|marker| marker.p_adjusted <= FDR));
        over += usize::from(found.over.iter().any(|test| test.p_adjusted <= FDR));
        ranked += usize::from(found.ranked.iter().any(|test| test.p_adjusted <= FDR));
        p_markers.extend(found.markers.iter().map(|marker| marker.p));
    }
    let all = [attributed, separated, markers, over, ranked];
    eprintln!("sets of 20 with a finding, at a rate of 5 %: {all:?}");
    // One is expected of each; more than 3 would be one chance in sixty.
    assert!(all.iter().all(|&n| n <= 3), "{all:?} of 20");
    let below = |limit: f64| p_markers.iter().filter(|p| **p < limit).count() as f64;
    for limit in [0.01, 0.05, 0.2] {
        let share = below(limit) / p_markers.len() as f64;
        assert!((0.6 * limit..1.4 * limit).contains(&share), "{limit}: {share}");
    }
}
