use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, contrastive::split::RowSource};

/// Cells in two views, their text embedding and their principal components.
#[derive(Debug, Clone)]
pub struct PairedCells<'a> {
    text: &'a DenseMatrix,
    /// The row of each cell in `text`.
    text_rows: Vec<usize>,
    expression: &'a DenseMatrix,
}

/// One of the two views.
pub(super) enum Side<'c, 'a> {
    Text(&'c PairedCells<'a>),
    Expression(&'c PairedCells<'a>),
}

impl<'a> PairedCells<'a> {
    /// Pairs rows of equal place.
    ///
    /// # Shapes
    /// `text`: `[n_obs × d]`, pooled and not centred; `expression`: `[n_obs × n_components]`, scores of a
    /// PCA, not scaled.
    ///
    /// # Errors
    /// If the numbers of rows differ, or one of the views has no columns.
    pub fn new(text: &'a DenseMatrix, expression: &'a DenseMatrix) -> Result<Self, AnalysisError> {
        let (expected, found) = (text.n_rows(), expression.n_rows());
        if expected != found {
            return Err(AnalysisError::Shape { what: "cells of both views", expected, found });
        }
        Self::with_rows(text, (0..found).collect(), expression)
    }

    /// Pairs the `i`-th row of `expression` with the row `text_rows[i]` of `text`.
    ///
    /// # Errors
    /// As [`new`](Self::new), or a row lies outside `text`.
    pub fn with_rows(
        text: &'a DenseMatrix,
        text_rows: Vec<usize>,
        expression: &'a DenseMatrix,
    ) -> Result<Self, AnalysisError> {
        let (expected, found) = (expression.n_rows(), text_rows.len());
        if expected != found {
            return Err(AnalysisError::Shape { what: "cells of both views", expected, found });
        }
        let len = text.n_rows();
        if let Some(&index) = text_rows.iter().find(|&&row| row >= len) {
            let what = "cells of the text embedding";
            return Err(AnalysisError::IndexOutOfRange { what, index, len });
        }
        for view in [text, expression] {
            if view.n_cols() == 0 {
                return Err(AnalysisError::setting("width of the embedding", "at least 1", 0));
            }
        }
        Ok(Self { text, text_rows, expression })
    }

    /// Number of cells.
    #[must_use]
    pub fn n_obs(&self) -> usize {
        self.text_rows.len()
    }

    pub(super) fn sides(&self) -> [Side<'_, 'a>; 2] {
        [Side::Text(self), Side::Expression(self)]
    }
}

impl Side<'_, '_> {
    pub(super) fn n_cols(&self) -> usize {
        self.matrix().n_cols()
    }

    pub(super) fn matrix(&self) -> &DenseMatrix {
        match self {
            Self::Text(cells) => cells.text,
            Self::Expression(cells) => cells.expression,
        }
    }

    /// Where cells lie in [`matrix`](Self::matrix).
    pub(super) fn rows(&self, cells: &[usize]) -> Vec<usize> {
        match self {
            Self::Text(paired) => cells.iter().map(|&cell| paired.text_rows[cell]).collect(),
            Self::Expression(_) => cells.to_vec(),
        }
    }
}

impl RowSource for Side<'_, '_> {
    fn n_obs(&self) -> usize {
        match self {
            Self::Text(cells) | Self::Expression(cells) => cells.n_obs(),
        }
    }

    fn row_of(&self, cell: usize) -> &[f32] {
        match self {
            Self::Text(cells) => cells.text.row(cells.text_rows[cell]),
            Self::Expression(cells) => cells.expression.row(cell),
        }
    }
}
