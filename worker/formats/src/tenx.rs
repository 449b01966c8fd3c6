//! 10x Genomics HDF5: `matrix` of Cell Ranger 3 and later, one group per genome before.
//!
//! Stored as features × barcodes compressed by barcode, which is cells × genes compressed by cell.

mod features;

use crate::assembly::Columns;
use crate::choose::choose;
use crate::error::{FormatError, Place};
use crate::h5ad::{first_of, other_files, summary};
use crate::hdf5::columns;
use crate::hdf5::container::{Container, Group, Node};
use crate::hdf5::loader::{Axis, Hdf5Loader, Task};
use crate::hdf5::parts::{self, Parts};
use crate::hdf5::sparse::SparseParts;
use crate::input::InputFile;
use crate::inspect::{ColumnSummary, Inspection, Note, Orientation};
use crate::load::{FormatLoader, LoadChoice};
use crate::sniff::Format;
use features::Features;

/// How many names are shown before a table is read.
const FIRST: u64 = 5;

/// One matrix of a 10x file.
struct Matrix {
    /// `matrix`, or the genome in version 2.
    name: String,
    group: Group,
    features: Features,
    n_obs: u64,
    n_vars: u64,
}

impl Matrix {
    fn open(group: Group, name: &str, version: Format) -> Result<Self, FormatError> {
        let shape: Vec<i64> = group.demand("shape")?.numbers()?;
        let &[n_vars, n_obs] = shape.as_slice() else {
            return Err(group.container.damaged(
                &group.path_of("shape"),
                "two numbers",
                format!("{}", shape.len()),
            ));
        };
        let (n_obs, n_vars) = (n_obs.max(0) as u64, n_vars.max(0) as u64);
        let features = Features::open(&group, version)?;
        let matrix = Self { name: name.to_owned(), group, features, n_obs, n_vars };
        matrix.check("barcodes", matrix.group.demand("barcodes")?.len(), n_obs)?;
        matrix.check("features", matrix.features.len()?, n_vars)?;
        Ok(matrix)
    }

    fn check(&self, what: &str, found: u64, expected: u64) -> Result<(), FormatError> {
        if found == expected {
            return Ok(());
        }
        Err(FormatError::DimensionMismatch {
            file: self.group.container.file.name.clone(),
            place: Place::Object(self.group.path_of(what)),
            expected: format!("{expected}, as shape says"),
            found: found.to_string(),
            remedy: "The file was not written to its end: fetch it again.".to_owned(),
        })
    }

    fn parts(&self) -> Result<Parts, FormatError> {
        SparseParts::open(&self.group, true, self.n_obs, self.n_vars).map(Parts::Sparse)
    }

    /// Lists beside the barcodes that are as long: `filtered_barcodes`, CellBender's extras.
    fn obs_columns(&self) -> Result<Vec<(ColumnSummary, Node)>, FormatError> {
        let parts = ["barcodes", "data", "indices", "indptr", "shape", "genes", "gene_names"];
        let mut found = Vec::new();
        for name in self.group.names()?.into_iter().filter(|name| !parts.contains(&&name[..])) {
            let Ok(Some(node @ Node::Dataset(_))) = self.group.child(&name) else { continue };
            let Node::Dataset(dataset) = &node else { continue };
            if dataset.is_list() && dataset.len() == self.n_obs {
                found.extend(columns::summary(&name, &node).map(|summary| (summary, node)));
            }
        }
        Ok(found)
    }
}

fn open(files: &[InputFile]) -> Result<(InputFile, Format, Vec<Matrix>), FormatError> {
    for version in [Format::TenxH5V3, Format::TenxH5V2] {
        let Ok(file) = first_of(files, version) else { continue };
        let root = Container::open(&file)?.root()?;
        let names = match version {
            Format::TenxH5V3 => vec!["matrix".to_owned()],
            _ => crate::hdf5::genomes(&root, &root.names()?)?,
        };
        let mut matrices = Vec::new();
        for name in names {
            if let Some(group) = root.group(&name)? {
                matrices.push(Matrix::open(group, &name, version)?);
            }
        }
        return Ok((file, version, matrices));
    }
    Err(crate::hdf5::refuse(files))
}

/// Finds out what the file holds.
pub(crate) fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    let (file, version, matrices) = open(files)?;
    let candidate = |matrix: &Matrix| {
        parts::candidate(&matrix.name, (matrix.n_obs, matrix.n_vars), matrix.parts())
    };
    let candidates: Vec<_> = matrices.iter().map(candidate).collect();
    let Some((mut chosen, mut why)) = choose(&candidates) else {
        let problem = candidates.into_iter().find_map(|candidate| candidate.problem);
        return Err(problem.unwrap_or_else(|| crate::hdf5::refuse(files)));
    };
    let mut notes = Vec::new();
    if matrices.len() > 1 {
        // Of several genomes the one with most entries is the sample's own.
        chosen = (0..candidates.len()).max_by_key(|&at| candidates[at].nnz).unwrap_or(chosen);
        let names: Vec<&str> = matrices.iter().map(|matrix| &matrix.name[..]).collect();
        why = format!(
            "The file holds {} genomes ({}); {} has most entries.",
            names.len(),
            names.join(", "),
            names[chosen]
        );
        notes.push(Note::warning(format!(
            "{why} Only one of them is loaded: choose another if that is wrong."
        )));
    }
    let matrix = &matrices[chosen];
    let feature_types = matrix.features.counts("feature_type")?;
    let genomes = match version {
        Format::TenxH5V3 => matrix.features.counts("genome")?,
        _ => matrices.iter().map(|matrix| (matrix.name.clone(), matrix.n_vars)).collect(),
    };
    notes.extend(matrix.features.notes(&feature_types)?);
    if version == Format::TenxH5V3 && genomes.len() > 1 {
        let names: Vec<&str> = genomes.iter().map(|(name, _)| &name[..]).collect();
        notes.push(Note::warning(format!(
            "The genes belong to {} genomes ({}): choose one, or both are mixed.",
            names.len(),
            names.join(", ")
        )));
    }
    Ok(Inspection {
        format: version,
        format_name: match version {
            Format::TenxH5V3 => "10x Genomics HDF5, Cell Ranger 3 or later".to_owned(),
            _ => "10x Genomics HDF5, Cell Ranger 1 or 2".to_owned(),
        },
        files: vec![summary(&file)],
        n_obs: matrix.n_obs,
        n_vars: matrix.n_vars,
        first_obs_names: matrix.group.demand("barcodes")?.first_texts(FIRST)?,
        first_var_names: matrix.features.first_names(FIRST)?,
        obs_columns: matrix.obs_columns()?.into_iter().map(|(summary, _)| summary).collect(),
        var_columns: matrix.features.summaries()?,
        obsm: Vec::new(),
        genomes,
        feature_types,
        orientation: Orientation {
            transposed: true,
            is_a_guess: false,
            why: "10x HDF5 stores features × barcodes".to_owned(),
        },
        notes,
        dropped: other_files(files, &file),
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
    let (file, _, matrices) = open(files)?;
    let wanted = &inspection.matrices[choice.matrix].name;
    let Some(matrix) = matrices.into_iter().find(|matrix| &matrix.name == wanted) else {
        return Err(FormatError::BadChoice {
            file: file.name,
            choice: wanted.clone(),
            options: inspection
                .matrices
                .iter()
                .map(|matrix| &matrix.name[..])
                .collect::<Vec<_>>()
                .join(", "),
        });
    };
    let genes = matrix.features.kept(choice)?;
    let barcodes = matrix.group.demand("barcodes")?;
    let mut tasks = vec![Task::Index(Axis::Obs, Box::new(move || barcodes.texts()))];
    for (summary, node) in matrix.obs_columns()? {
        tasks.push(Task::Column(
            Axis::Obs,
            summary.name,
            Box::new(move || columns::encoded(&node)),
        ));
    }
    tasks.extend(matrix.features.tasks()?);
    let reader =
        matrix.parts()?.reader(parts::subject(&file.name, wanted), Columns::kept(&genes))?;
    Ok(Box::new(Hdf5Loader::new(file.name, matrix.n_obs as usize, genes, tasks, reader)))
}
