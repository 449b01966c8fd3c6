use lexicell_matrix::{AnnData, DataFrame};

use super::dropped_features;
use super::entries::{Entry, EntryReader};
use super::parts::MatrixParts;
use crate::assembly::{ColumnBuilder, Columns, RowBuilder, Subject};
use crate::error::{FormatError, Place};
use crate::inspect::{Dropped, Note};
use crate::load::{FormatLoader, LoadChoice, LoadStatus, Loaded};

/// Bytes of text that an entry takes at least: `1 1 1` and a line end.
const ENTRY_BYTES: u64 = 4;
/// No gzip packs better.
const GZIP_RATIO: u64 = 1032;

/// Loads a matrix in one pass if its entries come cell by cell, as is usual, else in two more.
pub(super) struct MarketLoader {
    set: MatrixParts,
    kept: Vec<bool>,
    columns: Columns,
    reader: EntryReader,
    phase: Phase,
    /// Entries read in all passes, those of a pass given up included.
    done: u64,
    total: u64,
    /// Entries that the matrix should have, if none is repeated.
    stored: u64,
    notes: Vec<Note>,
    dropped: Vec<Dropped>,
}

enum Phase {
    InOrder(RowBuilder),
    Counting(ColumnBuilder),
    Placing(ColumnBuilder),
    Finished,
}

impl MarketLoader {
    pub(super) fn new(set: MatrixParts, choice: &LoadChoice) -> Result<Self, FormatError> {
        let reader = EntryReader::open(&set.file)?;
        let kept = set.kept_features(choice.keep_non_gene_features);
        let columns = Columns::kept(&kept);
        let header = set.header;
        let plausible = set.file.source.len().saturating_mul(GZIP_RATIO) / ENTRY_BYTES;
        let n_entries = (header.n_entries <= plausible).then_some(header.n_entries);
        let builder = RowBuilder::new(subject(&set), set.n_cells(), columns.clone(), n_entries)?;
        Ok(Self {
            dropped: dropped_features(&set, choice.keep_non_gene_features),
            phase: Phase::InOrder(builder),
            set,
            kept,
            columns,
            reader,
            done: 0,
            total: header.n_entries,
            stored: 0,
            notes: Vec::new(),
        })
    }

    /// Does one entry; `false` when the pass is at its end.
    fn step(&mut self) -> Result<bool, FormatError> {
        let Some(entry) = self.reader.next()? else { return Ok(false) };
        self.done += 1;
        let Entry { row, column, value } = entry;
        let (gene, cell) = if self.set.genes_in_rows { (row, column) } else { (column, row) };
        match &mut self.phase {
            Phase::InOrder(builder) if (cell as usize) < builder.rows_done() => {
                self.start_counting()?;
                return Ok(true);
            }
            Phase::InOrder(builder) => {
                while builder.rows_done() < cell as usize {
                    builder.close_row();
                }
                builder.extend(&[gene], &[value])?;
            }
            Phase::Counting(builder) => {
                builder.count(gene, &[cell])?;
                return Ok(true);
            }
            Phase::Placing(builder) => builder.place(gene, &[cell], &[value])?,
            Phase::Finished => return Ok(false),
        }
        let is_stored = value != 0.0 && value.is_finite() && self.columns.place(gene).is_some();
        self.stored += u64::from(is_stored);
        Ok(true)
    }

    fn start_counting(&mut self) -> Result<(), FormatError> {
        // The rows so far are given up before room is made for the second way.
        self.phase = Phase::Finished;
        let builder =
            ColumnBuilder::new(subject(&self.set), self.set.n_cells(), self.columns.clone())?;
        self.phase = Phase::Counting(builder);
        self.total = self.done + 2 * self.set.header.n_entries;
        self.stored = 0;
        self.reader = EntryReader::open(&self.set.file)?;
        Ok(())
    }

    /// At the end of a pass; `true` if it was the last.
    fn next_pass(&mut self) -> Result<bool, FormatError> {
        if !matches!(self.phase, Phase::Counting(_)) {
            return Ok(true);
        }
        if let Phase::Counting(mut builder) = std::mem::replace(&mut self.phase, Phase::Finished) {
            builder.end_count()?;
            self.phase = Phase::Placing(builder);
            self.reader = EntryReader::open(&self.set.file)?;
        }
        Ok(false)
    }
}

impl FormatLoader for MarketLoader {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let mut finished = false;
        for _ in 0..limit {
            if !self.step()? {
                finished = self.next_pass()?;
                break;
            }
        }
        Ok(LoadStatus { done: self.done, total: self.total, finished })
    }

    fn finish(self: Box<Self>) -> Result<Loaded, FormatError> {
        let (x, values) = match self.phase {
            Phase::InOrder(builder) => builder.finish()?,
            Phase::Placing(builder) => builder.finish()?,
            Phase::Counting(_) | Phase::Finished => {
                return Err(FormatError::Damaged {
                    file: self.set.file.name,
                    place: Place::Whole,
                    expected: "a matrix read to its end".to_owned(),
                    found: "an unfinished one".to_owned(),
                });
            }
        };
        let mut notes = self.notes;
        let repeated = self.stored.saturating_sub(x.nnz() as u64);
        if repeated > 0 {
            notes.push(Note::warning(format!(
                "{repeated} entries repeat the gene and cell of another; such entries were added up."
            )));
        }
        if values.not_finite > 0 {
            notes.push(Note::warning(format!(
                "{} values are missing or infinite; they count as 0.",
                values.not_finite
            )));
        }
        let var = self.set.var(&self.kept);
        let obs = DataFrame::new(self.set.cells.names);
        Ok(Loaded {
            adata: AnnData { x: x.into(), obs, var, ..AnnData::default() },
            values,
            notes,
            dropped: self.dropped,
        })
    }
}

fn subject(set: &MatrixParts) -> Subject {
    Subject { file: set.file.name.clone(), place: Place::Whole }
}
