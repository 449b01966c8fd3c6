//! The first stage: the data set, what was found in it and what was chosen.

mod columns;
mod landing;
mod matrices;
mod report;
mod settings;
mod words;

pub(crate) use landing::Landing;
pub(crate) use report::DataReport;
pub(crate) use settings::DataSettings;
