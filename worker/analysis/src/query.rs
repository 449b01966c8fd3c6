//! Cells and clusters beside a sentence: how near they are, whether that is more than chance, and
//! which of several descriptions fits a cell best.
//!
//! A query is the encoder's vector of a text, put through the whitening of the gene table by the caller.
//! Chance is what remains when genes keep their expression but exchange their texts.

mod ranking;
mod similarity;
mod zero_shot;

pub use ranking::{ClusterScore, QueryOptions, QueryRanking};
pub use similarity::{Similarity, check_queries};
pub use zero_shot::{ZeroShot, ZeroShotLabels, ZeroShotOptions};
