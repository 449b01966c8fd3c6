//! What package registries ship: the way out where NCBI cannot be reached.

mod bioconductor;
mod goatools;
mod orthologues;

pub use bioconductor::{human_annotations, human_genes};
pub use goatools::mouse_genes;
pub use orthologues::symbol_orthologues;
