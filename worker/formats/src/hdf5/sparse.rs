//! Sparse matrices: `data`, `indices`, `indptr`.

use lexicell_matrix::CsrMatrix;

use super::container::Group;
use super::dataset::Dataset;
use super::matrix::{MatrixReader, Stage};
use super::numbers;
use crate::assembly::{ColumnBuilder, Columns, RowBuilder, Subject};
use crate::error::{FormatError, Place};
use crate::values::{ValueStats, ValueSummary};

/// The parts of a compressed sparse matrix, checked against each other.
#[derive(Clone)]
pub(crate) struct SparseParts {
    pub(crate) data: Dataset,
    indices: Dataset,
    indptr: Dataset,
    /// Whether cells are the compressed axis.
    by_cell: bool,
    n_obs: u64,
    n_vars: u64,
    /// Stored entries.
    pub(crate) nnz: u64,
}

impl SparseParts {
    /// Finds the parts in a group and checks their lengths and types.
    pub(crate) fn open(
        group: &Group,
        by_cell: bool,
        n_obs: u64,
        n_vars: u64,
    ) -> Result<Self, FormatError> {
        let (data, indices, indptr) =
            (group.demand("data")?, group.demand("indices")?, group.demand("indptr")?);
        for part in [&data, &indices, &indptr] {
            part.check()?;
            if !numbers::is_numeric(part.dtype()) {
                return Err(part.wrong_type("numbers"));
            }
        }
        let n_major = if by_cell { n_obs } else { n_vars };
        group.container.check_rows(&group.path, n_obs, n_vars)?;
        if indptr.len() != n_major + 1 {
            return Err(mismatch(&indptr, n_major + 1));
        }
        if indices.len() != data.len() {
            return Err(mismatch(&indices, data.len()));
        }
        let nnz = data.len();
        Ok(Self { data, indices, indptr, by_cell, n_obs, n_vars, nnz })
    }

    /// Whether cells are the compressed axis.
    pub(crate) fn by_cell(&self) -> bool {
        self.by_cell
    }

    /// Starts to read the matrix, with those genes that `genes` keeps.
    pub(crate) fn reader(
        self,
        subject: Subject,
        genes: Columns,
    ) -> Result<SparseReader, FormatError> {
        let indptr = self.checked_indptr()?;
        let n_obs = self.n_obs as usize;
        let stage = if self.by_cell {
            let room = (genes.len() as u64 == self.n_vars).then_some(self.nnz);
            Stage::Rows(RowBuilder::new(subject.clone(), n_obs, genes, room)?)
        } else {
            Stage::Count(ColumnBuilder::new(subject.clone(), n_obs, genes)?)
        };
        Ok(SparseReader {
            parts: self,
            subject,
            indptr,
            stage: Some(stage),
            at: 0,
            major: 0,
            passed: 0,
        })
    }

    fn checked_indptr(&self) -> Result<Vec<u64>, FormatError> {
        let indptr: Vec<i64> = self.indptr.numbers()?;
        let (path, container) = (&self.indptr.path, &self.indptr.container);
        if let Some(at) = indptr.windows(2).position(|pair| pair[1] < pair[0]) {
            let found = format!("{} after {} at position {}", indptr[at + 1], indptr[at], at + 1);
            return Err(container.damaged(path, "rising numbers", found));
        }
        let ends = (indptr.first().copied().unwrap_or(0), indptr.last().copied().unwrap_or(0));
        if ends != (0, self.nnz as i64) {
            let expected = format!("numbers from 0 to {}", self.nnz);
            return Err(container.damaged(path, expected, format!("{} to {}", ends.0, ends.1)));
        }
        Ok(indptr.into_iter().map(|end| end as u64).collect())
    }

    /// Looks at a few stretches of the values.
    pub(crate) fn sample(&self) -> Result<ValueSummary, FormatError> {
        const STRETCHES: u64 = 5;
        const LENGTH: u64 = 20_000;
        let mut stats = ValueStats::default();
        let step = (self.nnz / STRETCHES).max(LENGTH);
        let mut start = 0;
        while start < self.nnz {
            stats.extend(&self.data.stretch::<f32>(start, (start + LENGTH).min(self.nnz))?);
            start += step;
        }
        Ok(stats.summary())
    }
}

/// Reads a sparse matrix in windows of its entries.
pub(crate) struct SparseReader {
    parts: SparseParts,
    subject: Subject,
    indptr: Vec<u64>,
    /// Taken out only while it changes.
    stage: Option<Stage>,
    at: u64,
    major: usize,
    passed: u64,
}

impl SparseReader {
    /// A window ends with a chunk of the data, so that no chunk is unpacked twice.
    fn window_end(&self, limit: usize) -> u64 {
        let chunk = self
            .parts
            .data
            .chunks()
            .and_then(|chunks| chunks.first().copied())
            .map_or(1, u64::from)
            .max(1);
        let end = self.at.saturating_add(limit as u64);
        (end.div_ceil(chunk).saturating_mul(chunk)).min(self.parts.nnz)
    }

    fn take(&mut self, minors: &[u32], values: &[f32]) -> Result<(), FormatError> {
        let Some(stage) = &mut self.stage else { return Ok(()) };
        let (mut from, end) = (self.at, self.at + minors.len() as u64);
        while from < end {
            while self.indptr[self.major + 1] <= from {
                self.major += 1;
            }
            let until = self.indptr[self.major + 1].min(end);
            let range = (from - self.at) as usize..(until - self.at) as usize;
            // While counting there are no values yet.
            let own = values.get(range.clone()).unwrap_or(&[]);
            stage.take(self.major, &minors[range], own)?;
            from = until;
        }
        self.at = end;
        Ok(())
    }

    fn check_minors(&self, minors: &[u32]) -> Result<(), FormatError> {
        let (axis, length) = if self.parts.by_cell {
            ("gene", self.parts.n_vars)
        } else {
            ("cell", self.parts.n_obs)
        };
        match minors.iter().find(|&&minor| u64::from(minor) >= length) {
            Some(&minor) => Err(self.subject.out_of_range(axis, minor, length as usize)),
            None => Ok(()),
        }
    }
}

impl MatrixReader for SparseReader {
    fn run(&mut self, limit: usize) -> Result<(), FormatError> {
        let counting = self.stage.as_ref().is_some_and(Stage::is_first_of_two);
        let end = self.window_end(limit);
        if self.at < end {
            let minors = self.parts.indices.stretch::<u32>(self.at, end)?;
            let values =
                if counting { Vec::new() } else { self.parts.data.stretch::<f32>(self.at, end)? };
            self.check_minors(&minors)?;
            self.take(&minors, &values)?;
        }
        if self.at == self.parts.nnz && counting {
            self.stage = self.stage.take().map(Stage::advance).transpose()?;
            self.passed += self.at;
            (self.at, self.major) = (0, 0);
        }
        Ok(())
    }

    fn progress(&self) -> (u64, u64) {
        let passes = if self.parts.by_cell { 1 } else { 2 };
        // An empty matrix still needs one run, to end its first pass.
        let waiting = u64::from(self.stage.as_ref().is_some_and(Stage::is_first_of_two));
        (self.passed + self.at, self.parts.nnz * passes + waiting * u64::from(self.parts.nnz == 0))
    }

    fn finish(self: Box<Self>) -> Result<(CsrMatrix, ValueSummary), FormatError> {
        match self.stage {
            Some(stage) => stage.finish(),
            None => Err(mismatch(&self.parts.data, self.parts.nnz)),
        }
    }
}

fn mismatch(part: &Dataset, expected: u64) -> FormatError {
    FormatError::DimensionMismatch {
        file: part.container.file.name.clone(),
        place: Place::Object(part.path.clone()),
        expected: format!("{expected} values"),
        found: part.len().to_string(),
        remedy: "The file was not written to its end, or is damaged: fetch or write it again."
            .to_owned(),
    }
}
