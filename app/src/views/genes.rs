//! The second stage: the data set's genes and the records that describe them.

mod report;
mod routes;
mod settings;
mod unmapped;

pub(crate) use report::GenesReport;
pub(crate) use settings::GeneSettings;
