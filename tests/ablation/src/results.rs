//! The committed tables: what a run measures takes the place of the same rows of earlier runs, and the
//! pages are written from the tables alone.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use lexicell_assets::fetch::default_cache;

use crate::{
    error::{AblationError, Result},
    lock::lock,
    table::{Row, Table},
};

/// A CSV file of figures.
pub(crate) struct Sheet {
    pub(crate) file: &'static str,
    pub(crate) header: &'static [&'static str],
    /// What is measured at once; rows lie in the order of these.
    pub(crate) key: &'static [Key],
}

/// A column of the key.
pub(crate) struct Key {
    pub(crate) column: &'static str,
    /// Where a value stands in a full run; none for one that no run measures any more.
    pub(crate) place: fn(&str) -> Option<usize>,
}

/// The folder with the tables.
pub(crate) struct Results {
    folder: PathBuf,
}

impl Results {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The rows of a sheet; none where it was never written.
    pub(crate) fn read(&self, sheet: &Sheet) -> Result<Table> {
        let path = self.folder.join(sheet.file);
        let found = match std::fs::read_to_string(&path) {
            Ok(text) => Table::parse(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Table::new(sheet.header.to_vec()),
            Err(error) => return Err(AblationError::file(&path)(error)),
        };
        if found.header != sheet.header || found.rows.iter().any(|r| r.len() != sheet.header.len())
        {
            let expected = sheet.header.join(",");
            return Err(AblationError::Columns { path, expected });
        }
        Ok(found)
    }

    /// Puts rows in the place of those that have the same key.
    pub(crate) fn replace(&self, sheet: &Sheet, rows: Vec<Vec<String>>) -> Result<()> {
        let _held = lock(&default_cache().join("ablation"), "results")?;
        let mut new = Table::new(sheet.header.to_vec());
        new.rows = rows;
        let measured: Vec<Vec<&str>> = new.rows().map(|row| sheet.key_of(&row)).collect();
        let old = self.read(sheet)?;
        let kept = old.rows().zip(&old.rows);
        let kept = kept.filter(|(row, _)| !measured.contains(&sheet.key_of(row)));
        let mut rows: Vec<Vec<String>> = kept.map(|(_, fields)| fields.clone()).collect();
        rows.extend(new.rows);
        let mut all = Table { header: new.header, rows };
        sheet.sort(&mut all);
        self.write(sheet.file, &all.csv())
    }

    /// Writes a whole file or nothing of it.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(AblationError::file(&self.folder))?;
        let (path, part) = (self.folder.join(name), self.folder.join(format!("{name}.part")));
        std::fs::write(&part, text).map_err(AblationError::file(&part))?;
        std::fs::rename(&part, &path).map_err(AblationError::file(&path))
    }
}

impl Sheet {
    fn key_of<'a>(&self, row: &Row<'a>) -> Vec<&'a str> {
        self.key.iter().map(|key| row.text(key.column)).collect()
    }

    fn sort(&self, table: &mut Table) {
        let place = |row: Row<'_>| -> Vec<usize> {
            let place = |key: &Key| (key.place)(row.text(key.column)).unwrap_or(usize::MAX);
            self.key.iter().map(place).collect()
        };
        let places: Vec<Vec<usize>> = table.rows().map(place).collect();
        let mut rows: Vec<_> = places.into_iter().zip(std::mem::take(&mut table.rows)).collect();
        rows.sort_by(|(first, _), (second, _)| first.cmp(second));
        table.rows = rows.into_iter().map(|(_, row)| row).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: Sheet = Sheet {
        file: "figures.csv",
        header: &["set", "part", "value"],
        key: &[
            Key { column: "set", place: |set| ["a", "b"].iter().position(|key| *key == set) },
            Key { column: "part", place: |part| ["x", "y"].iter().position(|key| *key == part) },
        ],
    };

    fn rows(rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn only_what_was_measured_again_is_replaced() {
        let folder = std::env::temp_dir().join(format!("lexicell-figures-{}", std::process::id()));
        let results = Results::new(&folder);
        let replace = |new: &[[&str; 3]]| results.replace(&SHEET, rows(new)).expect("writes");
        replace(&[["b", "x", "1"], ["b", "x", "2"], ["b", "y", "3"]]);
        replace(&[["a", "y", "4"]]);
        replace(&[["b", "x", "5"]]);
        let found = results.read(&SHEET).expect("reads").rows;
        assert_eq!(found, rows(&[["a", "y", "4"], ["b", "x", "5"], ["b", "y", "3"]]));
        results.write(SHEET.file, "set,value\na,1\n").expect("writes");
        assert!(matches!(results.read(&SHEET), Err(AblationError::Columns { .. })));
        std::fs::remove_dir_all(&folder).expect("removes");
    }
}
