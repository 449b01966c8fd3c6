//! Sets of cells by the names that the scientist gives them.

use lexicell_matrix::{Categorical, Column};
use lexicell_protocol::{CellSet, FailureKind, View};

use crate::map::cluster_classes;
use crate::session::{Dataset, Session};
use crate::task::{Stop, Task};

/// Fewest cells of a set: fewer have no spread to be held against.
const FEWEST: usize = 3;

/// One cell in so many is among the highest: a single one is often a poor cell that is high by chance.
const PER_HIGHEST: usize = 100;

/// Some cells and what they are called.
pub(super) struct Named {
    pub(super) name: String,
    /// Ascending.
    pub(super) cells: Vec<u32>,
}

/// Two sets without a cell in common.
pub(super) fn pair(
    task: &Task,
    session: &Session,
    dataset: &Dataset,
    [first, second]: [&CellSet; 2],
) -> Result<[Named; 2], Stop> {
    let n = dataset.adata.n_obs() as u32;
    let (first, second) = match (first, second) {
        (CellSet::Rest, CellSet::Rest) => {
            let text = "Both sets are \"all others\": choose the cells that are asked about.";
            return Err(task.failure(FailureKind::BadSetting, text).into());
        }
        (CellSet::Rest, other) => {
            let other = named(task, session, dataset, other)?;
            (rest(&other, n), other)
        }
        (own, CellSet::Rest) => {
            let own = named(task, session, dataset, own)?;
            let rest = rest(&own, n);
            (own, rest)
        }
        (own, other) => {
            (named(task, session, dataset, own)?, named(task, session, dataset, other)?)
        }
    };
    let n_shared =
        first.cells.iter().filter(|cell| second.cells.binary_search(cell).is_ok()).count();
    if n_shared > 0 {
        let text = format!(
            "{} and {}: {n_shared} cells are in both. A cell can be on one side only.",
            first.name, second.name
        );
        return Err(task.failure(FailureKind::BadSetting, text).into());
    }
    for set in [&first, &second] {
        if set.cells.len() < FEWEST {
            let text = format!(
                "{}: expected at least {FEWEST} cells, found {}.",
                set.name,
                set.cells.len()
            );
            return Err(task.failure(FailureKind::UnfitMatrix, text).into());
        }
    }
    Ok([first, second])
}

/// The cells of a set that does not rest on another.
pub(super) fn named(
    task: &Task,
    session: &Session,
    dataset: &Dataset,
    set: &CellSet,
) -> Result<Named, Stop> {
    match set {
        CellSet::Class { column, value } => {
            let classes = classes(task, session, dataset, column)?;
            let code = classes.categories.iter().position(|own| own == value);
            let cells = code.map_or_else(Vec::new, |code| of_code(&classes, code as u32));
            Ok(Named { name: value.clone(), cells })
        }
        CellSet::Cluster { view, cluster } => {
            let classes = clusters(task, session, *view)?;
            Ok(Named { name: format!("cluster {cluster}"), cells: of_code(&classes, *cluster) })
        }
        CellSet::Selected => {
            let cells = session.marks.now().selected.to_vec();
            Ok(Named { name: "the selected cells".to_owned(), cells })
        }
        CellSet::Named(name) => {
            let Some(set) = session.marks.now().set(name) else {
                let text = format!("There is no set “{name}” any more.");
                return Err(task.failure(FailureKind::BadSetting, text).into());
            };
            Ok(Named { name: name.clone(), cells: set.cells.to_vec() })
        }
        CellSet::Like(column) => {
            let measured = session.measured.iter().find(|own| own.column == *column);
            let Some(measured) = measured else {
                let text = format!(
                    "“{column}”: the cells are held against that text no longer. Ask it again (Ask in words)."
                );
                return Err(task.failure(FailureKind::BadSetting, text).into());
            };
            Ok(Named {
                name: format!("the cells most like “{}”", CellSet::text_of(column)),
                cells: highest(&measured.values),
            })
        }
        CellSet::Rest => {
            let text = "\"All others\" needs another set beside it.";
            Err(task.failure(FailureKind::BadSetting, text).into())
        }
    }
}

/// The cells of a set, ascending.
pub(crate) fn cells_of(
    task: &Task,
    session: &Session,
    dataset: &Dataset,
    set: &CellSet,
) -> Result<Vec<u32>, Stop> {
    named(task, session, dataset, set).map(|set| set.cells)
}

/// The classes of a column of `obs`: the file's own, one that was told, or one labelled by hand.
pub(crate) fn classes(
    task: &Task,
    session: &Session,
    dataset: &Dataset,
    column: &str,
) -> Result<Categorical, Stop> {
    if let Some(told) = session.told.iter().find(|told| told.column == column) {
        return Ok(told.classes.clone());
    }
    if let Some(classes) = session.labelled(column) {
        return Ok(classes);
    }
    let found = dataset.adata.obs.column(column).and_then(Column::to_categorical);
    found.ok_or_else(|| {
        let text = format!("{column:?}: expected a column of obs that names classes, found none.");
        task.failure(FailureKind::BadSetting, text).into()
    })
}

/// The clusters of a view as classes.
pub(crate) fn clusters(task: &Task, session: &Session, view: View) -> Result<Categorical, Stop> {
    let clusters = session.views.get(&view).and_then(|view| view.clusters.as_ref());
    let Some(clusters) = clusters else {
        let text = "The clusters of that view are not there: compute them first (Map).";
        return Err(task.failure(FailureKind::MissingInput, text).into());
    };
    Ok(cluster_classes(clusters))
}

fn of_code(classes: &Categorical, code: u32) -> Vec<u32> {
    let codes = classes.codes.iter().enumerate();
    codes.filter(|(_, own)| **own == code).map(|(cell, _)| cell as u32).collect()
}

/// The hundredth of the cells with the highest values, of equal ones the first, ascending.
fn highest(values: &[f32]) -> Vec<u32> {
    let mut cells: Vec<u32> =
        (0..).zip(values).filter(|(_, value)| value.is_finite()).map(|(cell, _)| cell).collect();
    let n = cells.len().div_ceil(PER_HIGHEST).max(FEWEST).min(cells.len());
    cells.sort_by(|&a, &b| values[b as usize].total_cmp(&values[a as usize]).then(a.cmp(&b)));
    cells.truncate(n);
    cells.sort_unstable();
    cells
}

fn rest(set: &Named, n: u32) -> Named {
    let cells = (0..n).filter(|cell| set.cells.binary_search(cell).is_err()).collect();
    Named { name: "all other cells".to_owned(), cells }
}

#[cfg(test)]
mod tests {
    use super::highest;

    #[test]
    fn a_hundredth_of_the_cells_is_highest_and_three_at_least() {
        let mut values: Vec<f32> = (0..400).map(|cell| (cell % 100) as f32).collect();
        assert_eq!(highest(&values), [99, 199, 299, 399]);
        values[299] = f32::NAN;
        values[5] = f32::INFINITY;
        assert_eq!(highest(&values), [98, 99, 199, 399]);
        assert_eq!(highest(&[0.5, 0.1, f32::NAN, 0.5, 0.4]), [0, 3, 4]);
        assert_eq!(highest(&[0.5, f32::NAN]), [0]);
        assert!(highest(&[]).is_empty());
    }
}
