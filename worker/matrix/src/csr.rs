use crate::MatrixError;

/// A sparse matrix in compressed sparse row form, `[n_rows × n_cols]`.
///
/// Within a row the column indices rise strictly: readers sort them and add up repeated entries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CsrMatrix {
    n_rows: usize,
    n_cols: usize,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    data: Vec<f32>,
}

impl CsrMatrix {
    /// Builds a matrix from its three arrays; rows are sorted and repeated entries added up.
    ///
    /// # Shapes
    /// `indptr`: `n_rows + 1`; `indices`, `data`: `nnz`.
    ///
    /// # Errors
    /// If lengths disagree, `indptr` falls, or an index lies outside the matrix.
    pub fn try_new(
        n_rows: usize,
        n_cols: usize,
        indptr: Vec<usize>,
        indices: Vec<u32>,
        data: Vec<f32>,
    ) -> Result<Self, MatrixError> {
        check_length("indptr", n_rows + 1, indptr.len())?;
        check_length("data", indices.len(), data.len())?;
        check_length("indices", indptr[n_rows], indices.len())?;
        check_length("first value of indptr", 0, indptr[0])?;
        let mut matrix = Self { n_rows, n_cols, indptr, indices, data };
        if !matrix.check_rows()? {
            matrix.sort_rows();
        }
        Ok(matrix)
    }

    /// An empty matrix of the given shape.
    #[must_use]
    pub fn zeros(n_rows: usize, n_cols: usize) -> Self {
        Self { n_rows, n_cols, indptr: vec![0; n_rows + 1], indices: Vec::new(), data: Vec::new() }
    }

    /// Number of rows (cells, where the matrix is `X`).
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns (genes, where the matrix is `X`).
    #[must_use]
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Number of stored entries.
    #[must_use]
    pub fn nnz(&self) -> usize {
        self.data.len()
    }

    /// Where each row starts in `indices` and `data`; `n_rows + 1` values.
    #[must_use]
    pub fn indptr(&self) -> &[usize] {
        &self.indptr
    }

    /// Column index of every stored entry.
    #[must_use]
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Every stored value.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Every stored value, to be changed in place (normalisation).
    #[must_use]
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Column indices and values of one row.
    #[must_use]
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[row]..self.indptr[row + 1];
        (&self.indices[range.clone()], &self.data[range])
    }

    /// Bytes that the matrix holds in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.indptr[..]) + size_of_val(&self.indices[..]) + size_of_val(&self.data[..])
    }

    /// Checks every row; `true` if all are sorted without repeats.
    fn check_rows(&self) -> Result<bool, MatrixError> {
        let mut sorted = true;
        for row in 0..self.n_rows {
            let (start, end) = (self.indptr[row], self.indptr[row + 1]);
            if end < start || end > self.indices.len() {
                return Err(MatrixError::IndptrFalls { row, start, end });
            }
            let indices = &self.indices[start..end];
            if let Some(&column) = indices.iter().find(|&&column| column as usize >= self.n_cols) {
                return Err(MatrixError::ColumnOutOfRange {
                    row,
                    column: column as usize,
                    n_cols: self.n_cols,
                });
            }
            sorted &= indices.windows(2).all(|pair| pair[0] < pair[1]);
        }
        Ok(sorted)
    }

    fn sort_rows(&mut self) {
        let mut kept = 0;
        let mut entries: Vec<(u32, f32)> = Vec::new();
        for row in 0..self.n_rows {
            let (start, end) = (self.indptr[row], self.indptr[row + 1]);
            entries.clear();
            entries.extend((start..end).map(|at| (self.indices[at], self.data[at])));
            entries.sort_by_key(|&(column, _)| column);
            self.indptr[row] = kept;
            let first = kept;
            for &(column, value) in &entries {
                if kept > first && self.indices[kept - 1] == column {
                    self.data[kept - 1] += value;
                } else {
                    self.indices[kept] = column;
                    self.data[kept] = value;
                    kept += 1;
                }
            }
        }
        self.indptr[self.n_rows] = kept;
        self.indices.truncate(kept);
        self.data.truncate(kept);
    }
}

fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), MatrixError> {
    if expected == found { Ok(()) } else { Err(MatrixError::Length { what, expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsorted_rows_are_sorted_and_repeats_added_up() {
        let matrix =
            CsrMatrix::try_new(2, 3, vec![0, 3, 4], vec![2, 0, 2, 1], vec![1., 2., 3., 4.]);
        let matrix = matrix.expect("a valid matrix");
        assert_eq!(matrix.row(0), (&[0, 2][..], &[2., 4.][..]));
        assert_eq!(matrix.row(1), (&[1][..], &[4.][..]));
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(CsrMatrix::try_new(1, 1, vec![0], vec![], vec![]).is_err());
        assert!(CsrMatrix::try_new(2, 2, vec![0, 2, 1], vec![0], vec![1.]).is_err());
        assert!(matches!(
            CsrMatrix::try_new(1, 2, vec![0, 1], vec![2], vec![1.]),
            Err(MatrixError::ColumnOutOfRange { row: 0, column: 2, n_cols: 2 })
        ));
    }
}
