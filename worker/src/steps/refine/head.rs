//! A trained head: saved with all that applying it takes, and applied to other cells.

use std::rc::Rc;

use lexicell_analysis::contrastive::head_file::{self, HeadFile};
use lexicell_analysis::contrastive::{Classifier, Refiner, joint};
use lexicell_matrix::{Categorical, DenseMatrix, MISSING_CODE};
use lexicell_protocol::{
    ApplyReport, FailureKind, GeneTable, HeadReport, Note, NoteLevel, Output, PcaSettings,
    PoolSettings, RefineReport, RefineSettings, View,
};
use serde::{Deserialize, Serialize};
use web_sys::File;

use super::super::{free_column, gene_table, missing, pool, rows_of};
use super::inputs::Inputs;
use super::{Learnt, Trained};
use crate::failure::IntoFailure;
use crate::file_source::input_files;
use crate::map;
use crate::session::{Dataset, GeneVectors, Learned, SavedHead, Shared, Told};
use crate::task::{Stop, Task};

/// What the file says of itself, so that other safetensors are not taken for it.
const KIND: &str = "lexicell-head";
/// What the file of a joint view says of itself.
const JOINT_KIND: &str = "lexicell-joint-view";
/// Largest file that is read as a head: a head has some hundred thousand weights.
const MOST_BYTES: u64 = 256 << 20;
/// Cells told between two looks at the clock.
const CELLS_PER_RUN: usize = 256;
/// The column of `obs` that holds what was told.
const COLUMN: &str = "told_label";
/// The class of cells that are like none of those known.
const NONE: &str = "none of these";

/// The metadata of the file.
#[derive(Serialize, Deserialize)]
struct About {
    kind: String,
    version: String,
    settings: RefineSettings,
    pooling: PoolSettings,
    /// How the components of a joint view were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pca: Option<PcaSettings>,
    gene_table: String,
    trained_on: String,
    n_train: u64,
    classes: Vec<String>,
}

/// What a training that has just ended leaves as a file; a head is ready to be applied, too.
pub(super) fn saved(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    trained: Trained,
    embedding: &DenseMatrix,
    report: &RefineReport,
) -> Result<SavedHead, Stop> {
    let is_joint = matches!(trained.learnt, Learnt::Joint(_));
    let about = About {
        kind: if is_joint { JOINT_KIND } else { KIND }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: report.settings.clone(),
        pooling: inputs.pooling.clone(),
        pca: inputs.expression.as_ref().map(|(_, settings)| settings.clone()),
        gene_table: gene_table(&session.borrow(), &inputs.vectors),
        trained_on: inputs.dataset.report.files.join(", "),
        n_train: report.n_train,
        classes: inputs.class_names.clone(),
    };
    let json = serde_json::to_string(&about)
        .map_err(|error| task.failure(FailureKind::Bug, error.to_string()))?;
    let classifier = match &inputs.classes {
        Some(classes) if !is_joint => Some(classifier(task, embedding, classes, &trained)?),
        _ => None,
    };
    let (bytes, learned) = match trained.learnt {
        Learnt::Joint(space) => (joint::file::write(&space, &json), Learned::Joint),
        Learnt::Head(refiner) => {
            let whitening = inputs.genes.whitening.as_deref().cloned();
            let file = HeadFile { refiner, classifier, whitening, description: json };
            let bytes = head_file::write(&file);
            let HeadFile { refiner, classifier, .. } = file;
            (bytes, Learned::Head { refiner, classifier })
        }
    };
    let name = if is_joint { "the joint view just trained" } else { "the head just trained" };
    let report = head_report(&about, name, inputs.embedding.n_cols(), true);
    let About { pooling, gene_table, .. } = about;
    let whitening = inputs.genes.whitening.clone();
    Ok(SavedHead { bytes, report, pooling, whitening, gene_table, learned })
}

/// Reads a head that was saved.
pub(crate) fn open(task: &Task, session: &Shared, files: Vec<File>) -> Result<Output, Stop> {
    let files = input_files(files);
    let [file] = &files[..] else {
        let message = format!("Expected one saved head, found {} files.", files.len());
        return Err(task.failure(FailureKind::UnknownFormat, message).into());
    };
    let not_a_head = |found: String| {
        let mut failure = task.failure(
            FailureKind::UnknownFormat,
            format!(
                "{}: expected a head saved by Lexicell (safetensors), found {found}.",
                file.name
            ),
        );
        failure.remedy = Some(
            "Train a head on a labelled data set (Refine), save it, and choose that file."
                .to_owned(),
        );
        Stop::Failed(failure)
    };
    if file.source.len() > MOST_BYTES {
        return Err(not_a_head(format!("{} bytes", file.source.len())));
    }
    let mut bytes = vec![0; file.source.len() as usize];
    file.source.read_at(0, &mut bytes).map_err(|error| {
        task.failure(FailureKind::Unreadable, format!("{}: {error}", file.name))
    })?;
    let head = match head_file::read(&bytes) {
        Ok(head) => head,
        Err(_) if joint::file::read(&bytes).is_ok() => {
            let text = format!(
                "{}: this is a joint view of text and expression, which places no cells but those that it was trained on: it needs the same genes and principal components.",
                file.name
            );
            return Err(task.failure(FailureKind::Unsupported, text).into());
        }
        Err(error) => return Err(not_a_head(error.to_string())),
    };
    let about: About = serde_json::from_str(&head.description)
        .map_err(|error| not_a_head(format!("other metadata ({error})")))?;
    if about.kind != KIND {
        return Err(not_a_head(format!("a file of kind {:?}", about.kind)));
    }
    if let Some(classifier) = &head.classifier
        && classifier.centroids.n_rows() > about.classes.len()
    {
        let found = format!(
            "{} class names for {} classes",
            about.classes.len(),
            classifier.centroids.n_rows()
        );
        return Err(not_a_head(found));
    }
    if head.whitening.is_some() != (about.pooling.gene_table == GeneTable::Whitened) {
        let found = "settings and tensors that disagree on whether gene vectors are whitened";
        return Err(not_a_head(found.to_owned()));
    }
    let report = {
        let session = session.borrow();
        let own = session.vectors.as_ref().map(|vectors| gene_table(&session, vectors));
        let same = own.as_ref().is_none_or(|own| *own == about.gene_table);
        head_report(&about, &file.name, n_inputs(&head.refiner), same)
    };
    let About { pooling, gene_table, .. } = about;
    let learned = Learned::Head { refiner: head.refiner, classifier: head.classifier };
    let whitening = head.whitening.map(Rc::new);
    let saved =
        SavedHead { bytes, report: report.clone(), pooling, whitening, gene_table, learned };
    session.borrow_mut().head = Some(Rc::new(saved));
    Ok(Output::Head(Box::new(report)))
}

/// Tells the class of every cell by the head.
pub(crate) async fn apply(task: &Task, session: &Shared) -> Result<Output, Stop> {
    let (head, dataset, vectors, same_gene_table) = {
        let session = session.borrow();
        let head = session.head.clone().ok_or_else(|| missing(task, "A trained or saved head"))?;
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let vectors = session.vectors.clone().ok_or_else(|| missing(task, "The genes' vectors"))?;
        let same = gene_table(&session, &vectors) == head.gene_table;
        (head, dataset, vectors, same)
    };
    let Learned::Head { refiner, classifier } = &head.learned else {
        let mut failure = task.failure(
            FailureKind::Unsupported,
            "What was trained last is a joint view of text and expression: it is not applied to other cells.",
        );
        failure.remedy =
            Some("Refine the gene descriptions alone: that head tells classes.".to_owned());
        return Err(failure.into());
    };
    let Some(classifier) = classifier else {
        let mut failure = task.failure(
            FailureKind::UnfitLabels,
            "This head was trained without labels: it knows no classes to tell.",
        );
        failure.remedy =
            Some("Train with an objective that learns from labels (SupCon).".to_owned());
        return Err(failure.into());
    };
    if n_inputs(refiner) != vectors.table.n_cols() {
        let mut failure = task.failure(
            FailureKind::BadSetting,
            format!(
                "The head reads cell vectors of length {}, and those here have {}: they come from another encoder.",
                n_inputs(refiner),
                vectors.table.n_cols()
            ),
        );
        failure.remedy =
            Some("Use the encoder or vector table that the head was trained with.".to_owned());
        return Err(failure.into());
    }
    let embedding = cells(task, session, &head, &dataset, &vectors).await?;
    let n = embedding.n_rows();
    let n_classes = head.report.classes.len();
    let mut codes = Vec::with_capacity(n);
    let mut similarity = Vec::with_capacity(n);
    for first in (0..n).step_by(CELLS_PER_RUN) {
        let rows: Vec<usize> = (first..(first + CELLS_PER_RUN).min(n)).collect();
        let refined = refiner.apply(&embedding, &rows).map_err(|error| error.at(task.step))?;
        let told = classifier.classify(&refined).map_err(|error| error.at(task.step))?;
        for (&cell, (class, nearest)) in rows.iter().zip(told) {
            let is_empty = embedding.row(cell).iter().all(|value| *value == 0.0);
            codes.push(match class {
                _ if is_empty => MISSING_CODE,
                Some(class) => class,
                None => n_classes as u32,
            });
            similarity.push(if is_empty { f32::NAN } else { nearest });
        }
        task.tick("cells", (first + rows.len()) as u64, n as u64).await?;
    }
    let mut categories = head.report.classes.clone();
    categories.push(NONE.to_owned());
    let classes = Categorical { codes, categories };
    let counts: Vec<u64> = classes.counts().iter().map(|&count| count as u64).collect();
    let n_missing = classes.codes.iter().filter(|&&code| code == MISSING_CODE).count();
    let column = free_column(&session.borrow(), COLUMN);
    let report = ApplyReport {
        head: HeadReport { same_gene_table, ..head.report.clone() },
        column: column.clone(),
        n_none: counts.last().copied().unwrap_or(0),
        counts: counts[..n_classes].to_vec(),
        threshold: classifier.threshold.map(f64::from),
        notes: notes(same_gene_table, n_missing),
    };
    session.borrow_mut().tell(Told { column, classes, similarity });
    map::refresh(session);
    Ok(Output::Applied(Box::new(report)))
}

fn classifier(
    task: &Task,
    embedding: &DenseMatrix,
    classes: &[u32],
    trained: &Trained,
) -> Result<Classifier, Stop> {
    let rows = |cells: &[usize]| rows_of(task, embedding, cells);
    let fitted_classes: Vec<u32> = trained.fitted.iter().map(|&cell| classes[cell]).collect();
    let (fitted, validation) = (rows(&trained.fitted)?, rows(&trained.validation)?);
    Classifier::fit(&fitted, &fitted_classes, &validation, Classifier::DEFAULT_QUANTILE)
        .map_err(|error| error.at(task.step).into())
}

fn n_inputs(refiner: &Refiner) -> usize {
    refiner.head.shape().inputs
}

/// Cells averaged as those that the head was trained on: from vectors that went through the same map.
async fn cells(
    task: &Task,
    session: &Shared,
    head: &SavedHead,
    dataset: &Dataset,
    vectors: &GeneVectors,
) -> Result<Rc<DenseMatrix>, Stop> {
    let own = {
        let session = session.borrow();
        let is_same = pool::choice(&session.used.pool) == pool::choice(&head.pooling)
            && session.pooled.as_ref().is_some_and(|own| own.whitening == head.whitening);
        session.embedding(View::Text).filter(|_| is_same)
    };
    if let Some(own) = own {
        return Ok(own);
    }
    let genes = pool::mapped(task, vectors, head.whitening.as_ref()).await?;
    Ok(Rc::new(pool::on_cpu(task, dataset, &genes, &head.pooling).await?.0))
}

fn notes(same_gene_table: bool, n_missing: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut warn = |text: String| notes.push(Note { level: NoteLevel::Warning, text });
    if !same_gene_table {
        warn("The gene vectors in use are not those that the head was trained with: what it tells is a guess.".into());
    }
    if n_missing > 0 {
        warn(format!("{n_missing} cells have no gene with a vector and are told nothing."));
    }
    notes
}

fn head_report(about: &About, name: &str, n_inputs: usize, same_gene_table: bool) -> HeadReport {
    HeadReport {
        name: name.to_owned(),
        settings: about.settings.clone(),
        trained_on: about.trained_on.clone(),
        n_train: about.n_train,
        classes: about.classes.clone(),
        n_inputs: n_inputs as u64,
        same_gene_table,
    }
}
