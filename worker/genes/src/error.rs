use thiserror::Error;

use crate::ShardKind;

/// A shard of a gene bundle that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes are something else.
    #[error("this is not a gene bundle: it does not start with LEXGENES")]
    NotABundle,
    /// The layout is of another version.
    #[error(
        "gene bundle: expected schema version {expected}, found {found}; build the assets again"
    )]
    Version {
        /// What this program reads.
        expected: u16,
        /// What the file says.
        found: u16,
    },
    /// The file ends too early.
    #[error("gene bundle is cut off: {needed} bytes needed, {found} found")]
    Truncated {
        /// How long it should be at least.
        needed: usize,
        /// How long it is.
        found: usize,
    },
    /// The file goes on after its end.
    #[error("gene bundle is followed by {bytes} bytes that do not belong to it")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// The payload was changed.
    #[error("gene bundle is damaged: expected checksum {expected:08x}, found {found:08x}")]
    Checksum {
        /// What the header says.
        expected: u32,
        /// What the payload gives.
        found: u32,
    },
    /// The payload cannot be deflated or inflated.
    #[error("gene bundle: payload: {detail}")]
    Inflate {
        /// What went wrong.
        detail: String,
    },
    /// The payload is larger than any bundle.
    #[error("gene bundle: a payload of {bytes} bytes is too large")]
    PayloadSize {
        /// Its announced size.
        bytes: u64,
    },
    /// A text in the header is too long to be written.
    #[error("gene bundle: a header text of {length} bytes is longer than 65,535")]
    HeaderText {
        /// Its length in bytes.
        length: usize,
    },
    /// A shard of an unknown kind.
    #[error("gene bundle: unknown kind of shard: {code}")]
    UnknownShard {
        /// The code found.
        code: u8,
    },
    /// A species without a name here.
    #[error("gene bundle: unknown species: NCBI taxonomy id {tax_id}")]
    UnknownSpecies {
        /// NCBI's taxonomy id.
        tax_id: u32,
    },
    /// Another kind of shard was expected.
    #[error("gene bundle: expected the {} shard, found the {} shard", expected.name(), found.name())]
    WrongShard {
        /// The kind that was asked for.
        expected: ShardKind,
        /// The kind that the bytes hold.
        found: ShardKind,
    },
    /// The shard belongs to another build.
    #[error("gene bundle: the {} shard belongs to another build than the index", kind.name())]
    OtherBuild {
        /// The kind of the shard that does not fit.
        kind: ShardKind,
    },
    /// A column makes no sense.
    #[error("gene bundle: {column}, byte {at}: {detail}")]
    Corrupt {
        /// The column that was read.
        column: &'static str,
        /// Where in the payload.
        at: usize,
        /// What is wrong.
        detail: String,
    },
    /// Genes to be written are not in order.
    #[error("gene bundle: gene {index} ({symbol}) is not in ascending order of (id, symbol)")]
    Unsorted {
        /// Its place.
        index: usize,
        /// Its symbol.
        symbol: String,
    },
}

/// A table of gene vectors that cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum VectorTableError {
    /// The bytes are something else.
    #[error("this is not a table of gene vectors: it does not start with LEXGVECS")]
    NotATable,
    /// The layout is of another version.
    #[error(
        "gene vectors: expected schema version {expected}, found {found}; build the assets again"
    )]
    Version {
        /// What this program reads.
        expected: u16,
        /// What the file says.
        found: u16,
    },
    /// The file's length contradicts its header.
    #[error("gene vectors: expected {expected} bytes, found {found}")]
    Length {
        /// What the header implies.
        expected: usize,
        /// How long it is.
        found: usize,
    },
    /// The content was changed.
    #[error("gene vectors are damaged: expected checksum {expected:08x}, found {found:08x}")]
    Checksum {
        /// What the header says.
        expected: u32,
        /// What the content gives.
        found: u32,
    },
    /// A header text is not UTF-8, or too long.
    #[error("gene vectors: header: {detail}")]
    Header {
        /// What is wrong.
        detail: String,
    },
    /// Text keys are not strictly ascending.
    #[error("gene vectors: row {row} is not in ascending order of text hash")]
    Unsorted {
        /// The first row out of order.
        row: usize,
    },
    /// A row to be written has the wrong length.
    #[error("gene vectors: expected rows of {expected} numbers, found {found}")]
    RowLength {
        /// The table's dimension.
        expected: usize,
        /// The row's.
        found: usize,
    },
    /// A row that has no direction cannot be brought to unit length.
    #[error("gene vectors: the vector of text {text_hash:016x} has length {norm}")]
    NotAVector {
        /// The text's hash.
        text_hash: u64,
        /// Its Euclidean length.
        norm: f32,
    },
}

/// An OBO file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OboError {
    /// The file is something else.
    #[error(
        "{file}: expected an OBO file, found “{found}”. Download the ontology’s .obo file, or convert it (robot convert --format obo)."
    )]
    NotObo {
        /// The file's name.
        file: String,
        /// How it begins.
        found: String,
    },
    /// A line makes no sense.
    #[error("{file}, line {line}: expected {expected}, found “{found}”. {remedy}")]
    Line {
        /// The file's name.
        file: String,
        /// Counted from 1.
        line: u64,
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
        /// What helps.
        remedy: &'static str,
    },
    /// Two stanzas are of one type.
    #[error(
        "{file}, line {line}: expected each type once, found {id} again (first in line {first}). Put both stanzas together."
    )]
    Twice {
        /// The file's name.
        file: String,
        /// Where the second begins, counted from 1.
        line: u64,
        /// The type.
        id: String,
        /// Where the first begins.
        first: u64,
    },
    /// A type is a kind of itself.
    #[error(
        "{file}, line {line}: {id} is, by its is_a lines, a kind of itself. Remove the is_a line that closes the circle."
    )]
    Circle {
        /// The file's name.
        file: String,
        /// Where the type begins, counted from 1.
        line: u64,
        /// The type.
        id: String,
    },
    /// No type is left.
    #[error(
        "{file}: expected types ([Term]) that are in use, found none ({n_obsolete} are out of use). Choose another file."
    )]
    NoTerms {
        /// The file's name.
        file: String,
        /// Types that are out of use.
        n_obsolete: usize,
    },
    /// A gzipped file is damaged.
    #[error("{file}: the gzipped file is damaged: {detail}. Download it again.")]
    Gzip {
        /// The file's name.
        file: String,
        /// What went wrong.
        detail: String,
    },
    /// The file is too large.
    #[error(
        "{file}: expected at most {most} MiB, found more. Take a subset, such as cl-basic.obo."
    )]
    TooLarge {
        /// The file's name.
        file: String,
        /// The limit.
        most: u64,
    },
}
