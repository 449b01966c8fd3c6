//! Putting a CSR matrix together from pieces, with one copy of it in memory.

use lexicell_matrix::CsrMatrix;

use crate::error::{FormatError, Place};
use crate::values::{ValueStats, ValueSummary};

/// Marks a column that is left out, in a [`Columns`] map.
const LEFT_OUT: u32 = u32::MAX;

/// Which columns of the file become which columns of the matrix.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    map: Option<Vec<u32>>,
    n_kept: usize,
}

impl Columns {
    /// All of them.
    pub(crate) fn all(n_columns: usize) -> Self {
        Self { map: None, n_kept: n_columns }
    }

    /// Those whose flag is set.
    pub(crate) fn kept(flags: &[bool]) -> Self {
        if flags.iter().all(|&flag| flag) {
            return Self::all(flags.len());
        }
        let mut next = 0;
        let map = flags.iter().map(|&flag| {
            if !flag {
                return LEFT_OUT;
            }
            next += 1;
            next - 1
        });
        let map = map.collect();
        Self { map: Some(map), n_kept: next as usize }
    }

    /// How many columns the matrix has.
    pub(crate) fn len(&self) -> usize {
        self.n_kept
    }

    /// The column of the matrix for a column of the file, `None` if that is left out.
    pub(crate) fn place(&self, column: u32) -> Option<u32> {
        match &self.map {
            None => Some(column),
            Some(map) => map.get(column as usize).copied().filter(|&place| place != LEFT_OUT),
        }
    }
}

/// Builds a matrix from rows that arrive in order.
///
/// Zeros are not stored; NaN and infinite values neither, but they are counted.
pub(crate) struct RowBuilder {
    what: Subject,
    columns: Columns,
    n_rows: usize,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    data: Vec<f32>,
    stats: ValueStats,
}

impl RowBuilder {
    /// Starts a matrix; `nnz` is the number of entries to make room for, if it is known.
    pub(crate) fn new(
        what: Subject,
        n_rows: usize,
        columns: Columns,
        nnz: Option<u64>,
    ) -> Result<Self, FormatError> {
        let mut builder = Self {
            indptr: Vec::new(),
            indices: Vec::new(),
            data: Vec::new(),
            stats: ValueStats::default(),
            what,
            columns,
            n_rows,
        };
        builder.what.reserve(&mut builder.indptr, n_rows as u64 + 1)?;
        builder.indptr.push(0);
        if let Some(nnz) = nnz {
            builder.what.reserve(&mut builder.indices, nnz)?;
            builder.what.reserve(&mut builder.data, nnz)?;
        }
        Ok(builder)
    }

    /// Rows that are complete.
    pub(crate) fn rows_done(&self) -> usize {
        self.indptr.len() - 1
    }

    /// Adds entries to the row that is open.
    pub(crate) fn extend(&mut self, columns: &[u32], values: &[f32]) -> Result<(), FormatError> {
        self.make_room(columns.len())?;
        for (&column, &value) in columns.iter().zip(values) {
            self.add(column, value);
        }
        Ok(())
    }

    /// Adds entries that fill the open row from column 0 on, zeros among them.
    pub(crate) fn extend_dense(
        &mut self,
        values: impl Iterator<Item = f32>,
    ) -> Result<(), FormatError> {
        for (column, value) in (0..).zip(values) {
            if self.indices.len() == self.indices.capacity() {
                self.make_room(1)?;
            }
            self.add(column, value);
        }
        Ok(())
    }

    fn add(&mut self, column: u32, value: f32) {
        self.stats.push(value);
        if value == 0.0 || !value.is_finite() {
            return;
        }
        if let Some(place) = self.columns.place(column) {
            self.indices.push(place);
            self.data.push(value);
        }
    }

    /// Closes the open row.
    pub(crate) fn close_row(&mut self) {
        self.indptr.push(self.indices.len());
    }

    /// Hands over the matrix.
    pub(crate) fn finish(mut self) -> Result<(CsrMatrix, ValueSummary), FormatError> {
        while self.indptr.len() <= self.n_rows {
            self.close_row();
        }
        let matrix = CsrMatrix::try_new(
            self.n_rows,
            self.columns.len(),
            self.indptr,
            self.indices,
            self.data,
        )
        .map_err(|error| self.what.contradiction(&error.to_string()))?;
        Ok((matrix, self.stats.summary()))
    }

    /// Grows by what the rows so far foretell, not by doubling, which could need twice the memory.
    fn make_room(&mut self, more: usize) -> Result<(), FormatError> {
        let (length, capacity) = (self.indices.len(), self.indices.capacity());
        if length + more <= capacity {
            return Ok(());
        }
        let done = self.rows_done().max(1) as u64;
        let foretold = (length as u64).saturating_mul(self.n_rows as u64) / done;
        let wanted =
            (foretold + foretold / 16).max((length + more) as u64).max(length as u64 * 9 / 8)
                - length as u64;
        self.what.reserve(&mut self.indices, wanted)?;
        self.what.reserve(&mut self.data, wanted)
    }
}

/// Builds a matrix from columns that arrive in order, in two passes: count, then place.
pub(crate) struct ColumnBuilder {
    what: Subject,
    columns: Columns,
    n_rows: usize,
    /// In the first pass entries per row; in the second the next free place of each row.
    next: Vec<usize>,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    data: Vec<f32>,
    stats: ValueStats,
}

impl ColumnBuilder {
    /// Starts a matrix.
    pub(crate) fn new(what: Subject, n_rows: usize, columns: Columns) -> Result<Self, FormatError> {
        let mut next = Vec::new();
        what.reserve(&mut next, n_rows as u64)?;
        next.resize(n_rows, 0);
        let (indptr, indices, data) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self {
            what,
            columns,
            n_rows,
            next,
            indptr,
            indices,
            data,
            stats: ValueStats::default(),
        })
    }

    /// First pass: the rows that a column has entries in.
    pub(crate) fn count(&mut self, column: u32, rows: &[u32]) -> Result<(), FormatError> {
        if self.columns.place(column).is_none() {
            return Ok(());
        }
        for &row in rows {
            match self.next.get_mut(row as usize) {
                Some(count) => *count += 1,
                None => return Err(self.what.out_of_range("cell", row, self.n_rows)),
            }
        }
        Ok(())
    }

    /// Ends the first pass: makes room for everything.
    pub(crate) fn end_count(&mut self) -> Result<(), FormatError> {
        self.what.reserve(&mut self.indptr, self.n_rows as u64 + 1)?;
        let mut total = 0;
        for next in &mut self.next {
            self.indptr.push(total);
            total += std::mem::replace(next, total);
        }
        self.indptr.push(total);
        self.what.reserve(&mut self.indices, total as u64)?;
        self.what.reserve(&mut self.data, total as u64)?;
        self.indices.resize(total, 0);
        self.data.resize(total, 0.0);
        Ok(())
    }

    /// Second pass: the entries of a column.
    pub(crate) fn place(
        &mut self,
        column: u32,
        rows: &[u32],
        values: &[f32],
    ) -> Result<(), FormatError> {
        self.stats.extend(values);
        let Some(place) = self.columns.place(column) else { return Ok(()) };
        for (&row, &value) in rows.iter().zip(values) {
            let row = row as usize;
            let limit = self.indptr.get(row + 1).copied().unwrap_or(0);
            let Some(next) = self.next.get_mut(row).filter(|next| **next < limit) else {
                return Err(self.what.contradiction("the entries changed while they were read"));
            };
            if value != 0.0 && value.is_finite() {
                self.indices[*next] = place;
                self.data[*next] = value;
                *next += 1;
            }
        }
        Ok(())
    }

    /// Hands over the matrix, closing the gaps that zeros left.
    pub(crate) fn finish(mut self) -> Result<(CsrMatrix, ValueSummary), FormatError> {
        let mut kept = 0;
        for row in 0..self.n_rows {
            let (start, end) = (self.indptr[row], self.next[row]);
            self.indices.copy_within(start..end, kept);
            self.data.copy_within(start..end, kept);
            self.indptr[row] = kept;
            kept += end - start;
        }
        self.indptr[self.n_rows] = kept;
        self.indices.truncate(kept);
        self.data.truncate(kept);
        let matrix = CsrMatrix::try_new(
            self.n_rows,
            self.columns.len(),
            self.indptr,
            self.indices,
            self.data,
        )
        .map_err(|error| self.what.contradiction(&error.to_string()))?;
        Ok((matrix, self.stats.summary()))
    }
}

/// What is being built, for messages.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The file's name.
    pub file: String,
    /// The matrix in it.
    pub place: Place,
}

impl Subject {
    /// Makes room for more elements, or says that there is none.
    pub(crate) fn reserve<T>(&self, vector: &mut Vec<T>, more: u64) -> Result<(), FormatError> {
        let room = usize::try_from(more).ok().and_then(|more| vector.try_reserve_exact(more).ok());
        room.ok_or_else(|| FormatError::TooLarge {
            file: self.file.clone(),
            place: self.place.clone(),
            needed: format!(
                "{} MiB in one piece",
                more.saturating_mul(size_of::<T>() as u64) >> 20
            ),
            limit: "this page's memory has no such room left (at most 2 GiB in one piece)"
                .to_owned(),
            remedy:
                "Close other data sets, choose a smaller matrix, or take a sample of the cells."
                    .to_owned(),
        })
    }

    /// An index lies outside its axis.
    pub(crate) fn out_of_range(&self, axis: &str, index: u32, length: usize) -> FormatError {
        self.damaged(format!("indices of the {length} {axis}s"), format!("{axis} {index}"))
    }

    fn contradiction(&self, found: &str) -> FormatError {
        self.damaged("a consistent sparse matrix".to_owned(), found.to_owned())
    }

    fn damaged(&self, expected: String, found: String) -> FormatError {
        FormatError::Damaged { file: self.file.clone(), place: self.place.clone(), expected, found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject { file: "f".to_owned(), place: Place::Whole }
    }

    #[test]
    fn rows_and_columns_give_the_same_matrix() {
        let flags = [true, false, true];
        let mut rows = RowBuilder::new(subject(), 3, Columns::kept(&flags), None).expect("room");
        rows.extend(&[2, 0, 1], &[3.0, 1.0, 9.0]).expect("room");
        rows.close_row();
        rows.close_row();
        rows.extend_dense([0.0, 5.0, f32::NAN].into_iter()).expect("room");
        let (by_rows, summary) = rows.finish().expect("valid");
        assert_eq!(summary.not_finite, 1);

        let mut columns = ColumnBuilder::new(subject(), 3, Columns::kept(&flags)).expect("room");
        let entries: [(u32, &[u32], &[f32]); 3] =
            [(0, &[0, 1], &[1.0, 0.0]), (1, &[0, 2], &[9.0, 5.0]), (2, &[0, 2], &[3.0, f32::NAN])];
        for (column, rows, _) in entries {
            columns.count(column, rows).expect("in range");
        }
        columns.end_count().expect("room");
        for (column, rows, values) in entries {
            columns.place(column, rows, values).expect("counted");
        }
        let (by_columns, _) = columns.finish().expect("valid");
        assert_eq!(by_rows, by_columns);
        assert_eq!(by_rows.row(0), (&[0, 1][..], &[1.0, 3.0][..]));
        assert_eq!((by_rows.n_cols(), by_rows.nnz()), (2, 2));
    }

    #[test]
    fn a_row_that_does_not_exist_is_refused() {
        let mut columns = ColumnBuilder::new(subject(), 3, Columns::all(1)).expect("room");
        assert!(columns.count(0, &[3]).is_err());
    }
}
