//! Tables of figures, as CSV and as Markdown.

use std::{fmt::Write as _, path::Path};

use lexicell_analysis::score::MeanSd;

use crate::error::{AblationError, Result};

/// A table that is written as it is read.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    pub(crate) fn push<S: Into<String>>(&mut self, row: impl IntoIterator<Item = S>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    pub(crate) fn csv(&self) -> String {
        let line = |fields: &Vec<String>| {
            let quoted = fields.iter().map(|field| {
                if field.contains([',', '"', '\n']) {
                    format!("\"{}\"", field.replace('"', "\"\""))
                } else {
                    field.clone()
                }
            });
            quoted.collect::<Vec<_>>().join(",") + "\n"
        };
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    pub(crate) fn markdown(&self) -> String {
        let line = |fields: &Vec<String>| format!("| {} |\n", fields.join(" | "));
        let rule = vec!["---".to_owned(); self.header.len()];
        [&self.header, &rule].into_iter().chain(&self.rows).map(line).collect()
    }
}

/// `.812 ± .013`
pub(crate) fn mean_sd(value: MeanSd) -> String {
    format!("{} ± {}", short(value.mean), short(value.sd))
}

/// Three places, without the zero before the point.
pub(crate) fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    match text.strip_prefix("0.") {
        Some(places) => format!(".{places}"),
        None => text.strip_prefix("-0.").map_or(text.clone(), |places| format!("−.{places}")),
    }
}

/// A difference with its interval.
pub(crate) fn interval(difference: f64, low: f64, high: f64) -> String {
    let sign = if difference > 0.0 { "+" } else { "" };
    format!("{sign}{} [{}, {}]", short(difference), short(low), short(high))
}

pub(crate) fn full(value: f64) -> String {
    format!("{value:.5}")
}

/// A Markdown page with a title, prose and tables.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn new(title: &str, prose: &str) -> Self {
        Self(format!("# {title}\n\n{prose}\n"))
    }

    pub(crate) fn section(&mut self, title: &str, prose: &str, table: &Table) {
        let _ = write!(self.0, "\n## {title}\n\n{prose}\n\n{}", table.markdown());
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(AblationError::file(folder))?;
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(AblationError::file(&path))
}
