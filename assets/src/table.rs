//! Tab-separated tables, gzipped or not, read line by line with the line's number at hand.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

use crate::{AssetError, Result};

/// A table with a header line.
pub struct Table {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    columns: Vec<usize>,
    width: usize,
    line: u64,
    text: String,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("path", &self.path)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// Opens a file, gzipped or not by its first bytes.
///
/// # Errors
/// A file that cannot be read.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let mut file = File::open(path).map_err(AssetError::file(path))?;
    let mut magic = [0; 2];
    let n = file.read(&mut magic).map_err(AssetError::file(path))?;
    let whole = std::io::Cursor::new(magic[..n].to_vec()).chain(file);
    Ok(if magic == [0x1f, 0x8b] {
        Box::new(BufReader::with_capacity(1 << 17, MultiGzDecoder::new(whole)))
    } else {
        Box::new(BufReader::with_capacity(1 << 17, whole))
    })
}

impl Table {
    /// Opens a table and finds `columns` in its header, which may begin with `#`.
    ///
    /// # Errors
    /// A file that cannot be read, or a header that lacks a column.
    pub fn open(path: &Path, columns: &[&str]) -> Result<Self> {
        let mut table = Self {
            path: path.to_owned(),
            reader: open(path)?,
            columns: Vec::new(),
            width: 0,
            line: 0,
            text: String::new(),
        };
        if !table.read_line()? {
            return Err(table.error("expected a header, found an empty file"));
        }
        let header: Vec<&str> =
            table.text.trim_start_matches('#').split('\t').map(str::trim).collect();
        let mut found = Vec::new();
        for column in columns {
            match header.iter().position(|name| name == column) {
                Some(at) => found.push(at),
                None => {
                    return Err(table.error(&format!(
                        "expected a column {column:?}, found {}",
                        header.join(", ")
                    )));
                }
            }
        }
        table.width = found.iter().max().map_or(0, |last| last + 1);
        table.columns = found;
        Ok(table)
    }

    /// Calls `take` with the columns of each row, in the order in which they were asked for.
    ///
    /// # Errors
    /// The first row that is too short, not UTF-8, cut off, or that `take` refuses.
    pub fn for_each(mut self, mut take: impl FnMut(&[&str]) -> Result<(), String>) -> Result<()> {
        while self.read_line()? {
            if self.text.is_empty() {
                continue;
            }
            let fields: Vec<&str> = self.text.split('\t').collect();
            if fields.len() < self.width {
                return Err(self.error(&format!(
                    "expected at least {} columns, found {}",
                    self.width,
                    fields.len()
                )));
            }
            let row: Vec<&str> = self.columns.iter().map(|&at| fields[at]).collect();
            if let Err(detail) = take(&row) {
                return Err(self.error(&detail));
            }
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<bool> {
        self.text.clear();
        self.line += 1;
        let n = self
            .reader
            .read_line(&mut self.text)
            .map_err(|error| self.error(&error.to_string()))?;
        while self.text.ends_with(['\n', '\r']) {
            self.text.pop();
        }
        Ok(n > 0)
    }

    fn error(&self, detail: &str) -> AssetError {
        AssetError::Line { path: self.path.clone(), line: self.line, detail: detail.to_owned() }
    }
}

/// A number of a row.
///
/// # Errors
/// What was expected and found, for [`Table::for_each`].
pub fn number(field: &str, what: &str) -> Result<u32, String> {
    field.parse().map_err(|_| format!("{what}: expected a number, found {field:?}"))
}
