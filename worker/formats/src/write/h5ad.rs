//! AnnData as h5ad, in the encodings of anndata 0.8 and later (read by 0.7 too, but for nullables).

mod plan;
mod values;

use std::collections::VecDeque;
use std::io::{self, Seek, Write};

use lexicell_matrix::AnnData;

use super::hdf5::{Attribute, DatasetWriter, Group, Hdf5File};
use crate::error::FormatError;
use plan::{Dataset, Step};

/// How far a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteStatus {
    /// Values written.
    pub done: u64,
    /// Values in all.
    pub total: u64,
    /// Whether [`H5adWriter::finish`] may be called.
    pub finished: bool,
}

/// Writes an [`AnnData`] as h5ad, step by step.
///
/// Beside the data and the sink it holds one chunk (65,536 values) and 12 bytes for each chunk
/// written, so the peak is the sink's: a `Vec<u8>` grows to the compressed size of the file.
///
/// # Source
/// anndata's "On-disk format": `csr_matrix` 0.1.0, `dataframe` 0.2.0, `categorical` 0.2.0,
/// `array` and `string-array` 0.2.0, `nullable-integer` and `nullable-boolean` 0.1.0.
pub struct H5adWriter<W> {
    file: Hdf5File<W>,
    steps: VecDeque<Step>,
    groups: Vec<(String, Group)>,
    open: Option<OpenDataset>,
    root: Option<u64>,
    done: u64,
    total: u64,
    notes: Vec<String>,
}

struct OpenDataset {
    dataset: Dataset,
    writer: DatasetWriter,
    row: u64,
}

impl<W: Write + Seek> H5adWriter<W> {
    /// Plans the file and writes its first bytes; `notes` go to `uns` as strings (settings as JSON).
    ///
    /// # Errors
    /// If the sink refuses the first bytes.
    pub fn new(adata: &AnnData, notes: &[(String, String)], out: W) -> Result<Self, FormatError> {
        let plan = plan::plan(adata, notes);
        let file = Hdf5File::create(out).map_err(|error| not_saved(&error))?;
        let total = plan.steps.iter().map(Step::values).sum();
        Ok(Self {
            file,
            steps: plan.steps,
            groups: Vec::new(),
            open: None,
            root: None,
            done: 0,
            total,
            notes: plan.notes,
        })
    }

    /// What is written otherwise than it was in memory, as sentences (renamed columns).
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Bytes that have gone to the sink.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.file.position()
    }

    /// Writes about `limit` values more (never less than one chunk) of the same `adata`.
    ///
    /// # Errors
    /// If the sink refuses bytes, a table has too many columns for HDF5 (about 4000), or `adata`
    /// has changed since [`Self::new`].
    pub fn run(&mut self, adata: &AnnData, limit: usize) -> Result<WriteStatus, FormatError> {
        let stop = self.done + limit.max(1) as u64;
        while self.done < stop && self.step(adata).map_err(|error| not_saved(&error))? {}
        Ok(WriteStatus { done: self.done, total: self.total, finished: self.root.is_some() })
    }

    /// Completes the file, running whatever is left to run, and gives the sink back.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn finish(mut self, adata: &AnnData) -> Result<W, FormatError> {
        while !self.run(adata, usize::MAX >> 1)?.finished {}
        let root = self.root.unwrap_or_default();
        self.file.finish(root).map_err(|error| not_saved(&error))
    }

    /// Does one indivisible part; `false` when nothing is left.
    fn step(&mut self, adata: &AnnData) -> io::Result<bool> {
        if let Some(open) = self.open.take() {
            self.go_on(open, adata)?;
            return Ok(true);
        }
        match self.steps.pop_front() {
            None => return Ok(false),
            Some(Step::Begin { name, attributes }) => {
                self.groups.push((name, Group { links: Vec::new(), attributes }));
            }
            Some(Step::Dataset(dataset)) => {
                let attributes = dataset.attributes();
                let writer = DatasetWriter::new(dataset.kind, dataset.shape.clone(), attributes);
                self.open = Some(OpenDataset { dataset, writer, row: 0 });
            }
            Some(Step::End) => {
                if let Some((name, group)) = self.groups.pop() {
                    let address = self.file.group(&group)?;
                    self.link(name, address);
                }
            }
        }
        Ok(true)
    }

    fn go_on(&mut self, mut open: OpenDataset, adata: &AnnData) -> io::Result<()> {
        let rows = open.dataset.shape.first().copied().unwrap_or(1);
        if open.row < rows {
            let end = (open.row + open.writer.chunk_rows()).min(rows);
            let range = open.row as usize..end as usize;
            let bytes = open.dataset.bytes(adata, range, &mut self.file)?;
            open.writer.append(&mut self.file, bytes)?;
            self.done += open.dataset.values_of(end - open.row);
            open.row = end;
        }
        if open.row < rows {
            self.open = Some(open);
        } else {
            let address = open.writer.finish(&mut self.file)?;
            self.link(open.dataset.name, address);
        }
        Ok(())
    }

    fn link(&mut self, name: String, address: u64) {
        match self.groups.last_mut() {
            Some((_, parent)) => parent.links.push((name, address)),
            None => self.root = Some(address),
        }
    }
}

/// Writes an [`AnnData`] as h5ad in one go and gives the sink back.
///
/// # Errors
/// As [`H5adWriter::run`].
pub fn write_h5ad<W: Write + Seek>(adata: &AnnData, out: W) -> Result<W, FormatError> {
    H5adWriter::new(adata, &[], out)?.finish(adata)
}

fn not_saved(error: &io::Error) -> FormatError {
    FormatError::NotSaved { what: "the h5ad file".to_owned(), reason: error.to_string() }
}

fn encoding(kind: &str, version: &str) -> Vec<(&'static str, Attribute)> {
    vec![
        ("encoding-type", Attribute::Text(kind.to_owned())),
        ("encoding-version", Attribute::Text(version.to_owned())),
    ]
}
