use super::{
    TrainOptions,
    inputs::{Inputs, Rows},
    network::{Keys, Loss, Losses, Network},
    split::Partition,
    stream::{Purpose, stream},
};
use crate::{AnalysisError, Progress, centering::Centering};

/// The loss of the cells kept aside, chunk by chunk.
///
/// A validation cell is compared with fitted cells, a sample balanced by class that stays the same for
/// the whole training: so a class with one validation cell is judged too. NT-Xent compares the views of
/// a chunk with each other. Views are made once.
#[derive(Debug, Clone)]
pub(super) struct Validation {
    chunks: Vec<Vec<usize>>,
    keys: Vec<usize>,
    seed: u64,
    chunk_rows: Vec<Option<Rows>>,
    key_rows: Option<Rows>,
    /// The keys as the head of this epoch refines them.
    pub(super) refined_keys: Option<Keys<f32>>,
    /// The chunk that is next.
    pub(super) next: usize,
    /// The losses of the chunks before it.
    pub(super) sums: Losses,
}

impl Validation {
    pub(super) fn new(partition: &Partition, options: &TrainOptions) -> Self {
        let Aside { chunks, keys } = aside(partition, options);
        let chunk_rows = vec![None; chunks.len()];
        let (next, sums) = (0, Losses::default());
        Self {
            chunks,
            keys,
            seed: options.seed,
            chunk_rows,
            key_rows: None,
            refined_keys: None,
            next,
            sums,
        }
    }

    /// Chunks done and in all: none where no cell is kept aside.
    pub(super) fn progress(&self) -> Progress {
        Progress { done: self.next, total: self.chunks.len() }
    }

    /// Does one chunk.
    pub(super) fn step(
        &mut self,
        inputs: &Inputs<'_>,
        fitted: (&Centering, &[u32]),
        network: &mut Network<f32>,
        loss: Loss,
    ) -> Result<(), AnalysisError> {
        if let Some(rows) = self.unrefined_keys(inputs, fitted)? {
            let (rows, classes) = (network.refine(&rows.inputs).to_vec(), rows.classes.clone());
            self.refined_keys = Some(Keys { rows, classes });
        }
        let keys = self.refined_keys.take();
        let losses = network.losses(loss, &self.rows(inputs, fitted)?.batch(), keys.as_ref());
        self.refined_keys = keys;
        self.judged(&losses, inputs);
        Ok(())
    }

    /// The fitted cells that chunks are compared with, where the head of this epoch has still to refine
    /// them.
    pub(super) fn unrefined_keys(
        &mut self,
        inputs: &Inputs<'_>,
        fitted: (&Centering, &[u32]),
    ) -> Result<Option<&Rows>, AnalysisError> {
        if self.keys.is_empty() || self.refined_keys.is_some() {
            return Ok(None);
        }
        gather(self.seed, &self.keys, &mut self.key_rows, inputs, fitted).map(Some)
    }

    /// The cells of the next chunk.
    pub(super) fn rows(
        &mut self,
        inputs: &Inputs<'_>,
        fitted: (&Centering, &[u32]),
    ) -> Result<&Rows, AnalysisError> {
        gather(self.seed, &self.chunks[self.next], &mut self.chunk_rows[self.next], inputs, fitted)
    }

    /// Moves on by a chunk, whose losses these are.
    pub(super) fn judged(&mut self, losses: &Losses, inputs: &Inputs<'_>) {
        self.sums.add(losses);
        if inputs.views.is_none() {
            self.chunk_rows[self.next] = None; // Views cost more than memory, cells do not.
        }
        self.next += 1;
    }

    /// Puts the work before a chunk, with the losses of those before it.
    pub(super) fn go_to(&mut self, chunk: usize, sums: Losses) {
        (self.next, self.sums, self.refined_keys) = (chunk, sums, None);
    }

    /// The losses of all chunks, to start again.
    pub(super) fn take(&mut self) -> Losses {
        self.next = 0;
        self.refined_keys = None;
        std::mem::take(&mut self.sums)
    }
}

/// The cells kept aside, dealt into chunks, and the fitted cells that they are compared with.
#[derive(Debug, Clone)]
pub(super) struct Aside {
    pub(super) chunks: Vec<Vec<usize>>,
    pub(super) keys: Vec<usize>,
}

/// Deals the cells kept aside into chunks.
pub(super) fn aside(partition: &Partition, options: &TrainOptions) -> Aside {
    let mut rng = stream(options.seed, Purpose::Validation, 0);
    let mut cells = partition.validation.clone();
    rng.shuffle(&mut cells);
    let n_chunks = cells.len().div_ceil(options.batch_size);
    // Chunks of like size: NT-Xent grows with the number of negatives.
    let place = |chunk: usize| chunk * cells.len() / n_chunks.max(1);
    let chunks: Vec<Vec<usize>> =
        (0..n_chunks).map(|chunk| cells[place(chunk)..place(chunk + 1)].to_vec()).collect();
    let keys = if options.objective.needs_labels() && n_chunks > 0 {
        let n_keys = options.batch_size.max(2 * partition.n_classes);
        balanced_sample(partition, n_keys, |cells| rng.shuffle(cells))
    } else {
        Vec::new()
    };
    Aside { chunks, keys }
}

/// The rows of cells, gathered the first time.
fn gather<'a>(
    seed: u64,
    cells: &[usize],
    kept: &'a mut Option<Rows>,
    inputs: &Inputs<'_>,
    fitted: (&Centering, &[u32]),
) -> Result<&'a Rows, AnalysisError> {
    let mut rows = kept.take().unwrap_or_default();
    if rows.classes.is_empty() {
        // The same numbers for keys and chunks: both are seen on the same halves of the genes.
        let mut rng = stream(seed, Purpose::ValidationViews, 0);
        inputs.gather(cells, fitted, &mut rng, &mut rows)?;
    }
    Ok(kept.insert(rows))
}

/// Up to `n` labelled fitted cells, class after class in turn.
fn balanced_sample(
    partition: &Partition,
    n: usize,
    mut shuffle: impl FnMut(&mut [usize]),
) -> Vec<usize> {
    let mut classes = vec![Vec::new(); partition.n_classes];
    for &cell in &partition.fitted {
        if let Some(class) = classes.get_mut(partition.class_of[cell] as usize) {
            class.push(cell);
        }
    }
    classes.iter_mut().for_each(|cells| shuffle(cells));
    let longest = classes.iter().map(Vec::len).max().unwrap_or(0);
    let turns =
        (0..longest).flat_map(|turn| classes.iter().filter_map(move |cells| cells.get(turn)));
    turns.take(n).copied().collect()
}
