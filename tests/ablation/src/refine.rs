//! A projection head trained on the training cells of a round.

use lexicell_analysis::contrastive::{Refiner, TrainOptions, Training, ViewSource};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::error::Result;

/// How a head is trained.
#[derive(Clone, Copy)]
pub(crate) struct Recipe<'a> {
    pub(crate) options: TrainOptions,
    /// Makes views of the rows of the embedding, where the objective needs them.
    pub(crate) views: Option<&'a dyn Views>,
}

/// Views that threads may share.
pub(crate) trait Views: ViewSource + Sync {}
impl<T: ViewSource + Sync> Views for T {}

/// Fits centring and head on the rows `train` of `cells`, whose classes are given in their order.
pub(crate) fn fit(
    cells: &DenseMatrix,
    train: &[usize],
    classes: &[u32],
    recipe: &Recipe<'_>,
) -> Result<Refiner> {
    let mut all = vec![MISSING_CODE; cells.n_rows()];
    for (&row, &class) in train.iter().zip(classes) {
        all[row] = class;
    }
    let views = recipe.views.map(|views| views as &dyn ViewSource);
    let mut training = Training::new(cells, Some(&all), train.to_vec(), views, recipe.options)?;
    while !training.run(usize::MAX)?.is_done() {}
    Ok(training.finish()?.refiner)
}
