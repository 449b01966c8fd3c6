use leptos::prelude::*;
use lexicell_protocol::{
    GeneSettings, LoadChoice, LoadReport, RefineSettings, RefineSpace, ScoreSettings, Settings,
};

use super::chain::changed;
use super::label::obvious_label;
use super::{Activity, AppState, Drive, Phase, Task};

impl AppState {
    /// Changes settings: what they govern, and all that depends on it, is out of date.
    pub(crate) fn change(self, change: impl FnOnce(&mut Settings)) {
        let old = self.settings.get_untracked();
        let mut new = old.clone();
        change(&mut new);
        follow(&old, &mut new);
        self.apply(&old, new);
    }

    /// Takes over the settings of a file that was dropped back, and computes what they change.
    pub(crate) fn take_over(self, settings: Settings) {
        let old = self.settings.get_untracked();
        self.apply(&old, settings);
        if untrack(|| self.has_data()) {
            self.resume();
        }
    }

    fn apply(self, old: &Settings, new: Settings) {
        let tasks = changed(old, &new);
        if tasks.is_empty() {
            return;
        }
        self.settings.set(new);
        self.outdate(&tasks);
    }

    /// What these tasks computed no longer holds.
    pub(super) fn outdate(self, tasks: &[Task]) {
        for &task in tasks {
            untrack(|| self.steps.forgive(task));
            self.steps.spoil(task);
        }
        match self.activity.get_untracked() {
            // The running task would answer to settings that no longer hold; it starts again.
            Activity::Running(id, task)
                if tasks.iter().any(|&changed| task == changed || task.depends_on(changed)) =>
            {
                self.interrupt(id, task);
            }
            Activity::Running(..) | Activity::Stopping(..) => {}
            // The scientist may change several settings before anything is computed.
            Activity::Nothing => self.drive.set(Drive::Halted),
        }
    }

    /// Judges the cells by another column, at once.
    pub(crate) fn choose_label(self, label: Option<String>) {
        self.change(|settings| {
            settings.score = label.map(|label| match settings.score.take() {
                Some(score) => ScoreSettings { label, ..score },
                None => {
                    ScoreSettings { refine: settings.refine.clone(), ..ScoreSettings::new(&label) }
                }
            });
        });
        if self.failure.with_untracked(|failure| matches!(failure, Some((Task::Score, _)))) {
            self.failure.set(None);
        }
        self.resume();
    }

    /// Fits the settings to a data set that was just opened.
    pub(crate) fn fit_settings(self, report: &LoadReport) {
        self.settings.update(|settings| {
            let known = |label: &str| {
                report.obs_columns.iter().any(|column| column.name == label)
                    || untrack(|| self.labelings()).iter().any(|own| own == label)
            };
            let kept = settings.score.take().filter(|score| known(&score.label));
            settings.score =
                kept.or_else(|| obvious_label(&report.obs_columns).map(ScoreSettings::new));
            let trained = settings.refine.label.take().filter(|label| known(label));
            settings.refine.label =
                trained.or_else(|| settings.score.as_ref().map(|score| score.label.clone()));
        });
    }

    /// Forgets the settings that belong to one data set alone.
    pub(crate) fn forget_data_settings(self) {
        self.settings.update(|settings| {
            settings.load = LoadChoice::default();
            settings.genes = GeneSettings::default();
        });
    }

    /// Whether anything waits to be computed anew.
    pub(crate) fn has_stale(self) -> bool {
        self.coming().iter().any(|&task| self.steps.phase(task) == Phase::Stale)
    }
}

/// What a change drags along: the score trains its heads as the refinement is trained, each by its own
/// label; and the refinement learns the label that is scored, unless it was given another.
fn follow(old: &Settings, new: &mut Settings) {
    let label = |settings: &Settings| settings.score.as_ref().map(|score| score.label.clone());
    let (was, is) = (label(old), label(new));
    if was != is && (old.refine.label == was || old.refine.label.is_none()) && is.is_some() {
        new.refine.label = is;
    }
    let is_trained_otherwise = old.refine != new.refine;
    if let Some(score) = &mut new.score {
        let trained = if is_trained_otherwise { &new.refine } else { &score.refine };
        // Each method has a space of its own: what is refined on the map changes no score.
        let (label, space) = (Some(score.label.clone()), RefineSpace::Text);
        score.refine = RefineSettings { label, space, ..trained.clone() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(label: &str) -> Settings {
        let mut settings =
            Settings { score: Some(ScoreSettings::new(label)), ..Settings::default() };
        settings.refine.label = Some(label.to_owned());
        settings
    }

    #[test]
    fn the_score_trains_as_the_refinement_does_by_its_own_label() {
        let old = labelled("cell_type");
        let mut new = old.clone();
        new.refine.epochs = 12;
        new.refine.label = Some("donor".to_owned());
        follow(&old, &mut new);
        let score = new.score.expect("there is one");
        assert_eq!((score.refine.epochs, score.refine.label.as_deref()), (12, Some("cell_type")));
    }

    #[test]
    fn what_is_refined_on_the_map_changes_no_score() {
        let old = labelled("cell_type");
        let mut new = old.clone();
        new.refine.space = RefineSpace::Joint;
        follow(&old, &mut new);
        assert_eq!(new.score, old.score);
    }

    #[test]
    fn the_refinement_follows_the_label_that_is_scored_unless_it_has_its_own() {
        let old = labelled("cell_type");
        let mut new = old.clone();
        new.score = Some(ScoreSettings::new("subtype"));
        follow(&old, &mut new);
        assert_eq!(new.refine.label.as_deref(), Some("subtype"));
        let mut old = labelled("cell_type");
        old.refine.label = Some("donor".to_owned());
        let mut new = old.clone();
        new.score = Some(ScoreSettings::new("subtype"));
        follow(&old, &mut new);
        assert_eq!(new.refine.label.as_deref(), Some("donor"));
    }

    #[test]
    fn a_protocol_that_came_with_its_own_training_keeps_it() {
        let old = labelled("cell_type");
        let mut new = old.clone();
        if let Some(score) = &mut new.score {
            score.refine.epochs = 3;
        }
        let before = new.clone();
        new.score = new.score.map(|score| ScoreSettings { k: 15, ..score });
        follow(&before, &mut new);
        assert_eq!(new.score.map(|score| score.refine.epochs), Some(3));
    }
}
