use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::reader::SourceReader;
use crate::error::{FormatError, Place};
use crate::input::InputFile;

const READ_BYTES: usize = 256 << 10;
/// A table of 10 million cells still has shorter lines.
const LONGEST_LINE: usize = 256 << 20;

/// Reads text line by line, through gzip where the magic bytes say so, whatever the name says.
///
/// Lines end with LF, CR LF or CR; a byte order mark is dropped; UTF-16 is turned into UTF-8.
pub(crate) struct LineReader {
    file: InputFile,
    input: Input,
    encoding: Option<Utf16>,
    buffer: Vec<u8>,
    line: std::ops::Range<usize>,
    next: usize,
    number: u64,
    at_end: bool,
    terminator: u8,
}

enum Input {
    Plain(SourceReader),
    Gzip(Box<MultiGzDecoder<SourceReader>>),
}

struct Utf16 {
    big_endian: bool,
    waiting: Vec<u8>,
}

impl LineReader {
    /// Opens a text file.
    pub(crate) fn open(file: &InputFile) -> Result<Self, FormatError> {
        let mut magic = [0; 2];
        let is_gzip = file.source.len() >= 2 && {
            let read = file.source.read_at(0, &mut magic);
            read.map_err(|error| FormatError::from_io(file, Place::Byte(0), &error))?;
            magic == [0x1f, 0x8b]
        };
        let reader = SourceReader::new(Arc::clone(&file.source));
        let input = if is_gzip {
            Input::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else {
            Input::Plain(reader)
        };
        let mut lines = Self {
            file: file.clone(),
            input,
            encoding: None,
            buffer: Vec::new(),
            line: 0..0,
            next: 0,
            number: 0,
            at_end: false,
            terminator: b'\n',
        };
        lines.start()?;
        Ok(lines)
    }

    /// Goes to the next line; `false` at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, FormatError> {
        // What is read is dropped when it is the greater part, so that little has to be moved.
        if self.next > self.buffer.len() / 2 {
            self.buffer.drain(..self.next);
            self.next = 0;
        }
        let start = self.next;
        let Some(end) = self.find_end(start)? else {
            self.line = 0..0;
            return Ok(false);
        };
        self.number += 1;
        self.line = start..end;
        self.trim_return();
        Ok(true)
    }

    /// Adds the next line to this one (a quoted field goes on); `false` at the end.
    pub(crate) fn extend(&mut self) -> Result<bool, FormatError> {
        let Some(end) = self.find_end(self.next)? else { return Ok(false) };
        self.number += 1;
        self.line.end = end;
        self.trim_return();
        Ok(true)
    }

    /// The line, without its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// The line's number, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of the file that were read so far (packed bytes, where it is packed).
    pub(crate) fn position(&self) -> u64 {
        match &self.input {
            Input::Plain(reader) => reader.position(),
            Input::Gzip(reader) => reader.get_ref().position(),
        }
    }

    /// The file that is read.
    pub(crate) fn file(&self) -> &InputFile {
        &self.file
    }

    /// The text is not what it should be, at this line.
    pub(crate) fn damaged(
        &self,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> FormatError {
        FormatError::Damaged {
            file: self.file.name.clone(),
            place: Place::Line(self.number),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The text is not what it should be, at a field of this line (counted from 1).
    pub(crate) fn bad_field(&self, field: u64, expected: &str, found: &[u8]) -> FormatError {
        FormatError::Damaged {
            file: self.file.name.clone(),
            place: Place::Field { line: self.number, field },
            expected: expected.to_owned(),
            found: excerpt(found),
        }
    }

    fn start(&mut self) -> Result<(), FormatError> {
        self.fill()?;
        let mark = match &self.buffer[..] {
            [0xff, 0xfe, ..] => Some(false),
            [0xfe, 0xff, ..] => Some(true),
            _ => None,
        };
        if let Some(big_endian) = mark {
            let raw = std::mem::take(&mut self.buffer);
            let mut encoding = Utf16 { big_endian, waiting: Vec::new() };
            encoding.decode(&raw[2..], &mut self.buffer);
            self.encoding = Some(encoding);
        } else if self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.buffer.drain(..3);
        }
        // Only a file without any line feed ends its lines as old Macs did.
        if !self.buffer.contains(&b'\n') && self.buffer.contains(&b'\r') {
            self.terminator = b'\r';
        }
        Ok(())
    }

    /// Where the line that starts at or before `from` ends; `None` if there is none any more.
    fn find_end(&mut self, from: usize) -> Result<Option<usize>, FormatError> {
        let mut searched = from;
        loop {
            if let Some(at) = memchr::memchr(self.terminator, &self.buffer[searched..]) {
                let end = searched + at;
                self.next = end + 1;
                return Ok(Some(end));
            }
            searched = self.buffer.len();
            if self.at_end {
                self.next = searched;
                return Ok((searched > from).then_some(searched));
            }
            if searched - from > LONGEST_LINE {
                return Err(self.damaged("a line of text", "a line of more than 256 MiB"));
            }
            self.fill()?;
        }
    }

    fn trim_return(&mut self) {
        if self.line().ends_with(b"\r") {
            self.line.end -= 1;
        }
    }

    fn fill(&mut self) -> Result<(), FormatError> {
        let start = self.buffer.len();
        self.buffer.resize(start + READ_BYTES, 0);
        let read = match &mut self.input {
            Input::Plain(reader) => read_some(reader, &mut self.buffer[start..]),
            Input::Gzip(reader) => read_some(reader, &mut self.buffer[start..]),
        };
        let read = read.map_err(|error| self.unreadable(&error))?;
        self.buffer.truncate(start + read);
        self.at_end = read == 0;
        if let Some(encoding) = &mut self.encoding {
            let raw = self.buffer.split_off(start);
            encoding.decode(&raw, &mut self.buffer);
        }
        Ok(())
    }

    fn unreadable(&self, error: &io::Error) -> FormatError {
        let place = Place::Line(self.number + 1);
        match (&self.input, error.kind()) {
            (Input::Gzip(_), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                FormatError::Damaged {
                    file: self.file.name.clone(),
                    place,
                    expected: "intact gzip data".to_owned(),
                    found: error.to_string(),
                }
            }
            _ => FormatError::from_io(&self.file, place, error),
        }
    }
}

/// At least one byte unless the end is reached.
fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl Utf16 {
    fn decode(&mut self, raw: &[u8], out: &mut Vec<u8>) {
        self.waiting.extend(raw);
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut units: Vec<u16> = self.waiting.chunks_exact(2).map(unit).collect();
        // Half of a pair waits for its other half.
        if !raw.is_empty() && units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
            units.pop();
        }
        self.waiting.drain(..units.len() * 2);
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        out.extend(text.as_bytes());
    }
}

/// A few words of the text, for messages.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(160)]);
    let mut short: String = text.chars().take(40).collect();
    if short.len() < bytes.len() {
        short.push('…');
    }
    if bytes.is_empty() { "nothing".to_owned() } else { format!("{short:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let file = InputFile::from_bytes("t", bytes.to_vec());
        let mut reader = LineReader::open(&file).expect("opens");
        let mut lines = Vec::new();
        while reader.advance().expect("reads") {
            lines.push(String::from_utf8(reader.line().to_vec()).expect("UTF-8"));
        }
        assert_eq!(reader.number(), lines.len() as u64);
        lines
    }

    #[test]
    fn every_line_end_and_mark_is_understood() {
        assert_eq!(lines(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(lines(b"a\rb\r"), ["a", "b"]);
        assert_eq!(lines(b"\xef\xbb\xbfa\n"), ["a"]);
        assert_eq!(lines(b""), [""; 0]);
        let utf16: Vec<u8> =
            "\u{feff}gène 😀\nb".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&utf16), ["gène 😀", "b"]);
    }

    #[test]
    fn gzip_is_told_by_its_bytes_and_may_have_members() {
        let mut packed = Vec::new();
        for part in ["a\nb", "c\nd\n"] {
            let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
            encoder.write_all(part.as_bytes()).expect("in memory");
            packed = encoder.finish().expect("in memory");
        }
        assert_eq!(lines(&packed), ["a", "bc", "d"]);
        packed.truncate(packed.len() - 9);
        let mut reader = LineReader::open(&InputFile::from_bytes("t", packed)).expect("opens");
        let error = loop {
            match reader.advance() {
                Ok(true) => {}
                Ok(false) => panic!("a truncated file ended well"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, FormatError::Truncated { .. }), "{error}");
    }

    #[test]
    fn lines_longer_than_a_read_are_whole() {
        let long = "x".repeat(READ_BYTES * 2 + 7);
        assert_eq!(lines(format!("{long}\nb\n{long}").as_bytes()), [&long, "b", &long]);
    }
}
