use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::MatrixLayout;
use crate::text::{LineReader, Number, parse_number};

/// What the two first lines of a Matrix Market file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub layout: Layout,
    pub field: Field,
    pub n_rows: usize,
    pub n_cols: usize,
    pub n_entries: u64,
}

/// Coordinate or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One line (row, column, value) for each entry.
    Coordinate,
    /// One line for each value, column after column.
    Array,
}

/// Number type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Real,
    Integer,
    /// No values: every entry is 1.
    Pattern,
}

impl Layout {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Coordinate => "coordinate",
            Self::Array => "array",
        }
    }

    pub(super) fn matrix_layout(self) -> MatrixLayout {
        match self {
            Self::Coordinate => MatrixLayout::Coordinate,
            Self::Array => MatrixLayout::Dense,
        }
    }
}

impl Field {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Integer => "integer",
            Self::Pattern => "pattern",
        }
    }
}

/// One entry, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub row: u32,
    pub column: u32,
    pub value: f32,
}

/// Reads the entries in the order of the file.
pub(super) struct EntryReader {
    lines: LineReader,
    pub header: Header,
    read: u64,
}

impl EntryReader {
    /// Reads the header, and stands before the first entry.
    pub(super) fn open(file: &InputFile) -> Result<Self, FormatError> {
        let mut lines = LineReader::open(file)?;
        if !lines.advance()? {
            return Err(lines.damaged("%%MatrixMarket matrix coordinate …", "an empty file"));
        }
        let (layout, field) = banner(&lines)?;
        let header = size(&mut lines, layout, field)?;
        Ok(Self { lines, header, read: 0 })
    }

    /// The next entry; `None` at the end, when all have come.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, FormatError> {
        while self.lines.advance()? {
            let line = self.lines.line().trim_ascii();
            if line.is_empty() || line.starts_with(b"%") {
                continue;
            }
            if self.read == self.header.n_entries {
                let expected =
                    format!("the end after {} entries, as the size line says", self.read);
                return Err(self.lines.damaged(expected, "another entry"));
            }
            let entry = match self.header.layout {
                Layout::Coordinate => self.coordinate(line)?,
                Layout::Array => self.element(line)?,
            };
            self.read += 1;
            return Ok(Some(entry));
        }
        if self.read < self.header.n_entries {
            return Err(FormatError::Truncated {
                file: self.lines.file().name.clone(),
                place: Place::Line(self.lines.number()),
                expected: format!("{} entries, as the size line says", self.header.n_entries),
                found: format!("the end of the file after {}", self.read),
            });
        }
        Ok(None)
    }

    fn coordinate(&self, line: &[u8]) -> Result<Entry, FormatError> {
        let mut fields = Words(line);
        let row = self.index(&mut fields, 1, "row", self.header.n_rows)?;
        let column = self.index(&mut fields, 2, "column", self.header.n_cols)?;
        let value = match self.header.field {
            Field::Pattern => 1.0,
            Field::Real | Field::Integer => self.value(fields.next().unwrap_or_default(), 3)?,
        };
        match fields.next() {
            Some(more) => Err(self.lines.bad_field(4, "the end of the line", more)),
            None => Ok(Entry { row, column, value }),
        }
    }

    fn element(&self, line: &[u8]) -> Result<Entry, FormatError> {
        let rows = self.header.n_rows.max(1) as u64;
        let (row, column) = ((self.read % rows) as u32, (self.read / rows) as u32);
        Ok(Entry { row, column, value: self.value(line, 1)? })
    }

    fn index(
        &self,
        fields: &mut Words<'_>,
        at: u64,
        axis: &str,
        length: usize,
    ) -> Result<u32, FormatError> {
        let word = fields.next().unwrap_or_default();
        let index = whole(word).filter(|&index| index >= 1 && index <= length as u64);
        // At most the number of rows or columns, which fits.
        index.map(|index| (index - 1) as u32).ok_or_else(|| {
            let expected = format!("a {axis} number from 1 to {length}, as the size line says");
            self.lines.bad_field(at, &expected, word)
        })
    }

    fn value(&self, word: &[u8], at: u64) -> Result<f32, FormatError> {
        match parse_number(word, false) {
            Number::Value(value) => Ok(value),
            Number::Missing if !word.is_empty() => Ok(f32::NAN),
            Number::Missing | Number::Text => Err(self.lines.bad_field(at, "a number", word)),
        }
    }
}

fn banner(lines: &LineReader) -> Result<(Layout, Field), FormatError> {
    let text = String::from_utf8_lossy(lines.line()).to_ascii_lowercase();
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let unsupported = |expected: &str, found: &str| FormatError::Unsupported {
        file: lines.file().name.clone(),
        place: Place::Line(1),
        expected: expected.to_owned(),
        found: found.to_owned(),
        remedy: "Save the matrix as \"%%MatrixMarket matrix coordinate integer general\"."
            .to_owned(),
    };
    let [mark, object, layout, field, rest @ ..] = &words[..] else {
        let found = String::from_utf8_lossy(lines.line()).chars().take(80).collect::<String>();
        return Err(lines.damaged("%%MatrixMarket matrix coordinate integer general", found));
    };
    if *mark != "%%matrixmarket" || *object != "matrix" {
        return Err(unsupported("%%MatrixMarket matrix", &format!("{mark} {object}")));
    }
    let layout = match *layout {
        "coordinate" => Layout::Coordinate,
        "array" => Layout::Array,
        other => return Err(unsupported("coordinate or array", other)),
    };
    let field = match *field {
        "real" | "double" => Field::Real,
        "integer" | "unsigned-integer" => Field::Integer,
        "pattern" if layout == Layout::Coordinate => Field::Pattern,
        other => return Err(unsupported("real, integer or pattern values", other)),
    };
    match rest.first() {
        None | Some(&"general") => Ok((layout, field)),
        Some(other) => Err(unsupported("a general matrix of genes and cells", other)),
    }
}

fn size(lines: &mut LineReader, layout: Layout, field: Field) -> Result<Header, FormatError> {
    let expected = match layout {
        Layout::Coordinate => "the size line: numbers of rows, columns and entries",
        Layout::Array => "the size line: numbers of rows and columns",
    };
    while lines.advance()? {
        let line = lines.line().trim_ascii();
        if line.is_empty() || line.starts_with(b"%") {
            continue;
        }
        let numbers: Option<Vec<u64>> = Words(line).map(whole).collect();
        let sizes = match (layout, numbers.as_deref()) {
            (Layout::Coordinate, Some(&[rows, columns, entries])) => Some((rows, columns, entries)),
            (Layout::Array, Some(&[rows, columns])) => {
                rows.checked_mul(columns).map(|entries| (rows, columns, entries))
            }
            _ => None,
        };
        let Some((rows, columns, n_entries)) = sizes else {
            return Err(
                lines.damaged(expected, String::from_utf8_lossy(&line[..line.len().min(80)]))
            );
        };
        if rows.max(columns) >= u64::from(u32::MAX) {
            return Err(lines.damaged(
                "fewer than 4,294,967,295 rows and columns",
                format!("{rows} × {columns}"),
            ));
        }
        let (n_rows, n_cols) = (rows as usize, columns as usize);
        return Ok(Header { layout, field, n_rows, n_cols, n_entries });
    }
    Err(FormatError::Truncated {
        file: lines.file().name.clone(),
        place: Place::Line(lines.number()),
        expected: expected.to_owned(),
        found: "the end of the file".to_owned(),
    })
}

/// Words between blanks.
struct Words<'a>(&'a [u8]);

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0.trim_ascii_start();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }
}

/// A whole number; `12.0` and `1e3` are none.
fn whole(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > 18 {
        return None;
    }
    word.iter().try_fold(0, |whole: u64, byte| {
        byte.is_ascii_digit().then(|| whole * 10 + u64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u32, u32, f32)>, FormatError> {
        let mut reader =
            EntryReader::open(&InputFile::from_bytes("m.mtx", text.as_bytes().to_vec()))?;
        let mut entries = Vec::new();
        while let Some(entry) = reader.next()? {
            entries.push((entry.row, entry.column, entry.value));
        }
        Ok(entries)
    }

    #[test]
    fn every_layout_is_read() {
        let integer =
            "%%MatrixMarket matrix coordinate integer general\n%\n2 3 2\n1 1 5\r\n2 3 1e1\n\n";
        assert_eq!(read(integer), Ok(vec![(0, 0, 5.0), (1, 2, 10.0)]));
        let pattern = "%%matrixmarket MATRIX coordinate pattern general\n2 3 1\n2 2\n";
        assert_eq!(read(pattern), Ok(vec![(1, 1, 1.0)]));
        let array = "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4.5\n";
        assert_eq!(read(array), Ok(vec![(0, 0, 1.0), (1, 0, 2.0), (0, 1, 3.0), (1, 1, 4.5)]));
    }

    #[test]
    fn errors_name_line_and_field() {
        let head = "%%MatrixMarket matrix coordinate integer general\n2 3 2\n";
        for (body, words) in [
            (
                "1 1 5\n",
                "line 3: the file is cut off: expected 2 entries, as the size line says, found the end of the file after 1",
            ),
            (
                "1 1 5\n1 2 5\n1 3 5\n",
                "line 5: the file is damaged: expected the end after 2 entries",
            ),
            (
                "0 1 5\n",
                "line 3, field 1: the file is damaged: expected a row number from 1 to 2, as the size line says, found \"0\"",
            ),
            (
                "1 4 5\n",
                "line 3, field 2: the file is damaged: expected a column number from 1 to 3",
            ),
            ("1 1 x\n", "line 3, field 3: the file is damaged: expected a number, found \"x\""),
            ("1 1\n", "line 3, field 3: the file is damaged: expected a number, found nothing"),
            ("1 1 1 1\n", "line 3, field 4"),
        ] {
            let message = read(&format!("{head}{body}")).expect_err("damaged").to_string();
            assert!(message.starts_with("m.mtx, ") && message.contains(words), "{message}");
        }
        let symmetric = read("%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 1 1\n");
        assert!(matches!(symmetric, Err(FormatError::Unsupported { .. })));
    }
}
