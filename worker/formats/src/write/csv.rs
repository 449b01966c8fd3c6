//! Tables as CSV (RFC 4180), row by row into any sink.

use std::io::{self, Write};

use lexicell_matrix::{AnnData, Column, DenseMatrix};

/// One column of a table that is written; missing values become empty fields.
#[derive(Debug, Clone, Copy)]
pub enum TableColumn<'a> {
    /// Text.
    Text(&'a [String]),
    /// Whole numbers.
    Count(&'a [u64]),
    /// Real numbers; NaN is missing.
    Float(&'a [f32]),
    /// Real numbers in double precision; NaN is missing.
    Double(&'a [f64]),
    /// A column of a data frame.
    Frame(&'a Column),
}

/// Which of a data set's cell columns go into the table; the barcode is always the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellTable {
    /// Columns of `obs`: all, or those named.
    pub obs: Option<Vec<String>>,
    /// Keys of `obsm` whose dimensions become columns `key_1`, `key_2`, … (`X_umap`, `X_text`).
    pub obsm: Vec<String>,
}

/// Writes cells as CSV: barcode, `obs` columns, embeddings; one line for each cell.
///
/// # Errors
/// If the sink refuses bytes, or a key is not in `obsm` (`InvalidInput`).
pub fn write_cells_csv(adata: &AnnData, table: &CellTable, out: impl Write) -> io::Result<()> {
    let mut columns: Vec<(String, Cell<'_>)> = Vec::new();
    for (name, column) in adata.obs.columns() {
        if table.obs.as_ref().is_none_or(|wanted| wanted.contains(name)) {
            columns.push((name.clone(), Cell::Table(TableColumn::Frame(column))));
        }
    }
    for key in &table.obsm {
        let Some(matrix) = adata.obsm.get(key) else {
            let text = format!("there is no embedding {key:?} in obsm");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        };
        let dimensions = 0..matrix.n_cols();
        columns.extend(dimensions.map(|at| (format!("{key}_{}", at + 1), Cell::Dense(matrix, at))));
    }
    write_rows("barcode", &adata.obs.index, &columns, out)
}

/// Writes any table as CSV: row names, then the columns; one line for each row name.
///
/// # Errors
/// If the sink refuses bytes.
pub fn write_table_csv(
    index_name: &str,
    index: &[String],
    columns: &[(&str, TableColumn<'_>)],
    out: impl Write,
) -> io::Result<()> {
    let columns: Vec<(String, Cell<'_>)> =
        columns.iter().map(|(name, column)| ((*name).to_owned(), Cell::Table(*column))).collect();
    write_rows(index_name, index, &columns, out)
}

enum Cell<'a> {
    Table(TableColumn<'a>),
    Dense(&'a DenseMatrix, usize),
}

fn write_rows(
    index_name: &str,
    index: &[String],
    columns: &[(String, Cell<'_>)],
    out: impl Write,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_field(index_name)?;
    for (name, _) in columns {
        writer.write_field(name)?;
    }
    writer.write_record(None::<&[u8]>)?;
    let mut text = String::new();
    for (row, name) in index.iter().enumerate() {
        writer.write_field(name)?;
        for (_, cell) in columns {
            text.clear();
            cell.format(row, &mut text);
            writer.write_field(&text)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

impl Cell<'_> {
    /// Numbers in the fewest digits that give the same number when read back.
    fn format(&self, row: usize, text: &mut String) {
        let value = match self {
            Self::Dense(matrix, column) => number(matrix.row(row)[*column]),
            Self::Table(TableColumn::Text(values)) => values.get(row).cloned(),
            Self::Table(TableColumn::Count(values)) => values.get(row).map(u64::to_string),
            Self::Table(TableColumn::Float(values)) => values.get(row).copied().and_then(number),
            Self::Table(TableColumn::Double(values)) => values.get(row).copied().and_then(number),
            Self::Table(TableColumn::Frame(column)) => from_frame(column, row),
        };
        text.push_str(&value.unwrap_or_default());
    }
}

fn from_frame(column: &Column, row: usize) -> Option<String> {
    match column {
        Column::Categorical(values) => values.value(row).map(str::to_owned),
        Column::Float(values) => values.get(row).copied().and_then(number),
        Column::Integer(values) => {
            values.get(row).copied().flatten().map(|value| value.to_string())
        }
        Column::Boolean(values) => values
            .get(row)
            .copied()
            .flatten()
            .map(|value| if value { "True" } else { "False" }.to_owned()),
        Column::Text(values) => values.get(row).cloned().flatten(),
    }
}

fn number<T: Into<f64> + std::fmt::Display + std::fmt::LowerExp + Copy>(
    value: T,
) -> Option<String> {
    let wide: f64 = value.into();
    match wide {
        _ if wide.is_nan() => None,
        _ if wide != 0.0 && !(1e-5..1e16).contains(&wide.abs()) => Some(format!("{value:e}")),
        _ => Some(value.to_string()),
    }
}
