use leptos::prelude::*;
use lexicell_protocol::{
    ColorBy, ColumnKind, ColumnReport, Command, LabelingReport, SetsCommand, SetsReport,
};

use super::{AppState, Asked, Phase, Task};

/// Examples that the report of a column holds.
const N_EXAMPLES: usize = 5;

impl AppState {
    /// Changes what is marked: the selection, sets with names, labels by hand.
    pub(crate) fn tell_sets(self, command: SetsCommand) {
        self.ask(Command::Sets(command), Asked::Map);
    }

    /// Takes in what is marked now; what rests on something else is told no longer.
    pub(super) fn sets_changed(self, report: SetsReport) {
        let old = self.sets.get_untracked();
        let selection = Some(report.selection.clone()).filter(|own| own.n_selected > 0);
        self.map.selection.set(selection);
        let labelings = changed_labelings(&old.labelings, &report.labelings);
        for set in &old.sets {
            if !report.sets.contains(set) {
                self.explore.outdate_named(&set.name);
            }
        }
        let is_new = |own: &&LabelingReport| old.labelings.iter().all(|o| o.column != own.column);
        let begun = report.labelings.iter().find(is_new).map(|own| own.column.clone());
        self.sets.set(report);
        for column in &labelings {
            self.explore.outdate_column(column);
        }
        self.outdate_labels(&labelings);
        if let Some(column) = begun {
            self.color_by(ColorBy::Obs(column));
        }
    }

    /// What was learned from these columns is out of date.
    fn outdate_labels(self, columns: &[String]) {
        let tasks = self.settings.with_untracked(|settings| {
            let is = |label: Option<&String>| label.is_some_and(|label| columns.contains(label));
            let score = is(settings.score.as_ref().map(|score| &score.label));
            let refine = is(settings.refine.label.as_ref());
            [(score, Task::Score), (refine, Task::Refine)]
        });
        let old: Vec<Task> = tasks
            .into_iter()
            .filter(|(is_old, task)| {
                let phase = untrack(|| self.steps.phase(*task));
                *is_old && matches!(phase, Phase::Ready | Phase::Running)
            })
            .map(|(_, task)| task)
            .collect();
        if !old.is_empty() {
            self.outdate(&old);
        }
    }

    /// The columns of `obs`: the file's own, then those labelled by hand.
    pub(crate) fn columns(self) -> Vec<ColumnReport> {
        let mut columns = self
            .steps
            .open
            .with(|open| open.latest().map_or(Vec::new(), |report| report.obs_columns.clone()));
        self.sets.with(|sets| columns.extend(sets.labelings.iter().map(column_of)));
        columns
    }

    /// The names of the columns labelled by hand.
    pub(crate) fn labelings(self) -> Vec<String> {
        self.sets.with(|sets| sets.labelings.iter().map(|own| own.column.clone()).collect())
    }
}

fn column_of(own: &LabelingReport) -> ColumnReport {
    ColumnReport {
        name: own.column.clone(),
        kind: ColumnKind::Categorical,
        n_classes: Some(own.classes.len() as u64),
        n_missing: own.n_missing,
        examples: own.classes.iter().take(N_EXAMPLES).map(|(name, _)| name.clone()).collect(),
    }
}

/// The columns whose labels are others now, or gone.
fn changed_labelings(old: &[LabelingReport], new: &[LabelingReport]) -> Vec<String> {
    let is_gone = |own: &&LabelingReport| new.iter().all(|other| other != *own);
    old.iter().filter(is_gone).map(|own| own.column.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labeling(column: &str, stamp: u32) -> LabelingReport {
        let classes = vec![("B".to_owned(), 3), ("T".to_owned(), 4)];
        LabelingReport { column: column.to_owned(), classes, n_missing: 1, stamp }
    }

    #[test]
    fn a_labelling_is_a_column_like_others() {
        let column = column_of(&labeling("mine", 0));
        assert_eq!((column.n_classes, column.n_missing), (Some(2), 1));
        assert!(crate::state::is_scorable(&column));
    }

    #[test]
    fn another_label_or_none_makes_a_column_old() {
        let old = [labeling("a", 1), labeling("b", 2), labeling("c", 3)];
        let new = [labeling("a", 1), labeling("b", 9), labeling("d", 3)];
        assert_eq!(changed_labelings(&old, &new), ["b", "c"]);
    }
}
