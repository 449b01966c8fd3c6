use lexicell_matrix::DenseMatrix;

use super::{GeneRows, ViewSource, network::Batch};
use crate::{AnalysisError, centering::Centering, rng::SplitMix64};

/// Where the rows of a batch come from.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) cells: &'a DenseMatrix,
    pub(super) views: Option<&'a dyn ViewSource>,
}

/// Rows of a batch, centred and of unit length; with views, first those of one view, then of the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) inputs: Vec<f32>,
    pub(super) classes: Vec<u32>,
}

impl Rows {
    pub(super) fn batch(&self) -> Batch<'_, f32> {
        Batch { inputs: &self.inputs, classes: &self.classes }
    }
}

impl Inputs<'_> {
    /// Gathers the rows of the given cells. A cell of which a view has nothing left is left out.
    pub(super) fn gather(
        &self,
        cells: &[usize],
        (centering, class_of): (&Centering, &[u32]),
        rng: &mut SplitMix64,
        rows: &mut Rows,
    ) -> Result<(), AnalysisError> {
        let d = self.cells.n_cols();
        rows.classes.clear();
        let Some(source) = self.views else {
            rows.inputs.resize(cells.len() * d, 0.0);
            for (&cell, out) in cells.iter().zip(rows.inputs.chunks_exact_mut(d)) {
                centering.centre(self.cells.row(cell), out);
                rows.classes.push(class_of[cell]);
            }
            return Ok(());
        };
        let (first, second) = source.views(cells, rng)?;
        for view in [&first, &second] {
            check(view, cells.len(), d)?;
        }
        let is_there = |view: &DenseMatrix, place| view.row(place).iter().any(|&x: &f32| x != 0.0);
        let kept: Vec<usize> = (0..cells.len())
            .filter(|&place| is_there(&first, place) && is_there(&second, place))
            .collect();
        rows.inputs.resize(2 * kept.len() * d, 0.0);
        let mut out = rows.inputs.chunks_exact_mut(d);
        for view in [&first, &second] {
            for (&place, out) in kept.iter().zip(&mut out) {
                centering.centre(view.row(place), out);
                rows.classes.push(class_of[cells[place]]);
            }
        }
        Ok(())
    }

    /// The views of the given cells as weights of gene vectors, for a device that pools them; the same
    /// cells in the same order as [`Self::gather`].
    pub(super) fn gather_genes(
        &self,
        cells: &[usize],
        class_of: &[u32],
        rng: &mut SplitMix64,
        rows: &mut Rows,
    ) -> Result<GeneRows, AnalysisError> {
        rows.classes.clear();
        let Some(source) = self.views else { return Ok(GeneRows::default()) };
        let views = source.gene_views(cells, rng)?;
        let is_there = |place: usize| views.iter().all(|view| view.has(place));
        let kept: Vec<usize> = (0..cells.len()).filter(|&place| is_there(place)).collect();
        let mut both = GeneRows::default();
        for view in &views {
            for &place in &kept {
                both.push(view.row(place));
                rows.classes.push(class_of[cells[place]]);
            }
        }
        Ok(both)
    }
}

fn check(view: &DenseMatrix, n_rows: usize, d: usize) -> Result<(), AnalysisError> {
    for (what, expected, found) in
        [("rows of a view", n_rows, view.n_rows()), ("width of a view", d, view.n_cols())]
    {
        if expected != found {
            return Err(AnalysisError::Shape { what, expected, found });
        }
    }
    crate::unit::check_finite(view, "view of the cells")
}
