//! The last stage: how well neighbours tell a label, by text and by expression.

mod class_table;
mod method_table;
mod report;
mod settings;
mod words;

pub(crate) use report::ScoreReport;
pub(crate) use settings::ScoreSettings;
