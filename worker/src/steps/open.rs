//! Reading a data set: inspect, choose, load, report.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use lexicell_analysis::duplicates::find_duplicates;
use lexicell_analysis::state::MatrixState;
use lexicell_formats::{InputFile, Inspection, LoadChoice as Choice, Loaded, Loader};
use lexicell_protocol::{Event, FailureKind, LoadChoice, Output, Settings, Step};
use web_sys::File;

use super::report;
use crate::assets;
use crate::failure::IntoFailure;
use crate::file_source::input_files;
use crate::map;
use crate::marks::{self, History};
use crate::session::{Dataset, Session, Shared, Source};
use crate::task::{Stop, Task};
use crate::transfer::send;

/// Stored values read between two looks at the clock.
const VALUES_PER_RUN: usize = 1 << 17;
/// Most bytes that a matrix may take: wasm32 ends at 4 GiB, and the steps need room beside it.
const MOST_BYTES: u64 = 2 << 30;

/// Reads dropped files.
pub(crate) async fn run(task: &Task, session: &Shared, files: Vec<File>) -> Result<Output, Stop> {
    let files = input_files(files);
    if let Some(settings) = settings_in(task, &files)? {
        return Ok(Output::Settings(Box::new(settings)));
    }
    read(task, session, files, LoadChoice::default()).await
}

/// Fetches the built-in demo and reads it as if it were dropped.
pub(crate) async fn demo(task: &Task, session: &Shared) -> Result<Output, Stop> {
    let demo = session.borrow().assets.demos.first().cloned();
    let Some(demo) = demo else {
        return Err(task
            .failure(FailureKind::Asset, "This copy of the page was built without a demo data set.")
            .into());
    };
    let bytes = assets::fetch(task, &demo.file).await?;
    let parts = Array::of1(&Uint8Array::from(&bytes[..]));
    let file = File::new_with_u8_array_sequence(&parts, &demo.file_name)
        .map_err(|_| task.failure(FailureKind::Bug, "The browser made no file of the demo."))?;
    read(task, session, input_files(vec![file]), LoadChoice::default()).await
}

/// Reads the open files with another choice.
pub(crate) async fn reload(
    task: &Task,
    session: &Shared,
    choice: LoadChoice,
) -> Result<Output, Stop> {
    let source =
        session.borrow().source.clone().ok_or_else(|| super::missing(task, "A data set"))?;
    read(task, session, source.files.clone(), choice).await
}

async fn read(
    task: &Task,
    session: &Shared,
    files: Vec<InputFile>,
    choice: LoadChoice,
) -> Result<Output, Stop> {
    task.tick("values", 0, 1).await?;
    let inspection = lexicell_formats::inspect(&files).map_err(|error| error.at(task.step))?;
    let wanted = Choice {
        matrix: choice.matrix.unwrap_or(inspection.chosen),
        transpose: choice.transpose,
        keep_non_gene_features: choice.keep_other_features,
        genome: choice.genome.clone(),
    };
    check_memory(task, &inspection, wanted.matrix)?;
    let loaded = load(task, &files, &inspection, &wanted).await?;
    let dataset = finish(task, &files, &inspection, &choice, wanted.matrix, loaded)?;
    let output = Output::Loaded(Box::new(dataset.report.clone()));
    keep(&mut session.borrow_mut(), dataset, Source { files }, choice);
    map::opened(session);
    marks::tell(&session.borrow());
    Ok(output)
}

async fn load(
    task: &Task,
    files: &[InputFile],
    inspection: &Inspection,
    choice: &Choice,
) -> Result<Loaded, Stop> {
    let mut loader = Loader::new(files, inspection, choice).map_err(|error| error.at(task.step))?;
    loop {
        let status = loader.run(VALUES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("values", status.done, status.total).await?;
        if status.finished {
            return loader.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

fn finish(
    task: &Task,
    files: &[InputFile],
    inspection: &Inspection,
    choice: &LoadChoice,
    matrix: usize,
    loaded: Loaded,
) -> Result<Dataset, Stop> {
    let detected = lexicell_analysis::state::detect_state(&loaded.adata.x)
        .map_err(|error| error.at(task.step))?;
    let state = choice.state.and_then(report::state_from).unwrap_or(detected.state);
    let duplicates = find_duplicates(&loaded.adata.x);
    let gene_sums = gene_sums(&loaded.adata.x);
    let mut report = report::load_report(files, inspection, matrix, &loaded, state);
    report.n_duplicate_cells = duplicates.n_copies as u64;
    report::note_duplicates(&mut report);
    if state == MatrixState::Scaled {
        report::note_scaled(&mut report);
    }
    Ok(Dataset { state, report, gene_sums, duplicates, adata: loaded.adata })
}

fn keep(session: &mut Session, dataset: Dataset, source: Source, choice: LoadChoice) {
    // The same cells of the same files, read by another choice, stay marked.
    let is_same = session.dataset.as_ref().is_some_and(|old| {
        old.report.files == dataset.report.files && old.adata.obs.index == dataset.adata.obs.index
    });
    if !is_same {
        session.marks = History::default();
    }
    session.invalidate(Step::Start, None);
    session.used = Settings { load: choice, ..session.used.clone() };
    session.dataset = Some(Rc::new(dataset));
    session.source = Some(Rc::new(source));
    let steps = vec![
        Step::MapGenes,
        Step::EmbedGenes,
        Step::PoolCells,
        Step::Pca,
        Step::Neighbors,
        Step::Cluster,
        Step::Umap,
        Step::Score,
    ];
    send(&Event::Invalidated { steps });
}

fn gene_sums(x: &lexicell_matrix::CsrMatrix) -> Vec<f64> {
    let mut sums = vec![0.0; x.n_cols()];
    for (&gene, &value) in x.indices().iter().zip(x.data()) {
        sums[gene as usize] += f64::from(value);
    }
    sums
}

fn check_memory(task: &Task, inspection: &Inspection, matrix: usize) -> Result<(), Stop> {
    let Some(candidate) = inspection.matrices.get(matrix) else { return Ok(()) };
    if candidate.bytes_in_memory <= MOST_BYTES {
        return Ok(());
    }
    let gigabytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let mut failure = task.failure(
        FailureKind::OutOfMemory,
        format!(
            "{} has {} cells and {} genes and would take about {:.1} GiB; a browser page can hold a matrix of {:.0} GiB.",
            candidate.name,
            candidate.n_obs,
            candidate.n_vars,
            gigabytes(candidate.bytes_in_memory),
            gigabytes(MOST_BYTES)
        ),
    );
    failure.remedy = Some(
        "Take a sample of the cells (scanpy: sc.pp.subsample) or fewer genes, and drop that file."
            .to_owned(),
    );
    Err(failure.into())
}

/// Settings that were saved and are dropped back.
fn settings_in(task: &Task, files: &[InputFile]) -> Result<Option<Settings>, Stop> {
    let [file] = files else { return Ok(None) };
    if !file.name.to_lowercase().ends_with(".json") || file.source.len() > 1 << 20 {
        return Ok(None);
    }
    let mut bytes = vec![0; file.source.len() as usize];
    let unreadable = |error: &dyn std::fmt::Display| {
        task.failure(FailureKind::Unreadable, format!("{}: {error}", file.name))
    };
    file.source.read_at(0, &mut bytes).map_err(|error| unreadable(&error))?;
    crate::save::settings_from(&bytes).map(Some).map_err(|reason| {
        let mut failure = task.failure(FailureKind::UnknownFormat, format!("{}: expected settings saved by Lexicell, found {reason}", file.name));
        failure.remedy = Some("Drop an h5ad, 10x HDF5, Matrix Market, CSV/TSV or loom file, or settings that were saved here.".to_owned());
        failure.into()
    })
}
