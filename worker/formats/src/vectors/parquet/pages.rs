use std::io::Read;

use super::meta::{Chunk, Leaf, Physical, damaged, read};
use super::snappy;
use super::thrift::Value;
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::vectors::unsupported;

/// Page headers are short unless they carry statistics of long texts.
const HEADER_BYTES: u64 = 64 << 10;
/// Larger pages than this are damage (writers aim at 1 MiB).
const LARGEST_PAGE: usize = 1 << 30;

/// The entries of a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub n_entries: usize,
    /// One level for each entry; empty where all are 0 (repetition) or the highest (definition).
    pub repetition: Vec<u16>,
    pub definition: Vec<u16>,
    pub numbers: Vec<f32>,
    pub texts: Vec<Vec<u8>>,
}

/// Reads the pages of a chunk.
pub(super) struct ChunkReader {
    file: InputFile,
    leaf: Leaf,
    codec: i64,
    at: u64,
    end: u64,
    left: u64,
    dictionary: Option<Values>,
}

#[derive(Debug, Default)]
struct Values {
    numbers: Vec<f32>,
    texts: Vec<Vec<u8>>,
}

impl ChunkReader {
    pub(super) fn open(file: &InputFile, leaf: &Leaf, chunk: &Chunk) -> Self {
        Self {
            file: file.clone(),
            leaf: leaf.clone(),
            codec: chunk.codec,
            at: chunk.start,
            end: chunk.start.saturating_add(chunk.length),
            left: chunk.n_values,
            dictionary: None,
        }
    }

    /// The next page with entries; `None` when all have come.
    pub(super) fn next(&mut self) -> Result<Option<Page>, FormatError> {
        while self.left > 0 {
            if self.at >= self.end {
                return Err(
                    self.damaged(&format!("{} values fewer than the footer says", self.left))
                );
            }
            let (header, body) = self.page()?;
            match header.whole(1) {
                Some(0) => return self.version_1(&header, &body).map(Some),
                Some(2) => {
                    let count = header.field(7).and_then(|own| own.count(1));
                    let count =
                        count.ok_or_else(|| self.damaged("a dictionary page without a count"))?;
                    let unpacked = self.unpack(&body, size(&header))?;
                    self.dictionary = Some(self.plain(&unpacked, count)?);
                }
                Some(3) => return self.version_2(&header, &body).map(Some),
                _ => {}
            }
        }
        Ok(None)
    }

    fn page(&mut self) -> Result<(Value, Vec<u8>), FormatError> {
        let mut head =
            vec![0; (self.file.source.len().saturating_sub(self.at)).min(HEADER_BYTES) as usize];
        read(&self.file, self.at, &mut head)?;
        let (header, length) = Value::read(&head).ok_or_else(|| self.damaged("no page header"))?;
        let packed = header.count(3).filter(|&packed| packed <= LARGEST_PAGE);
        let packed = packed.ok_or_else(|| self.damaged("a page of no sensible length"))?;
        let start = self.at + length as u64;
        if start.saturating_add(packed as u64) > self.file.source.len() {
            return Err(self.damaged("a page that goes past the end of the file"));
        }
        let mut body = vec![0; packed];
        read(&self.file, start, &mut body)?;
        self.at = start + packed as u64;
        Ok((header, body))
    }

    fn version_1(&mut self, header: &Value, body: &[u8]) -> Result<Page, FormatError> {
        let own = header.field(5).ok_or_else(|| self.damaged("a data page without its header"))?;
        let (count, encoding) = self.counted(own, 2)?;
        let bytes = self.unpack(body, size(header))?;
        let mut rest = &bytes[..];
        let mut levels = |highest: u16| -> Option<Vec<u16>> {
            if highest == 0 {
                return Some(Vec::new());
            }
            let (length, after) = rest.split_at_checked(4)?;
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
            let (own, after) = after.split_at_checked(length as usize)?;
            rest = after;
            hybrid(own, bits_for(highest), count)
        };
        let repetition = levels(self.leaf.max_rep);
        let definition = levels(self.leaf.max_def);
        let (Some(repetition), Some(definition)) = (repetition, definition) else {
            return Err(self.damaged("levels that end early"));
        };
        self.entries(count, encoding, repetition, definition, rest)
    }

    fn version_2(&mut self, header: &Value, body: &[u8]) -> Result<Page, FormatError> {
        let own = header.field(8).ok_or_else(|| self.damaged("a data page without its header"))?;
        let (count, encoding) = self.counted(own, 4)?;
        let (def_bytes, rep_bytes) = (own.count(5).unwrap_or(0), own.count(6).unwrap_or(0));
        let parts = body.split_at_checked(rep_bytes).and_then(|(rep, rest)| {
            rest.split_at_checked(def_bytes).map(|(def, rest)| (rep, def, rest))
        });
        let Some((rep, def, values)) = parts else {
            return Err(self.damaged("levels that end early"));
        };
        let levels = |bytes: &[u8], highest: u16| {
            if highest == 0 { Some(Vec::new()) } else { hybrid(bytes, bits_for(highest), count) }
        };
        let (Some(repetition), Some(definition)) =
            (levels(rep, self.leaf.max_rep), levels(def, self.leaf.max_def))
        else {
            return Err(self.damaged("levels that end early"));
        };
        let unpacked = if own.truth(7).unwrap_or(true) {
            self.unpack(values, size(header).saturating_sub(rep_bytes + def_bytes))?
        } else {
            values.to_vec()
        };
        self.entries(count, encoding, repetition, definition, &unpacked)
    }

    fn counted(&self, own: &Value, encoding: i16) -> Result<(usize, i64), FormatError> {
        let count = own.count(1).filter(|&count| count as u64 <= self.left);
        let count =
            count.ok_or_else(|| self.damaged("a page of more values than the footer says"))?;
        Ok((count, own.whole(encoding).unwrap_or(0)))
    }

    fn entries(
        &mut self,
        n_entries: usize,
        encoding: i64,
        repetition: Vec<u16>,
        definition: Vec<u16>,
        bytes: &[u8],
    ) -> Result<Page, FormatError> {
        let highest = self.leaf.max_def;
        let known = if definition.is_empty() {
            n_entries
        } else {
            definition.iter().filter(|&&level| level == highest).count()
        };
        let values = self.values(bytes, known, encoding)?;
        self.left -= n_entries as u64;
        Ok(Page { n_entries, repetition, definition, numbers: values.numbers, texts: values.texts })
    }

    fn values(&self, bytes: &[u8], count: usize, encoding: i64) -> Result<Values, FormatError> {
        match encoding {
            0 => self.plain(bytes, count),
            2 | 8 => self
                .indexed(bytes, count)
                .ok_or_else(|| self.damaged("places outside the dictionary")),
            9 if self.leaf.physical.is_real() => self.split_streams(bytes, count),
            other => Err(self.cannot(
                "plain, dictionary or byte-stream-split encoding",
                &format!("encoding number {other}"),
            )),
        }
    }

    fn plain(&self, bytes: &[u8], count: usize) -> Result<Values, FormatError> {
        let mut values = Values::default();
        match self.leaf.physical {
            Physical::Float => {
                let parts = bytes.chunks_exact(4).take(count);
                values.numbers.extend(
                    parts.map(|part| f32::from_le_bytes([part[0], part[1], part[2], part[3]])),
                );
            }
            Physical::Double => {
                values.numbers.extend(bytes.chunks_exact(8).take(count).map(|part| {
                    f64::from_le_bytes([
                        part[0], part[1], part[2], part[3], part[4], part[5], part[6], part[7],
                    ]) as f32
                }))
            }
            Physical::Bytes => {
                let mut rest = bytes;
                while values.texts.len() < count {
                    let text = rest.split_at_checked(4).and_then(|(length, after)| {
                        let length =
                            u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
                        after.split_at_checked(length as usize)
                    });
                    let Some((text, after)) = text else { break };
                    values.texts.push(text.to_vec());
                    rest = after;
                }
            }
            Physical::Other => return Err(self.cannot("text, float or double", "another type")),
        }
        if values.numbers.len() + values.texts.len() < count {
            return Err(self.damaged("a page that ends early"));
        }
        Ok(values)
    }

    fn indexed(&self, bytes: &[u8], count: usize) -> Option<Values> {
        let dictionary = self.dictionary.as_ref()?;
        let mut values = Values::default();
        if count == 0 {
            return Some(values);
        }
        let (&bits, rest) = bytes.split_first()?;
        if bits > 32 {
            return None;
        }
        for place in hybrid_u32(rest, bits, count)? {
            match self.leaf.physical {
                Physical::Bytes => values.texts.push(dictionary.texts.get(place as usize)?.clone()),
                _ => values.numbers.push(*dictionary.numbers.get(place as usize)?),
            }
        }
        Some(values)
    }

    /// All first bytes of the numbers, then all second ones, and so on.
    fn split_streams(&self, bytes: &[u8], count: usize) -> Result<Values, FormatError> {
        let width = if self.leaf.physical == Physical::Float { 4 } else { 8 };
        if count.checked_mul(width).is_none_or(|length| length > bytes.len()) {
            return Err(self.damaged("a page that ends early"));
        }
        let joined: Vec<u8> = (0..count)
            .flat_map(|at| (0..width).map(move |byte| byte * count + at))
            .map(|place| bytes[place])
            .collect();
        self.plain(&joined, count)
    }

    fn unpack(&self, bytes: &[u8], length: usize) -> Result<Vec<u8>, FormatError> {
        if length > LARGEST_PAGE {
            return Err(self.damaged("a page of no sensible length"));
        }
        let inflate = |reader: &mut dyn Read| {
            let mut out = Vec::new();
            reader.take(length as u64 + 1).read_to_end(&mut out).ok().map(|_| out)
        };
        let unpacked = match self.codec {
            0 => Some(bytes.to_vec()),
            1 => snappy::unpack(bytes, length),
            2 => inflate(&mut flate2::read::MultiGzDecoder::new(bytes)),
            6 => ruzstd::decoding::StreamingDecoder::new(bytes)
                .ok()
                .and_then(|mut decoder| inflate(&mut decoder)),
            other => {
                let name = match other {
                    3 => "LZO",
                    4 => "Brotli",
                    5 | 7 => "LZ4",
                    _ => "an unknown method",
                };
                return Err(self.cannot("no compression, Snappy, gzip or Zstandard", name));
            }
        };
        unpacked
            .filter(|out| out.len() == length)
            .ok_or_else(|| self.damaged("packed data that cannot be unpacked"))
    }

    fn cannot(&self, expected: &str, found: &str) -> FormatError {
        let place = Place::Object(self.leaf.path.clone());
        let remedy = "In pandas: df.to_parquet(\"genes.parquet\", compression=\"zstd\").";
        unsupported(&self.file.name, place, expected, found, remedy)
    }

    fn damaged(&self, found: &str) -> FormatError {
        damaged(&self.file, self.at, found)
    }
}

fn size(header: &Value) -> usize {
    header.count(2).unwrap_or(usize::MAX)
}

fn bits_for(highest: u16) -> u8 {
    (16 - highest.leading_zeros()) as u8
}

fn hybrid(bytes: &[u8], bits: u8, count: usize) -> Option<Vec<u16>> {
    hybrid_u32(bytes, bits, count)?.into_iter().map(|value| u16::try_from(value).ok()).collect()
}

/// Runs of one value and groups of eight packed ones, mixed.
fn hybrid_u32(mut bytes: &[u8], bits: u8, count: usize) -> Option<Vec<u32>> {
    let mut values = Vec::with_capacity(count.min(1 << 24));
    while values.len() < count {
        let head = varint(&mut bytes)?;
        if head & 1 == 0 {
            let (own, rest) = bytes.split_at_checked(usize::from(bits).div_ceil(8))?;
            let value = own.iter().rev().fold(0_u32, |value, &byte| value << 8 | u32::from(byte));
            let run = usize::try_from(head >> 1).ok()?.min(count - values.len());
            values.resize(values.len() + run, value);
            bytes = rest;
        } else {
            let groups = usize::try_from(head >> 1).ok()?;
            let length = groups.checked_mul(usize::from(bits))?;
            // The last group may be cut off where no value needs it.
            let (own, rest) = bytes.split_at(length.min(bytes.len()));
            let wanted = groups.saturating_mul(8).min(count - values.len());
            for at in 0..wanted {
                values.push(packed(own, at * usize::from(bits), bits)?);
            }
            bytes = rest;
        }
        if bytes.is_empty() && values.len() < count && bits > 0 {
            return None;
        }
    }
    Some(values)
}

fn packed(bytes: &[u8], start: usize, bits: u8) -> Option<u32> {
    let mut value = 0_u64;
    let first = start / 8;
    let last = (start + usize::from(bits)).div_ceil(8);
    for (shift, at) in (first..last).enumerate() {
        value |= u64::from(*bytes.get(at)?) << (8 * shift);
    }
    let mask = (1_u64 << bits) - 1;
    Some(((value >> (start % 8)) & mask) as u32)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_packed_groups() {
        // A run of five 3s, then one group 0..8 of three bits (the format's own example).
        let bytes = [10, 3, 0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(hybrid_u32(&bytes, 3, 13), Some(vec![3, 3, 3, 3, 3, 0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(hybrid_u32(&bytes, 3, 14), None);
    }
}
