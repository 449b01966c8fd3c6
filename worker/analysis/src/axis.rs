//! An axis between two groups of units: vulnerable and resilient types, donors, samples.
//!
//! A unit is a set of cells, and units are what is compared: a thousand cells of one donor are one donor.
//! The axis leads from the mean of one group's centroids to that of the other's; every cell and every other
//! unit has a place along it. [`Axis`] tests it by dealing the units anew, and refits it without each
//! unit.

mod job;
mod permutation;

pub use job::{Axis, AxisOptions, AxisResult, LeftOut, UnitSummary};
pub use permutation::AxisTest;
