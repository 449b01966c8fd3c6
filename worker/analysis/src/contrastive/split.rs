use lexicell_matrix::{DenseMatrix, MISSING_CODE};

use super::{
    Objective, TrainOptions,
    stream::{Purpose, stream},
};
use crate::AnalysisError;

/// Which cells are fitted on and which are kept aside for early stopping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Partition {
    /// Cells that the centring and the head are fitted on, in rising order.
    pub(super) fitted: Vec<usize>,
    /// Cells that early stopping looks at, in rising order.
    pub(super) validation: Vec<usize>,
    /// The class of every cell, counted from 0 over the classes of the fitted cells.
    pub(super) class_of: Vec<u32>,
    /// Classes of the fitted cells.
    pub(super) n_classes: usize,
}

/// The vectors of cells, wherever they lie.
pub(super) trait RowSource {
    /// Cells in all.
    fn n_obs(&self) -> usize;
    /// The vector of one of them.
    fn row_of(&self, cell: usize) -> &[f32];
}

impl RowSource for DenseMatrix {
    fn n_obs(&self) -> usize {
        self.n_rows()
    }

    fn row_of(&self, cell: usize) -> &[f32] {
        self.row(cell)
    }
}

/// Splits the training cells: every class gives its share to validation, but keeps two cells to be
/// fitted on. Cells that could not be embedded, on one side at least, take no part, nor do cells without a class where the
/// objective reads nothing else.
pub(super) fn partition(
    sides: &[&dyn RowSource],
    classes: Option<&[u32]>,
    mut train: Vec<usize>,
    has_views: bool,
    options: &TrainOptions,
) -> Result<Partition, AnalysisError> {
    let n_obs = sides.first().map_or(0, |side| side.n_obs());
    if let Some(classes) = classes.filter(|classes| classes.len() != n_obs) {
        let (expected, found) = (n_obs, classes.len());
        return Err(AnalysisError::Shape { what: "classes of the cells", expected, found });
    }
    train.sort_unstable();
    train.dedup();
    sides.iter().try_for_each(|side| check_rows(*side, &train))?;
    let class = |cell: usize| classes.map_or(MISSING_CODE, |classes| classes[cell]);
    let reads_all = matches!(options.objective, Objective::NtXent | Objective::Mixed { .. });
    let is_embedded =
        |cell: usize| sides.iter().all(|side| side.row_of(cell).iter().any(|&x| x != 0.0));
    train.retain(|&cell| (reads_all || class(cell) != MISSING_CODE) && is_embedded(cell));
    check_classes(&train, class, has_views, options.objective)?;
    // Least: two cells in a batch, and two to tell them from.
    if train.len() < 4 {
        let step = "training (cells that can be fitted on)";
        return Err(AnalysisError::TooFewCells { step, needed: 4, found: train.len() });
    }
    let (fitted, validation) = keep_aside(&train, class, options);
    let mut known: Vec<u32> = fitted.iter().map(|&cell| class(cell)).collect();
    known.retain(|&class| class != MISSING_CODE);
    known.sort_unstable();
    known.dedup();
    let mut class_of = vec![MISSING_CODE; n_obs];
    for &cell in fitted.iter().chain(&validation) {
        if let Ok(place) = known.binary_search(&class(cell)) {
            class_of[cell] = place as u32;
        }
    }
    Ok(Partition { fitted, validation, class_of, n_classes: known.len() })
}

fn check_rows(cells: &dyn RowSource, train: &[usize]) -> Result<(), AnalysisError> {
    for &row in train {
        if row >= cells.n_obs() {
            let (what, len) = ("training cells", cells.n_obs());
            return Err(AnalysisError::IndexOutOfRange { what, index: row, len });
        }
        if let Some(column) = cells.row_of(row).iter().position(|x| !x.is_finite()) {
            return Err(AnalysisError::NotFinite { what: "embedding", row, column });
        }
    }
    Ok(())
}

fn check_classes(
    train: &[usize],
    class: impl Fn(usize) -> u32,
    has_views: bool,
    objective: Objective,
) -> Result<(), AnalysisError> {
    if !objective.needs_labels() {
        return Ok(());
    }
    let mut labelled: Vec<u32> =
        train.iter().map(|&cell| class(cell)).filter(|&class| class != MISSING_CODE).collect();
    labelled.sort_unstable();
    let n_cells = labelled.len();
    let has_pair = labelled.windows(2).any(|pair| pair[0] == pair[1]);
    labelled.dedup();
    match labelled[..] {
        [] => Err(AnalysisError::NoLabels),
        [class] => Err(AnalysisError::OneTrainingClass { class, n_cells }),
        _ if !has_pair && !has_views => {
            Err(AnalysisError::NoPositivePair { n_classes: labelled.len() })
        }
        _ => Ok(()),
    }
}

/// Fitted and validation cells, class by class; cells without a class are a class of their own here.
fn keep_aside(
    train: &[usize],
    class: impl Fn(usize) -> u32,
    options: &TrainOptions,
) -> (Vec<usize>, Vec<usize>) {
    let mut strata: Vec<(u32, usize)> = train.iter().map(|&cell| (class(cell), cell)).collect();
    strata.sort_unstable();
    let mut rng = stream(options.seed, Purpose::Split, 0);
    let (mut fitted, mut validation) = (Vec::new(), Vec::new());
    for stratum in strata.chunk_by(|a, b| a.0 == b.0) {
        let mut members: Vec<usize> = stratum.iter().map(|&(_, cell)| cell).collect();
        rng.shuffle(&mut members);
        let share = (members.len() as f64 * options.validation_share).round() as usize;
        let kept = share.min(members.len().saturating_sub(2));
        validation.extend_from_slice(&members[..kept]);
        fitted.extend_from_slice(&members[kept..]);
    }
    fitted.sort_unstable();
    validation.sort_unstable();
    (fitted, validation)
}
