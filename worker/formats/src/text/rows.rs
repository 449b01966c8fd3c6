use super::fields::{Separator, split};
use super::lines::LineReader;
use crate::error::FormatError;
use crate::input::InputFile;

/// A quoted field that goes on for more lines than this was never closed.
const LINES_OF_A_FIELD: usize = 64;

/// The lines of a table that are neither empty nor comments at its head.
pub(crate) struct RowReader {
    lines: LineReader,
    separator: Separator,
    started: bool,
}

impl RowReader {
    pub(crate) fn open(file: &InputFile, separator: Separator) -> Result<Self, FormatError> {
        Ok(Self { lines: LineReader::open(file)?, separator, started: false })
    }

    /// Goes to the next row; `false` at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, FormatError> {
        while self.lines.advance()? {
            let line = self.lines.line();
            let is_comment = !self.started && line.starts_with(b"#");
            if is_comment || line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            self.started = true;
            return self.close_quotes().map(|()| true);
        }
        Ok(false)
    }

    /// The fields of the row, still quoted.
    pub(crate) fn fields(&self) -> Vec<&[u8]> {
        split(self.lines.line(), self.separator).unwrap_or_default()
    }

    pub(crate) fn lines(&self) -> &LineReader {
        &self.lines
    }

    fn close_quotes(&mut self) -> Result<(), FormatError> {
        for _ in 0..LINES_OF_A_FIELD {
            let open = memchr::memchr(b'"', self.lines.line()).is_some()
                && split(self.lines.line(), self.separator).is_none();
            if !open {
                return Ok(());
            }
            if !self.lines.extend()? {
                break;
            }
        }
        Err(self.lines.damaged("a quote that closes the quoted field", "none"))
    }
}
