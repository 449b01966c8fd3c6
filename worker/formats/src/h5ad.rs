//! AnnData in HDF5 (h5ad), every encoding since anndata 0.5; MuData's gene expression too.

mod embeddings;
mod frame;
mod matrices;

use std::sync::Arc;

use crate::assembly::Columns;
use crate::choose::choose;
use crate::error::{FormatError, Place};
use crate::hdf5::columns::encoding;
use crate::hdf5::container::{Container, Group};
use crate::hdf5::loader::{Axis, Hdf5Loader};
use crate::hdf5::parts;
use crate::input::InputFile;
use crate::inspect::{Dropped, FileSummary, Inspection, Note, Orientation};
use crate::load::{FormatLoader, LoadChoice};
use crate::sniff::{Format, sniff};
use frame::Frame;
use matrices::Matrix;

/// An AnnData object within a file.
struct Source {
    file: InputFile,
    root: Group,
    /// `mod/rna` within MuData.
    modality: Option<String>,
    obs: Frame,
    var: Frame,
}

impl Source {
    fn open(files: &[InputFile]) -> Result<Self, FormatError> {
        let file = first_of(files, Format::H5ad)?;
        let root = Container::open(&file)?.root()?;
        let (root, modality) = match root.group("mod")? {
            Some(modalities) => {
                expression(&modalities)?.map_or((root, None), |(group, name)| (group, Some(name)))
            }
            None => (root, None),
        };
        let obs = Frame::open(&root, "obs")?;
        let var = Frame::open(&root, "var")?;
        Ok(Self { file, root, modality, obs, var })
    }

    fn format_name(&self) -> String {
        let attributes = self.root.attributes();
        let version = if attributes.has("encoding-version") || encoding(&attributes).is_some() {
            "AnnData, written by anndata 0.8 or later (h5ad)"
        } else if self.obs.is_records() {
            "AnnData, written by anndata 0.6 or earlier (h5ad)"
        } else {
            "AnnData, written by anndata 0.7 or a program like it (h5ad)"
        };
        match &self.modality {
            Some(name) => format!("MuData (h5mu), of which {name}: {version}"),
            None => version.to_owned(),
        }
    }
}

/// Finds out what the file holds.
pub(crate) fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    let source = Source::open(files)?;
    let mut dropped = other_files(files, &source.file);
    let matrices = matrices::find(&source.root, &source.obs, &source.var, &mut dropped)?;
    let candidates: Vec<_> = matrices.iter().map(Matrix::candidate).collect();
    let Some((chosen, why)) = choose(&candidates) else {
        let problem = candidates.into_iter().find_map(|candidate| candidate.problem);
        return Err(problem.unwrap_or_else(|| no_matrix(&source)));
    };
    let var = matrices[chosen].var(&source.var);
    let mut notes = Vec::new();
    if let Some(name) = &source.modality {
        notes.push(Note::info(format!("The file holds several modalities; {name} is read.")));
    }
    let (obs_columns, obs_dropped) = source.obs.summaries()?;
    let (var_columns, var_dropped) = var.summaries()?;
    let (obsm, obsm_dropped) = embeddings::summaries(&source.root, source.obs.n_rows())?;
    dropped.extend(obs_dropped.into_iter().chain(var_dropped).chain(obsm_dropped));
    dropped.extend(unused(&source.root)?);
    let candidate = &candidates[chosen];
    Ok(Inspection {
        format: Format::H5ad,
        format_name: source.format_name(),
        files: vec![summary(&source.file)],
        n_obs: candidate.n_obs,
        n_vars: candidate.n_vars,
        first_obs_names: source.obs.first_names()?,
        first_var_names: var.first_names()?,
        obs_columns,
        var_columns,
        obsm,
        genomes: Vec::new(),
        feature_types: Vec::new(),
        orientation: Orientation {
            why: "AnnData has cells in rows".to_owned(),
            ..Orientation::default()
        },
        notes,
        dropped,
        matrices: candidates,
        chosen,
        why,
    })
}

/// Prepares to load the chosen matrix.
pub(crate) fn loader(
    files: &[InputFile],
    inspection: &Inspection,
    choice: &LoadChoice,
) -> Result<Box<dyn FormatLoader>, FormatError> {
    let source = Source::open(files)?;
    let wanted = &inspection.matrices[choice.matrix].name;
    let found = matrices::find(&source.root, &source.obs, &source.var, &mut Vec::new())?;
    let Some(matrix) = found.into_iter().find(|matrix| &matrix.name == wanted) else {
        return Err(source.root.container.damaged(
            wanted,
            "the matrix that was there at first",
            "none",
        ));
    };
    let var = matrix.var(&source.var).clone();
    let (n_obs, n_vars) = (matrix.n_obs as usize, matrix.n_vars as usize);
    let mut tasks = source.obs.tasks(Axis::Obs)?;
    tasks.extend(var.tasks(Axis::Var)?);
    tasks.extend(embeddings::tasks(&source.root, source.obs.n_rows())?);
    let subject = parts::subject(&source.file.name, wanted);
    let reader = matrix.parts?.reader(subject, Columns::all(n_vars))?;
    Ok(Box::new(Hdf5Loader::new(source.file.name, n_obs, vec![true; n_vars], tasks, reader)))
}

/// The first file of a format.
pub(crate) fn first_of(files: &[InputFile], format: Format) -> Result<InputFile, FormatError> {
    for file in files {
        if sniff(file)? == format {
            return Ok(file.clone());
        }
    }
    Err(crate::hdf5::refuse(files))
}

/// Data files beside the one that is read; tables about the cells are taken up elsewhere.
pub(crate) fn other_files(files: &[InputFile], read: &InputFile) -> Vec<Dropped> {
    let is_other = |file: &&InputFile| {
        !Arc::ptr_eq(&file.source, &read.source) && !matches!(sniff(file), Ok(Format::Delimited))
    };
    let why = || format!("only {} is read: drop one data set at a time", read.name);
    files
        .iter()
        .filter(is_other)
        .map(|file| Dropped { what: file.name.clone(), why: why() })
        .collect()
}

/// A file that holds everything.
pub(crate) fn summary(file: &InputFile) -> FileSummary {
    FileSummary {
        name: file.name.clone(),
        bytes: file.source.len(),
        role: "matrix and tables".to_owned(),
    }
}

/// The modality that holds gene expression: by its usual names, or else the first.
fn expression(modalities: &Group) -> Result<Option<(Group, String)>, FormatError> {
    let names = modalities.names()?;
    let usual = ["rna", "gex", "expression", "transcriptome"];
    let named = names
        .iter()
        .find(|name| usual.iter().any(|usual| name.to_ascii_lowercase().contains(usual)));
    match named.or(names.first()) {
        Some(name) => Ok(modalities.group(name)?.map(|group| (group, format!("mod/{name}")))),
        None => Ok(None),
    }
}

/// Slots that Lexicell has no use for.
fn unused(root: &Group) -> Result<Vec<Dropped>, FormatError> {
    let mut dropped = Vec::new();
    for slot in ["obsp", "varm", "varp", "uns"] {
        let Ok(Some(group)) = root.group(slot) else { continue };
        let names = group.names().unwrap_or_default();
        if !names.is_empty() {
            let why = format!("not used by Lexicell ({})", names.join(", "));
            dropped.push(Dropped { what: slot.to_owned(), why });
        }
    }
    Ok(dropped)
}

fn no_matrix(source: &Source) -> FormatError {
    FormatError::NoUsableMatrix {
        file: source.file.name.clone(),
        place: Place::Object("X".to_owned()),
        expected: "X, raw/X or a layer".to_owned(),
        found: format!("none ({} cells, {} genes named)", source.obs.n_rows(), source.var.n_rows()),
        remedy: "The file was saved without its matrix: save it with adata.X set.".to_owned(),
    }
}
