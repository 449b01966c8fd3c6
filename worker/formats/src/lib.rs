//! Single-cell files to and from AnnData.
//!
//! [`sniff`] says what a file is, [`inspect`] what is in it without reading a matrix whole, and a
//! [`Loader`] reads the chosen matrix in short steps. Files are read at random through a
//! [`ByteSource`], so that none has to be in memory whole.

mod archive;
mod assembly;
mod choose;
mod delimited;
mod error;
mod h5ad;
mod hdf5;
mod input;
mod inspect;
mod load;
mod loom;
mod matrix_market;
mod names;
mod sidecar;
mod sniff;
mod source;
mod tenx;
mod text;
mod values;
mod vectors;
mod write;

pub use error::{FormatError, FormatErrorKind, Place};
pub use input::InputFile;
pub use inspect::{
    ColumnKind, ColumnSummary, Dropped, FileSummary, Inspection, MatrixCandidate, MatrixLayout,
    Note, NoteLevel, Orientation, inspect,
};
pub use load::{LoadChoice, LoadStatus, Loaded, Loader};
pub use sniff::{Format, sniff};
#[cfg(not(target_arch = "wasm32"))]
pub use source::FileSource;
pub use source::{ByteSource, BytesSource, PAGE_BYTES, PAGE_COUNT, PagedSource};
pub use values::{ValueState, ValueStats, ValueSummary};
pub use vectors::{VectorFormat, VectorLoader, VectorTable, sniff_vectors};
pub use write::{
    CellTable, H5adWriter, TableColumn, WriteStatus, write_cells_csv, write_h5ad, write_table_csv,
};
