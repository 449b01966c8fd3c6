//! A transfer within the reference, on cells apart, with the truth known.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::rng::SplitMix64;
use lexicell_analysis::transfer::{Transferred, disjoint_halves, panel};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};
use lexicell_protocol::{PoolSettings, Rehearsed as Summary};

use super::super::pool;
use super::{text, vote};
use crate::failure::IntoFailure;
use crate::session::{Dataset, GeneVectors, PooledGenes};
use crate::task::{Stop, Task};

/// Most cells on each side.
const MOST_CELLS: usize = 2000;
/// Seed of the halves.
const SEED: u64 = 0;

/// What a transfer to a panel without a gene in common can be expected to reach: one half of the cells
/// told by the other, each as if only one half of the genes had been measured.
pub(crate) struct Rehearsal {
    /// Cells that vote.
    seen: DenseMatrix,
    classes: Vec<u32>,
    /// Cells that are told.
    asked: DenseMatrix,
    truth: Vec<u32>,
    /// With the neighbours that vote unless another number is asked for.
    pub(super) usual: Rehearsed,
}

/// What was told in a rehearsal.
#[derive(Clone, Default)]
pub(super) struct Rehearsed {
    pub(super) told: Transferred,
    pub(super) truth: Vec<u32>,
    pub(super) k: usize,
}

impl Rehearsal {
    /// Pools both halves and lets `k` neighbours vote.
    pub(super) async fn new(
        task: &Task,
        dataset: &Dataset,
        vectors: &GeneVectors,
        classes: &[u32],
        k: usize,
    ) -> Result<Self, Stop> {
        let halves = disjoint_halves(&vectors.rows, SEED);
        let [reference, query] = deal(classes);
        let of = |cells: &[usize]| cells.iter().map(|&cell| classes[cell]).collect::<Vec<_>>();
        // The half that votes is whitened as if the other were not there.
        let wanted = PoolSettings::default().gene_table;
        let whitening = pool::map_of_part(task, &vectors.table, &halves[0], wanted).await?;
        let [seen, asked] = halves.map(|rows| GeneVectors { rows, ..vectors.clone() });
        let seen = pool::mapped(task, &seen, whitening.as_ref()).await?;
        let asked = pool::mapped(task, &asked, whitening.as_ref()).await?;
        let mut rehearsal = Self {
            seen: half(task, dataset, &reference, &seen).await?,
            classes: of(&reference),
            asked: half(task, dataset, &query, &asked).await?,
            truth: of(&query),
            usual: Rehearsed::default(),
        };
        rehearsal.usual = rehearsal.told_by(task, k).await?;
        Ok(rehearsal)
    }

    /// The same with `k` neighbours.
    pub(super) async fn with(&self, task: &Task, k: usize) -> Result<Rehearsed, Stop> {
        if voters(k, self.classes.len()) == self.usual.k {
            return Ok(self.usual.clone());
        }
        self.told_by(task, k).await
    }

    pub(crate) fn bytes(&self) -> usize {
        self.seen.bytes() + self.asked.bytes() + size_of_val(&self.classes[..]) * 2
    }

    async fn told_by(&self, task: &Task, k: usize) -> Result<Rehearsed, Stop> {
        let k = voters(k, self.classes.len());
        let told = vote(task, &self.seen, &self.classes, self.asked.clone(), k).await?;
        Ok(Rehearsed { told, truth: self.truth.clone(), k })
    }
}

impl Rehearsed {
    pub(super) fn summary(&self) -> Summary {
        let n = self.truth.len();
        let share = |cells: usize| cells as f64 / n.max(1) as f64;
        let right = self.told.told.classes.iter().zip(&self.truth).filter(|(a, b)| a == b).count();
        let mut sorted = self.truth.clone();
        sorted.sort_unstable();
        let most = sorted.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
        Summary { n_obs: n as u64, k: self.k as u32, accuracy: share(right), majority: share(most) }
    }

    /// Whether it told the labels better than the most frequent class does.
    pub(super) fn is_better_than_majority(&self) -> bool {
        let summary = self.summary();
        summary.accuracy > summary.majority
    }
}

/// Labelled cells, dealt at random into those that vote and those that are told.
pub(super) fn deal(classes: &[u32]) -> [Vec<usize>; 2] {
    let mut cells: Vec<usize> =
        (0..classes.len()).filter(|&cell| classes[cell] != MISSING_CODE).collect();
    SplitMix64::new(SEED).shuffle(&mut cells);
    let half = (cells.len() / 2).min(MOST_CELLS);
    [cells[..half].to_vec(), cells[half..2 * half].to_vec()]
}

/// No more neighbours than there are cells to vote.
pub(super) fn voters(k: usize, n: usize) -> usize {
    k.min(n.max(1))
}

async fn half(
    task: &Task,
    dataset: &Dataset,
    cells: &[usize],
    genes: &PooledGenes,
) -> Result<DenseMatrix, Stop> {
    let (x, state) = panel(&dataset.adata.x, dataset.state, cells, &genes.rows)
        .map_err(|error| error.at(task.step))?;
    let normalized = Normalized::new(&x, state).map_err(|error| error.at(task.step))?;
    text::cells(task, &normalized, genes).await
}
