//! Embedding the mapped genes' descriptions: from the table that the page was built with, from an
//! earlier visit, and by BERT for the rest.

use std::collections::HashMap;
use std::rc::Rc;

use lexicell_encoder::{EmbedJob, Model, Pooling, l2_normalize};
use lexicell_genes::{Template, VectorTable};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{
    EmbedReport, EmbedSettings, Note, NoteLevel, Output, Step, TextTemplate, TokenPooling,
};

use super::encoder::{self, Reader};
use super::{announce, missing};
use crate::assets;
use crate::failure::IntoFailure;
use crate::session::{Encoder, GeneVectors, MappedGenes, Shared};
use crate::store::{self, StoreFile};
use crate::task::{Stop, Task};

/// Texts tokenised between two looks at the clock.
const TEXTS_PER_RUN: usize = 64;

/// The texts of the data set's genes, each once.
struct Texts {
    /// Text of each gene of the data set, where it is mapped.
    of_gene: Vec<Option<u32>>,
    texts: Vec<String>,
    hashes: Vec<u64>,
}

/// Gives every mapped gene a vector.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: EmbedSettings,
) -> Result<Output, Stop> {
    let genes = session.borrow().genes.clone().ok_or_else(|| missing(task, "The mapped genes"))?;
    let encoder = session.borrow().encoder.clone();
    let vectors = match &encoder {
        Encoder::Table { name, hash, table } => {
            encoder::vectors_of_table(task, &genes, name, hash, table)?
        }
        Encoder::BuiltIn | Encoder::Dropped { .. } => {
            by_model(task, session, &genes, &encoder, &settings).await?
        }
    };
    let output = Output::Embedded(Box::new(vectors.report.clone()));
    let lost = {
        let mut session = session.borrow_mut();
        session.vectors = Some(Rc::new(vectors));
        session.used.embed = settings;
        session.invalidate(Step::EmbedGenes, None)
    };
    announce(lost);
    Ok(output)
}

/// Vectors of the genes' texts by a model, out of the store where they are kept.
pub(super) async fn by_model(
    task: &Task,
    session: &Shared,
    genes: &MappedGenes,
    encoder: &Encoder,
    settings: &EmbedSettings,
) -> Result<GeneVectors, Stop> {
    let template = template_of(settings.template);
    let texts = collect(genes, &template);
    let identity = encoder::identity(task, session, encoder)?;
    let pooling = pooling_of(settings.pooling);
    let mut table = DenseMatrix::zeros(texts.texts.len(), identity.dim);
    let mut found = vec![false; texts.texts.len()];
    let mut notes = Vec::new();
    let mut n_from_table = 0;
    if settings.use_precomputed
        && let Some(precomputed) =
            precomputed(task, session, genes, &identity.hash, &template, settings.pooling).await?
    {
        n_from_table = take(&texts.hashes, &mut found, |hash, row| {
            precomputed.copy_into(hash, table.row_mut(row))
        });
    }
    let mut kept = open_store(session, &identity.hash, settings, identity.dim, &mut notes).await;
    let mut n_from_cache = 0;
    if let (true, Some(kept)) = (settings.use_precomputed, &kept) {
        n_from_cache =
            take(&texts.hashes, &mut found, |hash, row| kept.get(hash, table.row_mut(row)));
    }
    let missing: Vec<usize> = (0..texts.texts.len()).filter(|&at| !found[at]).collect();
    let mut report = EmbedReport {
        encoder: identity.name,
        encoder_hash: identity.hash,
        dim: identity.dim as u64,
        n_genes: texts.of_gene.iter().flatten().count() as u64,
        n_from_table,
        n_from_cache,
        n_computed: missing.len() as u64,
        n_tokens: 0,
        backend: session.borrow().compute.report.backend.clone(),
        n_truncated: 0,
        notes,
    };
    if !missing.is_empty() {
        let model = encoder::model(task, session, encoder).await?;
        compute(
            task,
            session,
            &model,
            pooling,
            &texts,
            &missing,
            &mut table,
            &mut kept,
            &mut report,
        )
        .await?;
    }
    Ok(GeneVectors { rows: texts.of_gene, table: Rc::new(table), report })
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one step; a struct for a single caller would only rename them"
)]
async fn compute(
    task: &Task,
    session: &Shared,
    model: &Rc<Model>,
    pooling: Pooling,
    texts: &Texts,
    missing: &[usize],
    table: &mut DenseMatrix,
    kept: &mut Option<StoreFile>,
    report: &mut EmbedReport,
) -> Result<(), Stop> {
    let wanted: Vec<String> = missing.iter().map(|&at| texts.texts[at].clone()).collect();
    let mut reader = Reader::new(task, session).await?;
    let mut job = EmbedJob::new(wanted, model.dimension(), reader.tokens_per_batch());
    loop {
        let left =
            job.tokenize(&model.tokenizer, TEXTS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("texts tokenised", (missing.len() - left) as u64, missing.len() as u64).await?;
        if left == 0 {
            break;
        }
    }
    report.n_tokens = job.progress().tokens_total as u64;
    while let Some(batch) = job.batch() {
        let (tokens, places) = (batch.tokens.clone(), batch.texts.to_vec());
        let done = job.progress();
        let mut vectors = reader
            .read(
                task,
                session,
                &tokens,
                pooling,
                (done.tokens_done as u64, done.tokens_total as u64),
            )
            .await?;
        l2_normalize(&mut vectors, model.dimension());
        let hashes: Vec<u64> = places.iter().map(|&place| texts.hashes[missing[place]]).collect();
        for (&place, vector) in places.iter().zip(vectors.chunks_exact(model.dimension())) {
            table.row_mut(missing[place]).copy_from_slice(vector);
        }
        keep(kept, &hashes, &vectors, report);
        job.accept(&vectors).map_err(|error| error.at(task.step))?;
    }
    report.backend = reader.backend(session);
    Ok(())
}

/// Keeps vectors for the next visit; a full disk is noted once and costs nothing else.
fn keep(kept: &mut Option<StoreFile>, hashes: &[u64], vectors: &[f32], report: &mut EmbedReport) {
    let result = kept.as_mut().map_or(Ok(()), |kept| kept.append(hashes, vectors));
    if let Err(reason) = result {
        *kept = None;
        report.notes.push(not_kept(&reason));
    }
}

fn not_kept(reason: &str) -> Note {
    Note {
        level: NoteLevel::Info,
        text: format!("Vectors are not kept for the next visit: {reason}."),
    }
}

fn collect(genes: &MappedGenes, template: &Template) -> Texts {
    let mut texts = Texts {
        of_gene: Vec::with_capacity(genes.mapping.genes.len()),
        texts: Vec::new(),
        hashes: Vec::new(),
    };
    let mut places: HashMap<u64, u32> = HashMap::new();
    for mapped in &genes.mapping.genes {
        let text = mapped.and_then(|mapped| genes.bundle.bundle.gene_text(mapped.gene, template));
        texts.of_gene.push(text.map(|text| {
            *places.entry(text.hash).or_insert_with(|| {
                texts.texts.push(text.text);
                texts.hashes.push(text.hash);
                texts.texts.len() as u32 - 1
            })
        }));
    }
    texts
}

/// Takes what a source has; returns how many vectors that were.
fn take(hashes: &[u64], found: &mut [bool], mut copy: impl FnMut(u64, usize) -> bool) -> u64 {
    let mut n_taken = 0;
    for (row, (&hash, found)) in hashes.iter().zip(found).enumerate() {
        if !*found && copy(hash, row) {
            *found = true;
            n_taken += 1;
        }
    }
    n_taken
}

/// The table that the page was built with, if it is of this model, template and pooling.
async fn precomputed(
    task: &Task,
    session: &Shared,
    genes: &MappedGenes,
    model_hash: &str,
    template: &Template,
    pooling: TokenPooling,
) -> Result<Option<VectorTable>, Stop> {
    let species = genes.bundle.bundle.species().key();
    let template = format!("{:016x}", template.hash());
    let pooling = pooling_key(pooling);
    let fits = |table: &&lexicell_protocol::VectorTableAsset| {
        table.model_hash == model_hash
            && table.species == species
            && table.template_hash == template
            && table.pooling.starts_with(pooling)
    };
    let asset = session.borrow().assets.vector_tables.iter().find(fits).cloned();
    let Some(asset) = asset else { return Ok(None) };
    let bytes = assets::fetch(task, &asset.file).await?;
    let table = VectorTable::decode(&bytes).map_err(|error| {
        task.failure(
            lexicell_protocol::FailureKind::Asset,
            format!(
                "The page's table of gene vectors ({}) cannot be read: {error}",
                asset.file.file
            ),
        )
    })?;
    Ok(Some(table))
}

async fn open_store(
    session: &Shared,
    hash: &str,
    settings: &EmbedSettings,
    dim: usize,
    notes: &mut Vec<Note>,
) -> Option<StoreFile> {
    let folder = session.borrow().store.clone();
    let opened = match folder {
        Ok(folder) => folder.file(&store::key(hash, pooling_key(settings.pooling)), dim).await,
        Err(reason) => Err(reason),
    };
    opened.map_err(|reason| notes.push(not_kept(&reason))).ok()
}

/// The template that a setting names.
pub(crate) fn template_of(template: TextTemplate) -> Template {
    match template {
        TextTemplate::Name => Template::NAME,
        TextTemplate::Summary => Template::NAME_SUMMARY,
        TextTemplate::SummaryAndGo => Template::NAME_SUMMARY_GO,
    }
}

/// The pooling of tokens that a setting names.
pub(crate) fn pooling_of(pooling: TokenPooling) -> Pooling {
    match pooling {
        TokenPooling::Mean => Pooling::Mean,
        TokenPooling::Cls => Pooling::Cls,
    }
}

fn pooling_key(pooling: TokenPooling) -> &'static str {
    match pooling {
        TokenPooling::Mean => "mean",
        TokenPooling::Cls => "cls",
    }
}
