use std::collections::HashMap;

use lexicell_matrix::{Categorical, Column, MISSING_CODE};

use super::fields::{Separator, split, unquote};
use super::lines::LineReader;
use super::numbers::is_missing;
use crate::error::FormatError;
use crate::input::InputFile;

/// Lines by which the separator is found.
const HEAD_LINES: usize = 20;
/// A quoted field that goes on for more lines than this was never closed.
const LINES_OF_A_FIELD: usize = 64;
/// Distinct values up to which text is a category in any case.
const FEW: usize = 64;

/// A small table of text: names, or what is known about each cell.
pub(crate) struct TextTable {
    /// The first line, which may be a header or not.
    pub first: Vec<String>,
    /// What the other lines hold.
    pub columns: Vec<TextColumn>,
    /// Lines after the first.
    pub n_rows: usize,
    /// Whether the first line is one field short, as R writes tables with row names.
    pub ragged: bool,
    /// What divides the fields; `None` where there is one field.
    pub separator: Option<Separator>,
}

/// One column of a [`TextTable`], equal values stored once.
#[derive(Default)]
pub(crate) struct TextColumn {
    codes: Vec<u32>,
    values: Vec<String>,
    places: HashMap<String, u32>,
}

/// Reads a [`TextTable`] some rows at a time.
pub(crate) struct TableReader {
    lines: LineReader,
    waiting: std::vec::IntoIter<(u64, Vec<u8>)>,
    table: TextTable,
}

impl TextTable {
    /// Reads a table whole; `blanks` says whether blanks may divide fields.
    pub(crate) fn read(file: &InputFile, blanks: bool) -> Result<Self, FormatError> {
        let mut reader = TableReader::open(file, blanks)?;
        while !reader.run(1 << 20)? {}
        Ok(reader.finish())
    }

    /// Reads only the first rows.
    pub(crate) fn head(file: &InputFile, blanks: bool, rows: usize) -> Result<Self, FormatError> {
        let mut reader = TableReader::open(file, blanks)?;
        reader.run(rows)?;
        Ok(reader.finish())
    }

    /// Values of one column with the first line's in front: for files without a header.
    pub(crate) fn with_first(&self, column: usize) -> Vec<String> {
        let first = self.first.get(column).cloned();
        let values = self.columns.get(column).into_iter();
        let values =
            values.flat_map(|values| (0..self.n_rows).map(|row| values.value(row).to_owned()));
        first.into_iter().chain(values).collect()
    }

    /// Names of the columns if the first line is a header; the column of row names may have none.
    pub(crate) fn header(&self) -> Vec<String> {
        let mut header = self.first.clone();
        if self.ragged {
            header.insert(0, String::new());
        }
        header
    }
}

impl TextColumn {
    /// The value of a row.
    pub(crate) fn value(&self, row: usize) -> &str {
        self.codes
            .get(row)
            .and_then(|&code| self.values.get(code as usize))
            .map_or("", String::as_str)
    }

    /// The distinct values, in the order in which they came.
    pub(crate) fn values(&self) -> &[String] {
        &self.values
    }

    /// The rows given as a data frame's column, of the kind that all values allow.
    pub(crate) fn typed(&self, rows: impl Iterator<Item = Option<usize>> + Clone) -> Column {
        let code = |row: Option<usize>| row.and_then(|row| self.codes.get(row)).copied();
        let known =
            || self.values.iter().map(|value| value.trim()).filter(|value| !is_missing(value));
        let any = known().next().is_some();
        if any && known().all(|value| truth(value).is_some()) {
            let truths: Vec<Option<bool>> =
                self.values.iter().map(|value| truth(value.trim())).collect();
            return Column::Boolean(rows.map(|row| truths[code(row)? as usize]).collect());
        }
        if any && known().all(is_plain_integer) {
            let wholes: Vec<Option<i64>> =
                self.values.iter().map(|value| value.trim().parse().ok()).collect();
            return Column::Integer(rows.map(|row| wholes[code(row)? as usize]).collect());
        }
        if any && known().all(is_real) {
            let reals: Vec<f64> =
                self.values.iter().map(|value| value.trim().parse().unwrap_or(f64::NAN)).collect();
            return Column::Float(
                rows.map(|row| code(row).map_or(f64::NAN, |code| reals[code as usize])).collect(),
            );
        }
        self.text(rows)
    }

    /// As text: categories where values repeat.
    fn text(&self, rows: impl Iterator<Item = Option<usize>> + Clone) -> Column {
        let value = |row: Option<usize>| {
            let code = row.and_then(|row| self.codes.get(row)).copied()?;
            (!is_missing(self.values[code as usize].trim())).then_some(code)
        };
        let count = rows.clone().count();
        if self.values.len() > FEW && self.values.len() * 2 > count {
            return Column::Text(
                rows.map(|row| Some(self.values[value(row)? as usize].clone())).collect(),
            );
        }
        let mut used: Vec<u32> = rows.clone().filter_map(value).collect();
        used.sort_unstable();
        used.dedup();
        used.sort_by(|left, right| self.values[*left as usize].cmp(&self.values[*right as usize]));
        let mut places = vec![MISSING_CODE; self.values.len()];
        for (place, &code) in (0..).zip(&used) {
            places[code as usize] = place;
        }
        Column::Categorical(Categorical {
            codes: rows
                .map(|row| value(row).map_or(MISSING_CODE, |code| places[code as usize]))
                .collect(),
            categories: used.iter().map(|&code| self.values[code as usize].clone()).collect(),
        })
    }

    /// Drops the first rows, for what is not data.
    pub(crate) fn skip(&mut self, rows: usize) {
        self.codes.drain(..rows.min(self.codes.len()));
        let mut used = vec![false; self.values.len()];
        for &code in &self.codes {
            used[code as usize] = true;
        }
        // A value that is used no more must not decide the column's kind.
        for (value, _) in self.values.iter_mut().zip(&used).filter(|(_, used)| !**used) {
            value.clear();
        }
    }

    fn push(&mut self, value: &str) {
        let code = match self.places.get(value) {
            Some(&code) => code,
            None => {
                let code = self.values.len() as u32;
                self.values.push(value.to_owned());
                self.places.insert(value.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
    }
}

impl TableReader {
    /// Opens a table and finds its separator; leading lines that start with `#` are skipped.
    pub(crate) fn open(file: &InputFile, blanks: bool) -> Result<Self, FormatError> {
        let mut lines = LineReader::open(file)?;
        let mut head: Vec<(u64, Vec<u8>)> = Vec::new();
        while head.len() < HEAD_LINES && lines.advance()? {
            if !(head.is_empty() && (lines.line().is_empty() || lines.line().starts_with(b"#"))) {
                head.push((lines.number(), lines.line().to_vec()));
            }
        }
        let separator = Separator::sniff(head.iter().map(|(_, line)| &line[..]))
            .filter(|separator| blanks || *separator != Separator::Blanks);
        let mut waiting = head.into_iter();
        let first = waiting.next().map(|(_, line)| line).unwrap_or_default();
        let first: Vec<String> = match separator {
            Some(separator) => split(&first, separator)
                .unwrap_or_default()
                .into_iter()
                .map(|field| unquote(field).into_owned())
                .collect(),
            None => vec![unquote(&first).into_owned()],
        };
        let table = TextTable { first, columns: Vec::new(), n_rows: 0, ragged: false, separator };
        Ok(Self { lines, waiting, table })
    }

    /// Reads about `rows` rows more; `true` at the end.
    pub(crate) fn run(&mut self, rows: usize) -> Result<bool, FormatError> {
        for _ in 0..rows {
            let (number, line) = match self.waiting.next() {
                Some(line) => line,
                None if self.lines.advance()? => (self.lines.number(), self.lines.line().to_vec()),
                None => return Ok(true),
            };
            if !line.trim_ascii().is_empty() {
                self.add(number, line)?;
            }
        }
        Ok(false)
    }

    /// Where the reader is, in bytes of the file, and the file's length.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.lines.position(), self.lines.file().source.len())
    }

    /// Hands over the table.
    pub(crate) fn finish(self) -> TextTable {
        self.table
    }

    fn add(&mut self, number: u64, mut line: Vec<u8>) -> Result<(), FormatError> {
        let Some(separator) = self.table.separator else {
            self.column_count(number, 1)?;
            self.table.columns[0].push(&unquote(&line));
            self.table.n_rows += 1;
            return Ok(());
        };
        for _ in 0..LINES_OF_A_FIELD {
            if let Some(fields) = split(&line, separator) {
                let count = fields.len();
                self.column_count(number, count)?;
                for (column, field) in self.table.columns.iter_mut().zip(fields) {
                    column.push(&unquote(field));
                }
                self.table.n_rows += 1;
                return Ok(());
            }
            let more = match self.waiting.next() {
                Some((_, more)) => more,
                None if self.lines.advance()? => self.lines.line().to_vec(),
                None => break,
            };
            line.push(b'\n');
            line.extend(more);
        }
        Err(self.wrong(number, "a quote that closes the quoted field", "none"))
    }

    /// The first row decides how many columns there are; the others must follow.
    fn column_count(&mut self, number: u64, count: usize) -> Result<(), FormatError> {
        if self.table.columns.is_empty() {
            self.table.columns.resize_with(count, TextColumn::default);
            self.table.ragged = self.table.first.len() + 1 == count;
        }
        let wanted = self.table.columns.len();
        if count == wanted {
            return Ok(());
        }
        let words = self.table.separator.map_or("line ends", Separator::words);
        let expected = format!("{wanted} fields divided by {words}, as in the lines before");
        Err(self.wrong(number, &expected, &format!("{count}")))
    }

    fn wrong(&self, number: u64, expected: &str, found: &str) -> FormatError {
        FormatError::Damaged {
            file: self.lines.file().name.clone(),
            place: crate::error::Place::Line(number),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }
}

fn truth(value: &str) -> Option<bool> {
    match value {
        "TRUE" | "True" | "true" => Some(true),
        "FALSE" | "False" | "false" => Some(false),
        _ => None,
    }
}

/// Numbers, but not `007`, which is a name.
fn is_real(value: &str) -> bool {
    let is_name =
        value.len() > 1 && value.starts_with('0') && value.bytes().all(|b| b.is_ascii_digit());
    !is_name && value.parse::<f64>().is_ok()
}

/// Whole numbers, but not `007`, which is a name.
fn is_plain_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    value.parse::<i64>().is_ok()
        && (digits == "0" || !digits.starts_with('0'))
        && !value.starts_with('+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> TextTable {
        TextTable::read(&InputFile::from_bytes("t", text.as_bytes().to_vec()), true).expect("reads")
    }

    #[test]
    fn kinds_follow_from_all_values() {
        let table = table(
            "id,n,f,b,t,zip\nc1,1,1.5,TRUE,x,01\nc2,NA,NA,,\"a\nb\",02\nc3,-3,2,FALSE,x,03\n",
        );
        assert_eq!(table.n_rows, 3);
        let typed =
            |at: usize| table.columns[at].typed([Some(0), Some(1), None, Some(2)].into_iter());
        assert_eq!(typed(1), Column::Integer(vec![Some(1), None, None, Some(-3)]));
        assert!(
            matches!(typed(2), Column::Float(values) if values[1].is_nan() && values[3] == 2.0)
        );
        assert_eq!(typed(3), Column::Boolean(vec![Some(true), None, None, Some(false)]));
        let Column::Categorical(text) = typed(4) else { panic!("text repeats") };
        assert_eq!(text.categories, ["a\nb", "x"]);
        assert_eq!(text.codes, [1, 0, MISSING_CODE, 1]);
        assert!(matches!(typed(5), Column::Categorical(_)));
    }

    #[test]
    fn a_header_may_be_one_field_short() {
        let table = table("\"n\" \"label\"\n\"A1\" 3 \"x y\"\n\"A2\" 4 \"z\"\n");
        assert!(table.ragged);
        assert_eq!(table.header(), ["", "n", "label"]);
        assert_eq!(table.columns[2].value(0), "x y");
    }

    #[test]
    fn a_short_line_is_named() {
        let file = InputFile::from_bytes("t.csv", b"a,b\n1,2\n3\n".to_vec());
        let message = TextTable::read(&file, true).err().expect("a short line").to_string();
        assert!(message.contains("t.csv, line 3") && message.contains("2 fields"), "{message}");
    }
}
