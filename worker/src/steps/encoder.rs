//! Which encoder reads the texts: the page's own, a dropped model, or a dropped table in its place.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use lexicell_encoder::{
    CpuEncoder, EncoderError, GpuEncoder, Model, ModelFiles, Pooling, Precision, TokenBatch,
    TokenizerSource,
};
use lexicell_formats::{InputFile, VectorLoader, VectorTable};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{
    Backend, EmbedReport, FailureKind, Note, NoteLevel, Output, Step, VectorReport,
};
use sha2::{Digest, Sha256};
use web_sys::File;

use super::{announce, start};
use crate::assets;
use crate::failure::IntoFailure;
use crate::file_source::input_files;
use crate::session::{Encoder, GeneVectors, MappedGenes, Shared};
use crate::task::{Stop, Task};
use crate::transfer::now;

/// Values of a dropped table read between two looks at the clock.
const VALUES_PER_RUN: usize = 1 << 17;
/// Tokens that go through the CPU encoder together.
const CPU_TOKENS_PER_BATCH: usize = 1024;
/// Multiply-adds on the CPU between two looks at the clock.
const WORK_PER_RUN: u64 = 200_000_000;

/// What distinguishes an encoder.
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) hash: String,
    pub(crate) dim: usize,
}

/// The encoder's identity, known before its weights are fetched.
pub(crate) fn identity(task: &Task, session: &Shared, encoder: &Encoder) -> Result<Identity, Stop> {
    match encoder {
        Encoder::Dropped { name, model } => Ok(Identity {
            name: name.clone(),
            hash: model.hash.to_string(),
            dim: model.dimension(),
        }),
        Encoder::Table { name, hash, table } => {
            Ok(Identity { name: name.clone(), hash: hash.clone(), dim: table.dim })
        }
        Encoder::BuiltIn => {
            let session = session.borrow();
            let model = session.assets.models.first().ok_or_else(|| {
                task.failure(FailureKind::Asset, "This copy of the page was built without a model.")
            })?;
            Ok(Identity {
                name: model.name.clone(),
                hash: model.hash.clone(),
                dim: model.dim as usize,
            })
        }
    }
}

/// The model, fetched if it is the page's own and not in memory.
pub(crate) async fn model(
    task: &Task,
    session: &Shared,
    encoder: &Encoder,
) -> Result<Rc<Model>, Stop> {
    let model = match encoder {
        Encoder::Dropped { model, .. } => Rc::clone(model),
        _ => built_in(task, session).await?,
    };
    session.borrow_mut().compute.keep_model(Rc::clone(&model));
    Ok(model)
}

async fn built_in(task: &Task, session: &Shared) -> Result<Rc<Model>, Stop> {
    let asset = session.borrow().assets.models.first().cloned();
    let asset = asset.ok_or_else(|| {
        task.failure(FailureKind::Asset, "This copy of the page was built without a model.")
    })?;
    if let Some(model) = session.borrow().compute.model(&asset.hash) {
        return Ok(model);
    }
    let mut files = HashMap::new();
    for file in &asset.files {
        files.insert(file.role.clone(), assets::fetch(task, file).await?);
    }
    load(task, files)
}

/// Uses a dropped model folder from now on.
pub(crate) async fn open_model(
    task: &Task,
    session: &Shared,
    dropped: Vec<File>,
) -> Result<Output, Stop> {
    let mut files = HashMap::new();
    let inputs = input_files(dropped);
    for (at, file) in inputs.iter().enumerate() {
        task.tick("files", at as u64, inputs.len() as u64).await?;
        if is_part_of_a_model(&file.name) {
            files.insert(file.name.clone(), read_whole(task, file)?);
        }
    }
    let model = load(task, files)?;
    let name = format!("dropped model {}", &model.hash.to_string()[..8]);
    let config = &model.config;
    let report = VectorReport {
        name: name.clone(),
        hash: model.hash.to_string(),
        dim: model.dimension() as u64,
        size: format!(
            "{} layers, {} tokens at most",
            config.num_hidden_layers,
            model.tokenizer.max_tokens()
        ),
        notes: Vec::new(),
    };
    use_encoder(session, Encoder::Dropped { name, model });
    Ok(Output::Vectors(Box::new(report)))
}

/// Uses a dropped table of gene vectors from now on.
pub(crate) async fn open_vectors(
    task: &Task,
    session: &Shared,
    dropped: Vec<File>,
) -> Result<Output, Stop> {
    let files = input_files(dropped);
    let mut loader = VectorLoader::new(&files).map_err(|error| error.at(task.step))?;
    loop {
        let status = loader.run(VALUES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("values", status.done, status.total).await?;
        if status.finished {
            break;
        }
    }
    let table = loader.finish().map_err(|error| error.at(task.step))?;
    let name = files.first().map_or_else(String::new, |file| file.name.clone());
    let hash = assets::hex(&Sha256::digest(bytemuck::cast_slice::<f32, u8>(&table.data)));
    let notes = table
        .notes
        .iter()
        .map(|note| Note { level: NoteLevel::Info, text: note.text.clone() })
        .collect();
    let report = VectorReport {
        name: name.clone(),
        hash: hash.clone(),
        dim: table.dim as u64,
        size: format!("{} vectors", table.names.len()),
        notes,
    };
    let encoder = Encoder::Table { name, hash, table: Rc::new(table) };
    session.borrow_mut().dropped = Some(encoder.clone());
    use_encoder(session, encoder);
    Ok(Output::Vectors(Box::new(report)))
}

/// Goes back to the model that the page was built with.
pub(crate) fn use_built_in(session: &Shared) -> Output {
    use_encoder(session, Encoder::BuiltIn);
    Output::Done
}

fn use_encoder(session: &Shared, encoder: Encoder) {
    let lost = {
        let mut session = session.borrow_mut();
        session.encoder = encoder;
        session.invalidate(Step::MapGenes, None)
    };
    announce(lost);
}

/// The vectors of the data set's genes out of a dropped table, by symbol, name in the data set or id.
pub(crate) fn vectors_of_table(
    task: &Task,
    genes: &MappedGenes,
    name: &str,
    hash: &str,
    table: &VectorTable,
) -> Result<GeneVectors, Stop> {
    // The data set's own name comes first: a table may name genes that no bundle knows.
    let place_of_name: HashMap<&str, u32> =
        table.names.iter().enumerate().map(|(place, name)| (name.as_str(), place as u32)).collect();
    let mut place_of_gene: HashMap<usize, u32> = HashMap::new();
    for (place, name) in table.names.iter().enumerate() {
        if let Some(mapped) = genes.bundle.index.find_one(name) {
            place_of_gene.entry(mapped.gene).or_insert(place as u32);
        }
    }
    let place = |(name, mapped): (&String, &Option<lexicell_genes::Mapped>)| {
        let by_gene = || mapped.and_then(|mapped| place_of_gene.get(&mapped.gene));
        place_of_name.get(name.as_str()).or_else(by_gene).copied()
    };
    let rows: Vec<Option<u32>> =
        genes.mapping.names.iter().zip(&genes.mapping.genes).map(place).collect();
    let n_genes = rows.iter().flatten().count() as u64;
    if n_genes == 0 {
        let mut failure = task.failure(
            FailureKind::UnknownGenes,
            format!(
                "{name}: none of its {} names (such as {}) is a gene of this data set.",
                table.names.len(),
                table.names.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
            ),
        );
        failure.remedy = Some(
            "The table needs one row for each gene, named by symbol, Ensembl or Entrez id."
                .to_owned(),
        );
        return Err(failure.into());
    }
    let mut data = table.data.clone();
    lexicell_encoder::l2_normalize(&mut data, table.dim);
    let table_rows = DenseMatrix::try_new(table.names.len(), table.dim, data)
        .map_err(|error| task.failure(FailureKind::BrokenFile, format!("{name}: {error}")))?;
    let report = EmbedReport {
        encoder: name.to_owned(),
        encoder_hash: hash.to_owned(),
        dim: table.dim as u64,
        n_genes,
        n_from_table: n_genes,
        n_from_cache: 0,
        n_computed: 0,
        n_tokens: 0,
        backend: Backend::Cpu,
        n_truncated: 0,
        notes: Vec::new(),
    };
    Ok(GeneVectors { rows, table: Rc::new(table_rows), report })
}

/// Reads batches of tokens, on the GPU until it fails and then on the CPU from the same batch on.
pub(crate) struct Reader {
    gpu: Option<Rc<RefCell<GpuEncoder>>>,
}

impl Reader {
    /// Sets the encoders up. A GPU is used once its vector of a known text is the CPU's.
    pub(crate) async fn new(task: &Task, session: &Shared) -> Result<Self, Stop> {
        let (gpu, held, model, cpu) = {
            let mut session = session.borrow_mut();
            let compute = &mut session.compute;
            (compute.gpu(), compute.gpu_encoder(), compute.loaded_model(), compute.cpu_encoder())
        };
        if held.is_some() {
            return Ok(Self { gpu: held });
        }
        let (Some(gpu), Some(model), Some(cpu)) = (gpu, model, cpu) else {
            return Ok(Self { gpu: None });
        };
        task.tick("self-test of the encoder", 0, 1).await?;
        match tested(&gpu, &model, &cpu).await {
            Ok(encoder) => {
                let mut session = session.borrow_mut();
                session.compute.keep_gpu_encoder(encoder);
                Ok(Self { gpu: session.compute.gpu_encoder() })
            }
            Err(error) => {
                start::lose_gpu(session, &error.to_string());
                Ok(Self { gpu: None })
            }
        }
    }

    /// Tokens that should go through together.
    pub(crate) fn tokens_per_batch(&self) -> usize {
        self.gpu.as_ref().map_or(CPU_TOKENS_PER_BATCH, |gpu| gpu.borrow().tokens_per_batch())
    }

    /// What computes now.
    pub(crate) fn backend(&self, session: &Shared) -> Backend {
        if self.gpu.is_some() {
            session.borrow().compute.report.backend.clone()
        } else {
            Backend::Cpu
        }
    }

    /// The vectors of a batch, `[n_texts × d]`, not normalised; `done` counts tokens.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "steps run one at a time, and only a step borrows an encoder"
    )]
    pub(crate) async fn read(
        &mut self,
        task: &Task,
        session: &Shared,
        batch: &TokenBatch,
        pooling: Pooling,
        done: (u64, u64),
    ) -> Result<Vec<f32>, Stop> {
        if let Some(encoder) = self.gpu.clone() {
            match on_gpu(task, &mut encoder.borrow_mut(), batch, pooling, done).await {
                Ok(Ok(vectors)) => return Ok(vectors),
                Ok(Err(error)) => start::lose_gpu(session, &error.to_string()),
                Err(stop) => return Err(stop),
            }
            self.gpu = None;
        }
        let encoder = session.borrow_mut().compute.cpu_encoder();
        let encoder =
            encoder.ok_or_else(|| task.failure(FailureKind::Bug, "No encoder is set up."))?;
        on_cpu(task, &mut encoder.borrow_mut(), batch, pooling, done).await
    }
}

#[expect(
    clippy::await_holding_refcell_ref,
    reason = "steps run one at a time, and only a step borrows an encoder"
)]
async fn tested(
    gpu: &lexicell_kernels::Gpu,
    model: &Model,
    cpu: &RefCell<CpuEncoder>,
) -> Result<GpuEncoder, EncoderError> {
    let mut encoder = GpuEncoder::new(gpu, model, Precision::F32, seconds)?;
    encoder.self_test(&mut cpu.borrow_mut(), &model.tokenizer).await?;
    Ok(encoder)
}

fn seconds() -> f64 {
    now() / 1000.0
}

/// The outer error ends the step, the inner one is the GPU's.
async fn on_gpu(
    task: &Task,
    encoder: &mut GpuEncoder,
    batch: &TokenBatch,
    pooling: Pooling,
    (done, total): (u64, u64),
) -> Result<Result<Vec<f32>, EncoderError>, Stop> {
    let mut status = match encoder.begin(batch, pooling) {
        Ok(status) => status,
        Err(error) => return Ok(Err(error)),
    };
    while !status.is_finished() {
        status = match encoder.advance().await {
            Ok(status) => status,
            Err(error) => return Ok(Err(error)),
        };
        let share = status.work_done as f64 / status.work_total.max(1) as f64;
        task.tick("tokens", done + (share * batch.n_tokens() as f64) as u64, total).await?;
    }
    Ok(encoder.finish().await)
}

async fn on_cpu(
    task: &Task,
    encoder: &mut CpuEncoder,
    batch: &TokenBatch,
    pooling: Pooling,
    (done, total): (u64, u64),
) -> Result<Vec<f32>, Stop> {
    let mut status = encoder.begin(batch, pooling).map_err(|error| error.at(task.step))?;
    while !status.is_finished() {
        status = encoder.advance(WORK_PER_RUN).map_err(|error| error.at(task.step))?;
        let share = status.work_done as f64 / status.work_total.max(1) as f64;
        task.tick("tokens", done + (share * batch.n_tokens() as f64) as u64, total).await?;
    }
    encoder.finish().map_err(|error| error.at(task.step).into())
}

fn load(task: &Task, mut files: HashMap<String, Vec<u8>>) -> Result<Rc<Model>, Stop> {
    let lacking = |what: &str| {
        let mut failure =
            task.failure(FailureKind::Unsupported, format!("The model lacks {what}."));
        failure.remedy = Some("Drop the model's folder from Hugging Face: config.json, model.safetensors, and tokenizer.json or vocab.txt.".to_owned());
        failure
    };
    let weights = files.remove("model.safetensors").ok_or_else(|| lacking("model.safetensors"))?;
    let config = files.get("config.json").ok_or_else(|| lacking("config.json"))?;
    let tokenizer = match (files.get("tokenizer.json"), files.get("vocab.txt")) {
        (Some(json), _) => TokenizerSource::Json(json),
        (None, Some(vocabulary)) => TokenizerSource::Vocabulary(vocabulary),
        (None, None) => return Err(lacking("tokenizer.json or vocab.txt").into()),
    };
    let optional = |name: &str| files.get(name).map(Vec::as_slice);
    let model = Model::load(ModelFiles {
        config,
        weights,
        tokenizer,
        tokenizer_config: optional("tokenizer_config.json"),
        sentence_config: optional("sentence_bert_config.json"),
        pooling_config: optional("1_Pooling/config.json"),
    });
    model.map(Rc::new).map_err(|error| error.at(task.step).into())
}

fn is_part_of_a_model(name: &str) -> bool {
    matches!(
        name,
        "config.json"
            | "model.safetensors"
            | "tokenizer.json"
            | "vocab.txt"
            | "tokenizer_config.json"
            | "sentence_bert_config.json"
    )
}

fn read_whole(task: &Task, file: &InputFile) -> Result<Vec<u8>, Stop> {
    let len =
        u32::try_from(file.source.len()).ok().filter(|&len| len <= 1 << 30).ok_or_else(|| {
            task.failure(
                FailureKind::OutOfMemory,
                format!(
                    "{}: {} bytes are more than a browser page can hold.",
                    file.name,
                    file.source.len()
                ),
            )
        })?;
    let mut whole = vec![0; len as usize];
    file.source.read_at(0, &mut whole).map_err(|error| {
        task.failure(FailureKind::Unreadable, format!("{}: {error}", file.name))
    })?;
    Ok(whole)
}
