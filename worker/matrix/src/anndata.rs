use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{CsrMatrix, DataFrame, DenseMatrix};

/// A data set: cells in rows, genes in columns, and what was computed for them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AnnData {
    /// Expression, `[n_obs × n_vars]`, in the units that the load report states; shared, since it is by
    /// far the largest part and must not be in memory twice.
    pub x: Arc<CsrMatrix>,
    /// One row for each cell.
    pub obs: DataFrame,
    /// One row for each gene.
    pub var: DataFrame,
    /// Cell embeddings, `[n_obs × d]`, by key (`X_text`, `X_pca`, `X_umap`).
    pub obsm: BTreeMap<String, DenseMatrix>,
    /// Gene embeddings, `[n_vars × d]`, by key (`X_text`).
    pub varm: BTreeMap<String, DenseMatrix>,
    /// Cell graphs, `[n_obs × n_obs]`, by key (`distances`, `connectivities`).
    pub obsp: BTreeMap<String, CsrMatrix>,
}

impl AnnData {
    /// Number of cells.
    #[must_use]
    pub fn n_obs(&self) -> usize {
        self.x.n_rows()
    }

    /// Number of genes.
    #[must_use]
    pub fn n_vars(&self) -> usize {
        self.x.n_cols()
    }
}
