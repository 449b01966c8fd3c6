//! The third stage: descriptions become vectors, and vectors of genes become vectors of cells.

mod own_vectors;
mod report;
mod settings;

pub(crate) use report::{EmbedReport, backend_in_words};
pub(crate) use settings::EmbedSettings;
