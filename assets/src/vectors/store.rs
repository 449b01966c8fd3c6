//! Vectors on disk, appended as they are computed: an interrupted run goes on where it stopped.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use flate2::Crc;
use half::f16;

use crate::{AssetError, Result};

const MAGIC: &[u8; 8] = b"LEXVSTR1";

/// Unit vectors by text hash.
///
/// Each record bears a checksum. A record that an interrupted run left half written is cut off when
/// the store is opened again.
#[derive(Debug)]
pub struct VectorStore {
    path: PathBuf,
    file: File,
    dim: usize,
    rows: HashMap<u64, Vec<f16>>,
}

impl VectorStore {
    /// Opens or starts a store of vectors with `dim` numbers.
    ///
    /// # Errors
    /// A file that cannot be read or written, or that holds vectors of another length.
    pub fn open(path: &Path, dim: usize) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(AssetError::file(folder))?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(AssetError::file(path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(AssetError::file(path))?;
        let mut store = Self { path: path.to_owned(), file, dim, rows: HashMap::new() };
        let header = store.header();
        if bytes.len() < header.len() && header.starts_with(&bytes) {
            store.restart(&header)?;
            return Ok(store);
        }
        let Some(records) = bytes.strip_prefix(header.as_slice()) else {
            return Err(AssetError::content(
                path,
                format!("expected a store of vectors of {dim} numbers"),
            ));
        };
        let mut good = header.len();
        for record in records.chunks_exact(store.record_length()) {
            let Some((hash, row)) = read_record(record) else { break };
            store.rows.insert(hash, row);
            good += record.len();
        }
        store.file.set_len(good as u64).map_err(AssetError::file(path))?;
        store.file.seek(SeekFrom::End(0)).map_err(AssetError::file(path))?;
        Ok(store)
    }

    fn header(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &(self.dim as u32).to_le_bytes()].concat()
    }

    fn record_length(&self) -> usize {
        8 + 2 * self.dim + 4
    }

    fn restart(&mut self, header: &[u8]) -> Result<()> {
        let path = &self.path;
        self.file.set_len(0).map_err(AssetError::file(path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(AssetError::file(path))?;
        self.file.write_all(header).map_err(AssetError::file(path))
    }

    /// Length of the vectors.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many vectors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a text has its vector.
    #[must_use]
    pub fn contains(&self, text_hash: u64) -> bool {
        self.rows.contains_key(&text_hash)
    }

    /// The vector of a text.
    #[must_use]
    pub fn get(&self, text_hash: u64) -> Option<Vec<f32>> {
        self.rows.get(&text_hash).map(|row| row.iter().map(|value| value.to_f32()).collect())
    }

    /// Appends vectors, brought to unit length, and writes them to disk.
    ///
    /// # Errors
    /// A vector of another length, zero or not finite, or a file that cannot be written.
    pub fn append(&mut self, vectors: &[(u64, &[f32])]) -> Result<()> {
        let mut bytes = Vec::with_capacity(vectors.len() * self.record_length());
        let mut new = Vec::with_capacity(vectors.len());
        for &(hash, vector) in vectors {
            let wrong = |detail: String| {
                AssetError::content(&self.path, format!("text {hash:016x}: {detail}"))
            };
            if vector.len() != self.dim {
                return Err(wrong(format!(
                    "expected {} numbers, found {}",
                    self.dim,
                    vector.len()
                )));
            }
            let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
            if !norm.is_normal() {
                return Err(wrong(format!("a vector of length {norm} has no direction")));
            }
            let row: Vec<f16> =
                vector.iter().map(|&v| f16::from_f64(f64::from(v) / norm)).collect();
            let start = bytes.len();
            bytes.extend_from_slice(&hash.to_le_bytes());
            row.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            let checksum = checksum(&bytes[start..]);
            bytes.extend_from_slice(&checksum.to_le_bytes());
            new.push((hash, row));
        }
        self.file.write_all(&bytes).map_err(AssetError::file(&self.path))?;
        self.rows.extend(new);
        Ok(())
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn read_record(record: &[u8]) -> Option<(u64, Vec<f16>)> {
    let (body, crc) = record.split_at_checked(record.len().checked_sub(4)?)?;
    if checksum(body).to_le_bytes() != crc {
        return None;
    }
    let (hash, row) = body.split_first_chunk::<8>()?;
    Some((
        u64::from_le_bytes(*hash),
        row.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes)).collect(),
    ))
}
