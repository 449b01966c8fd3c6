//! Tables of gene vectors that a user drops in place of the encoder: ada-002, text-embedding-3, GenePT.

mod csv;
mod npy;
mod npz;
mod parquet;
mod safetensors;

use crate::archive;
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::LoadStatus;
use crate::sniff::decoded_head;
use crate::text::TextTable;

/// More dimensions than this are no embedding.
const MOST_DIMENSIONS: usize = 65_536;

/// A vector for each of many genes.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorTable {
    /// Gene names or ids, as the file has them.
    pub names: Vec<String>,
    /// Length of a vector.
    pub dim: usize,
    /// The vectors, `[names × dim]`, row-major.
    pub data: Vec<f32>,
    /// What was found, chosen or left out.
    pub notes: Vec<Note>,
}

/// How a table of vectors is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VectorFormat {
    /// One NumPy array; the names are in a file beside it.
    Npy,
    /// Several NumPy arrays in a zip archive.
    Npz,
    /// Text: a name and its numbers in each line.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Tensors as Hugging Face stores them.
    Safetensors,
}

/// Reads a table of vectors, step by step.
pub struct VectorLoader {
    file: String,
    inner: Box<dyn VectorReader>,
}

/// A reader of one format.
trait VectorReader {
    /// Goes on by about `limit` numbers.
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError>;

    /// Hands over names, dimension and numbers, and notes; only after `run` said `finished`.
    fn finish(self: Box<Self>) -> Result<VectorTable, FormatError>;
}

/// Which of the files is a table of vectors, and of which format; `None` if none can be one.
///
/// Text can be one, and can be anything else: the caller knows what was asked for.
#[must_use]
pub fn sniff_vectors(files: &[InputFile]) -> Option<(usize, VectorFormat)> {
    let formats = || files.iter().enumerate().filter_map(|(at, file)| Some((at, format_of(file)?)));
    let text_last = |(_, format): &(usize, VectorFormat)| *format == VectorFormat::Csv;
    formats().min_by_key(text_last)
}

impl VectorLoader {
    /// Prepares to read the table that is among the files; the others may hold its names.
    ///
    /// # Errors
    /// If none of the files is a table of vectors, names are missing, or the table uses something
    /// that is not supported.
    pub fn new(files: &[InputFile]) -> Result<Self, FormatError> {
        let Some((at, format)) = sniff_vectors(files) else { return Err(no_vectors(files)) };
        let file = &files[at];
        let beside: Vec<InputFile> = files
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, file)| file.clone())
            .collect();
        let inner: Box<dyn VectorReader> = match format {
            VectorFormat::Npy => Box::new(npy::NpyVectors::open(file, &beside)?),
            VectorFormat::Npz => npz::open(file)?,
            VectorFormat::Csv => Box::new(csv::CsvVectors::open(file)?),
            VectorFormat::Parquet => Box::new(parquet::ParquetVectors::open(file)?),
            VectorFormat::Safetensors => Box::new(safetensors::open(file, &beside)?),
        };
        Ok(Self { file: file.name.clone(), inner })
    }

    /// Goes on by about `limit` numbers.
    ///
    /// # Errors
    /// Whatever is wrong with the file at that place.
    pub fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        self.inner.run(limit.max(1))
    }

    /// Hands over the table, running whatever is left to run. Vectors with NaN or infinite numbers
    /// are left out and said.
    ///
    /// # Errors
    /// Whatever is wrong with the file.
    pub fn finish(mut self) -> Result<VectorTable, FormatError> {
        while !self.inner.run(1 << 20)?.finished {}
        clean(&self.file, self.inner.finish()?)
    }
}

fn format_of(file: &InputFile) -> Option<VectorFormat> {
    let mut magic = [0; 9];
    let length = file.source.len().min(9) as usize;
    file.source.read_at(0, &mut magic[..length]).ok()?;
    let header = u64::from_le_bytes([
        magic[0], magic[1], magic[2], magic[3], magic[4], magic[5], magic[6], magic[7],
    ]);
    match &magic {
        _ if magic.starts_with(b"\x93NUMPY") => Some(VectorFormat::Npy),
        _ if magic.starts_with(b"PAR1") => Some(VectorFormat::Parquet),
        _ if magic.starts_with(b"PK\x03\x04") => npz::is_npz(file).then_some(VectorFormat::Npz),
        _ if magic[8] == b'{' && header < file.source.len() => Some(VectorFormat::Safetensors),
        _ => {
            let head = decoded_head(file).ok()?.bytes;
            let is_text = !head.is_empty()
                && !head.contains(&0)
                && std::str::from_utf8(&head[..head.len().min(64)]).is_ok();
            is_text.then_some(VectorFormat::Csv)
        }
    }
}

fn no_vectors(files: &[InputFile]) -> FormatError {
    let is_pickle = |file: &&InputFile| {
        let mut magic = [0; 2];
        file.source.read_at(0, &mut magic).is_ok()
            && magic[0] == 0x80
            && (2..=5).contains(&magic[1])
    };
    let pickle = files.iter().find(is_pickle);
    let (found, remedy) = match pickle {
        Some(_) => (
            "a Python pickle, which is a program and not only data",
            "In Python: d = pickle.load(open(…, \"rb\")); numpy.savez(\"genes.npz\", names=list(d), vectors=numpy.array(list(d.values()), \"f4\")), then drop genes.npz.",
        ),
        None => (
            "no table of gene vectors",
            "Gene vectors are read from npz, npy with a list of names beside it, CSV, Parquet and safetensors.",
        ),
    };
    FormatError::NotRecognised {
        file: pickle.or(files.first()).map_or_else(String::new, |file| file.name.clone()),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// Leaves out vectors that are not finite, and says what is odd.
fn clean(file: &str, mut table: VectorTable) -> Result<VectorTable, FormatError> {
    let VectorTable { names, dim, data, notes } = &mut table;
    if names.is_empty() || *dim < 2 || *dim > MOST_DIMENSIONS || data.len() != names.len() * *dim {
        return Err(FormatError::NoUsableMatrix {
            file: file.to_owned(),
            place: Place::Whole,
            expected: format!("gene vectors of 2 to {MOST_DIMENSIONS} numbers each"),
            found: format!("{} names and {} numbers, {dim} to a vector", names.len(), data.len()),
            remedy: "Save one row for each gene: its name and its numbers.".to_owned(),
        });
    }
    let is_good: Vec<bool> = data
        .chunks_exact(*dim)
        .map(|vector| vector.iter().all(|value| value.is_finite()))
        .collect();
    let bad = is_good.iter().filter(|good| !**good).count();
    if bad > 0 {
        let mut kept = 0;
        for (at, _) in is_good.iter().enumerate().filter(|(_, good)| **good) {
            data.copy_within(at * *dim..(at + 1) * *dim, kept * *dim);
            names.swap(at, kept);
            kept += 1;
        }
        names.truncate(kept);
        data.truncate(kept * *dim);
        notes.push(Note::warning(format!(
            "{bad} vectors hold missing or infinite numbers and are left out."
        )));
    }
    let zeros =
        data.chunks_exact(*dim).filter(|vector| vector.iter().all(|&value| value == 0.0)).count();
    if zeros > 0 {
        notes.push(Note::warning(format!(
            "{zeros} vectors are all zero, so that they have no direction."
        )));
    }
    let mut seen = std::collections::HashSet::with_capacity(names.len());
    let mut repeats = names.iter().filter(|name| !seen.insert(name.as_str()));
    if let Some(first) = repeats.next() {
        let count = 1 + repeats.count();
        notes.push(Note::warning(format!(
            "{count} names repeat an earlier one, for example {first:?}; the first counts."
        )));
    }
    Ok(table)
}

/// Makes room for a table, or says that there is none.
fn room(file: &str, rows: u64, dim: u64) -> Result<Vec<f32>, FormatError> {
    let count = rows.checked_mul(dim).and_then(|count| usize::try_from(count).ok());
    let mut data = Vec::new();
    let reserved = count.is_some_and(|count| data.try_reserve_exact(count).is_ok());
    if reserved {
        return Ok(data);
    }
    Err(FormatError::TooLarge {
        file: file.to_owned(),
        place: Place::Whole,
        needed: format!("{rows} vectors of {dim} numbers"),
        limit: "memory has no such room left".to_owned(),
        remedy: "Keep only the genes that the data set has.".to_owned(),
    })
}

/// The names beside an array: a text file with so many lines, or one more for a header.
fn names_beside(
    file: &InputFile,
    beside: &[InputFile],
    n: usize,
) -> Result<(Vec<String>, Note), FormatError> {
    let mut found = Vec::new();
    for other in beside {
        if let Some(names) = npy::string_array(other)?.filter(|names| names.len() == n) {
            return Ok((names, Note::info(format!("The names come from {}.", other.name))));
        }
        if archive::is_zip(other)? || format_of(other) != Some(VectorFormat::Csv) {
            continue;
        }
        let names = listed_names(other)?;
        match names.len() {
            lines if lines == n => {
                return Ok((names, Note::info(format!("The names come from {}.", other.name))));
            }
            lines if lines == n + 1 => {
                let note = Note::info(format!(
                    "The names come from {}; its first line was taken for a header.",
                    other.name
                ));
                return Ok((names.into_iter().skip(1).collect(), note));
            }
            lines => found.push(format!("{} has {lines} lines", other.name)),
        }
    }
    if found.is_empty() {
        return Err(FormatError::MissingPart {
            files: file.name.clone(),
            missing: format!("the file with the {n} gene names of its vectors"),
            remedy: "Drop a text file with one name in each line together with it.".to_owned(),
        });
    }
    Err(FormatError::DimensionMismatch {
        file: file.name.clone(),
        place: Place::Whole,
        expected: format!("{n} gene names, one for each vector"),
        found: found.join(", "),
        remedy: "Drop the list of names that was made together with these vectors.".to_owned(),
    })
}

/// A JSON list of strings, or the first column of text.
fn listed_names(file: &InputFile) -> Result<Vec<String>, FormatError> {
    let length = file.source.len();
    let mut first = [0];
    if length > 0
        && length < 1 << 28
        && file.source.read_at(0, &mut first).is_ok()
        && first == *b"["
    {
        let mut bytes = vec![0; length as usize];
        let read = file.source.read_at(0, &mut bytes);
        read.map_err(|error| FormatError::from_io(file, Place::Whole, &error))?;
        if let Ok(names) = serde_json::from_slice(&bytes) {
            return Ok(names);
        }
    }
    let table = TextTable::read(file, false)?;
    Ok(if table.columns.is_empty() { table.first } else { table.with_first(0) })
}

fn unsupported(
    file: &str,
    place: Place,
    expected: &str,
    found: impl Into<String>,
    remedy: &str,
) -> FormatError {
    FormatError::Unsupported {
        file: file.to_owned(),
        place,
        expected: expected.to_owned(),
        found: found.into(),
        remedy: remedy.to_owned(),
    }
}
