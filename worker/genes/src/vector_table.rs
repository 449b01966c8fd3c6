//! Precomputed gene vectors: a table of f16 rows, found by the hash of the text that was embedded.
//!
//! A row is used only where the gene's text is still the one that was embedded, so that a table may
//! be older than the bundle.

use flate2::Crc;
use half::f16;

use crate::VectorTableError;

const MAGIC: &[u8; 8] = b"LEXGVECS";
const VERSION: u16 = 1;

/// What a table was computed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorTableHeader {
    /// The model's id, `all-MiniLM-L6-v2`.
    pub model: String,
    /// The hash of the model's weights; a remote model has its service and name instead.
    pub model_hash: String,
    /// [`crate::Template::hash`].
    pub template_hash: u64,
    /// How tokens were pooled and texts cut: `mean, 256 tokens`.
    pub pooling: String,
    /// Numbers in a vector.
    pub dim: u32,
}

/// A table of unit vectors.
///
/// # Shapes
/// `text_hashes[n]` strictly ascending, rows `[n × dim]` row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorTable {
    header: VectorTableHeader,
    text_hashes: Vec<u64>,
    rows: Vec<f16>,
}

impl VectorTable {
    /// What the table was computed with.
    #[must_use]
    pub fn header(&self) -> &VectorTableHeader {
        &self.header
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.header.dim as usize
    }

    /// How many vectors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text_hashes.len()
    }

    /// Whether there is no vector.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text_hashes.is_empty()
    }

    /// The unit vector of a text, by its [`crate::text_hash`].
    #[must_use]
    pub fn get(&self, text_hash: u64) -> Option<&[f16]> {
        let row = self.text_hashes.binary_search(&text_hash).ok()?;
        Some(&self.rows[row * self.dim()..(row + 1) * self.dim()])
    }

    /// Writes the unit vector of a text into `out`, as f32; false if the table has none.
    ///
    /// # Shapes
    /// `out[dim]`; an `out` of another length is left alone.
    #[must_use]
    pub fn copy_into(&self, text_hash: u64, out: &mut [f32]) -> bool {
        match self.get(text_hash) {
            Some(row) if row.len() == out.len() => {
                for (out, value) in out.iter_mut().zip(row) {
                    *out = value.to_f32();
                }
                true
            }
            _ => false,
        }
    }

    /// All rows: text hash and vector.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[f16])> {
        self.text_hashes.iter().copied().zip(self.rows.chunks_exact(self.dim().max(1)))
    }

    /// Reads a table.
    ///
    /// # Errors
    /// Bytes that are no table, of another version, cut off, damaged or out of order.
    pub fn decode(bytes: &[u8]) -> Result<Self, VectorTableError> {
        let mut cursor = Cursor { bytes, at: 0 };
        if cursor.take(8) != Some(MAGIC) {
            return Err(VectorTableError::NotATable);
        }
        let short = || VectorTableError::Length { expected: bytes.len() + 1, found: bytes.len() };
        let version = cursor.u16().ok_or_else(short)?;
        if version != VERSION {
            return Err(VectorTableError::Version { expected: VERSION, found: version });
        }
        let (dim, n) = (cursor.u32().ok_or_else(short)?, cursor.u32().ok_or_else(short)?);
        let template_hash = cursor.u64().ok_or_else(short)?;
        let checksum = cursor.u32().ok_or_else(short)?;
        let body = cursor.at;
        let mut text = || {
            let length = cursor.u16().ok_or_else(short)?;
            let bytes = cursor.take(length.into()).ok_or_else(short)?;
            String::from_utf8(bytes.to_vec())
                .map_err(|error| VectorTableError::Header { detail: error.to_string() })
        };
        let header = VectorTableHeader {
            model: text()?,
            model_hash: text()?,
            pooling: text()?,
            template_hash,
            dim,
        };
        let expected = (n as usize)
            .checked_mul(8 + 2 * dim as usize)
            .and_then(|rows| rows.checked_add(cursor.at))
            .unwrap_or(usize::MAX);
        if expected != bytes.len() {
            return Err(VectorTableError::Length { expected, found: bytes.len() });
        }
        let found = crc(&bytes[body..]);
        if found != checksum {
            return Err(VectorTableError::Checksum { expected: checksum, found });
        }
        let (hashes, rows) = bytes[cursor.at..].split_at(8 * n as usize);
        let (hashes, _) = hashes.as_chunks::<8>();
        let text_hashes: Vec<u64> = hashes.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        check_order(&text_hashes)?;
        let (values, _) = rows.as_chunks::<2>();
        let rows = values.iter().map(|bytes| f16::from_le_bytes(*bytes)).collect();
        Ok(Self { header, text_hashes, rows })
    }
}

fn check_order(text_hashes: &[u64]) -> Result<(), VectorTableError> {
    match text_hashes.windows(2).position(|pair| pair[0] >= pair[1]) {
        None => Ok(()),
        Some(row) => Err(VectorTableError::Unsorted { row: row + 1 }),
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let slice = self.bytes.get(self.at..self.at + len)?;
        self.at += len;
        Some(slice)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// Collects vectors for a table.
#[derive(Debug, Clone)]
pub struct VectorTableWriter {
    header: VectorTableHeader,
    rows: Vec<(u64, Vec<f16>)>,
}

impl VectorTableWriter {
    /// An empty table.
    #[must_use]
    pub fn new(header: VectorTableHeader) -> Self {
        Self { header, rows: Vec::new() }
    }

    /// Adds the vector of a text, brought to unit length; of equal hashes the first is kept.
    ///
    /// # Errors
    /// A vector of another dimension, zero, or not finite.
    pub fn push(&mut self, text_hash: u64, vector: &[f32]) -> Result<(), VectorTableError> {
        if vector.len() != self.header.dim as usize {
            return Err(VectorTableError::RowLength {
                expected: self.header.dim as usize,
                found: vector.len(),
            });
        }
        let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        if !norm.is_normal() {
            return Err(VectorTableError::NotAVector { text_hash, norm: norm as f32 });
        }
        let row = vector.iter().map(|&v| f16::from_f64(f64::from(v) / norm)).collect();
        self.rows.push((text_hash, row));
        Ok(())
    }

    /// Writes the table.
    ///
    /// # Errors
    /// A header text longer than 65,535 bytes.
    pub fn encode(mut self) -> Result<Vec<u8>, VectorTableError> {
        self.rows.sort_by_key(|(hash, _)| *hash);
        self.rows.dedup_by_key(|(hash, _)| *hash);
        let mut body = Vec::new();
        for text in [&self.header.model, &self.header.model_hash, &self.header.pooling] {
            let length = u16::try_from(text.len()).map_err(|_| VectorTableError::Header {
                detail: format!("a text of {} bytes", text.len()),
            })?;
            body.extend_from_slice(&length.to_le_bytes());
            body.extend_from_slice(text.as_bytes());
        }
        for (hash, _) in &self.rows {
            body.extend_from_slice(&hash.to_le_bytes());
        }
        for value in self.rows.iter().flat_map(|(_, row)| row) {
            body.extend_from_slice(&value.to_le_bytes());
        }
        let mut out = Vec::with_capacity(30 + body.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.header.dim.to_le_bytes());
        out.extend_from_slice(&(self.rows.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.header.template_hash.to_le_bytes());
        out.extend_from_slice(&crc(&body).to_le_bytes());
        out.extend_from_slice(&body);
        Ok(out)
    }
}
