use std::sync::Arc;

use half::{bf16, f16};

use super::{VectorReader, VectorTable, names_beside, room, unsupported};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::LoadStatus;
use crate::source::ByteSource;

/// Bytes read at once.
const WINDOW: usize = 4 << 20;
const LONGEST_HEADER: u64 = 1 << 20;

/// Element type of an array of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    F32BigEndian,
    F64BigEndian,
    I32,
    I64,
    I8,
    U8,
}

impl Element {
    pub(super) fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::F32BigEndian | Self::I32 => 4,
            Self::F64 | Self::F64BigEndian | Self::I64 => 8,
        }
    }

    /// Appends the elements that the bytes hold.
    pub(super) fn decode(self, bytes: &[u8], out: &mut Vec<f32>) {
        let two = |pair: &[u8]| [pair[0], pair[1]];
        let four = |quad: &[u8]| [quad[0], quad[1], quad[2], quad[3]];
        let eight = |all: &[u8]| [all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7]];
        let parts = bytes.chunks_exact(self.size());
        match self {
            Self::F16 => out.extend(parts.map(|part| f16::from_le_bytes(two(part)).to_f32())),
            Self::Bf16 => out.extend(parts.map(|part| bf16::from_le_bytes(two(part)).to_f32())),
            Self::F32 => out.extend(parts.map(|part| f32::from_le_bytes(four(part)))),
            Self::F64 => out.extend(parts.map(|part| f64::from_le_bytes(eight(part)) as f32)),
            Self::F32BigEndian => out.extend(parts.map(|part| f32::from_be_bytes(four(part)))),
            Self::F64BigEndian => {
                out.extend(parts.map(|part| f64::from_be_bytes(eight(part)) as f32))
            }
            Self::I32 => out.extend(parts.map(|part| i32::from_le_bytes(four(part)) as f32)),
            Self::I64 => out.extend(parts.map(|part| i64::from_le_bytes(eight(part)) as f32)),
            Self::I8 => out.extend(bytes.iter().map(|&byte| f32::from(byte.cast_signed()))),
            Self::U8 => out.extend(bytes.iter().map(|&byte| f32::from(byte))),
        }
    }
}

/// What a NumPy header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NpyHeader {
    pub descr: String,
    pub fortran: bool,
    pub shape: Vec<u64>,
    pub start: u64,
}

impl NpyHeader {
    /// Reads the header; `None` if the bytes are no NumPy array's.
    pub(super) fn read(file: &InputFile) -> Result<Option<Self>, FormatError> {
        let read = |offset: u64, buffer: &mut [u8]| {
            file.source
                .read_at(offset, buffer)
                .map_err(|error| FormatError::from_io(file, Place::Byte(offset), &error))
        };
        let mut magic = [0; 12];
        if file.source.len() < 12 {
            return Ok(None);
        }
        read(0, &mut magic)?;
        if !magic.starts_with(b"\x93NUMPY") {
            return Ok(None);
        }
        let (start, length) = match magic[6] {
            1 => (10, u64::from(u16::from_le_bytes([magic[8], magic[9]]))),
            _ => (12, u64::from(u32::from_le_bytes([magic[8], magic[9], magic[10], magic[11]]))),
        };
        let mut text = vec![0; length.min(LONGEST_HEADER) as usize];
        read(start, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        let header = parse(&text, start + length);
        header.map(Some).ok_or_else(|| FormatError::Damaged {
            file: file.name.clone(),
            place: Place::Byte(start),
            expected: "a NumPy header with descr, fortran_order and shape".to_owned(),
            found: text.chars().take(80).collect(),
        })
    }

    /// The element type, if the array is one of numbers.
    pub(super) fn element(&self) -> Option<Element> {
        Some(match &self.descr[..] {
            "<f2" => Element::F16,
            "<f4" => Element::F32,
            "<f8" => Element::F64,
            ">f4" => Element::F32BigEndian,
            ">f8" => Element::F64BigEndian,
            "<i4" => Element::I32,
            "<i8" => Element::I64,
            "|i1" => Element::I8,
            "|u1" => Element::U8,
            _ => return None,
        })
    }
}

/// A matrix of numbers somewhere in a file, read window by window.
pub(super) struct NumberMatrix {
    pub file: InputFile,
    pub start: u64,
    pub element: Element,
    pub rows: usize,
    pub columns: usize,
    pub fortran: bool,
    data: Vec<f32>,
    read: usize,
}

impl NumberMatrix {
    pub(super) fn new(
        file: &InputFile,
        start: u64,
        element: Element,
        shape: [u64; 2],
        fortran: bool,
    ) -> Result<Self, FormatError> {
        let [rows, columns] = shape;
        let bytes =
            rows.checked_mul(columns).and_then(|count| count.checked_mul(element.size() as u64));
        let there = file.source.len().saturating_sub(start);
        if bytes.is_none_or(|bytes| bytes > there) {
            return Err(FormatError::Truncated {
                file: file.name.clone(),
                place: Place::Byte(start),
                expected: format!("{rows} × {columns} numbers of {} bytes", element.size()),
                found: format!("{there} bytes"),
            });
        }
        let data = room(&file.name, rows, columns)?;
        let (rows, columns) = (rows as usize, columns as usize);
        Ok(Self { file: file.clone(), start, element, rows, columns, fortran, data, read: 0 })
    }

    /// Reads about `limit` numbers.
    pub(super) fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let total = self.rows * self.columns;
        let stop = self.read.saturating_add(limit).min(total);
        if self.fortran && self.data.is_empty() {
            self.data.resize(total, 0.0);
        }
        let mut window = Vec::new();
        while self.read < stop {
            let count = (stop - self.read).min(WINDOW / self.element.size());
            window.resize(count * self.element.size(), 0);
            let offset = self.start + (self.read * self.element.size()) as u64;
            let read = self.file.source.read_at(offset, &mut window);
            read.map_err(|error| FormatError::from_io(&self.file, Place::Byte(offset), &error))?;
            if self.fortran {
                let mut values = Vec::with_capacity(count);
                self.element.decode(&window, &mut values);
                for (at, value) in (self.read..).zip(values) {
                    self.data[(at % self.rows) * self.columns + at / self.rows] = value;
                }
            } else {
                self.element.decode(&window, &mut self.data);
            }
            self.read += count;
        }
        Ok(LoadStatus { done: self.read as u64, total: total as u64, finished: self.read == total })
    }

    pub(super) fn into_table(self, names: Vec<String>, notes: Vec<Note>) -> VectorTable {
        VectorTable { names, dim: self.columns, data: self.data, notes }
    }
}

/// Vectors in one array, with their names.
pub(super) struct NpyVectors {
    matrix: NumberMatrix,
    names: Vec<String>,
    notes: Vec<Note>,
}

impl NpyVectors {
    pub(super) fn open(file: &InputFile, beside: &[InputFile]) -> Result<Self, FormatError> {
        let matrix = matrix(file)?;
        let (names, note) = names_beside(file, beside, matrix.rows)?;
        Ok(Self::new(matrix, names, vec![note]))
    }

    pub(super) fn new(matrix: NumberMatrix, names: Vec<String>, notes: Vec<Note>) -> Self {
        Self { matrix, names, notes }
    }
}

impl VectorReader for NpyVectors {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        self.matrix.run(limit)
    }

    fn finish(self: Box<Self>) -> Result<VectorTable, FormatError> {
        Ok(self.matrix.into_table(self.names, self.notes))
    }
}

/// A two-dimensional array of numbers.
pub(super) fn matrix(file: &InputFile) -> Result<NumberMatrix, FormatError> {
    const REMEDY: &str = "In Python: numpy.save(\"vectors.npy\", array.astype(\"f4\")).";
    let refuse =
        |found: String| unsupported(&file.name, Place::Whole, "a matrix of numbers", found, REMEDY);
    let Some(header) = NpyHeader::read(file)? else {
        return Err(refuse("no NumPy array".to_owned()));
    };
    match (header.element(), &header.shape[..]) {
        (Some(element), &[rows, columns]) => {
            NumberMatrix::new(file, header.start, element, [rows, columns], header.fortran)
        }
        (_, shape) => {
            Err(refuse(format!("an array of type {:?} and shape {shape:?}", header.descr)))
        }
    }
}

/// The strings of a one-dimensional array; `None` if it is none.
pub(super) fn string_array(file: &InputFile) -> Result<Option<Vec<String>>, FormatError> {
    let Some(header) = NpyHeader::read(file)? else { return Ok(None) };
    let &[count] = &header.shape[..] else { return Ok(None) };
    if header.descr == "|O" {
        let remedy = "Save them as text: numpy.savez(…, names=numpy.array(names, dtype=str)).";
        return Err(unsupported(
            &file.name,
            Place::Whole,
            "names as text",
            "pickled Python objects",
            remedy,
        ));
    }
    let width = |digits: &str| digits.parse::<u64>().ok();
    let (unit, width) = match (header.descr.strip_prefix("<U"), header.descr.strip_prefix("|S")) {
        (Some(digits), _) => (4, width(digits)),
        (_, Some(digits)) => (1, width(digits)),
        _ => return Ok(None),
    };
    let Some(bytes) = width.and_then(|width| width.checked_mul(unit)) else { return Ok(None) };
    let source: &Arc<dyn ByteSource> = &file.source;
    let total = bytes
        .checked_mul(count)
        .filter(|total| *total <= source.len().saturating_sub(header.start));
    let Some(total) = total else {
        return Err(FormatError::Truncated {
            file: file.name.clone(),
            place: Place::Byte(header.start),
            expected: format!("{count} strings of {bytes} bytes"),
            found: format!("{} bytes", source.len().saturating_sub(header.start)),
        });
    };
    if total == 0 {
        return Ok(Some(vec![String::new(); if bytes == 0 { 0 } else { count as usize }]));
    }
    let mut raw = vec![0; total as usize];
    let read = source.read_at(header.start, &mut raw);
    read.map_err(|error| FormatError::from_io(file, Place::Byte(header.start), &error))?;
    let decode = |part: &[u8]| -> String {
        if unit == 1 {
            return String::from_utf8_lossy(part).trim_end_matches('\0').to_owned();
        }
        let code = |quad: &[u8]| u32::from_le_bytes([quad[0], quad[1], quad[2], quad[3]]);
        let letters =
            part.chunks_exact(4).map(|quad| char::from_u32(code(quad)).unwrap_or('\u{fffd}'));
        letters.collect::<String>().trim_end_matches('\0').to_owned()
    };
    Ok(Some(raw.chunks_exact(bytes as usize).map(decode).collect()))
}

/// A Python dictionary literal with three known keys.
fn parse(text: &str, start: u64) -> Option<NpyHeader> {
    let after =
        |key: &str| text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let descr = after("descr")?;
    // A list of fields is a record type, which has no single element type.
    let descr = match descr.strip_prefix('\'') {
        Some(rest) => rest.split('\'').next()?.to_owned(),
        None => "record".to_owned(),
    };
    let fortran = after("fortran_order")?.starts_with("True");
    let shape = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
    let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
    let shape: Result<Vec<u64>, _> =
        lengths.map(|length| length.trim_end_matches('L').parse()).collect();
    Some(NpyHeader { descr, fortran, shape: shape.ok()?, start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood() {
        let header = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", 80);
        let expected =
            NpyHeader { descr: "<f4".to_owned(), fortran: false, shape: vec![3, 2], start: 80 };
        assert_eq!(header, Some(expected));
        assert_eq!(
            parse("{'descr': '|O', 'fortran_order': True, 'shape': (5,), }", 0)
                .expect("valid")
                .shape,
            [5]
        );
        assert_eq!(
            parse("{'descr': [('a', '<f4')], 'fortran_order': True, 'shape': (), }", 0)
                .expect("valid")
                .descr,
            "record"
        );
        assert_eq!(parse("garbage", 0), None);
    }
}
