use leptos::prelude::*;
use lexicell_protocol::{ApplyReport, Command, EpochLoss, HeadReport};

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::{AppState, Asked, Drive, Phase, Stage, StepState, Task};

/// What the page knows of a training under way, and of heads.
#[derive(Clone, Copy)]
pub(crate) struct TrainingPanel {
    pub(crate) course: RwSignal<Course>,
    /// The losses so far, of the training that runs or was interrupted.
    pub(crate) curve: RwSignal<Vec<EpochLoss>>,
    /// Whether the next training goes on from what an interrupted one left.
    pub(crate) start: StoredValue<Start>,
    /// The head that was dropped.
    pub(crate) head: RwSignal<Option<HeadReport>>,
    /// What a head told about the cells.
    pub(crate) applied: RwSignal<Option<ApplyReport>>,
}

/// Where a training begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Start {
    #[default]
    Anew,
    /// Where an interrupted one with the same inputs ended.
    GoOn,
}

/// Where a training stands between its beginning and its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Course {
    /// None was interrupted.
    #[default]
    Plain,
    /// It runs.
    Running,
    /// It was stopped and can go on.
    Paused,
    /// It is being stopped and its losses are thrown away.
    GivenUp,
}

impl TrainingPanel {
    pub(crate) fn new() -> Self {
        Self {
            course: RwSignal::default(),
            curve: RwSignal::default(),
            start: StoredValue::default(),
            head: RwSignal::default(),
            applied: RwSignal::default(),
        }
    }

    /// Forgets what belonged to an earlier data set; a head stays with the scientist.
    pub(crate) fn forget(self) {
        self.course.set(Course::Plain);
        self.curve.set(Vec::new());
        self.applied.set(None);
    }

    /// An epoch ended. One that is heard again (a training that goes on repeats its past) counts once.
    pub(crate) fn hear(self, loss: EpochLoss) {
        self.curve.update(|curve| add(curve, loss));
    }

    /// The training failed; where it had not ended an epoch, there is nothing to go on from.
    pub(crate) fn failed(self) {
        if self.curve.with_untracked(Vec::is_empty) {
            self.course.set(Course::Plain);
        } else {
            self.stopped();
        }
    }

    /// The training was stopped.
    pub(crate) fn stopped(self) {
        if self.course.get_untracked() == Course::GivenUp {
            self.course.set(Course::Plain);
            self.curve.set(Vec::new());
        } else {
            self.course.set(Course::Paused);
        }
    }
}

fn add(curve: &mut Vec<EpochLoss>, loss: EpochLoss) {
    curve.retain(|earlier| earlier.epoch < loss.epoch);
    curve.push(loss);
}

impl AppState {
    /// Trains the refinement, as soon as what runs has ended.
    pub(crate) fn train(self, start: Start) {
        self.training.start.set_value(start);
        if start == Start::Anew {
            self.training.curve.set(Vec::new());
        }
        self.run_now(Task::Refine);
    }

    /// Stops the training; it can go on later.
    pub(crate) fn pause_training(self) {
        self.cancel();
    }

    /// Stops the training for good.
    pub(crate) fn give_up_training(self) {
        self.training.course.set(Course::GivenUp);
        self.cancel();
    }

    /// Runs a task that does not start by itself, or once more.
    pub(crate) fn run_now(self, task: Task) {
        self.wishes.update(|wishes| {
            wishes.retain(|&other| other != task);
            wishes.push(task);
        });
        untrack(|| self.steps.forgive(task));
        self.failure.set(None);
        self.drive.set(Drive::Automatic);
        self.advance();
    }

    /// Whether the scientist asked for a task that has not begun yet.
    pub(crate) fn is_wished(self, task: Task) -> bool {
        self.wishes.with(|wishes| wishes.contains(&task))
    }

    /// Takes a wish back.
    pub(crate) fn unwish(self, task: Task) {
        if self.wishes.with_untracked(|wishes| wishes.contains(&task)) {
            self.wishes.update(|wishes| wishes.retain(|&other| other != task));
        }
    }

    /// Reads a saved head.
    pub(crate) fn open_head(self, file: &File) {
        let attachments = Array::of1(&JsValue::from(file));
        let id = self.client.send_with(Command::OpenHead, &attachments, &Array::new());
        self.remember(id, Asked::Head);
        self.stage.set(Stage::Refine);
    }

    /// Tells the classes of the cells by the head that was read or trained last.
    pub(crate) fn apply_head(self) {
        self.ask(Command::ApplyHead, Asked::Apply);
    }

    /// Whether the cells have the vectors that a head takes; a joint view is no head to be applied.
    pub(crate) fn can_apply(self) -> bool {
        let is_head = self.training.head.with(Option::is_some)
            || self
                .steps
                .refine
                .with(|refine| refine.latest().is_none_or(|report| report.text_weight.is_none()));
        is_head && self.can_transfer()
    }

    /// Whether the cells have a place in the space of texts, through which labels can go.
    pub(crate) fn can_transfer(self) -> bool {
        self.steps.phase(Task::PoolCells) == Phase::Ready
    }

    /// Whether a training result is in sight, be it of an earlier run.
    pub(crate) fn has_refined(self) -> bool {
        self.steps.refine.with(|refine| matches!(refine, StepState::Ready(_) | StepState::Stale(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(epoch: u32, train: f64) -> EpochLoss {
        EpochLoss { epoch, train, validation: None }
    }

    #[test]
    fn a_training_that_goes_on_repeats_its_past_without_doubling_it() {
        let mut curve = Vec::new();
        for (epoch, train) in [(1, 3.0), (2, 2.0), (3, 1.5), (1, 3.0), (2, 2.0), (3, 1.5), (4, 1.2)]
        {
            add(&mut curve, loss(epoch, train));
        }
        let epochs: Vec<u32> = curve.iter().map(|loss| loss.epoch).collect();
        assert_eq!(epochs, [1, 2, 3, 4]);
    }

    #[test]
    fn a_training_that_was_refused_has_nothing_to_go_on_from() {
        let owner = Owner::new();
        owner.set();
        let panel = TrainingPanel::new();
        panel.course.set(Course::Running);
        panel.failed();
        assert_eq!(panel.course.get_untracked(), Course::Plain);
        panel.hear(loss(1, 3.0));
        panel.course.set(Course::Running);
        panel.failed();
        assert_eq!(panel.course.get_untracked(), Course::Paused);
    }

    #[test]
    fn what_is_given_up_is_forgotten_and_what_is_paused_is_kept() {
        let owner = Owner::new();
        owner.set();
        let panel = TrainingPanel::new();
        panel.hear(loss(1, 3.0));
        panel.course.set(Course::Running);
        panel.stopped();
        assert_eq!(
            (panel.course.get_untracked(), panel.curve.get_untracked().len()),
            (Course::Paused, 1)
        );
        panel.course.set(Course::GivenUp);
        panel.stopped();
        assert_eq!(
            (panel.course.get_untracked(), panel.curve.get_untracked().len()),
            (Course::Plain, 0)
        );
    }
}
