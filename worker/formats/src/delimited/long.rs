//! Tables with one line for each gene and cell, as UMI-tools writes them.

use std::collections::HashMap;

use lexicell_matrix::{AnnData, DataFrame};

use super::layout::TableLayout;
use crate::assembly::{ColumnBuilder, Columns, Subject};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::{FormatLoader, LoadStatus, Loaded};
use crate::names::notes_on_names;
use crate::text::{Number, RowReader, parse_number, unquote};

/// Loads a long table: its entries are held once more while they are sorted by cell.
pub(super) struct LongLoader {
    rows: RowReader,
    decimal_comma: bool,
    subject: Subject,
    genes: Names,
    cells: Names,
    entries: Vec<(u32, u32, f32)>,
    bytes: u64,
}

#[derive(Default)]
struct Names {
    places: HashMap<String, u32>,
    names: Vec<String>,
}

impl LongLoader {
    pub(super) fn new(file: &InputFile, layout: &TableLayout) -> Result<Self, FormatError> {
        let mut rows = RowReader::open(file, layout.separator)?;
        rows.advance()?;
        Ok(Self {
            rows,
            decimal_comma: layout.decimal_comma,
            subject: Subject { file: file.name.clone(), place: Place::Whole },
            genes: Names::default(),
            cells: Names::default(),
            entries: Vec::new(),
            bytes: file.source.len(),
        })
    }

    fn row(&mut self) -> Result<bool, FormatError> {
        if !self.rows.advance()? {
            return Ok(false);
        }
        let fields = self.rows.fields();
        let [gene, cell, value] = fields[..] else {
            return Err(self
                .rows
                .lines()
                .damaged("3 fields: gene, cell and count", fields.len().to_string()));
        };
        let Number::Value(value) = parse_number(value, self.decimal_comma) else {
            return Err(self.rows.lines().bad_field(3, "a number", value));
        };
        let entry = (self.genes.place(&unquote(gene)), self.cells.place(&unquote(cell)), value);
        if self.entries.len() == self.entries.capacity() {
            let more = (self.entries.len() / 4).max(1 << 16) as u64;
            self.subject.reserve(&mut self.entries, more)?;
        }
        self.entries.push(entry);
        Ok(true)
    }
}

impl FormatLoader for LongLoader {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let mut finished = false;
        for _ in 0..limit {
            if !self.row()? {
                finished = true;
                break;
            }
        }
        Ok(LoadStatus {
            done: self.rows.lines().position().min(self.bytes),
            total: self.bytes,
            finished,
        })
    }

    fn finish(self: Box<Self>) -> Result<Loaded, FormatError> {
        let columns = Columns::all(self.genes.names.len());
        let mut builder = ColumnBuilder::new(self.subject, self.cells.names.len(), columns)?;
        for &(gene, cell, _) in &self.entries {
            builder.count(gene, &[cell])?;
        }
        builder.end_count()?;
        for &(gene, cell, value) in &self.entries {
            builder.place(gene, &[cell], &[value])?;
        }
        let stored =
            self.entries.iter().filter(|(_, _, value)| *value != 0.0 && value.is_finite()).count();
        let (x, values) = builder.finish()?;
        let (obs, var) = (DataFrame::new(self.cells.names), DataFrame::new(self.genes.names));
        let mut notes = notes_on_names(&obs, &var);
        if stored > x.nnz() {
            let repeated = stored - x.nnz();
            notes.push(Note::warning(format!(
                "{repeated} lines repeat the gene and cell of another; they were added up."
            )));
        }
        Ok(Loaded {
            adata: AnnData { x: x.into(), obs, var, ..AnnData::default() },
            values,
            notes,
            dropped: Vec::new(),
        })
    }
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}
