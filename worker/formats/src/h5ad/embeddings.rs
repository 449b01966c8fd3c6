//! `obsm`: embeddings of the cells that the file brings along.

use crate::error::FormatError;
use crate::hdf5::container::{Group, Node};
use crate::hdf5::dataset::Dataset;
use crate::hdf5::loader::Task;
use crate::hdf5::{columns, numbers, records};
use crate::inspect::Dropped;

/// An embedding larger than this is left in the file.
const MAX_BYTES: u64 = 256 << 20;

/// Names with their widths, and what is dropped.
pub(crate) type Summaries = (Vec<(String, u64)>, Vec<Dropped>);

/// Names and widths of the embeddings that will be read, and what will not.
pub(crate) fn summaries(root: &Group, n_obs: u64) -> Result<Summaries, FormatError> {
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for (name, found) in list(root, n_obs)? {
        match found {
            Ok(embedding) => kept.push((name, embedding.width)),
            Err(why) => dropped.push(Dropped { what: format!("obsm/{name}"), why }),
        }
    }
    Ok((kept, dropped))
}

/// What has to be read.
pub(crate) fn tasks(root: &Group, n_obs: u64) -> Result<Vec<Task>, FormatError> {
    let kept = list(root, n_obs)?.into_iter().filter_map(|(name, found)| Some((name, found.ok()?)));
    let task = |(name, Embedding { dataset, is_field, .. }): (String, Embedding)| {
        if is_field {
            let field = name.clone();
            Task::Embedding(name, Box::new(move || records::embedding(&dataset, &field)))
        } else {
            Task::Embedding(name, columns::embedding(dataset))
        }
    };
    Ok(kept.map(task).collect())
}

struct Embedding {
    dataset: Dataset,
    width: u64,
    /// Whether it is a field of records, as in anndata 0.6 and earlier.
    is_field: bool,
}

type Found = Vec<(String, Result<Embedding, String>)>;

fn list(root: &Group, n_obs: u64) -> Result<Found, FormatError> {
    let mut found = Vec::new();
    match root.child("obsm") {
        Ok(Some(Node::Group(group))) => {
            for name in group.names().unwrap_or_default() {
                let embedding = match group.child(&name) {
                    Ok(Some(Node::Dataset(dataset))) => dense(dataset, n_obs),
                    Ok(_) => Err("a table or sparse matrix, not a dense one".to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                found.push((name, embedding));
            }
        }
        Ok(Some(Node::Dataset(dataset))) => {
            for field in records::fields(&dataset) {
                let width = match &field.datatype {
                    hdf5_reader::Datatype::Array { dims, .. } if dims.len() == 1 => Ok(dims[0]),
                    other => Err(format!(
                        "{}, not a list of numbers for each cell",
                        numbers::name(other)
                    )),
                };
                let embedding = width.map(|width| Embedding {
                    dataset: dataset.clone(),
                    width,
                    is_field: true,
                });
                found.push((field.name.clone(), embedding));
            }
        }
        Ok(None) => {}
        Err(error) => found.push(("all".to_owned(), Err(error.to_string()))),
    }
    Ok(found)
}

fn dense(dataset: Dataset, n_obs: u64) -> Result<Embedding, String> {
    let &[rows, width] = dataset.shape() else {
        return Err(format!("{} dimensions, not two", dataset.shape().len()));
    };
    if rows != n_obs {
        return Err(format!("it has {rows} rows, but there are {n_obs} cells"));
    }
    if !numbers::is_numeric(dataset.dtype()) {
        return Err(format!("it holds {}, not numbers", numbers::name(dataset.dtype())));
    }
    if rows.saturating_mul(width).saturating_mul(4) > MAX_BYTES {
        return Err(format!(
            "{width} dimensions for {rows} cells would take more than {} MiB",
            MAX_BYTES >> 20
        ));
    }
    dataset.check().map_err(|error| error.to_string())?;
    Ok(Embedding { dataset, width, is_field: false })
}
