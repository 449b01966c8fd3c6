//! Genes that tell two sets of cells apart: Wilcoxon's rank-sum test on log1p-CP10k, streamed.
//!
//! The matrix lies by cells and the test goes by genes. [`MarkerTest`] counts how many values each gene
//! has in the two sets, then gathers a block of neighbouring genes at a time, of at most 16 MB, and
//! ranks them one by one. Zeros are counted, never written.

mod gather;
mod normal;
mod rank_sum;

use rank_sum::Tally;
pub(crate) use rank_sum::{RankSum, cube_less_self};

use crate::{AnalysisError, Progress, false_discovery::benjamini_hochberg, normalize::Normalized};
use gather::{Block, Cells};

const STEP: &str = "markers";
/// What scanpy adds to both sides of a fold change, in CP10k.
const PSEUDO_COUNT: f64 = 1e-9;

/// Whether equal values make the ranks' variance smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TieCorrection {
    /// The exact variance (scanpy: `tie_correct=True`). Most values of a gene are 0 and so tie: without
    /// it, genes that few cells express look less different than they are.
    #[default]
    Corrected,
    /// The variance as if no two values were equal (scanpy's default).
    None,
}

/// How one gene differs between two sets of cells, first against second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// Column of the gene.
    pub gene: u32,
    /// The rank sum of the first set as a z-score (scanpy: `scores`); above 0 where the first set is
    /// higher.
    pub score: f64,
    /// Two-sided p of the score, by the normal approximation; 0 where it is below the smallest number,
    /// so order by the score.
    pub p: f64,
    /// p after Benjamini and Hochberg, over all genes of the matrix.
    pub p_adjusted: f64,
    /// `log2((expm1(mean₁) + 1e-9) / (expm1(mean₂) + 1e-9))` of the means below (scanpy:
    /// `logfoldchanges`).
    pub log2_fold_change: f64,
    /// Mean of log1p-CP10k in each set.
    pub mean: [f64; 2],
    /// Share of each set's cells that express the gene (scanpy: `pts`).
    pub fraction: [f64; 2],
    /// The probability that a cell of the first set has more of the gene than one of the second, equal
    /// values counting half: the area under the ROC curve.
    pub auc: f64,
}

/// Wilcoxon's rank-sum test of every gene, to be driven with [`run`](Self::run).
///
/// Equals scanpy's `tl.rank_genes_groups(method="wilcoxon", pts=True)` on log1p-CP10k; the area under
/// the curve equals scikit-learn's `roc_auc_score`.
#[derive(Debug)]
pub struct MarkerTest<'a> {
    cells: Cells<'a>,
    ties: TieCorrection,
    genes: Vec<Moments>,
    block: Block,
    markers: Vec<Marker>,
    /// Values seen in each of the three passes: counted, gathered, ranked.
    done: usize,
}

/// What is known of a gene before its ranks.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    /// Values above 0, in both sets.
    stored: usize,
    /// Sums of log1p-CP10k in each set.
    sums: [f64; 2],
}

impl<'a> MarkerTest<'a> {
    /// Prepares the test of the first set of cells against the second.
    ///
    /// # Errors
    /// If a set has fewer than two cells, a cell lies outside the matrix, or one is named twice, in one
    /// set or in both.
    pub fn new(
        view: &'a Normalized<'a>,
        groups: [&[u32]; 2],
        ties: TieCorrection,
    ) -> Result<Self, AnalysisError> {
        let cells = Cells::new(view, groups)?;
        let genes = vec![Moments::default(); view.n_genes()];
        Ok(Self { cells, ties, genes, block: Block::default(), markers: Vec::new(), done: 0 })
    }

    /// Goes on for about `limit` stored values: a cell is read whole, and a gene is ranked whole. 100,000
    /// take some milliseconds.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let mut spent = 0;
        while spent < limit && !self.progress().is_done() {
            spent += if let Some(cell) = self.cells.next_to_count() {
                self.count(cell)
            } else if self.block.is_empty() {
                self.block.open(self.markers.len(), &self.genes)
            } else if let Some(cell) = self.cells.next_to_gather() {
                self.gather(cell)
            } else {
                self.rank()
            };
        }
        Ok(self.progress())
    }

    /// How many values were counted, gathered and ranked, beside the cells and genes themselves.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total = 3 * self.cells.n_values() + self.cells.len() + self.genes.len();
        Progress { done: self.done, total }
    }

    /// One for each gene of the matrix, in its order.
    ///
    /// # Errors
    /// If genes are left to test.
    pub fn finish(mut self) -> Result<Vec<Marker>, AnalysisError> {
        if !self.progress().is_done() {
            let message = "markers were asked for before all genes were tested";
            return Err(AnalysisError::OutOfTurn { step: STEP, message });
        }
        let p: Vec<f64> = self.markers.iter().map(|marker| marker.p).collect();
        for (marker, adjusted) in self.markers.iter_mut().zip(benjamini_hochberg(&p)) {
            marker.p_adjusted = adjusted;
        }
        Ok(self.markers)
    }

    /// Adds a cell to its set's moments.
    fn count(&mut self, at: usize) -> usize {
        let (cell, set) = self.cells.get(at);
        let mut read = 1;
        for (gene, value) in self.cells.view().row(cell) {
            let moments = &mut self.genes[gene as usize];
            moments.stored += 1;
            moments.sums[set] += f64::from(value);
            read += 1;
        }
        self.done += read;
        read
    }

    /// Copies what a cell has of the block's genes.
    fn gather(&mut self, at: usize) -> usize {
        let read = self.cells.copy(at, &mut self.block);
        self.done += read;
        // A cell without a value in the block has been looked at all the same.
        read + 1
    }

    /// Tests the block's next gene, and leaves the block after its last.
    fn rank(&mut self) -> usize {
        let gene = self.markers.len();
        let (moments, n) = (self.genes[gene], self.cells.n());
        let (tally, expressing) = tally(self.block.sorted(gene), n);
        let RankSum { score, p, auc } = tally.close(self.ties == TieCorrection::Corrected);
        let share = |set: usize, of: f64| of / n[set] as f64;
        let mean = [share(0, moments.sums[0]), share(1, moments.sums[1])];
        let unlogged = |mean: f64| mean.exp_m1() + PSEUDO_COUNT;
        self.markers.push(Marker {
            gene: gene as u32,
            score,
            p,
            p_adjusted: p,
            log2_fold_change: (unlogged(mean[0]) / unlogged(mean[1])).log2(),
            mean,
            fraction: [share(0, expressing[0] as f64), share(1, expressing[1] as f64)],
            auc,
        });
        if self.block.is_last(gene) {
            self.block.close();
            self.cells.rewind();
        }
        self.done += moments.stored + 1;
        moments.stored + 1
    }
}

/// Ranks the sorted keys of a gene above its zeros; also the cells of each set that express it.
fn tally(keys: &[u32], n: [usize; 2]) -> (Tally, [usize; 2]) {
    let of_second = |keys: &[u32]| keys.iter().filter(|key| *key & 1 == 1).count();
    let second = of_second(keys);
    let expressing = [keys.len() - second, second];
    let mut tally = Tally::default();
    tally.add([n[0] - expressing[0], n[1] - expressing[1]]);
    for tied in keys.chunk_by(|a, b| a >> 1 == b >> 1) {
        let second = of_second(tied);
        tally.add([tied.len() - second, second]);
    }
    (tally, expressing)
}
