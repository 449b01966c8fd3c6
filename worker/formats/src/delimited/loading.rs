use lexicell_matrix::{AnnData, Column, CsrMatrix, DataFrame};

use super::layout::TableLayout;
use crate::assembly::{ColumnBuilder, Columns, Subject};
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::{FormatLoader, LoadStatus, Loaded};
use crate::matrix_market::excel_note;
use crate::names::notes_on_names;
use crate::text::{Number, RowReader, parse_number, unquote};
use crate::values::{ValueStats, ValueSummary};

/// Entries of a piece of a transposed table.
const PIECE: usize = 1 << 20;

/// Loads a table row by row; its text is never held.
///
/// Where genes are in rows, the entries are held once by gene before they are placed by cell: the
/// peak is then two copies of the sparse matrix.
pub(super) struct TableLoader {
    rows: RowReader,
    layout: TableLayout,
    transposed: bool,
    subject: Subject,
    names: Vec<String>,
    texts: Vec<Vec<Option<String>>>,
    /// Rows of labels in a table of genes × cells: name and one value for each cell.
    label_rows: Vec<(String, Vec<String>)>,
    missing: u64,
    stage: Stage,
    bytes: u64,
}

enum Stage {
    /// Cells in rows: entries go where they belong. Rows are appended as they come.
    Rows(GrowingRows),
    /// Genes in rows: pieces by gene.
    Genes(Vec<Piece>),
    /// Genes in rows: the entries of each cell are counted, in the piece of that number next.
    Counting(ColumnBuilder, Vec<Piece>, usize),
    /// Genes in rows: pieces are placed, the last one first.
    Placing(ColumnBuilder, Vec<Piece>),
    Finished,
}

/// CSR arrays of a matrix whose number of rows is not known yet.
#[derive(Default)]
struct GrowingRows {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    data: Vec<f32>,
    stats: ValueStats,
}

/// Consecutive genes: for each its number and where its entries end.
#[derive(Default)]
struct Piece {
    genes: Vec<(u32, usize)>,
    cells: Vec<u32>,
    values: Vec<f32>,
}

impl TableLoader {
    pub(super) fn new(
        file: &InputFile,
        layout: TableLayout,
        transposed: bool,
    ) -> Result<Self, FormatError> {
        let mut rows = RowReader::open(file, layout.separator)?;
        if layout.header_is_a_row {
            rows.advance()?;
        }
        let subject = Subject { file: file.name.clone(), place: Place::Whole };
        let stage = if transposed {
            Stage::Genes(Vec::new())
        } else {
            Stage::Rows(GrowingRows { indptr: vec![0], ..GrowingRows::default() })
        };
        let texts = layout.text_columns().len();
        Ok(Self {
            rows,
            transposed,
            subject,
            names: Vec::new(),
            texts: vec![Vec::new(); texts],
            label_rows: Vec::new(),
            missing: 0,
            stage,
            bytes: file.source.len(),
            layout,
        })
    }

    /// Reads one row; `None` at the end, else the number of its fields.
    fn row(&mut self) -> Result<Option<usize>, FormatError> {
        if !self.rows.advance()? {
            return Ok(None);
        }
        let fields = self.rows.fields();
        let skip = usize::from(self.layout.has_row_names);
        let wanted = self.layout.is_text.len() + skip;
        let surplus_end = fields.len() == wanted + 1 && fields[wanted].is_empty();
        if fields.len() != wanted && !surplus_end {
            let expected = format!(
                "{wanted} fields divided by {}, as in the rows before",
                self.layout.separator.words()
            );
            return Err(self.rows.lines().damaged(expected, fields.len().to_string()));
        }
        let count = fields.len();
        let name = if skip == 1 {
            unquote(fields[0]).into_owned()
        } else {
            format!("cell_{}", self.names.len() + 1)
        };
        let fields = &fields[skip..wanted];
        if self.transposed && is_label_row(fields, self.layout.decimal_comma) {
            let labels = fields.iter().zip(&self.layout.is_text).filter(|(_, text)| !**text);
            self.label_rows
                .push((name, labels.map(|(field, _)| unquote(field).into_owned()).collect()));
            return Ok(Some(count));
        }
        let mut row = parse_row(fields, &self.layout, &self.rows, skip)?;
        self.missing += row.missing;
        for (column, text) in self.texts.iter_mut().zip(std::mem::take(&mut row.texts)) {
            column.push(text);
        }
        let gene = self.names.len() as u32;
        self.names.push(name);
        match &mut self.stage {
            Stage::Rows(rows) => rows.push(&self.subject, &row.columns, &row.values, row.zeros)?,
            Stage::Genes(pieces) => add_to_pieces(&self.subject, pieces, gene, row)?,
            Stage::Counting(..) | Stage::Placing(..) | Stage::Finished => {}
        }
        Ok(Some(count))
    }

    /// Counts or places one piece; `true` when none is left.
    fn piece(&mut self) -> Result<bool, FormatError> {
        match &mut self.stage {
            Stage::Counting(builder, pieces, at) => match pieces.get(*at) {
                Some(piece) => {
                    piece.each(|gene, cells, _| builder.count(gene, cells))?;
                    *at += 1;
                    Ok(false)
                }
                None => {
                    builder.end_count()?;
                    self.next_stage()?;
                    Ok(false)
                }
            },
            Stage::Placing(builder, pieces) => match pieces.pop() {
                Some(piece) => {
                    piece.each(|gene, cells, values| builder.place(gene, cells, values))?;
                    Ok(false)
                }
                None => Ok(true),
            },
            Stage::Rows(_) | Stage::Genes(_) | Stage::Finished => Ok(true),
        }
    }

    /// What follows when a stage is complete; `true` if nothing does.
    fn next_stage(&mut self) -> Result<bool, FormatError> {
        let (stage, finished) = match std::mem::replace(&mut self.stage, Stage::Finished) {
            Stage::Genes(pieces) => {
                let n_cells = self.layout.number_columns().len();
                let columns = Columns::all(self.names.len());
                let builder = ColumnBuilder::new(self.subject.clone(), n_cells, columns)?;
                (Stage::Counting(builder, pieces, 0), false)
            }
            Stage::Counting(builder, pieces, _) => (Stage::Placing(builder, pieces), false),
            other => (other, true),
        };
        self.stage = stage;
        Ok(finished)
    }
}

impl FormatLoader for TableLoader {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let mut done = 0;
        let mut finished = false;
        while done < limit && !finished {
            if matches!(self.stage, Stage::Rows(_) | Stage::Genes(_)) {
                match self.row()? {
                    Some(fields) => done += fields,
                    None => finished = self.next_stage()?,
                }
            } else {
                finished = self.piece()?;
                done += PIECE;
            }
        }
        Ok(LoadStatus {
            done: self.rows.lines().position().min(self.bytes),
            total: self.bytes,
            finished,
        })
    }

    fn finish(self: Box<Self>) -> Result<Loaded, FormatError> {
        let this = *self;
        let columns = this.layout.number_columns();
        let (x, mut values) = match this.stage {
            Stage::Rows(rows) => rows.finish(&this.subject, columns.len())?,
            Stage::Placing(builder, _) => builder.finish()?,
            Stage::Genes(_) | Stage::Counting(..) | Stage::Finished => {
                return Err(this.rows.lines().damaged("a table read to its end", "its start"));
            }
        };
        values.not_finite += this.missing;
        let mut of_rows = DataFrame::new(this.names);
        for ((_, name), column) in this.layout.text_columns().into_iter().zip(this.texts) {
            insert(&mut of_rows, &name, column);
        }
        let mut of_columns = DataFrame::new(columns);
        for (name, labels) in this.label_rows {
            insert(
                &mut of_columns,
                &name,
                labels.into_iter().map(|text| (!text.is_empty()).then_some(text)).collect(),
            );
        }
        let (obs, var) =
            if this.transposed { (of_columns, of_rows) } else { (of_rows, of_columns) };
        let notes = notes(&obs, &var, &values, this.missing);
        Ok(Loaded {
            adata: AnnData { x: x.into(), obs, var, ..AnnData::default() },
            values,
            notes,
            dropped: Vec::new(),
        })
    }
}

struct Row {
    columns: Vec<u32>,
    values: Vec<f32>,
    texts: Vec<Option<String>>,
    missing: u64,
    zeros: u64,
}

fn parse_row(
    fields: &[&[u8]],
    layout: &TableLayout,
    rows: &RowReader,
    skip: usize,
) -> Result<Row, FormatError> {
    let mut row =
        Row { columns: Vec::new(), values: Vec::new(), texts: Vec::new(), missing: 0, zeros: 0 };
    let mut column = 0;
    for (at, (field, is_text)) in fields.iter().zip(&layout.is_text).enumerate() {
        if *is_text {
            let text = unquote(field);
            row.texts.push((!text.trim().is_empty()).then(|| text.into_owned()));
            continue;
        }
        match parse_number(field, layout.decimal_comma) {
            Number::Value(0.0) => row.zeros += 1,
            Number::Value(value) => {
                row.columns.push(column);
                row.values.push(value);
            }
            Number::Missing => row.missing += 1,
            Number::Text => {
                return Err(rows.lines().bad_field((at + skip + 1) as u64, "a number", field));
            }
        }
        column += 1;
    }
    Ok(row)
}

impl GrowingRows {
    fn push(
        &mut self,
        subject: &Subject,
        columns: &[u32],
        values: &[f32],
        zeros: u64,
    ) -> Result<(), FormatError> {
        for _ in 0..zeros {
            self.stats.push(0.0);
        }
        self.stats.extend(values);
        if self.indices.capacity() < self.indices.len() + columns.len() {
            let more = (self.indices.len() / 4).max(columns.len()).max(1 << 16) as u64;
            subject.reserve(&mut self.indices, more)?;
            subject.reserve(&mut self.data, more)?;
        }
        for (&column, &value) in columns.iter().zip(values).filter(|(_, value)| value.is_finite()) {
            self.indices.push(column);
            self.data.push(value);
        }
        self.indptr.push(self.indices.len());
        Ok(())
    }

    fn finish(
        self,
        subject: &Subject,
        n_columns: usize,
    ) -> Result<(CsrMatrix, ValueSummary), FormatError> {
        let n_rows = self.indptr.len() - 1;
        let matrix = CsrMatrix::try_new(n_rows, n_columns, self.indptr, self.indices, self.data);
        matrix
            .map(|matrix| (matrix, self.stats.summary()))
            .map_err(|error| contradiction(subject, &error.to_string()))
    }
}

impl Piece {
    /// Calls back with each gene, its cells and its values.
    fn each(
        &self,
        mut call: impl FnMut(u32, &[u32], &[f32]) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut start = 0;
        for &(gene, end) in &self.genes {
            call(gene, &self.cells[start..end], &self.values[start..end])?;
            start = end;
        }
        Ok(())
    }
}

fn add_to_pieces(
    subject: &Subject,
    pieces: &mut Vec<Piece>,
    gene: u32,
    row: Row,
) -> Result<(), FormatError> {
    if pieces.last().is_none_or(|piece| piece.cells.len() + row.columns.len() > PIECE) {
        let mut piece = Piece::default();
        let room = row.columns.len().max(PIECE) as u64;
        subject.reserve(&mut piece.cells, room)?;
        subject.reserve(&mut piece.values, room)?;
        pieces.push(piece);
    }
    if let Some(piece) = pieces.last_mut() {
        piece.cells.extend(row.columns);
        piece.values.extend(row.values);
        piece.genes.push((gene, piece.cells.len()));
    }
    Ok(())
}

fn contradiction(subject: &Subject, found: &str) -> FormatError {
    FormatError::Damaged {
        file: subject.file.clone(),
        place: Place::Whole,
        expected: "a consistent table".to_owned(),
        found: found.to_owned(),
    }
}

/// Labels of cells among the rows of genes: hardly any field is a number.
fn is_label_row(fields: &[&[u8]], decimal_comma: bool) -> bool {
    let is_text = |field: &&&[u8]| matches!(parse_number(field, decimal_comma), Number::Text);
    // Three fields settle it for nearly every row.
    fields.iter().take(3).any(|field| is_text(&field))
        && fields.iter().filter(is_text).count() * 2 > fields.len()
}

fn insert(table: &mut DataFrame, name: &str, texts: Vec<Option<String>>) {
    let column = Column::Text(texts);
    let grouped = column
        .to_categorical()
        .filter(|grouped| grouped.categories.len() * 2 <= table.n_rows().max(2));
    // As long as the index, so that inserting cannot fail.
    let _ = table.insert(name, grouped.map_or(column, Column::Categorical));
}

fn notes(obs: &DataFrame, var: &DataFrame, values: &ValueSummary, missing: u64) -> Vec<Note> {
    let mut notes = notes_on_names(obs, var);
    notes.extend(excel_note(&var.index));
    if missing > 0 {
        notes.push(Note::warning(format!("{missing} fields are empty or NA; they count as 0.")));
    }
    let infinite = values.not_finite - missing;
    if infinite > 0 {
        notes.push(Note::warning(format!("{infinite} values are infinite; they count as 0.")));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_labels_are_told_from_rows_of_numbers() {
        let fields = |line: &'static str| line.split(',').map(str::as_bytes).collect::<Vec<_>>();
        assert!(is_label_row(&fields("B,T,NA,B"), false));
        assert!(!is_label_row(&fields("1,x,3,4"), false));
        assert!(!is_label_row(&fields("1,2,3,4"), false));
    }

    #[test]
    fn entries_are_kept_as_they_come() {
        let subject = Subject { file: "t".to_owned(), place: Place::Whole };
        let mut rows = GrowingRows { indptr: vec![0], ..GrowingRows::default() };
        rows.push(&subject, &[1], &[2.0], 2).expect("room");
        rows.push(&subject, &[0], &[f32::INFINITY], 2).expect("room");
        let (matrix, values) = rows.finish(&subject, 3).expect("consistent");
        assert_eq!((matrix.n_rows(), matrix.nnz(), values.not_finite, values.seen), (2, 1, 1, 6));
    }
}
