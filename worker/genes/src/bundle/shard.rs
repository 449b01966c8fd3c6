//! The frame of a shard: a plain header, then a deflated payload with a checksum.

use std::io::{Read, Write};

use flate2::{Compression, Crc, read::DeflateDecoder, write::DeflateEncoder};

use super::BundleError;
use crate::Species;

const MAGIC: &[u8; 8] = b"LEXGENES";

/// The version of the layout that this crate writes and reads.
pub const SCHEMA_VERSION: u16 = 1;

/// A payload may not announce more than this: a wrong length must not exhaust the memory.
const MAX_PAYLOAD: u32 = 512 << 20;

/// The parts of a bundle, which are loaded one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ShardKind {
    /// Identifiers, symbols, aliases: enough for mapping.
    Index = 1,
    /// Full names and summaries.
    Text = 2,
    /// GO terms and annotations.
    Go = 3,
}

impl ShardKind {
    /// Every kind, in the order in which a page loads them.
    pub const ALL: [ShardKind; 3] = [ShardKind::Index, ShardKind::Text, ShardKind::Go];

    /// `index`, `text`, `go`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ShardKind::Index => "index",
            ShardKind::Text => "text",
            ShardKind::Go => "go",
        }
    }
}

/// What a bundle was made from, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleHeader {
    /// The species described.
    pub species: Species,
    /// Where the descriptions come from, in words for the page.
    pub source: String,
    /// The date of the source, `2021-07-08`; empty where it states none.
    pub source_date: String,
    /// The terms under which the texts may be used.
    pub licence: String,
    /// How many genes the bundle holds.
    pub n_genes: u32,
    /// Fits the shards of one bundle together: equal in all of them.
    pub build: u64,
}

pub(super) fn frame(
    kind: ShardKind,
    header: &BundleHeader,
    payload: &[u8],
) -> Result<Vec<u8>, BundleError> {
    let deflate = |payload: &[u8]| -> std::io::Result<Vec<u8>> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(payload)?;
        encoder.finish()
    };
    let packed =
        deflate(payload).map_err(|error| BundleError::Inflate { detail: error.to_string() })?;
    let mut out = Vec::with_capacity(packed.len() + 256);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&SCHEMA_VERSION.to_le_bytes());
    out.push(kind as u8);
    out.extend_from_slice(&header.species.tax_id().to_le_bytes());
    out.extend_from_slice(&header.n_genes.to_le_bytes());
    out.extend_from_slice(&header.build.to_le_bytes());
    for text in [&header.source, &header.source_date, &header.licence] {
        let length = u16::try_from(text.len())
            .map_err(|_| BundleError::HeaderText { length: text.len() })?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    let too_large = |_| BundleError::PayloadSize { bytes: payload.len() as u64 };
    out.extend_from_slice(&u32::try_from(payload.len()).map_err(too_large)?.to_le_bytes());
    out.extend_from_slice(&u32::try_from(packed.len()).map_err(too_large)?.to_le_bytes());
    out.extend_from_slice(&checksum(&packed).to_le_bytes());
    out.extend_from_slice(&packed);
    Ok(out)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Reads the frame and inflates the payload.
pub(super) fn unframe(bytes: &[u8]) -> Result<(ShardKind, BundleHeader, Vec<u8>), BundleError> {
    let mut cursor = Cursor { bytes, at: 0 };
    let magic = cursor.take(8).map_err(|_| BundleError::NotABundle)?;
    if magic != MAGIC {
        return Err(BundleError::NotABundle);
    }
    let version = cursor.u16()?;
    if version != SCHEMA_VERSION {
        return Err(BundleError::Version { expected: SCHEMA_VERSION, found: version });
    }
    let code = cursor.take(1)?[0];
    let kind = ShardKind::ALL
        .into_iter()
        .find(|kind| *kind as u8 == code)
        .ok_or(BundleError::UnknownShard { code })?;
    let tax_id = cursor.u32()?;
    let species = Species::from_tax_id(tax_id).ok_or(BundleError::UnknownSpecies { tax_id })?;
    let n_genes = cursor.u32()?;
    let build = cursor.u64()?;
    let (source, source_date, licence) = (cursor.text()?, cursor.text()?, cursor.text()?);
    let raw_len = cursor.u32()?;
    let packed_len = cursor.u32()?;
    let expected = cursor.u32()?;
    let packed = cursor.take(packed_len as usize)?;
    if cursor.at != bytes.len() {
        return Err(BundleError::TrailingBytes { bytes: bytes.len() - cursor.at });
    }
    let found = checksum(packed);
    if found != expected {
        return Err(BundleError::Checksum { expected, found });
    }
    if raw_len > MAX_PAYLOAD {
        return Err(BundleError::PayloadSize { bytes: u64::from(raw_len) });
    }
    let header = BundleHeader { species, source, source_date, licence, n_genes, build };
    Ok((kind, header, inflate(packed, raw_len as usize)?))
}

fn inflate(packed: &[u8], raw_len: usize) -> Result<Vec<u8>, BundleError> {
    let mut payload = Vec::with_capacity(raw_len);
    DeflateDecoder::new(packed)
        .take(raw_len as u64 + 1)
        .read_to_end(&mut payload)
        .map_err(|error| BundleError::Inflate { detail: error.to_string() })?;
    if payload.len() == raw_len {
        Ok(payload)
    } else {
        Err(BundleError::Inflate {
            detail: format!("expected {raw_len} bytes, found {}", payload.len()),
        })
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], BundleError> {
        let needed = self.at + len;
        let slice = self
            .bytes
            .get(self.at..needed)
            .ok_or(BundleError::Truncated { needed, found: self.bytes.len() })?;
        self.at = needed;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u16(&mut self) -> Result<u16, BundleError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, BundleError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, BundleError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<String, BundleError> {
        let length = self.u16()?;
        let bytes = self.take(length.into())?;
        String::from_utf8(bytes.to_vec()).map_err(|error| BundleError::Corrupt {
            column: "header",
            at: self.at,
            detail: error.to_string(),
        })
    }
}
