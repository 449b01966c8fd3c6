//! The stage between map and score: the space refined by training on the scientist's own labels.

mod course;
mod head;
mod picture;
mod quality;
mod reference;
mod report;
mod settings;
mod settings_more;
mod told_table;

pub(crate) use report::RefineReport;
pub(crate) use settings::RefineSettings;
