//! The last stage: how well a label is told, by text and by expression, and what that is worth.

mod class_table;
mod comparison_table;
mod curve_table;
mod details;
mod method_choice;
mod method_table;
mod report;
mod settings;
mod split_fields;

pub(crate) use class_table::{RARE, class_sizes};
pub(crate) use report::ScoreReport;
pub(crate) use settings::ScoreSettings;
