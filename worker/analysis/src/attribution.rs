//! Which genes set two sets of cells apart in the text space, and by how much.
//!
//! A pooled cell is `Σ_g w̃_ig e_g` with weights that sum to one ([`CpuPool`](crate::pool::CpuPool) does
//! not scale its rows afterwards), so the difference of two means is a sum over genes, exactly:
//! [`Attribution`]. Behind a projection head it no longer is; [`RefinedAttribution`] follows gradients and
//! says how much they leave unexplained.
//!
//! Cells are what is permuted, so p says whether these cells could have been dealt into these sets by
//! chance. It takes cells of one donor for independent, and sets that were found on the same vectors
//! (clusters) are apart by construction: for donors, samples or types see [`axis`](crate::axis).

mod exact;
mod gradient;
mod null;
mod refined;
mod sets;
mod significance;
mod weights;

pub use exact::{Attributed, Attribution, Contribution, Permutations, Separation};
pub use refined::{Paths, RefinedAttributed, RefinedAttribution, RefinedContribution};

pub(crate) use sets::check as check_sets;
pub(crate) use significance::ln_choose;
pub(crate) use weights::CellWeights;
