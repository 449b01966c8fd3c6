use super::{VectorReader, VectorTable, unsupported};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::LoadStatus;
use crate::text::{LineReader, Number, RowReader, Separator, look_at_names, parse_number, unquote};

/// Rows by which the columns are told apart.
const HEAD_ROWS: usize = 20;

/// Vectors in text: a name and its numbers in each line, or its numbers as one `[…]` field, as
/// pandas writes the vectors of OpenAI's cookbook; also the format of word2vec and Gene2vec.
pub(super) struct CsvVectors {
    rows: RowReader,
    columns: Columns,
    names: Vec<String>,
    data: Vec<f32>,
    dim: usize,
    bytes: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Columns {
    name: usize,
    values: Values,
    width: usize,
    decimal_comma: bool,
    skip: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Values {
    /// One number in each of these columns.
    Each(Vec<usize>),
    /// A list of numbers in this column.
    List(usize),
}

impl CsvVectors {
    pub(super) fn open(file: &InputFile) -> Result<Self, FormatError> {
        let separator = separator(file)?;
        let mut rows = RowReader::open(file, separator)?;
        let mut head: Vec<Vec<String>> = Vec::new();
        while head.len() < HEAD_ROWS && rows.advance()? {
            head.push(rows.fields().into_iter().map(|field| unquote(field).into_owned()).collect());
        }
        let columns = Columns::find(&head, separator).ok_or_else(|| {
            let remedy = "Save one line for each gene: its name, then its numbers.";
            unsupported(
                &file.name,
                Place::Line(1),
                "a column of names and columns of numbers",
                "neither",
                remedy,
            )
        })?;
        let mut rows = RowReader::open(file, separator)?;
        for _ in 0..columns.skip {
            rows.advance()?;
        }
        Ok(Self {
            rows,
            columns,
            names: Vec::new(),
            data: Vec::new(),
            dim: 0,
            bytes: file.source.len(),
        })
    }

    /// Reads one line; `None` at the end, else how many numbers it had.
    fn row(&mut self) -> Result<Option<usize>, FormatError> {
        if !self.rows.advance()? {
            return Ok(None);
        }
        let fields = self.rows.fields();
        let lines = self.rows.lines();
        if fields.len() != self.columns.width {
            return Err(lines.damaged(
                format!("{} fields, as in the rows before", self.columns.width),
                fields.len().to_string(),
            ));
        }
        let before = self.data.len();
        let mut push = |at: usize, field: &[u8]| {
            let value = match parse_number(field, self.columns.decimal_comma) {
                Number::Value(value) => value,
                Number::Missing => f32::NAN,
                Number::Text => return Err(lines.bad_field(at as u64 + 1, "a number", field)),
            };
            self.data.push(value);
            Ok(())
        };
        match &self.columns.values {
            Values::Each(places) => places.iter().try_for_each(|&at| push(at, fields[at]))?,
            Values::List(at) => {
                let text = unquote(fields[*at]);
                let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
                let numbers = inner.split([',', ' ', '\n']).filter(|word| !word.is_empty());
                numbers.map(str::as_bytes).try_for_each(|word| push(*at, word))?;
            }
        }
        let count = self.data.len() - before;
        if self.dim == 0 {
            self.dim = count;
        }
        if count != self.dim {
            return Err(lines.damaged(
                format!("a vector of {} numbers, like the first", self.dim),
                count.to_string(),
            ));
        }
        self.names.push(unquote(fields[self.columns.name]).trim().to_owned());
        Ok(Some(count))
    }
}

impl VectorReader for CsvVectors {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let mut done = 0;
        let mut finished = false;
        while done < limit && !finished {
            match self.row()? {
                Some(count) => done += count.max(1),
                None => finished = true,
            }
        }
        Ok(LoadStatus {
            done: self.rows.lines().position().min(self.bytes),
            total: self.bytes,
            finished,
        })
    }

    fn finish(self: Box<Self>) -> Result<VectorTable, FormatError> {
        let notes: Vec<Note> = Vec::new();
        Ok(VectorTable { names: self.names, dim: self.dim, data: self.data, notes })
    }
}

impl Columns {
    fn find(head: &[Vec<String>], separator: Separator) -> Option<Self> {
        let width = head.get(1).or(head.first())?.len();
        let is_text = |row: &[String], at: usize, comma: bool| {
            row.get(at)
                .is_some_and(|field| matches!(parse_number(field.as_bytes(), comma), Number::Text))
        };
        // word2vec's first line has two numbers: how many vectors, and how long they are.
        let counted = head[0].len() == 2
            && width > 3
            && !is_text(&head[0], 0, false)
            && !is_text(&head[0], 1, false);
        let above = (1..width).filter(|&at| is_text(&head[0], at, true)).count();
        let named = !counted
            && head.len() > 1
            && (above * 2 >= width.saturating_sub(1).max(1) || head[0].len() + 1 == width);
        let body: Vec<&[String]> =
            head[usize::from(counted || named)..].iter().map(Vec::as_slice).collect();
        let body: Vec<&[String]> = body.into_iter().filter(|row| row.len() == width).collect();
        let first = body.first()?;
        let is_list = |at: &usize| {
            first[*at].trim_start().starts_with('[') && first[*at].contains([',', ' '])
        };
        let list = (0..width).find(is_list);
        let fields = || {
            body.iter().flat_map(|row| row.iter().enumerate().filter(|(at, _)| Some(*at) != list))
        };
        let comma = separator != Separator::Comma
            && fields().any(|(_, field)| {
                matches!(parse_number(field.as_bytes(), true), Number::Value(_))
                    && field.contains(',')
            });
        let texts: Vec<usize> = (0..width)
            .filter(|at| {
                Some(*at) != list
                    && body.iter().filter(|row| is_text(row, *at, comma)).count() * 2 > body.len()
            })
            .collect();
        // Of several columns of text the one that looks most like genes.
        let look = |at: usize| {
            let names: Vec<&str> = body.iter().map(|row| row[at].as_str()).collect();
            look_at_names(&names).gene_score()
        };
        let name = texts
            .iter()
            .copied()
            .max_by(|left, right| look(*left).total_cmp(&look(*right)).then(right.cmp(left)));
        // Entrez ids are numbers: then the first column has the names, if it says so.
        let says_id = |text: &String| {
            ["gene", "geneid", "gene_id", "entrez", "id", "symbol", "name"]
                .contains(&text.to_ascii_lowercase().as_str())
        };
        let name = name.or_else(|| (named && head[0].first().is_some_and(says_id)).then_some(0))?;
        // A pandas index stands unnamed before the names.
        let is_index = |at: usize| {
            named
                && at < name
                && head[0]
                    .get(at)
                    .is_some_and(|text| text.is_empty() || text.starts_with("Unnamed"))
        };
        let values = match list {
            Some(at) => Values::List(at),
            None => Values::Each(
                (0..width)
                    .filter(|at| *at != name && !texts.contains(at) && !is_index(*at))
                    .collect(),
            ),
        };
        Some(Self {
            name,
            values,
            width,
            decimal_comma: comma,
            skip: usize::from(counted || named),
        })
    }
}

fn separator(file: &InputFile) -> Result<Separator, FormatError> {
    let mut lines = LineReader::open(file)?;
    let mut head = Vec::new();
    while head.len() < HEAD_ROWS && lines.advance()? {
        let is_comment = head.is_empty() && lines.line().starts_with(b"#");
        if !lines.line().is_empty() && !is_comment {
            head.push(lines.line().to_vec());
        }
    }
    let found = "lines that neither tabs, commas, semicolons nor blanks divide";
    let remedy = "Save one line for each gene: its name, then its numbers.";
    Separator::sniff(head.iter().map(Vec::as_slice))
        .ok_or_else(|| unsupported(&file.name, Place::Line(1), "names and numbers", found, remedy))
}
