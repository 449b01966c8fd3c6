//! Parquet, as far as tables of vectors need it: one column of text, and one list of numbers or one
//! column of numbers for each dimension.
//!
//! Read are plain, dictionary and byte-stream-split encodings, both page versions, and no
//! compression, Snappy, gzip and Zstandard, which is what pandas, polars, DuckDB and Arrow write by
//! default. Not read, and said: Brotli, LZ4, delta encodings, encryption. The `parquet` crate would
//! cost several hundred kilobytes of wasm for the same tables.

mod meta;
mod pages;
mod snappy;
mod thrift;

use super::{VectorReader, VectorTable, room, unsupported};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::LoadStatus;
use crate::text::look_at_names;
use meta::{Leaf, Meta, Physical};
use pages::{ChunkReader, Page};

/// Reads names and vectors page by page.
pub(super) struct ParquetVectors {
    file: InputFile,
    meta: Meta,
    /// Leaves to read: the names first, then the numbers.
    leaves: Vec<usize>,
    is_list: bool,
    /// Chunk that is being read: row group and place in `leaves`.
    at: (usize, usize),
    chunk: Option<ChunkReader>,
    names: Vec<String>,
    data: Vec<f32>,
    /// Where the open row of a list column starts, and the length of the rows before.
    row_start: usize,
    dim: Option<usize>,
    /// Rows of the groups before, and of the open chunk.
    rows_before: usize,
    row: usize,
    total: u64,
    done: u64,
}

impl ParquetVectors {
    pub(super) fn open(file: &InputFile) -> Result<Self, FormatError> {
        let meta = Meta::read(file)?;
        let texts: Vec<usize> =
            meta.places(|leaf| leaf.physical == Physical::Bytes && leaf.max_rep == 0);
        let lists = meta.places(|leaf| leaf.physical.is_real() && leaf.max_rep == 1);
        let flats = meta.places(|leaf| leaf.physical.is_real() && leaf.max_rep == 0);
        let name = names_leaf(file, &meta, &texts)?;
        let is_list = !lists.is_empty();
        let numbers = if is_list { vec![lists[0]] } else { flats };
        if numbers.is_empty() {
            let remedy = "Save a column of names, and the vectors as a list column or as one column for each dimension, in float or double.";
            return Err(unsupported(
                &file.name,
                Place::Whole,
                "columns of real numbers",
                "none",
                remedy,
            ));
        }
        let dim = (!is_list).then_some(numbers.len());
        let mut data =
            room(&file.name, if is_list { 0 } else { meta.n_rows }, numbers.len() as u64)?;
        if !is_list {
            data.resize(meta.n_rows as usize * numbers.len(), f32::NAN);
        }
        let leaves: Vec<usize> = std::iter::once(name).chain(numbers).collect();
        let total = meta
            .groups
            .iter()
            .flat_map(|group| leaves.iter().filter_map(|&leaf| group.get(leaf)))
            .map(|chunk| chunk.n_values)
            .sum();
        Ok(Self {
            file: file.clone(),
            meta,
            leaves,
            is_list,
            at: (0, 0),
            chunk: None,
            names: Vec::new(),
            data,
            row_start: 0,
            dim,
            rows_before: 0,
            row: 0,
            total,
            done: 0,
        })
    }

    /// Reads one page; `false` at the end of the last chunk.
    fn page(&mut self) -> Result<bool, FormatError> {
        let (group, place) = self.at;
        let Some(chunks) = self.meta.groups.get(group) else { return Ok(false) };
        let leaf = self.leaves[place];
        let Some(chunk) = chunks.get(leaf) else {
            return Err(self.wrong("a chunk for every column", "fewer"));
        };
        let mut reader = match self.chunk.take() {
            Some(reader) => reader,
            None => {
                self.row = 0;
                ChunkReader::open(&self.file, &self.meta.leaves[leaf], chunk)
            }
        };
        match reader.next()? {
            Some(page) => {
                self.done += page.n_entries as u64;
                let leaf = self.meta.leaves[leaf].clone();
                self.add(place, &leaf, page)?;
                self.chunk = Some(reader);
            }
            None => {
                self.close_row()?;
                if place + 1 < self.leaves.len() {
                    self.at = (group, place + 1);
                } else {
                    self.at = (group + 1, 0);
                    self.rows_before = self.names.len();
                }
            }
        }
        Ok(true)
    }

    fn add(&mut self, place: usize, leaf: &Leaf, page: Page) -> Result<(), FormatError> {
        if place == 0 {
            let mut texts = page.texts.into_iter();
            for at in 0..page.n_entries {
                let known = page.definition.get(at).is_none_or(|&level| level == leaf.max_def);
                let text = if known { texts.next() } else { Some(Vec::new()) };
                self.names.push(String::from_utf8_lossy(&text.unwrap_or_default()).into_owned());
            }
            return Ok(());
        }
        let mut numbers = page.numbers.into_iter();
        for at in 0..page.n_entries {
            let level = page.definition.get(at).copied().unwrap_or(leaf.max_def);
            let value =
                if level == leaf.max_def { numbers.next().unwrap_or(f32::NAN) } else { f32::NAN };
            if !self.is_list {
                let columns = self.leaves.len() - 1;
                let cell = (self.rows_before + self.row) * columns + place - 1;
                match self.data.get_mut(cell) {
                    Some(cell) => *cell = value,
                    None => return Err(self.wrong("as many rows as the file says", "more")),
                }
                self.row += 1;
                continue;
            }
            if page.repetition.get(at).is_none_or(|&level| level == 0) {
                self.close_row()?;
            }
            // A list that is empty or missing has an entry too, at a lower level.
            if level >= leaf.element_def {
                if self.data.len() == self.data.capacity() {
                    let more = self.data.len().max(1 << 16);
                    self.data
                        .try_reserve_exact(more)
                        .map_err(|_| self.wrong("room in memory", "none"))?;
                }
                self.data.push(value);
            }
            self.row += 1;
        }
        Ok(())
    }

    /// Every list must be as long as the first.
    fn close_row(&mut self) -> Result<(), FormatError> {
        if !self.is_list || self.data.len() == self.row_start {
            return Ok(());
        }
        let length = self.data.len() - self.row_start;
        let dim = *self.dim.get_or_insert(length);
        self.row_start = self.data.len();
        if dim == length {
            return Ok(());
        }
        Err(self.wrong(
            &format!("vectors of {dim} numbers, like the first"),
            &format!("one of {length}"),
        ))
    }

    fn wrong(&self, expected: &str, found: &str) -> FormatError {
        FormatError::Damaged {
            file: self.file.name.clone(),
            place: Place::Whole,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }
}

impl VectorReader for ParquetVectors {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let stop = self.done.saturating_add(limit as u64);
        let mut finished = false;
        while self.done < stop && !finished {
            finished = !self.page()?;
        }
        Ok(LoadStatus { done: self.done.min(self.total), total: self.total, finished })
    }

    fn finish(self: Box<Self>) -> Result<VectorTable, FormatError> {
        let name = |leaf: usize| self.meta.leaves[leaf].path.clone();
        let what = if self.is_list {
            format!("the lists in column {:?}", name(self.leaves[1]))
        } else {
            format!("{} columns", self.leaves.len() - 1)
        };
        let notes = vec![Note::info(format!(
            "Names are the column {:?}, vectors {what}.",
            name(self.leaves[0])
        ))];
        Ok(VectorTable { names: self.names, dim: self.dim.unwrap_or(0), data: self.data, notes })
    }
}

/// Of several columns of text the one that looks most like genes.
fn names_leaf(file: &InputFile, meta: &Meta, texts: &[usize]) -> Result<usize, FormatError> {
    let mut best: Option<(f64, usize)> = None;
    for &leaf in texts {
        let chunk = meta.groups.first().and_then(|group| group.get(leaf));
        let page = chunk.map(|chunk| ChunkReader::open(file, &meta.leaves[leaf], chunk).next());
        let texts = page.transpose()?.flatten().map(|page| page.texts).unwrap_or_default();
        let names: Vec<String> =
            texts.iter().take(500).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
        let score = look_at_names(&names).gene_score();
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, leaf));
        }
    }
    best.map(|(_, leaf)| leaf).ok_or_else(|| FormatError::MissingNames {
        file: file.name.clone(),
        place: Place::Whole,
        missing: "gene names".to_owned(),
        found: "no column of text".to_owned(),
        remedy: "Save the names as a column: df.reset_index().to_parquet(…).".to_owned(),
    })
}
