//! Vectors of a model that runs on this machine.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use lexicell_encoder::{CpuEncoder, EncoderError, Model, Pooling, TokenBatch, plan_batches};

use super::{Encoder, Text, VectorStore};
use crate::{
    AssetError, Result,
    fetch::Fetcher,
    store::{sha256, write_whole},
};

/// Texts that are looked at together: sorted by length inside, done in order of usefulness outside.
const CHUNK: usize = 1_024;
/// A batch that fits the caches of one core.
const TOKENS_PER_BATCH: usize = 1_024;

/// How an embedding run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Done {
    /// Texts embedded in this run.
    pub embedded: usize,
    /// Texts that were there before.
    pub kept: usize,
    /// Texts that the budget did not reach.
    pub left: usize,
    /// Tokens embedded in this run.
    pub tokens: usize,
    /// Seconds of this run.
    pub seconds: f64,
}

/// Who computes the vectors of a model with the pooling that its folder asks for.
#[must_use]
pub fn encoder_of(id: &str, model: &Model) -> Encoder {
    let pooling = match model.pooling {
        Pooling::Cls => "cls",
        _ => "mean",
    };
    Encoder { model: id.to_owned(), hash: model.hash.to_string(), pooling: pooling.to_owned() }
}

/// Where the vectors of a model are kept between runs.
#[must_use]
pub fn store_path(fetcher: &Fetcher, encoder: &Encoder) -> PathBuf {
    let hash: String = encoder.hash.chars().take(16).collect();
    fetcher.cache().join("vectors").join(format!("{hash}-{}.bin", encoder.pooling))
}

/// What is left of a budget for these texts after earlier runs: a second build does not start anew.
///
/// # Errors
/// A file that cannot be read.
pub fn budget_left(store: &Path, texts: &[Text], budget: Duration) -> Result<Duration> {
    let path = spent_path(store, texts);
    if !path.is_file() {
        return Ok(budget);
    }
    let text = std::fs::read_to_string(&path).map_err(AssetError::file(&path))?;
    let spent =
        text.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(budget.saturating_sub(spent.unwrap_or_default()))
}

/// Remembers what a run has spent on these texts, on top of earlier ones.
///
/// # Errors
/// A file that cannot be written.
pub fn note_spent(store: &Path, texts: &[Text], seconds: f64) -> Result<()> {
    let path = spent_path(store, texts);
    let before: f64 = std::fs::read_to_string(&path)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0.0);
    write_whole(&path, format!("{}\n", before + seconds).as_bytes())
}

fn spent_path(store: &Path, texts: &[Text]) -> PathBuf {
    let all: Vec<u8> = texts.iter().flat_map(|text| text.hash.to_le_bytes()).collect();
    store.with_extension(format!("{}.spent", &sha256(&all)[..16]))
}

/// Embeds the texts that the store does not hold, in order, for at most `budget`.
///
/// The first `must` texts are embedded whatever it takes.
///
/// # Errors
/// A text that cannot be tokenized, or a store that cannot be written.
pub fn embed(
    model: &Model,
    texts: &[Text],
    store: &mut VectorStore,
    must: usize,
    budget: Duration,
) -> Result<Done> {
    let start = Instant::now();
    let todo: Vec<(usize, &Text)> =
        texts.iter().enumerate().filter(|(_, text)| !store.contains(text.hash)).collect();
    let mut done = Done {
        embedded: 0,
        kept: texts.len() - todo.len(),
        left: todo.len(),
        tokens: 0,
        seconds: 0.0,
    };
    let failed = |source| AssetError::Encoder { model: "vectors".to_owned(), source };
    let encoder = CpuEncoder::new(model).map_err(failed)?;
    let mut said = start;
    for chunk in todo.chunks(CHUNK) {
        let required = chunk.first().is_some_and(|(place, _)| *place < must);
        let deadline = if required { None } else { Some(start + budget) };
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        let mut ids = Vec::with_capacity(chunk.len());
        for (_, text) in chunk {
            ids.push(model.tokenizer.encode(&text.text).map_err(failed)?);
        }
        let lengths: Vec<usize> = ids.iter().map(Vec::len).collect();
        let plan = plan_batches(&lengths, TOKENS_PER_BATCH);
        run_batches(&encoder, model.pooling, &ids, &plan, deadline, |batch, vectors| {
            let rows: Vec<(u64, &[f32])> = batch
                .iter()
                .zip(vectors.chunks_exact(store.dim()))
                .map(|(&i, row)| (chunk[i].1.hash, row))
                .collect();
            store.append(&rows)?;
            done.embedded += batch.len();
            done.left -= batch.len();
            done.tokens += batch.iter().map(|&i| lengths[i]).sum::<usize>();
            if said.elapsed() > Duration::from_secs(5) {
                said = Instant::now();
                let rate = done.tokens as f64 / start.elapsed().as_secs_f64();
                eprintln!(
                    "    {} of {} texts, {rate:.0} tokens/s",
                    done.kept + done.embedded,
                    texts.len()
                );
            }
            Ok(())
        })?;
    }
    done.seconds = start.elapsed().as_secs_f64();
    Ok(done)
}

/// Runs batches on all cores; `take` sees each result on this thread, in the order of completion.
fn run_batches(
    encoder: &CpuEncoder,
    pooling: Pooling,
    ids: &[Vec<u32>],
    plan: &[Vec<usize>],
    deadline: Option<Instant>,
    mut take: impl FnMut(&[usize], &[f32]) -> Result<()>,
) -> Result<()> {
    let queue = Mutex::new(plan.iter());
    let stop = AtomicBool::new(false);
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(plan.len().max(1));
    std::thread::scope(|scope| {
        let (send, receive) =
            mpsc::channel::<(&[usize], std::result::Result<Vec<f32>, EncoderError>)>();
        for _ in 0..threads {
            let (send, queue, stop) = (send.clone(), &queue, &stop);
            let mut encoder = encoder.clone();
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed)
                    && deadline.is_none_or(|deadline| Instant::now() < deadline)
                {
                    let Some(batch) = queue.lock().ok().and_then(|mut queue| queue.next()) else {
                        break;
                    };
                    let texts: Vec<&[u32]> = batch.iter().map(|&i| ids[i].as_slice()).collect();
                    let vectors = encoder.encode(&TokenBatch::pack(&texts), pooling);
                    if send.send((batch, vectors)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut outcome = Ok(());
        for (batch, vectors) in receive {
            let taken = vectors
                .map_err(|source| AssetError::Encoder { model: "vectors".to_owned(), source })
                .and_then(|vectors| take(batch, &vectors));
            if let Err(error) = taken {
                stop.store(true, Ordering::Relaxed);
                outcome = Err(error);
                break;
            }
        }
        outcome
    })
}
