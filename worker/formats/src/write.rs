//! Writers: h5ad for scanpy, CSV for everything else.

mod csv;
mod h5ad;
mod hdf5;

pub use csv::{CellTable, TableColumn, write_cells_csv, write_table_csv};
pub use h5ad::{H5adWriter, WriteStatus, write_h5ad};
