//! What the first rows of a table say about the rest.

use super::{guess, not_a_table};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::{Note, Orientation};
use crate::text::{LineReader, Number, RowReader, Separator, look_at_names, parse_number, unquote};

/// Rows that are looked at.
const HEAD_ROWS: usize = 100;
/// Fields that are looked at, over all rows (wide tables have fewer rows looked at).
const HEAD_FIELDS: usize = 300_000;
/// Rows that are looked at however wide they are.
const LEAST_ROWS: usize = 4;
/// Files up to this size are counted line by line; of larger ones the lines are estimated.
const COUNT_BYTES: u64 = 32 << 20;
/// Values in the sample.
const SAMPLE: usize = 100_000;
/// Columns of text beyond this, and it is no table of numbers.
const MOST_TEXT_COLUMNS: usize = 50;

/// How a table is laid out.
pub(super) struct TableLayout {
    pub separator: Separator,
    pub decimal_comma: bool,
    /// Names above the columns, that of the row names left out.
    pub column_names: Vec<String>,
    /// Whether the columns have names.
    pub has_header: bool,
    /// Whether these stand in the first row, and not in a comment above it.
    pub header_is_a_row: bool,
    /// Whether the first column is one of names.
    pub has_row_names: bool,
    /// For each column after the row names: whether it is text.
    pub is_text: Vec<bool>,
    /// Names of the first rows.
    pub row_names: Vec<String>,
    /// Values of the first rows.
    pub sample: Vec<f32>,
    pub orientation: Orientation,
    /// Bytes of the file that the rows looked at took, and their number.
    seen: (u64, u64),
    is_long: bool,
}

impl TableLayout {
    /// Looks at the first rows.
    pub(super) fn find(file: &InputFile) -> Result<Self, FormatError> {
        let (separator, commented) = sniff_separator(file)?;
        let mut rows = RowReader::open(file, separator)?;
        let mut head: Vec<Vec<String>> = Vec::new();
        let mut fields = 0;
        while (head.len() < LEAST_ROWS || (head.len() < HEAD_ROWS && fields < HEAD_FIELDS))
            && rows.advance()?
        {
            let row: Vec<String> =
                rows.fields().into_iter().map(|field| unquote(field).into_owned()).collect();
            fields += row.len();
            head.push(row);
        }
        let seen = (rows.lines().position(), rows.lines().number());
        let mut layout = Self::of_head(file, separator, commented, head)?;
        layout.seen = seen;
        Ok(layout)
    }

    /// A table of three columns: gene, cell, count.
    pub(super) fn is_long(&self) -> bool {
        self.is_long
    }

    /// How much this is a table of expression values, beside other tables.
    pub(super) fn score(&self, bytes: u64) -> f64 {
        let columns = self.is_text.len().max(1) as f64;
        let numbers = self.is_text.iter().filter(|text| !**text).count() as f64 / columns;
        let genes =
            look_at_names(&self.column_names).genes.max(look_at_names(&self.row_names).genes);
        numbers * 2.0 + genes + columns.ln() + (bytes as f64 + 1.0).ln() * 0.5
    }

    /// The text columns by place (after the row names) and name.
    pub(super) fn text_columns(&self) -> Vec<(usize, String)> {
        let texts = self.is_text.iter().enumerate().filter(|(_, text)| **text);
        texts.map(|(at, _)| (at, self.column_name(at))).collect()
    }

    /// The name of a column, or its number.
    pub(super) fn column_name(&self, at: usize) -> String {
        self.column_names.get(at).cloned().unwrap_or_else(|| format!("column {}", at + 1))
    }

    /// Names of the columns that hold numbers.
    pub(super) fn number_columns(&self) -> Vec<String> {
        let places = (0..self.is_text.len()).filter(|&at| !self.is_text[at]);
        if self.has_header {
            places.map(|at| self.column_name(at)).collect()
        } else {
            places.map(|at| format!("cell_{}", at + 1)).collect()
        }
    }

    /// First names of cells and of genes.
    pub(super) fn first_names(&self) -> (Vec<String>, Vec<String>) {
        let rows = self.row_names.clone();
        if self.is_long {
            return (Vec::new(), rows);
        }
        let columns = self.number_columns();
        if self.orientation.transposed { (columns, rows) } else { (rows, columns) }
    }

    /// Cells and genes, for so many lines.
    pub(super) fn shape(&self, lines: u64) -> (u64, u64) {
        let rows = lines.saturating_sub(u64::from(self.header_is_a_row));
        if self.is_long {
            return (0, 0);
        }
        let columns = self.is_text.iter().filter(|text| !**text).count() as u64;
        if self.orientation.transposed { (columns, rows) } else { (rows, columns) }
    }

    /// Lines of the table, and whether they were counted.
    pub(super) fn count_lines(&self, file: &InputFile) -> Result<(u64, bool), FormatError> {
        let (bytes, lines) = self.seen;
        if file.source.len() > COUNT_BYTES {
            let estimate = lines as f64 * file.source.len() as f64 / bytes.max(1) as f64;
            return Ok((estimate as u64, false));
        }
        let mut rows = RowReader::open(file, self.separator)?;
        let mut count = 0;
        while rows.advance()? {
            count += 1;
        }
        Ok((count, true))
    }

    /// Genes must have names; cells may be numbered.
    pub(super) fn check_names(
        &self,
        file: &InputFile,
        transposed: bool,
    ) -> Result<(), FormatError> {
        let named = if transposed { self.has_row_names } else { self.has_header };
        if named {
            return Ok(());
        }
        let (place, found) = if transposed {
            (Place::Field { line: 1, field: 1 }, "the first column holds numbers")
        } else {
            (Place::Line(1), "the first line holds numbers")
        };
        Err(FormatError::MissingNames {
            file: file.name.clone(),
            place,
            missing: "gene names".to_owned(),
            found: found.to_owned(),
            remedy: "Save the table with its gene names, or say that it is the other way round."
                .to_owned(),
        })
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        let comma = if self.decimal_comma { " and decimal commas" } else { "" };
        let way = match (self.is_long, self.orientation.transposed) {
            (true, _) => "one line for each gene and cell",
            (_, true) => "genes × cells",
            (_, false) => "cells × genes",
        };
        format!("text divided by {}{comma} ({way})", self.separator.words())
    }

    /// What should be known about the table.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let texts = self.text_columns();
        if !texts.is_empty() && !self.is_long {
            let names: Vec<&str> = texts.iter().map(|(_, name)| &name[..]).collect();
            let of = if self.orientation.transposed { "genes" } else { "cells" };
            notes.push(Note::info(format!(
                "Columns of text are taken for labels of the {of}: {}.",
                names.join(", ")
            )));
        }
        let cells_named =
            if self.orientation.transposed { self.has_header } else { self.has_row_names };
        if !cells_named && !self.is_long {
            notes.push(Note::warning(
                "The cells have no names; they are called cell_1, cell_2, and so on.",
            ));
        }
        notes
    }

    fn of_head(
        file: &InputFile,
        separator: Separator,
        commented: Option<Vec<String>>,
        mut head: Vec<Vec<String>>,
    ) -> Result<Self, FormatError> {
        let decimal_comma = separator != Separator::Comma && has_decimal_commas(&head);
        let is_number =
            |field: &str| !matches!(parse_number(field.as_bytes(), decimal_comma), Number::Text);
        let is_value =
            |field: &str| matches!(parse_number(field.as_bytes(), decimal_comma), Number::Value(_));
        let width = head.get(1).or(head.first()).map_or(0, Vec::len);
        if width < 2 {
            return Err(not_a_table(file, Place::Line(1), "a list with one field in each line"));
        }
        // A row of names has a text somewhere that is no row name (or is one field short).
        let names_above = head.first().is_some_and(|row| {
            let texts = row.iter().skip(1).filter(|field| !is_number(field)).count();
            head.len() > 1 && (texts * 2 > row.len().saturating_sub(1) || row.len() + 1 == width)
        }) || numbered_header(&head, &is_value);
        let above = if names_above {
            Some(head.remove(0))
        } else {
            commented.filter(|names| names.len() + 1 >= width)
        };
        let has_header = above.is_some();
        if head.is_empty() {
            return Err(not_a_table(file, Place::Line(1), "a line of names and nothing below it"));
        }
        let is_long = above.as_deref().is_some_and(is_long_header);
        let column_is_text = |at: usize| {
            let fields = head.iter().filter_map(|row| row.get(at));
            let known: Vec<&String> =
                fields.filter(|field| is_value(field) || !is_number(field)).collect();
            // A column without any value is no gene that was measured.
            known.is_empty()
                || known.iter().filter(|field| !is_number(field)).count() * 2 > known.len()
        };
        let unnamed_corner =
            above.as_ref().is_some_and(|names| names.len() < width || names[0].trim().is_empty());
        let has_row_names = column_is_text(0) || unnamed_corner;
        let skip = usize::from(has_row_names);
        let is_text: Vec<bool> = (skip..width).map(column_is_text).collect();
        let texts = is_text.iter().filter(|text| **text).count();
        if !is_long && (texts == is_text.len() || texts > MOST_TEXT_COLUMNS.max(is_text.len() / 2))
        {
            let found =
                format!("{texts} of {} columns that hold text and not numbers", is_text.len());
            return Err(not_a_table(file, Place::Line(2), found));
        }
        let mut column_names = above.unwrap_or_default();
        if column_names.len() >= width && has_row_names {
            column_names.remove(0);
        }
        let row_names: Vec<String> = if has_row_names {
            head.iter().map(|row| row[0].clone()).collect()
        } else {
            Vec::new()
        };
        let mut sample = Vec::new();
        for row in &head {
            let fields = row.iter().skip(skip).zip(&is_text).filter(|(_, text)| !**text);
            sample.extend(fields.filter_map(|(field, _)| {
                match parse_number(field.as_bytes(), decimal_comma) {
                    Number::Value(value) => Some(value),
                    Number::Missing | Number::Text => None,
                }
            }));
            if sample.len() > SAMPLE {
                break;
            }
        }
        let mut layout = Self {
            separator,
            decimal_comma,
            column_names,
            has_header,
            header_is_a_row: names_above,
            has_row_names,
            is_text,
            row_names,
            sample,
            orientation: Orientation::default(),
            seen: (0, 0),
            is_long,
        };
        layout.orientation = layout.orient();
        Ok(layout)
    }

    /// Which side bears the genes.
    fn orient(&self) -> Orientation {
        if self.is_long {
            return guess(false, false, "Every line names its gene and its cell.".to_owned());
        }
        if !self.has_row_names {
            return guess(
                false,
                true,
                "Only the columns have names, which must be the genes.".to_owned(),
            );
        }
        if !self.has_header {
            return guess(
                true,
                true,
                "Only the rows have names, which must be the genes.".to_owned(),
            );
        }
        let columns = self.number_columns();
        let (above, left) =
            (look_at_names(&columns).gene_score(), look_at_names(&self.row_names).gene_score());
        let quote =
            |names: &[String]| names.first().map(|name| format!("{name:?}")).unwrap_or_default();
        let (first_above, first_left) = (quote(&columns), quote(&self.row_names));
        let difference = left - above;
        let sure = difference.abs() >= 0.5;
        if difference > 0.1 {
            let why = format!(
                "The row names (like {first_left}) look more like genes than the column names (like {first_above})."
            );
            return guess(true, !sure, why);
        }
        if difference < -0.1 {
            let why = format!(
                "The column names (like {first_above}) look more like genes than the row names (like {first_left})."
            );
            return guess(false, !sure, why);
        }
        let why = format!(
            "Neither the row names (like {first_left}) nor the column names (like {first_above}) look more like genes; most tables have genes in rows."
        );
        guess(true, true, why)
    }
}

/// The separator, and the names in the last comment above the table, which some writers put there.
fn sniff_separator(file: &InputFile) -> Result<(Separator, Option<Vec<String>>), FormatError> {
    let mut lines = LineReader::open(file)?;
    let (mut head, mut comment) = (Vec::new(), None);
    let mut bytes = 0;
    while head.len() < 20 && bytes < 16 << 20 && lines.advance()? {
        let line = lines.line();
        if head.is_empty() && line.starts_with(b"#") {
            let text = unquote(&line[1..]).into_owned();
            comment = Some(text.split_whitespace().map(str::to_owned).collect());
        } else if !line.iter().all(u8::is_ascii_whitespace) {
            bytes += line.len();
            head.push(line.to_vec());
        }
    }
    if head.is_empty() {
        return Err(not_a_table(file, Place::Whole, "no line of data"));
    }
    let separator = Separator::sniff(head.iter().map(Vec::as_slice));
    let found = "lines that neither tabs, commas, semicolons nor blanks divide evenly";
    separator
        .map(|separator| (separator, comment))
        .ok_or_else(|| not_a_table(file, Place::Line(1), found))
}

/// A table of numbers with names `0, 1, 2, …` above, as pandas writes unnamed columns.
fn numbered_header(head: &[Vec<String>], is_value: &impl Fn(&str) -> bool) -> bool {
    let Some((above, below)) = head.split_first() else { return false };
    let counts = |names: &[String]| {
        names.len() > 2
            && names
                .iter()
                .zip(0_usize..)
                .all(|(name, at)| name.parse() == Ok(at) || name.parse() == Ok(at + 1))
    };
    let corner_is_free = above.first().is_some_and(|corner| !is_value(corner));
    !below.is_empty() && corner_is_free && counts(&above[1..])
}

fn is_long_header(names: &[String]) -> bool {
    let lower: Vec<String> = names.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    lower.len() == 3
        && ["gene", "gene_id", "gene_name", "symbol", "feature"].contains(&lower[0].as_str())
        && ["cell", "barcode", "cell_id", "cell_barcode"].contains(&lower[1].as_str())
        && ["count", "counts", "umi", "umis", "value", "expression"].contains(&lower[2].as_str())
}

/// Fields such as `1,5` that are numbers only if the comma is decimal.
fn has_decimal_commas(head: &[Vec<String>]) -> bool {
    let fields = || head.iter().skip(1).flat_map(|row| row.iter().skip(1));
    let only_so = |field: &&String| {
        matches!(parse_number(field.as_bytes(), false), Number::Text)
            && matches!(parse_number(field.as_bytes(), true), Number::Value(_))
    };
    let odd = |field: &&String| matches!(parse_number(field.as_bytes(), true), Number::Text);
    fields().filter(only_so).count() > fields().filter(odd).count()
}
