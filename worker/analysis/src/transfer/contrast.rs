use lexicell_matrix::DenseMatrix;

use crate::{AnalysisError, Progress, normalize::Normalized, unit};

/// A standardised value beyond this is cut (scanpy: `pp.scale(max_value=10)`).
const MOST_DEVIATIONS: f64 = 10.0;

/// How much a gene counts in a cell, beside the other cells of its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ContrastWeights {
    /// `x_ig − mean_g`.
    #[default]
    Difference,
    /// `(x_ig − mean_g) / sd_g`, cut at 10: every gene counts alike, as after scanpy's `pp.scale`.
    Standardized,
}

/// Pools cells by how their genes differ from the mean of all cells of the side, to be driven with
/// [`run`](Self::run).
///
/// `c_i = Σ_g w_ig e_g` over all genes that have a vector, expressed or not, scaled to unit length; `w` of
/// [`ContrastWeights`] on log1p-CP10k. Means and deviations are those of the cells given, so a side is
/// centred on itself. Sides with other proportions of cell types have other means: that much of a shift
/// between them is not undone.
#[derive(Debug)]
pub struct ContrastPool<'a> {
    view: &'a Normalized<'a>,
    table_rows: Vec<Option<u32>>,
    table: &'a DenseMatrix,
    weights: ContrastWeights,
    genes: Genes,
    /// Cells read for the means, then cells pooled.
    counted: usize,
    pooled: usize,
    /// `Σ_g w(0)_g e_g`: what a cell without any expression would be.
    zero: Vec<f64>,
    out: DenseMatrix,
}

/// Mean, and one over the deviation, of each gene.
#[derive(Debug)]
struct Genes {
    sums: Vec<f64>,
    squares: Vec<f64>,
    mean: Vec<f64>,
    scale: Vec<f64>,
}

impl<'a> ContrastPool<'a> {
    /// Prepares the pooling of all cells of a side.
    ///
    /// # Shapes
    /// `table_rows`: one for each gene of the matrix, rows of `table` `[… × d]`.
    ///
    /// # Errors
    /// If lengths disagree, a row lies outside the table, no gene has a vector, or the table holds a
    /// value that is not finite.
    pub fn new(
        view: &'a Normalized<'a>,
        table_rows: &[Option<u32>],
        table: &'a DenseMatrix,
        weights: ContrastWeights,
    ) -> Result<Self, AnalysisError> {
        let (n_genes, len) = (view.n_genes(), table.n_rows());
        if table_rows.len() != n_genes {
            let (expected, found) = (n_genes, table_rows.len());
            let what = "genes of the vector table";
            return Err(AnalysisError::Shape { what, expected, found });
        }
        if let Some(&row) = table_rows.iter().flatten().find(|&&row| row as usize >= len) {
            let (what, index) = ("rows of the gene table", row as usize);
            return Err(AnalysisError::IndexOutOfRange { what, index, len });
        }
        if table_rows.iter().all(Option::is_none) {
            return Err(AnalysisError::NoGeneVector { n_genes });
        }
        unit::check_finite(table, "gene vectors")?;
        let genes = Genes {
            sums: vec![0.0; n_genes],
            squares: vec![0.0; n_genes],
            mean: Vec::new(),
            scale: Vec::new(),
        };
        Ok(Self {
            view,
            table_rows: table_rows.to_vec(),
            table,
            weights,
            genes,
            counted: 0,
            pooled: 0,
            zero: Vec::new(),
            out: DenseMatrix::zeros(view.n_cells(), table.n_cols()),
        })
    }

    /// Reads or pools up to `limit` cells.
    ///
    /// # Errors
    /// None today; the signature is that of every resumable step.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.counted < self.view.n_cells() {
                self.genes.count(self.view, self.counted);
                self.counted += 1;
                if self.counted == self.view.n_cells() {
                    self.genes.close(self.counted, self.weights);
                    self.zero = self.pooled_zero();
                }
            } else if self.pooled < self.view.n_cells() {
                self.pool(self.pooled);
                self.pooled += 1;
            } else {
                break;
            }
        }
        Ok(self.progress())
    }

    /// How many cells were read and pooled; each counts twice.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.counted + self.pooled, total: 2 * self.view.n_cells() }
    }

    /// The cells, of unit length; rows of zeros where a cell expresses no gene with a vector.
    ///
    /// # Errors
    /// If cells are left to do.
    pub fn finish(self) -> Result<DenseMatrix, AnalysisError> {
        if !self.progress().is_done() {
            let message = "the cells were asked for before all were pooled";
            return Err(AnalysisError::OutOfTurn { step: "contrast pooling", message });
        }
        Ok(self.out)
    }

    fn pooled_zero(&self) -> Vec<f64> {
        let mut zero = vec![0.0; self.table.n_cols()];
        for (gene, row) in self.table_rows.iter().enumerate() {
            if let Some(row) = row {
                add(&mut zero, self.genes.weight(gene, 0.0), self.table.row(*row as usize));
            }
        }
        zero
    }

    fn pool(&mut self, cell: usize) {
        let mut sum = self.zero.clone();
        let mut is_expressed = false;
        for (gene, value) in self.view.row(cell) {
            let gene = gene as usize;
            let Some(row) = self.table_rows[gene].filter(|_| value > 0.0) else { continue };
            is_expressed = true;
            let more = self.genes.weight(gene, f64::from(value)) - self.genes.weight(gene, 0.0);
            add(&mut sum, more, self.table.row(row as usize));
        }
        if is_expressed {
            let square: f64 = sum.iter().map(|x| x * x).sum();
            let factor = if square > 0.0 { square.sqrt().recip() } else { 0.0 };
            let out = self.out.row_mut(cell);
            out.iter_mut().zip(&sum).for_each(|(to, &x)| *to = (x * factor) as f32);
        }
    }
}

impl Genes {
    fn count(&mut self, view: &Normalized<'_>, cell: usize) {
        for (gene, value) in view.row(cell) {
            self.sums[gene as usize] += f64::from(value);
            self.squares[gene as usize] += f64::from(value) * f64::from(value);
        }
    }

    fn close(&mut self, n_cells: usize, weights: ContrastWeights) {
        let n = n_cells as f64;
        self.mean = self.sums.iter().map(|sum| sum / n).collect();
        let scale = |(square, mean): (&f64, &f64)| {
            let variance = square / n - mean * mean;
            match weights {
                ContrastWeights::Difference => 1.0,
                // A gene that does not vary tells no cells apart.
                ContrastWeights::Standardized if variance <= 1e-12 => 0.0,
                ContrastWeights::Standardized => variance.sqrt().recip(),
            }
        };
        self.scale = self.squares.iter().zip(&self.mean).map(scale).collect();
    }

    fn weight(&self, gene: usize, value: f64) -> f64 {
        let scale = self.scale[gene];
        let weight = (value - self.mean[gene]) * scale;
        if scale == 1.0 { weight } else { weight.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS) }
    }
}

fn add(sum: &mut [f64], weight: f64, row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += weight * f64::from(x));
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::CsrMatrix;

    use super::*;
    use crate::state::MatrixState;

    fn pooled(weights: ContrastWeights) -> DenseMatrix {
        // Gene 2 has no vector; cell 3 expresses nothing else.
        let (indptr, indices) = (vec![0, 2, 3, 4, 5], vec![0, 1, 0, 1, 2]);
        let x = CsrMatrix::try_new(4, 3, indptr, indices, vec![3.0, 2.0, 1.0, 2.0, 9.0]);
        let x = x.expect("valid");
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let table = DenseMatrix::try_new(2, 2, vec![1.0, 0.0, 0.0, 1.0]).expect("shape");
        let rows = [Some(0), Some(1), None];
        let mut pool = ContrastPool::new(&view, &rows, &table, weights).expect("valid");
        while !pool.run(1).expect("runs").is_done() {}
        pool.finish().expect("done")
    }

    fn close(found: &[f32], expected: [f64; 2]) {
        let length = expected[0].hypot(expected[1]);
        for (x, y) in found.iter().zip(expected) {
            assert!((f64::from(*x) - y / length).abs() < 1e-6, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn weights_are_differences_from_the_mean_of_the_side() {
        // Means over four cells: 1 and 1.
        let cells = pooled(ContrastWeights::Difference);
        close(cells.row(0), [2.0, 1.0]);
        close(cells.row(1), [0.0, -1.0]);
        close(cells.row(2), [-1.0, 1.0]);
        assert_eq!(cells.row(3), [0.0, 0.0]);
    }

    #[test]
    fn standardised_weights_are_in_deviations() {
        // Squares: 10/4 − 1 = 1.5 and 8/4 − 1 = 1.
        let cells = pooled(ContrastWeights::Standardized);
        close(cells.row(0), [2.0 / 1.5f64.sqrt(), 1.0]);
        close(cells.row(2), [-1.0 / 1.5f64.sqrt(), 1.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let x = CsrMatrix::zeros(2, 3);
        let view = Normalized::new(&x, MatrixState::LogNormalized).expect("logged");
        let table = DenseMatrix::zeros(1, 2);
        let new = |rows: &[Option<u32>]| {
            ContrastPool::new(&view, rows, &table, ContrastWeights::Difference).map(|_| ())
        };
        assert!(matches!(new(&[None; 3]), Err(AnalysisError::NoGeneVector { .. })));
        assert!(matches!(new(&[Some(0); 2]), Err(AnalysisError::Shape { .. })));
        assert!(matches!(new(&[Some(1); 3]), Err(AnalysisError::IndexOutOfRange { .. })));
    }
}
