//! What the answers rest on: when that changes, they are no longer true.

use lexicell_protocol::{
    AskSettings, AxisSettings, CellSet, CompareReport, CompareSettings, PathReport, PathSettings,
    SetsReport, View,
};

use crate::state::Task;

/// Whether all that was asked of the cells rests on this task.
pub(super) fn is_ground(task: Task) -> bool {
    matches!(task, Task::Open | Task::MapGenes | Task::EmbedGenes | Task::PoolCells)
}

/// Whether a comparison rests on it.
pub(super) fn of_comparison(settings: &CompareSettings, task: Task) -> bool {
    is_ground(task) || [&settings.first, &settings.second].into_iter().any(|set| of_set(set, task))
}

/// Whether an answer to a text rests on it.
pub(super) fn of_answer(settings: &AskSettings, task: Task) -> bool {
    is_ground(task) || (settings.by.is_none() && is_clustering(View::Text, task))
}

/// Whether an axis rests on it.
pub(super) fn of_axis(settings: &AxisSettings, task: Task) -> bool {
    is_ground(task)
        || match settings.view {
            View::Text => false,
            View::Pca => task == Task::Pca,
            View::Refined => task == Task::Refine,
        }
}

/// Whether a path rests on it.
pub(super) fn of_path(settings: &PathSettings, task: Task) -> bool {
    is_ground(task)
        || task == Task::Neighbors(settings.view)
        || (settings.by.is_none() && is_clustering(settings.view, task))
        || of_set(&settings.root, task)
}

/// Whether a set of cells is of this column.
pub(super) fn is_of_column(set: &CellSet, name: &str) -> bool {
    matches!(set, CellSet::Class { column, .. } | CellSet::Like(column) if column == name)
}

/// Whether a set of cells is kept under this name.
pub(super) fn is_named(set: &CellSet, name: &str) -> bool {
    matches!(set, CellSet::Named(own) if own == name)
}

/// Whether a comparison is of cells that were selected when others were than now.
pub(crate) fn is_of_earlier_selection(report: &CompareReport, sets: &SetsReport) -> bool {
    let settings = &report.settings;
    [&settings.first, &settings.second].contains(&&CellSet::Selected)
        && report.selection_stamp != sets.selection_stamp
}

/// Whether a path begins at cells that were selected when others were than now.
pub(crate) fn is_path_of_earlier_selection(report: &PathReport, sets: &SetsReport) -> bool {
    report.settings.root == CellSet::Selected && report.selection_stamp != sets.selection_stamp
}

fn of_set(set: &CellSet, task: Task) -> bool {
    match set {
        CellSet::Cluster { view, .. } => is_clustering(*view, task),
        // Likeness rests on the cells' vectors, as every answer does.
        CellSet::Like(_) => false,
        CellSet::Class { .. } | CellSet::Selected | CellSet::Named(_) | CellSet::Rest => false,
    }
}

/// Whether a task makes the clusters of a view.
pub(super) fn is_clustering(view: View, task: Task) -> bool {
    task == Task::Cluster(view) || task == Task::Neighbors(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_vectors_make_every_answer_old() {
        let compare = CompareSettings::against_rest(CellSet::Selected);
        for task in [Task::Open, Task::MapGenes, Task::EmbedGenes, Task::PoolCells] {
            assert!(of_comparison(&compare, task));
        }
        for task in [Task::Score, Task::Umap(View::Text), Task::Cluster(View::Text), Task::Pca] {
            assert!(!of_comparison(&compare, task), "{task:?}");
        }
    }

    #[test]
    fn another_selection_makes_a_comparison_of_the_selected_cells_an_earlier_one() {
        let mut report = crate::plot::samples::compare_report();
        let sets = |selection_stamp| SetsReport { selection_stamp, ..SetsReport::default() };
        assert!(!is_of_earlier_selection(&report, &sets(7)));
        assert!(is_of_earlier_selection(&report, &sets(8)));
        report.settings.first = CellSet::Named("kept".to_owned());
        assert!(!is_of_earlier_selection(&report, &sets(8)));
        let mut path = crate::plot::samples::path_report();
        assert!(!is_path_of_earlier_selection(&path, &sets(7)));
        assert!(is_path_of_earlier_selection(&path, &sets(8)));
        path.settings.root = CellSet::Named("kept".to_owned());
        assert!(!is_path_of_earlier_selection(&path, &sets(8)));
    }

    #[test]
    fn a_cluster_is_gone_when_its_view_is_clustered_anew() {
        let of = |view| CompareSettings::against_rest(CellSet::Cluster { view, cluster: 1 });
        assert!(of_comparison(&of(View::Pca), Task::Cluster(View::Pca)));
        assert!(!of_comparison(&of(View::Pca), Task::Cluster(View::Text)));
    }

    #[test]
    fn a_path_follows_the_neighbours_of_its_own_view() {
        let mut path = PathSettings {
            view: View::Refined,
            root: CellSet::Selected,
            n_dcs: 10,
            by: Some("type".to_owned()),
            genes: vec![],
            to: None,
        };
        assert!(of_path(&path, Task::Neighbors(View::Refined)));
        assert!(!of_path(&path, Task::Cluster(View::Refined)));
        assert!(!of_path(&path, Task::Neighbors(View::Text)));
        path.by = None;
        assert!(of_path(&path, Task::Cluster(View::Refined)));
    }

    #[test]
    fn an_axis_rests_on_the_space_that_it_lies_in() {
        let axis = |view| AxisSettings {
            view,
            column: "type".to_owned(),
            first: vec![],
            second: vec![],
            n_permutations: 1,
            seed: 0,
        };
        assert!(of_axis(&axis(View::Refined), Task::Refine));
        assert!(of_axis(&axis(View::Pca), Task::Pca));
        assert!(!of_axis(&axis(View::Text), Task::Refine));
    }
}
