use lexicell_matrix::CsrMatrix;

use crate::AnalysisError;

/// The `k` nearest neighbours of every query row, nearest first; within one data set a cell is not
/// its own neighbour.
///
/// scanpy and umap-learn count the cell itself: their `n_neighbors = 15` is `k = 14` here.
///
/// # Shapes
/// `indices`, `distances`: `[n × k]`, row after row; distances are ≥ 0 and rise within a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Neighbors {
    /// Neighbours of each row.
    pub k: usize,
    /// Rows of the reference, which is the data set itself unless it was searched for other queries.
    pub indices: Vec<u32>,
    /// Distance to each neighbour; from the search in [`knn`](crate::knn) `1 - cosine`, in `[0, 2]`.
    pub distances: Vec<f32>,
}

impl Neighbors {
    /// Wraps what a search returned.
    ///
    /// # Errors
    /// If the two arrays do not both hold a multiple of `k` values.
    pub fn try_new(
        k: usize,
        indices: Vec<u32>,
        distances: Vec<f32>,
    ) -> Result<Self, AnalysisError> {
        if k == 0 {
            return Err(AnalysisError::setting("k", "at least 1", k));
        }
        let expected = indices.len().next_multiple_of(k);
        if indices.len() != expected || distances.len() != expected {
            let what = "neighbour indices and distances";
            return Err(AnalysisError::Shape { what, expected, found: distances.len() });
        }
        Ok(Self { k, indices, distances })
    }

    /// Number of query rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.indices.len().checked_div(self.k).unwrap_or(0)
    }

    /// Indices and distances of one query row.
    #[must_use]
    pub fn row(&self, cell: usize) -> (&[u32], &[f32]) {
        let range = cell * self.k..(cell + 1) * self.k;
        (&self.indices[range.clone()], &self.distances[range])
    }

    /// The distances as a sparse matrix, as scanpy keeps them in `obsp["distances"]`.
    ///
    /// # Shapes
    /// `[n_obs × n_obs]`, k entries in each row.
    ///
    /// # Errors
    /// If the arrays contradict each other.
    pub fn to_distances(&self) -> Result<CsrMatrix, AnalysisError> {
        self.check()?;
        let n_obs = self.n_rows();
        let indptr = (0..=n_obs).map(|cell| cell * self.k).collect();
        let (indices, distances) = (self.indices.clone(), self.distances.clone());
        Ok(CsrMatrix::try_new(n_obs, n_obs, indptr, indices, distances)?)
    }

    /// Checks that this is a graph of one data set: every neighbour is another cell of it, and
    /// distances are finite and ≥ 0.
    ///
    /// # Errors
    /// [`AnalysisError::Neighbors`] names the first cell that is wrong.
    pub fn check(&self) -> Result<(), AnalysisError> {
        let refuse = |cell, reason| Err(AnalysisError::Neighbors { cell, reason });
        let whole = self.k > 0 && self.indices.len().is_multiple_of(self.k);
        if !whole || self.indices.len() != self.distances.len() {
            return refuse(self.n_rows(), "the arrays do not hold k values for each cell");
        }
        let n_obs = self.n_rows();
        for cell in 0..n_obs {
            let (indices, distances) = self.row(cell);
            if indices.iter().any(|&other| other as usize >= n_obs) {
                return refuse(cell, "a neighbour is not a cell of the data set");
            }
            if indices.contains(&(cell as u32)) {
                return refuse(cell, "the cell is its own neighbour");
            }
            if !distances.iter().all(|&distance| distance.is_finite() && distance >= 0.0) {
                return refuse(cell, "a distance is negative or not finite");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> Neighbors {
        Neighbors { k: 1, indices: vec![1, 0], distances: vec![0.5, 0.5] }
    }

    #[test]
    fn distances_are_written_as_scanpy_does() {
        let matrix = pair().to_distances().expect("valid neighbours");
        assert_eq!((matrix.n_rows(), matrix.nnz()), (2, 2));
        assert_eq!(matrix.row(0), (&[1][..], &[0.5][..]));
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(pair().check().is_ok());
        assert!(Neighbors { k: 3, ..pair() }.check().is_err());
        assert!(Neighbors { indices: vec![0, 0], ..pair() }.check().is_err());
        assert!(Neighbors { indices: vec![1, 2], ..pair() }.check().is_err());
        assert!(Neighbors { distances: vec![f32::NAN, 0.0], ..pair() }.check().is_err());
        assert!(Neighbors::default().check().is_err());
    }
}
