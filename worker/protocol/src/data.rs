use serde::{Deserialize, Serialize};

/// What was found in the files, what was chosen, and what was left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Names of the files read.
    pub files: Vec<String>,
    /// Their total size in bytes.
    pub file_bytes: u64,
    /// The format, in words ("AnnData 0.8 or later (HDF5)").
    pub format: String,
    /// Cells loaded.
    pub n_obs: u64,
    /// Genes loaded.
    pub n_vars: u64,
    /// Stored values loaded.
    pub nnz: u64,
    /// The matrices that the files hold.
    pub matrices: Vec<MatrixReport>,
    /// Which of them was loaded.
    pub chosen: usize,
    /// Why it was chosen, in a sentence.
    pub why: String,
    /// What its values are.
    pub state: MatrixState,
    /// Whether cells and genes were exchanged on reading; `None` where the format leaves no doubt.
    pub transposed: Option<bool>,
    /// Columns of `obs`.
    pub obs_columns: Vec<ColumnReport>,
    /// Columns of `var` that may name the genes, the row names first.
    pub var_columns: Vec<String>,
    /// First gene names, as in the file.
    pub first_genes: Vec<String>,
    /// First cell names, as in the file.
    pub first_cells: Vec<String>,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
    /// What was not read, and why.
    pub dropped: Vec<Dropped>,
    /// Cells whose row of values repeats an earlier cell's exactly.
    pub n_duplicate_cells: u64,
    /// Bytes that the loaded matrix holds in memory.
    pub bytes: u64,
}

/// One matrix of the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatrixReport {
    /// Its place ("X", "raw/X", "layers/counts").
    pub name: String,
    /// Cells.
    pub n_obs: u64,
    /// Genes.
    pub n_vars: u64,
    /// Layout and type ("CSR, float32").
    pub layout: String,
    /// What its values are, as sampled.
    pub state: MatrixState,
    /// Estimated bytes in memory once loaded.
    pub bytes: u64,
}

/// What the values of a matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatrixState {
    /// Raw counts: whole numbers, none negative.
    Counts,
    /// Already log-normalised: not whole, none negative, small.
    LogNormalized,
    /// Normalised, but not logarithmic.
    Normalized,
    /// Centred or scaled: negative values; unfit for pooling.
    Scaled,
    /// No value stored.
    Empty,
}

/// One column of `obs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ColumnKind,
    /// Distinct values, where it can be grouped.
    pub n_classes: Option<u64>,
    /// Cells without a value.
    pub n_missing: u64,
    /// The first few values, as examples.
    pub examples: Vec<String>,
}

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnKind {
    /// Values out of a list.
    Categorical,
    /// Real numbers.
    Float,
    /// Whole numbers.
    Integer,
    /// Truth values.
    Boolean,
    /// Text.
    Text,
}

/// Something that the scientist must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// How weighty it is.
    pub level: NoteLevel,
    /// In words.
    pub text: String,
}

/// How weighty a [`Note`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteLevel {
    /// Good to know.
    Info,
    /// May change the result.
    Warning,
}

/// Something in the files that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Its place in the file.
    pub what: String,
    /// Why.
    pub why: String,
}

/// The user's choice of what to load.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoadChoice {
    /// Which matrix, by its place in [`LoadReport::matrices`]; `None` leaves the choice to us.
    pub matrix: Option<usize>,
    /// Whether rows are genes, where the format leaves it open.
    pub transpose: Option<bool>,
    /// What the values are, where the detection is wrong.
    pub state: Option<MatrixState>,
    /// Keep features that are no genes (antibodies, guides).
    pub keep_other_features: bool,
    /// The genome, where a 10x file has several.
    pub genome: Option<String>,
}
