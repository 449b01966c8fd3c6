//! A projection head trained on the training cells of a round.

use lexicell_analysis::contrastive::{Objective, Refiner, TrainOptions, Training, ViewSource};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use crate::error::Result;

/// How a head is trained.
#[derive(Clone, Copy)]
pub(crate) struct Recipe<'a> {
    pub(crate) options: TrainOptions,
    /// Makes views of the rows of the embedding, where the objective needs them.
    pub(crate) views: Option<&'a dyn Views>,
}

impl<'a> Recipe<'a> {
    /// As the page trains unless it is told otherwise (a test of the worker holds this against it).
    pub(crate) fn shipped(views: &'a dyn Views) -> Self {
        let objective = Objective::Mixed { supervised: 0.5 };
        let options = TrainOptions { objective, ..TrainOptions::default() };
        Self { options, views: Some(views) }
    }

    /// The same by labels alone.
    pub(crate) fn labels_alone() -> Self {
        let options = TrainOptions { objective: Objective::SupCon, ..TrainOptions::default() };
        Self { options, views: None }
    }
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
