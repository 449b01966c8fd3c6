//! Terms (Gene Ontology) that a list or an order of genes has more of than chance gives.
//!
//! Everything is said against a stated background: the genes that could have been found, say those
//! expressed that have a text. Genes are positions among them, terms are positions in the caller's list.
//! Genes of one term rise and fall together, which both tests leave out of account, as all such tests
//! do: a p is a way to order terms.

mod hypergeometric;
mod preranked;
mod ranked;
mod redundancy;
mod term_sets;

pub use hypergeometric::{TermTest, over_representation};
pub use preranked::{FEWEST_BEYOND, Preranked, PrerankedTest};
pub use ranked::{RankTest, by_rank};
pub use redundancy::{Reduction, reduce, reduce_preranked, reduce_ranked};
pub use term_sets::{TERM_SIZES, TermPropagation, TermSets};

const STEP: &str = "enrichment";
