use lexicell_matrix::DenseMatrix;

use crate::{
    AnalysisError,
    normalize::Normalized,
    pool::{PoolJob, PoolSettings},
    unit,
};

/// The genes that cells are means of, with weights that sum to one in each cell.
#[derive(Debug)]
pub(crate) struct CellWeights<'a> {
    job: PoolJob<'a>,
    view: &'a Normalized<'a>,
    rows: Vec<Option<u32>>,
    table: &'a DenseMatrix,
}

impl<'a> CellWeights<'a> {
    /// Checks what [`CpuPool`](crate::pool::CpuPool) checks.
    pub(crate) fn new(
        view: &'a Normalized<'a>,
        rows: &[Option<u32>],
        table: &'a DenseMatrix,
        settings: PoolSettings,
    ) -> Result<Self, AnalysisError> {
        let job = PoolJob::new(view, rows, table.n_rows(), settings)?;
        unit::check_finite(table, "gene vectors")?;
        Ok(Self { job, view, rows: rows.to_vec(), table })
    }

    pub(crate) fn n_genes(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn width(&self) -> usize {
        self.table.n_cols()
    }

    /// Whether the cell has a place in the text space.
    pub(crate) fn has_genes(&self, cell: usize) -> bool {
        let (genes, values) = self.view.stored_row(cell);
        let mut stored = genes.iter().zip(values);
        stored.any(|(&gene, &value)| value > 0.0 && self.rows[gene as usize].is_some())
    }

    /// Genes of the cell and their shares of it; empty for a cell without genes.
    pub(crate) fn of(&self, cell: usize) -> Vec<(u32, f64)> {
        let chosen = self.job.genes_of(cell);
        let total: f64 = chosen.iter().map(|&(_, weight)| f64::from(weight)).sum();
        chosen.into_iter().map(|(gene, weight)| (gene, f64::from(weight) / total)).collect()
    }

    /// The vector of a gene, if it has one.
    pub(crate) fn vector(&self, gene: usize) -> Option<&'a [f32]> {
        self.rows[gene].map(|row| self.table.row(row as usize))
    }

    /// The cell itself.
    pub(crate) fn pooled(&self, shares: &[(u32, f64)]) -> Vec<f64> {
        let mut sum = vec![0.0; self.width()];
        for &(gene, share) in shares {
            let vector = self.vector(gene as usize).unwrap_or_default();
            sum.iter_mut().zip(vector).for_each(|(sum, &x)| *sum += share * f64::from(x));
        }
        sum
    }

    /// The vectors' components along `direction`, gene by gene; 0 for a gene without vector.
    pub(crate) fn along(&self, direction: &[f64]) -> Vec<f64> {
        let component = |gene| self.vector(gene).map_or(0.0, |vector| dot(vector, direction));
        (0..self.n_genes()).map(component).collect()
    }
}

pub(crate) fn dot(vector: &[f32], direction: &[f64]) -> f64 {
    vector.iter().zip(direction).map(|(&x, &y)| f64::from(x) * y).sum()
}
