//! Loading a matrix and its tables, in short steps that can be stopped between.

use lexicell_matrix::AnnData;

use crate::error::FormatError;
use crate::input::InputFile;
use crate::inspect::{Dropped, Inspection, Note};
use crate::sidecar::{self, Sidecars};
use crate::sniff::Format;
use crate::values::ValueSummary;
use crate::{archive, delimited, h5ad, hdf5, loom, matrix_market, tenx};

/// What the user chose to load.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadChoice {
    /// Index into [`Inspection::matrices`].
    pub matrix: usize,
    /// Overrules [`Inspection::orientation`] where that is a guess: whether to transpose the file.
    pub transpose: Option<bool>,
    /// Also keep antibody, CRISPR and other features that are not genes.
    pub keep_non_gene_features: bool,
    /// Keep the genes of this genome only.
    pub genome: Option<String>,
}

impl LoadChoice {
    /// What the inspection proposes.
    #[must_use]
    pub fn proposed(inspection: &Inspection) -> Self {
        Self { matrix: inspection.chosen, ..Self::default() }
    }
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadStatus {
    /// Units done: stored values, bytes or rows, as the format allows.
    pub done: u64,
    /// Units in all.
    pub total: u64,
    /// Whether [`Loader::finish`] may be called.
    pub finished: bool,
}

/// A data set that was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The data.
    pub adata: AnnData,
    /// What all values of the matrix look like.
    pub values: ValueSummary,
    /// What was found while loading (in addition to the inspection's notes).
    pub notes: Vec<Note>,
    /// What was dropped while loading (in addition to the inspection's list).
    pub dropped: Vec<Dropped>,
}

/// Loads the chosen matrix step by step; one copy of it is in memory.
pub struct Loader {
    inner: Box<dyn FormatLoader>,
    matrix_done: Option<LoadStatus>,
    sidecars: Sidecars,
    sidecar_bytes: u64,
}

/// A loader of one format.
pub(crate) trait FormatLoader {
    /// Goes on by about `limit` stored values (never less than one indivisible part).
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError>;

    /// Hands over the data; only after `run` said `finished`.
    fn finish(self: Box<Self>) -> Result<Loaded, FormatError>;
}

impl Loader {
    /// Prepares to load what was chosen.
    ///
    /// # Errors
    /// If the choice is not among what the inspection found, the matrix cannot be read, or it
    /// would not fit into memory.
    pub fn new(
        files: &[InputFile],
        inspection: &Inspection,
        choice: &LoadChoice,
    ) -> Result<Self, FormatError> {
        let files = &archive::unpack(files)?;
        let Some(candidate) = inspection.matrices.get(choice.matrix) else {
            return Err(FormatError::BadChoice {
                file: files.first().map_or_else(String::new, |file| file.name.clone()),
                choice: format!("matrix number {}", choice.matrix),
                options: inspection
                    .matrices
                    .iter()
                    .map(|matrix| &matrix.name[..])
                    .collect::<Vec<_>>()
                    .join(", "),
            });
        };
        if let Some(problem) = &candidate.problem {
            return Err(problem.clone());
        }
        let inner = match inspection.format {
            Format::H5ad => h5ad::loader(files, inspection, choice)?,
            Format::TenxH5V3 | Format::TenxH5V2 => tenx::loader(files, inspection, choice)?,
            Format::Loom => loom::loader(files, inspection, choice)?,
            Format::MoleculeInfo | Format::OtherHdf5 => return Err(hdf5::refuse(files)),
            Format::MatrixMarket => matrix_market::loader(files, inspection, choice)?,
            Format::Delimited => delimited::loader(files, inspection, choice)?,
            Format::Zip => return Err(archive::nested(files)),
        };
        let sidecars = Sidecars::new(sidecar::files_of(inspection, files));
        let sidecar_bytes = sidecars.left();
        Ok(Self { inner, matrix_done: None, sidecars, sidecar_bytes })
    }

    /// Goes on by about `limit` stored values, or by that many rows of a table about the cells.
    ///
    /// # Errors
    /// Whatever is wrong with the file at that place.
    pub fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let limit = limit.max(1);
        let (matrix, finished) = match self.matrix_done {
            Some(status) => (status, self.sidecars.run(limit)?),
            None => {
                let status = self.inner.run(limit)?;
                if status.finished {
                    self.matrix_done = Some(status);
                }
                (status, status.finished && self.sidecar_bytes == 0)
            }
        };
        Ok(LoadStatus {
            done: matrix.done + (self.sidecar_bytes - self.sidecars.left().min(self.sidecar_bytes)),
            total: matrix.total + self.sidecar_bytes,
            finished,
        })
    }

    /// Hands over the data, running whatever is left to run.
    ///
    /// # Errors
    /// Whatever is wrong with the file.
    pub fn finish(mut self) -> Result<Loaded, FormatError> {
        while !self.run(1 << 20)?.finished {}
        let mut loaded = self.inner.finish()?;
        self.sidecars.join(&mut loaded);
        Ok(loaded)
    }
}
