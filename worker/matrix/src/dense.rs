use crate::MatrixError;

/// A dense row-major matrix, `[n_rows × n_cols]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DenseMatrix {
    n_rows: usize,
    n_cols: usize,
    data: Vec<f32>,
}

impl DenseMatrix {
    /// Wraps row-major values.
    ///
    /// # Errors
    /// If `data` does not hold `n_rows × n_cols` values.
    pub fn try_new(n_rows: usize, n_cols: usize, data: Vec<f32>) -> Result<Self, MatrixError> {
        if data.len() == n_rows * n_cols {
            Ok(Self { n_rows, n_cols, data })
        } else {
            Err(MatrixError::Length {
                what: "dense data",
                expected: n_rows * n_cols,
                found: data.len(),
            })
        }
    }

    /// A matrix of zeros.
    #[must_use]
    pub fn zeros(n_rows: usize, n_cols: usize) -> Self {
        Self { n_rows, n_cols, data: vec![0.0; n_rows * n_cols] }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    #[must_use]
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.n_cols..(row + 1) * self.n_cols]
    }

    /// One row, to be changed in place.
    #[must_use]
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.n_cols..(row + 1) * self.n_cols]
    }

    /// All values, row after row.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, to be changed in place.
    #[must_use]
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The values, given away.
    #[must_use]
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// Bytes that the matrix holds in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.data[..])
    }
}
