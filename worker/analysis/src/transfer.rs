//! Labels from a reference to a query through the text space, whether they share genes or not.
//!
//! Each side is pooled with weights that contrast a gene with its own mean on that side
//! ([`ContrastPool`]), so that each side is centred by itself; then the reference's labels vote
//! ([`LabelTransfer`]). No label of the query is read, and nothing is fitted on both sides at once.

mod contrast;
mod labels;
mod panels;

pub use contrast::{ContrastPool, ContrastWeights};
pub use labels::{Acceptance, LabelTransfer, Transferred};
pub use panels::{GeneOverlap, disjoint_halves, gene_overlap};
