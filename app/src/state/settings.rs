use leptos::prelude::*;
use lexicell_protocol::{GeneSettings, LoadChoice, LoadReport, ScoreSettings, Settings};

use super::chain::changed;
use super::label::obvious_label;
use super::{Activity, AppState, Drive, Phase, Task};

impl AppState {
    /// Changes settings: what they govern, and all that depends on it, is out of date.
    pub(crate) fn change(self, change: impl FnOnce(&mut Settings)) {
        let old = self.settings.get_untracked();
        let mut new = old.clone();
        change(&mut new);
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
        for &task in &tasks {
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
                None => ScoreSettings::new(&label),
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
            let known = |label: &str| report.obs_columns.iter().any(|column| column.name == label);
            let kept = settings.score.take().filter(|score| known(&score.label));
            settings.score =
                kept.or_else(|| obvious_label(&report.obs_columns).map(ScoreSettings::new));
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
        Task::ALL.iter().any(|&task| self.steps.phase(task) == Phase::Stale)
    }
}
