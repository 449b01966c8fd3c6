use leptos::prelude::*;
use lexicell_protocol::{
    ApplyReport, ClusterReport, ColorBy, Failure, FailureKind, HeadReport, Layout, LoadChoice,
    LoadReport, MapCommand, Output, RequestId, UmapReport, VectorReport, View,
};

use super::{
    Activity, AppState, Course, Drive, GeneCard, NoticeKind, Reading, Stage, StepState, Task,
};

impl AppState {
    /// Takes in what came out of a step, and starts the next.
    pub(super) fn task_done(self, id: RequestId, task: Task, millis: f64, output: Output) {
        // A setting that changed while the step ran has made its result old already.
        let is_old = self.drive.get_untracked() == Drive::Automatic
            && self.activity.get_untracked() == Activity::Stopping(id, task);
        self.settle(id);
        self.times.update(|times| {
            times.retain(|(earlier, _)| *earlier != task);
            times.push((task, millis));
        });
        if !matches!(output, Output::Loaded(_) | Output::Settings(_)) {
            self.explore.outdate(task);
        }
        match output {
            Output::Loaded(report) => self.loaded(*report),
            Output::Settings(settings) => {
                self.steps.restore(task);
                self.notices
                    .show(NoticeKind::Done, "The settings of the file are in use now.".to_owned());
                self.take_over(*settings);
            }
            Output::Mapped(report) => self.steps.genes.set(StepState::Ready(*report)),
            Output::Embedded(report) => self.steps.embed.set(StepState::Ready(*report)),
            Output::Pooled(report) => {
                // What was told was told of cells with other vectors.
                self.training.applied.set(None);
                self.transfer.told.set(None);
                self.steps.pool.set(StepState::Ready(*report));
            }
            Output::Pca(report) => self.steps.pca.set(StepState::Ready(*report)),
            Output::Refined(report) => {
                self.training.course.set(Course::Plain);
                self.training.curve.set(report.curve.clone());
                // What was trained takes a dropped head's place in the worker.
                self.training.head.set(None);
                self.steps.refine.set(StepState::Ready(*report));
            }
            Output::Score(report) => self.steps.score.set(StepState::Ready(*report)),
            Output::Neighbors(report) => {
                self.steps.view(report.view).neighbors.set(StepState::Ready(*report));
            }
            Output::Clustered(report) => self.clustered(*report),
            Output::Umap(report) => self.laid_out(*report),
            _ => self.steps.restore(task),
        }
        if is_old {
            self.steps.spoil(task);
        } else if task != Task::Open {
            self.steps.spoil_dependants(task);
        }
        self.advance();
    }

    fn loaded(self, report: LoadReport) {
        match self.reading.get_value() {
            Reading::Again => {
                self.explore.outdate(Task::Open);
                self.steps.spoil_dependants(Task::Open);
            }
            Reading::New => self.new_data(),
        }
        self.map.forget();
        self.fit_settings(&report);
        self.stage.set(Stage::Map);
        self.steps.open.set(StepState::Ready(report));
        let (label, has_choice) = self.settings.with_untracked(|settings| {
            (
                settings.score.as_ref().map(|score| score.label.clone()),
                settings.load != LoadChoice::default(),
            )
        });
        if has_choice && self.reading.get_value() == Reading::New {
            // Settings that were dropped before the data say which matrix to read.
            self.steps.spoil(Task::Open);
        }
        if let Some(label) = label {
            self.color_by(ColorBy::Obs(label));
        }
    }

    fn new_data(self) {
        if untrack(|| self.has_data()) {
            self.forget_data_settings();
        }
        self.steps.clear_dependants(Task::Open);
        self.times.update(|times| times.retain(|(task, _)| *task == Task::Open));
        self.wishes.set(Vec::new());
        self.training.forget();
        self.transfer.told.set(None);
        self.explore.forget();
        self.gene.set(GeneCard::Closed);
    }

    /// Reads the descriptions anew with another encoder.
    pub(super) fn encoder_changed(self, report: Option<VectorReport>) {
        self.errand.set(None);
        self.vectors.set(report);
        untrack(|| self.steps.forgive(Task::EmbedGenes));
        self.steps.spoil(Task::EmbedGenes);
        self.resume();
    }

    /// A saved head is ready to tell classes.
    pub(super) fn head_opened(self, report: HeadReport) {
        self.errand.set(None);
        self.training.applied.set(None);
        self.training.head.set(Some(report));
    }

    /// A head told the cells' classes: the map shows them.
    pub(super) fn head_applied(self, report: ApplyReport) {
        self.errand.set(None);
        self.color_by(ColorBy::Obs(report.column.clone()));
        self.training.applied.set(Some(report));
    }

    fn clustered(self, report: ClusterReport) {
        let view = report.view;
        self.steps.view(view).clusters.set(StepState::Ready(report));
        let is_plain = self.map.state.with_untracked(|state| {
            state.as_ref().is_none_or(|state| state.color == ColorBy::None)
        });
        if is_plain && view == View::Text {
            self.color_by(ColorBy::Cluster(view));
        }
    }

    fn laid_out(self, report: UmapReport) {
        let view = report.view;
        self.steps.view(view).umap.set(StepState::Ready(report));
        if view == View::Text {
            self.tell_map(MapCommand::Show(Layout::Umap(view)));
        }
    }

    /// Says why a step failed; what depends on it waits.
    pub(super) fn task_failed(self, id: RequestId, task: Task, failure: Failure) {
        self.settle(id);
        let keeps_data = task == Task::Open && untrack(|| self.steps.has_result(Task::Open));
        if keeps_data {
            self.steps.restore(task);
        } else {
            self.steps.fail(task, failure.clone());
        }
        // A label that cannot be scored, or a setting out of range, concerns no other step.
        let is_alone = matches!(task, Task::Score | Task::Refine)
            && matches!(failure.kind, FailureKind::UnfitLabels | FailureKind::BadSetting);
        if !is_alone {
            self.drive.set(Drive::Halted);
        }
        self.failure.set(Some((task, failure)));
        if task == Task::Refine {
            self.training.failed();
        }
        if task.stage() != Stage::Score || self.stage.get_untracked() == Stage::Score {
            self.stage.set(task.stage());
        }
        self.advance();
    }
}
