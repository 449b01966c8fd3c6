//! Held-out scores: in each round of a [`Plan`](crate::split::Plan) everything is fitted on the training
//! cells alone.
//!
//! A driver goes through the rounds. It fits a [`RoundPca`] where a method needs it, runs a [`Trial`]
//! for each method, and enters what was told in the method's [`Ledger`](crate::score::Ledger). A trial
//! never holds the label of a test cell.

mod approach;
mod refinement;
mod round_pca;
mod trial;

pub use approach::Approach;
pub use round_pca::{PcaSource, RoundCells, RoundPca};
pub use trial::Trial;
