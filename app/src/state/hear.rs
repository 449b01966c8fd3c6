use std::sync::Arc;

use js_sys::ArrayBuffer;
use leptos::prelude::*;
use lexicell_protocol::{
    Command, Event, Failure, MapCommand, MapState, Output, Progress, Renderer, RequestId, Step,
};

use super::{Activity, AppState, Asked, GeneCard, NoticeKind, Phase, Task, WorkerState};
use crate::files::hand_over;
use crate::worker_client::Message;

/// After so many canvases lost in a row the map gives up.
const MOST_LOSSES: u32 = 3;

impl AppState {
    /// Takes in what the worker says.
    pub(super) fn hear(self, message: Message) {
        match message {
            Message::Broken(why) => self.broke(why),
            Message::Event(event, attachments) => self.hear_event(event, attachments),
        }
    }

    fn broke(self, why: String) {
        if let Some(task) = self.activity.get_untracked().task() {
            self.steps.restore(task);
            if task == Task::Refine {
                self.training.stopped();
            }
        }
        self.activity.set(Activity::Nothing);
        self.errand.set(None);
        self.explore.pending.set(Vec::new());
        self.worker.set(WorkerState::Broken(why));
    }

    fn hear_event(self, event: Event, attachments: Vec<ArrayBuffer>) {
        match event {
            Event::Ready(ready) => {
                self.backend.set(Some(ready.backend.clone()));
                self.worker.set(WorkerState::Ready(ready));
                self.advance();
            }
            Event::Progress(progress) => self.hear_progress(progress),
            Event::Epoch { id, loss } => {
                // A score trains heads too; its losses are nobody's curve.
                if self.activity.get_untracked() == Activity::Running(id, Task::Refine) {
                    self.training.hear(loss);
                }
            }
            Event::Output { id, millis, output } => {
                self.hear_output(id, millis, *output, attachments)
            }
            Event::Failed { id, failure } => self.hear_failure(id, failure),
            Event::Cancelled { id } => self.hear_cancelled(id),
            Event::Invalidated { steps } => self.hear_invalidated(&steps),
            Event::Map(state) => self.hear_map(*state),
            Event::MapOverlay(overlay) => self.map.overlay.set(*overlay),
            Event::Sets(report) => self.sets_changed(*report),
            Event::Memory(memory) => self.memory.set(memory),
            Event::Backend(report) => self.backend.set(Some(report)),
        }
    }

    fn hear_progress(self, progress: Progress) {
        match self.activity.get_untracked() {
            Activity::Running(id, task) if id == progress.id => self.steps.advance(task, progress),
            _ if self.is_errand(progress.id) => self.errand.set(Some(progress)),
            _ => {}
        }
    }

    fn hear_output(
        self,
        id: RequestId,
        millis: f64,
        output: Output,
        attachments: Vec<ArrayBuffer>,
    ) {
        let purpose = self.purpose(id);
        if let Some(Asked::Task(task)) = purpose {
            return self.task_done(id, task, millis, output);
        }
        self.inquiry_over(id);
        match output {
            Output::Vectors(report) => self.encoder_changed(Some(*report)),
            Output::Done if purpose == Some(Asked::Vectors) => self.encoder_changed(None),
            Output::Head(report) => self.head_opened(*report),
            Output::Applied(report) => self.head_applied(*report),
            Output::Reference(report) => self.reference_kept(*report),
            Output::Transferred(report) => self.labels_transferred(*report),
            Output::Compared(_)
            | Output::RankedTerms(_)
            | Output::Asked(_)
            | Output::Axis(_)
            | Output::Path(_)
            | Output::Genes(_)
            | Output::Crosstab(_) => {
                if let Some(Asked::Explore(inquiry)) = purpose {
                    self.inquiry_answered(inquiry, output);
                }
            }
            Output::Ontology(report) => {
                self.explore.types.ontology.set(super::OntologyState::Open(Arc::from(report)));
            }
            Output::Types(found) => self.types_found(purpose, *found),
            Output::Traced(text) => {
                if let Some(Asked::Trace(name)) = purpose {
                    self.text_traced(&name, *text);
                }
            }
            Output::Gene(gene) => {
                let Some(Asked::Gene(name)) = purpose else { return };
                // The scientist may have clicked on another gene since.
                if self.gene.with_untracked(|card| *card == GeneCard::Loading(name)) {
                    self.gene.set(GeneCard::Open(gene));
                }
            }
            Output::Cell(cell) => {
                if let Some(Asked::Cell(index)) = purpose {
                    self.cell_described(index, cell);
                }
            }
            Output::Classes(classes) => {
                if let Some(Asked::Classes(column)) = purpose {
                    self.explore.learn_classes(&column, classes);
                }
            }
            Output::GeneNames(names) => self.gene_names.set(names),
            Output::Picked(cell) if purpose == Some(Asked::Pin) => {
                self.map.pinned.set(cell.map(|cell| *cell));
                self.cell_page_follows();
            }
            Output::Picked(cell) => {
                self.map.picked.set(cell.map(|cell| *cell));
                self.pick_on();
            }
            Output::Selected(report) => {
                self.map.selection.set(Some(*report).filter(|report| report.n_selected > 0));
            }
            Output::Saved(file) => {
                self.errand.set(None);
                match attachments
                    .first()
                    .ok_or("it holds no bytes".to_owned())
                    .and_then(|bytes| hand_over(&file, bytes))
                {
                    Ok(()) => self.notices.show(NoticeKind::Done, format!("Saved {}", file.name)),
                    Err(why) => self.notices.show(
                        NoticeKind::Problem,
                        format!("{} could not be saved: {why}", file.name),
                    ),
                };
            }
            _ if purpose == Some(Asked::Attach) => self.canvas_answered(),
            _ if purpose == Some(Asked::Camera) => self.camera_drawn(),
            _ if purpose == Some(Asked::Gpu) => self.errand.set(None),
            _ => {}
        }
    }

    fn hear_failure(self, id: RequestId, failure: Failure) {
        match self.purpose(id) {
            Some(Asked::Task(task)) => self.task_failed(id, task, failure),
            Some(Asked::Explore(inquiry)) => {
                self.inquiry_over(id);
                self.explore.refused.set(Some((inquiry, in_full(&failure))));
            }
            Some(Asked::Trace(name)) => self.trace_refused(&name, in_full(&failure)),
            Some(Asked::Gene(name)) => self.gene.set(GeneCard::Unknown(name, failure.message)),
            Some(Asked::Cell(_)) => {
                self.explore.figures.cell_by.set(None);
                self.explore.figures.cell.set(super::CellPage::Unknown(in_full(&failure)));
            }
            Some(Asked::Ontology) => {
                let refused = super::OntologyState::Refused(in_full(&failure));
                self.explore.types.ontology.set(refused);
            }
            Some(Asked::Pick) => self.pick_on(),
            Some(Asked::Camera) => self.camera_drawn(),
            Some(Asked::GeneNames) => self.gene_names.set(Vec::new()),
            Some(Asked::Cancel) => {}
            Some(Asked::Attach) => self.canvas_lost(),
            None if id == RequestId(0) => self.broke(in_full(&failure)),
            _ => {
                self.errand.set(None);
                self.notices.show(NoticeKind::Problem, in_full(&failure));
            }
        }
    }

    fn hear_cancelled(self, id: RequestId) {
        match self.purpose(id) {
            Some(Asked::Task(task)) => {
                self.settle(id);
                if task == Task::Refine {
                    self.training.stopped();
                }
                let is_running_again = self.activity.get_untracked().task() == Some(task);
                if !is_running_again {
                    self.steps.restore(task);
                }
                self.advance();
            }
            Some(Asked::Trace(name)) => {
                self.errand.set(None);
                self.explore.forget_traced(&name);
            }
            _ => {
                self.inquiry_over(id);
                self.errand.set(None);
            }
        }
    }

    /// The request is answered; nothing runs unless another request was started since.
    pub(super) fn settle(self, id: RequestId) {
        match self.activity.get_untracked() {
            Activity::Running(running, _) | Activity::Stopping(running, _) if running == id => {
                self.activity.set(Activity::Nothing);
            }
            _ => {}
        }
    }

    fn hear_invalidated(self, steps: &[Step]) {
        // Neighbours, clusters and layouts follow from these: the event does not say of which view.
        for task in steps.iter().filter_map(|&step| Task::of_step(step)) {
            if untrack(|| self.steps.phase(task)) == Phase::Ready {
                self.steps.spoil(task);
            }
        }
    }

    fn hear_map(self, state: MapState) {
        let is_lost = state.renderer == Renderer::Detached
            && self.map.state.with_untracked(|earlier| {
                earlier.as_ref().is_some_and(|earlier| earlier.renderer != Renderer::Detached)
            });
        if state.renderer != Renderer::Detached {
            self.map.losses.set_value(0);
        }
        if state.n_selected == 0 {
            self.map.selection.set(None);
        }
        self.explore.learn(&state);
        self.map.state.set(Some(state));
        if is_lost {
            self.canvas_lost();
        }
    }

    /// A canvas that could not be drawn on is told by no change: nothing drew before it either.
    fn canvas_answered(self) {
        let is_blank = self.map.state.with_untracked(|state| {
            state.as_ref().is_some_and(|state| state.renderer == Renderer::Detached)
        });
        if is_blank {
            self.canvas_lost();
        }
    }

    fn canvas_lost(self) {
        self.map.losses.update_value(|losses| *losses += 1);
        if self.map.losses.get_value() > MOST_LOSSES {
            let text = "The map cannot be drawn in this browser. All results are in the tables and can be saved.";
            self.notices.show(NoticeKind::Problem, text.to_owned());
        } else {
            self.map.canvas.update(|count| *count += 1);
        }
    }

    fn pick_on(self) {
        if let Some((x, y)) = self.map.pick.try_update_value(|wish| wish.answered()).flatten() {
            self.ask(Command::Map(MapCommand::Pick { x, y }), Asked::Pick);
        }
    }
}

/// A failure in one line.
fn in_full(failure: &Failure) -> String {
    match &failure.remedy {
        Some(remedy) => format!("{} {remedy}", failure.message),
        None => failure.message.clone(),
    }
}
