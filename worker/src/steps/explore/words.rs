//! Any words as vectors in the space of the cells.

use lexicell_encoder::{EmbedJob, l2_normalize};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::FailureKind;

use super::super::embed::pooling_of;
use super::super::encoder::{self, Reader};
use super::super::missing;
use crate::failure::IntoFailure;
use crate::session::{Encoder, Shared};
use crate::task::{Stop, Task};

/// Texts tokenised between two looks at the clock.
const TEXTS_PER_RUN: usize = 64;

/// The vectors of texts by the encoder in use, whitened as the genes' vectors are, `[n_texts × d]`.
pub(super) async fn vectors(
    task: &Task,
    session: &Shared,
    texts: Vec<String>,
) -> Result<DenseMatrix, Stop> {
    let (encoder, settings, pooled) = {
        let session = session.borrow();
        let pooled = session.pooled.clone().ok_or_else(|| missing(task, "The cells' vectors"))?;
        (session.encoder.clone(), session.used.embed.clone(), pooled)
    };
    if matches!(encoder, Encoder::Table { .. }) {
        let mut failure = task.failure(
            FailureKind::Unsupported,
            "The genes' vectors come from a dropped table: the encoder that could read words is not here.",
        );
        failure.remedy = Some("Go back to the built-in model (Descriptions).".to_owned());
        return Err(failure.into());
    }
    let raw = read(task, session, &encoder, texts, pooling_of(settings.pooling)).await?;
    match &pooled.whitening {
        Some(whitening) => {
            whitening.apply(&raw, 0, raw.n_rows()).map_err(|error| error.at(task.step).into())
        }
        None => Ok(raw),
    }
}

async fn read(
    task: &Task,
    session: &Shared,
    encoder: &Encoder,
    texts: Vec<String>,
    pooling: lexicell_encoder::Pooling,
) -> Result<DenseMatrix, Stop> {
    let model = encoder::model(task, session, encoder).await?;
    let d = model.dimension();
    let mut table = DenseMatrix::zeros(texts.len(), d);
    let mut reader = Reader::new(task, session).await?;
    let mut job = EmbedJob::new(texts, d, reader.tokens_per_batch());
    while job.tokenize(&model.tokenizer, TEXTS_PER_RUN).map_err(|error| error.at(task.step))? > 0 {
        task.breathe().await?;
    }
    while let Some(batch) = job.batch() {
        let (tokens, places) = (batch.tokens.clone(), batch.texts.to_vec());
        let done = job.progress();
        let counts = (done.tokens_done as u64, done.tokens_total as u64);
        let mut vectors = reader.read(task, session, &tokens, pooling, counts).await?;
        l2_normalize(&mut vectors, d);
        for (&place, vector) in places.iter().zip(vectors.chunks_exact(d)) {
            table.row_mut(place).copy_from_slice(vector);
        }
        job.accept(&vectors).map_err(|error| error.at(task.step))?;
    }
    Ok(table)
}
