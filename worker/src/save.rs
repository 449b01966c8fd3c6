//! Files that the user saves: tables, the data set, the map, the settings.

mod comparison;
mod picture;
mod settings;
mod table;

use js_sys::Uint8Array;
use lexicell_formats::{CellTable, H5adWriter, write_cells_csv};
use lexicell_matrix::{AnnData, Column, DenseMatrix};
use lexicell_protocol::{FailureKind, Output, SaveKind, SavedFile, View};

use crate::failure::IntoFailure;
use crate::map::cluster_classes;
use crate::session::{Session, Shared};
use crate::steps::free_column;
use crate::task::{Stop, Task};

pub(crate) use settings::settings_from;

/// Values written between two looks at the clock.
const VALUES_PER_RUN: usize = 1 << 17;

/// Makes a file and attaches its bytes.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    kind: SaveKind,
) -> Result<(Output, Vec<Uint8Array>), Stop> {
    let (name, media_type, bytes) = match kind {
        SaveKind::CellsCsv => ("cells.csv", "text/csv", cells_csv(task, session).await?),
        SaveKind::H5ad => ("lexicell.h5ad", "application/x-hdf5", h5ad(task, session).await?),
        SaveKind::MapSvg => {
            ("map.svg", "image/svg+xml", picture::svg(task, &session.borrow())?.into_bytes())
        }
        SaveKind::MapPng => ("map.png", "image/png", picture::png(task, session).await?),
        SaveKind::SettingsJson(settings) => (
            "lexicell-settings.json",
            "application/json",
            settings::json(&session.borrow(), *settings).into_bytes(),
        ),
        SaveKind::UnmappedCsv => (
            "unmapped-genes.csv",
            "text/csv",
            table::unmapped(task, &session.borrow())?.into_bytes(),
        ),
        SaveKind::Head => {
            let session = session.borrow();
            let head = session.head.as_ref().ok_or_else(|| {
                task.failure(FailureKind::MissingInput, "There is no trained head to save.")
            })?;
            ("head.safetensors", "application/octet-stream", head.bytes.clone())
        }
        SaveKind::ComparisonCsv => {
            ("comparison.csv", "text/csv", comparison::genes(task, &session.borrow())?.into_bytes())
        }
        SaveKind::TermsCsv => {
            ("go-terms.csv", "text/csv", comparison::terms(task, &session.borrow())?.into_bytes())
        }
        SaveKind::ScoreCsv => {
            ("score.csv", "text/csv", table::score(task, &session.borrow())?.into_bytes())
        }
    };
    let name = format!("{}{name}", prefix(&session.borrow()));
    let saved = SavedFile { name, media_type: media_type.to_owned() };
    Ok((Output::Saved(saved), vec![Uint8Array::from(&bytes[..])]))
}

async fn cells_csv(task: &Task, session: &Shared) -> Result<Vec<u8>, Stop> {
    task.tick("cells", 0, 1).await?;
    let adata = with_results(task, &session.borrow(), false)?;
    let table = CellTable { obs: None, obsm: adata.obsm.keys().cloned().collect() };
    let mut bytes = Vec::new();
    write_cells_csv(&adata, &table, &mut bytes)
        .map_err(|error| task.failure(FailureKind::Bug, error.to_string()))?;
    Ok(bytes)
}

async fn h5ad(task: &Task, session: &Shared) -> Result<Vec<u8>, Stop> {
    let (adata, notes) = {
        let session = session.borrow();
        let settings = settings::json(&session, session.used.clone());
        (with_results(task, &session, true)?, vec![("lexicell".to_owned(), settings)])
    };
    let sink = std::io::Cursor::new(Vec::new());
    let mut writer = H5adWriter::new(&adata, &notes, sink).map_err(|error| error.at(task.step))?;
    loop {
        let status = writer.run(&adata, VALUES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("values", status.done, status.total).await?;
        if status.finished {
            break;
        }
    }
    Ok(writer.finish(&adata).map_err(|error| error.at(task.step))?.into_inner())
}

/// The data set with everything computed, in AnnData's slots; results that no longer fit their inputs
/// are not in the session, so they cannot be saved.
fn with_results(task: &Task, session: &Session, whole: bool) -> Result<AnnData, Stop> {
    let dataset = session
        .dataset
        .clone()
        .ok_or_else(|| task.failure(FailureKind::MissingInput, "There is no data set to save."))?;
    let own = &dataset.adata;
    let mut adata = AnnData { obs: own.obs.clone(), var: own.var.clone(), ..AnnData::default() };
    if whole {
        adata.x = own.x.clone();
        adata.obsm = own.obsm.clone();
    }
    let bug =
        |error: lexicell_matrix::MatrixError| task.failure(FailureKind::Bug, error.to_string());
    for (&view, state) in &session.views {
        let (name, umap_key, prefix) = match view {
            View::Text => ("text", "X_umap", ""),
            View::Pca => ("pca", "X_umap_pca", "pca_"),
            View::Refined => ("refined", "X_umap_refined", "refined_"),
        };
        if let Some(embedding) = &state.embedding {
            adata.obsm.insert(format!("X_{name}"), (**embedding).clone());
        }
        if let Some(umap) = &state.umap {
            let positions =
                DenseMatrix::try_new(umap.len(), 2, umap.iter().flatten().copied().collect())
                    .map_err(bug)?;
            adata.obsm.insert(umap_key.to_owned(), positions);
        }
        if let Some(clusters) = &state.clusters {
            adata
                .obs
                .insert(&format!("leiden_{name}"), Column::Categorical(cluster_classes(clusters)))
                .map_err(bug)?;
        }
        if let (true, Some(graph), Some(neighbors)) = (whole, &state.graph, &state.neighbors) {
            adata.obsp.insert(format!("{prefix}connectivities"), (**graph).clone());
            let distances = neighbors.to_distances().map_err(|error| error.at(task.step))?;
            adata.obsp.insert(format!("{prefix}distances"), distances);
        }
    }
    for told in &session.told {
        let column = Column::Categorical(told.classes.clone());
        adata.obs.insert(&told.column, column).map_err(bug)?;
        let similarity = told.similarity.iter().map(|&value| f64::from(value)).collect();
        let name = format!("{}_similarity", told.column);
        adata.obs.insert(&name, Column::Float(similarity)).map_err(bug)?;
    }
    let marks = session.marks.now();
    let n = adata.obs.n_rows();
    let mark = |cells: &[u32]| {
        let mut marked = vec![Some(false); n];
        cells.iter().for_each(|&cell| marked[cell as usize] = Some(true));
        Column::Boolean(marked)
    };
    let sets = marks.sets.iter().map(|set| (format!("set_{}", set.name), &set.cells));
    let selected = Some(("selected".to_owned(), &marks.selected));
    for (name, cells) in sets.chain(selected.filter(|(_, cells)| !cells.is_empty())) {
        let name = free_column(session, &name);
        adata.obs.insert(&name, mark(cells)).map_err(bug)?;
    }
    for own in &marks.labelings {
        adata.obs.insert(&own.column, Column::Categorical(own.compact())).map_err(bug)?;
    }
    for own in &session.measured {
        let values = own.values.iter().map(|&value| f64::from(value)).collect();
        adata.obs.insert(&own.column, Column::Float(values)).map_err(bug)?;
    }
    if let (true, Some(genes)) = (whole, &session.genes) {
        let ids = genes
            .mapping
            .genes
            .iter()
            .map(|mapped| mapped.and_then(|mapped| mapped.id).map(|id| i64::from(id.0)))
            .collect();
        adata.var.insert("ncbi_gene_id", Column::Integer(ids)).map_err(bug)?;
    }
    Ok(adata)
}

/// The data set's name in front of what is saved.
fn prefix(session: &Session) -> String {
    let name = session
        .dataset
        .as_ref()
        .and_then(|dataset| dataset.report.files.first().cloned())
        .unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    if stem.is_empty() { String::new() } else { format!("{stem}-") }
}
