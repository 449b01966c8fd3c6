//! What a set of files holds, found out without reading a matrix whole.

use crate::error::{FormatError, FormatErrorKind};
use crate::input::InputFile;
use crate::sidecar;
use crate::sniff::{Format, sniff};
use crate::values::ValueSummary;
use crate::{archive, delimited, h5ad, hdf5, loom, matrix_market, tenx};

/// What was found in a set of files, and what would be loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The format.
    pub format: Format,
    /// The format in words, with its version where it is known.
    pub format_name: String,
    /// The files, with what each one is.
    pub files: Vec<FileSummary>,
    /// The matrices that could be loaded.
    pub matrices: Vec<MatrixCandidate>,
    /// Index of the proposed matrix in `matrices`.
    pub chosen: usize,
    /// Why that matrix, in words.
    pub why: String,
    /// Cells of the proposed matrix.
    pub n_obs: u64,
    /// Genes (features) of the proposed matrix, as stored.
    pub n_vars: u64,
    /// The first few cell names.
    pub first_obs_names: Vec<String>,
    /// The first few gene names.
    pub first_var_names: Vec<String>,
    /// Columns of `obs`.
    pub obs_columns: Vec<ColumnSummary>,
    /// Columns of `var`.
    pub var_columns: Vec<ColumnSummary>,
    /// Embeddings of cells, by name with their number of dimensions.
    pub obsm: Vec<(String, u64)>,
    /// Genomes that the genes belong to, where the file says so, with their number of genes.
    pub genomes: Vec<(String, u64)>,
    /// Feature types, where the file says so, with their number of features.
    pub feature_types: Vec<(String, u64)>,
    /// Which way round the matrix is stored.
    pub orientation: Orientation,
    /// What the reader wants to be known.
    pub notes: Vec<Note>,
    /// What will not be loaded, and why.
    pub dropped: Vec<Dropped>,
}

/// One of the files given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// What it is: "matrix", "gene names", "cell names", "cell table".
    pub role: String,
}

/// A matrix that could be loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixCandidate {
    /// `X`, `raw/X`, `layers/counts`, `matrix`, or a genome of 10x version 2.
    pub name: String,
    /// Cells.
    pub n_obs: u64,
    /// Genes (features).
    pub n_vars: u64,
    /// Stored entries, `None` where only reading tells (dense, text).
    pub nnz: Option<u64>,
    /// How it is stored.
    pub layout: MatrixLayout,
    /// Number type in the file: `float32`, `int64`, …
    pub dtype: String,
    /// What its values look like, as sampled.
    pub values: ValueSummary,
    /// Bytes that it will take in memory as CSR of `f32` (an estimate where `nnz` is unknown).
    pub bytes_in_memory: u64,
    /// Why it cannot be loaded, if it cannot.
    pub problem: Option<FormatError>,
}

/// How a matrix is stored, seen as cells × genes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MatrixLayout {
    /// Compressed by cell.
    Csr,
    /// Compressed by gene.
    Csc,
    /// Dense.
    Dense,
    /// A list of (row, column, value).
    Coordinate,
    /// A table in text.
    Text,
}

/// Which way round a matrix is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orientation {
    /// Whether the file must be transposed to have cells in rows.
    pub transposed: bool,
    /// Whether this is a guess, that the user may correct, or follows from the format.
    pub is_a_guess: bool,
    /// What it follows from, in words.
    pub why: String,
}

/// One column of `obs` or `var`, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ColumnKind,
    /// How many categories it has, where the file lists them.
    pub n_categories: Option<u64>,
}

/// Kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Values out of a fixed list.
    Categorical,
    /// Real numbers.
    Float,
    /// Whole numbers.
    Integer,
    /// Truth values.
    Boolean,
    /// Free text.
    Text,
}

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteLevel {
    /// Good to know.
    Info,
    /// May change what the results mean.
    Warning,
}

/// Something that the user should know about the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub level: NoteLevel,
    /// A sentence.
    pub text: String,
}

impl Note {
    /// A note that is good to know.
    #[must_use]
    pub fn info(text: impl Into<String>) -> Self {
        Self { level: NoteLevel::Info, text: text.into() }
    }

    /// A note that may change what the results mean.
    #[must_use]
    pub fn warning(text: impl Into<String>) -> Self {
        Self { level: NoteLevel::Warning, text: text.into() }
    }
}

/// A part of the file that is not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The part, by its path in the file.
    pub what: String,
    /// The reason.
    pub why: String,
}

/// Finds out what a set of files holds; cheap, no matrix is read whole.
///
/// # Errors
/// If no file is recognised, a part is missing, or no matrix in them can be used.
pub fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    let files = &archive::unpack(files)?;
    let mut formats = Vec::with_capacity(files.len());
    let mut failed = Vec::new();
    for file in files {
        match sniff(file) {
            Ok(format) => formats.push((format, file.clone())),
            Err(error) => failed.push((file, error)),
        }
    }
    let Some(leading) = leading_format(&formats) else {
        let error = failed.into_iter().next().map(|(_, error)| error);
        return Err(error.unwrap_or_else(|| FormatError::MissingPart {
            files: "no file".to_owned(),
            missing: "a data file".to_owned(),
            remedy: "Drop an h5ad, 10x HDF5, Matrix Market, CSV/TSV or loom file.".to_owned(),
        }));
    };
    if let Some(at) =
        failed.iter().position(|(_, error)| error.kind() != FormatErrorKind::NotRecognised)
    {
        return Err(failed.swap_remove(at).1);
    }
    let known: Vec<InputFile> = formats.iter().map(|(_, file)| file.clone()).collect();
    let mut inspection = inspect_as(leading, &known)?;
    sidecar::attach(&mut inspection, &formats);
    for (file, error) in failed {
        inspection.dropped.push(Dropped { what: file.name.clone(), why: error.to_string() });
    }
    Ok(inspection)
}

fn inspect_as(format: Format, files: &[InputFile]) -> Result<Inspection, FormatError> {
    match format {
        Format::H5ad => h5ad::inspect(files),
        Format::TenxH5V3 | Format::TenxH5V2 => tenx::inspect(files),
        Format::Loom => loom::inspect(files),
        Format::MoleculeInfo | Format::OtherHdf5 => Err(hdf5::refuse(files)),
        Format::MatrixMarket => matrix_market::inspect(files),
        Format::Delimited => delimited::inspect(files),
        Format::Zip => Err(archive::nested(files)),
    }
}

/// The format that decides how the set is read: a matrix beats the names and tables beside it.
fn leading_format(formats: &[(Format, InputFile)]) -> Option<Format> {
    let rank = |format: Format| match format {
        Format::H5ad | Format::TenxH5V3 | Format::TenxH5V2 | Format::Loom => 0,
        Format::MatrixMarket => 1,
        Format::Zip => 2,
        Format::MoleculeInfo | Format::OtherHdf5 => 3,
        Format::Delimited => 4,
    };
    formats.iter().map(|(format, _)| *format).min_by_key(|&format| rank(format))
}
