//! The joint view: expression and text in one space (P4).
//!
//! Two heads of one shape, one on a cell's text embedding and one on its principal components, are
//! trained together: InfoNCE pulls the two views of a cell to each other, and SupCon within each view
//! pulls cells of a class together where there are labels. A cell is then
//! `[√w · z_text ; √(1 − w) · z_expression]`, so that the cosine of two cells is
//! `w · cos_text + (1 − w) · cos_expression`; `w` is chosen by cells kept aside. It runs on the CPU alone.

mod cells;
mod checkpoint;
pub mod file;
mod info_nce;
pub mod network;
mod options;
mod space;
mod training;
mod validation;
mod weight;

pub use cells::PairedCells;
pub use options::JointOptions;
pub use space::JointSpace;
pub use training::{JointRefined, JointTraining};
pub use weight::{EVEN_WEIGHT, WEIGHTS, WeightScore};
