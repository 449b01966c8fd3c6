//! Labels from a reference to a query: through the text space, whether the two share genes or not, and
//! through the expression of the genes that they share.
//!
//! Either way each side is centred by itself ([`OwnMean`], [`ContrastPool`]), then the reference's labels
//! vote ([`LabelTransfer`]). No label of the query is read. Nothing of the text space is fitted on a side
//! but its mean; the components of expression ([`ExpressionSpace`]) are fitted on the reference alone.

mod contrast;
mod expression;
mod labels;
mod own_mean;
mod panels;

pub use contrast::{ContrastPool, ContrastWeights};
pub use expression::{
    ExpressionCells, ExpressionSettings, ExpressionSide, ExpressionSpace, FEW_SHARED, FEWEST_SHARED,
};
pub use labels::{Acceptance, LabelTransfer, Transferred};
pub use own_mean::OwnMean;
pub use panels::{GeneOverlap, SharedGenes, disjoint_halves, gene_overlap, panel, shared_genes};
