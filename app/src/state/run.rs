use js_sys::Array;
use leptos::prelude::*;
use lexicell_protocol::{ColorBy, Command, Layout, MapCommand, RequestId, SaveKind, View};
use wasm_bindgen::JsValue;
use web_sys::File;

use super::chain::{Want, coming, is_long, next};
use super::{
    Activity, AppState, Asked, Course, Drive, GeneCard, Opened, Reading, Stage, Start, Task,
    WorkerState,
};

impl AppState {
    /// Starts the worker, in place of one that broke.
    pub(crate) fn start_worker(self) {
        self.worker.set(WorkerState::Starting);
        self.client.start(move |message| self.hear(message));
    }

    /// Starts over after the worker broke: opens what was open.
    pub(crate) fn start_over(self) {
        // What the lost worker was asked stays unanswered.
        self.asked.update_value(|asked| asked.clear());
        self.activity.set(Activity::Nothing);
        self.failure.set(None);
        self.steps.open.set(Default::default());
        self.steps.clear_dependants(Task::Open);
        self.map.state.set(None);
        self.map.overlay.set(Default::default());
        self.map.camera.set_value(Default::default());
        self.map.forget();
        self.wishes.set(Vec::new());
        self.training.applied.set(None);
        self.training.head.set(None);
        self.explore.forget();
        self.sets.set(Default::default());
        self.explore.pending.set(Vec::new());
        self.start_worker();
        self.map.canvas.update(|count| *count += 1);
        match self.opened.get_value() {
            Opened::Nothing => {}
            Opened::Demo => self.open_demo(),
            Opened::Files(files) => self.open(files),
        }
    }

    /// Opens dropped or chosen files.
    pub(crate) fn open(self, files: Vec<File>) {
        let attachments: Array = files.iter().map(JsValue::from).collect();
        self.opened.set_value(Opened::Files(files));
        self.begin_open(Command::Open, &attachments);
    }

    /// Opens the built-in demo.
    pub(crate) fn open_demo(self) {
        self.opened.set_value(Opened::Demo);
        self.begin_open(Command::OpenDemo, &Array::new());
    }

    fn begin_open(self, command: Command, attachments: &Array) {
        self.interrupt_any();
        self.failure.set(None);
        self.reading.set_value(Reading::New);
        self.drive.set(Drive::Automatic);
        self.stage.set(Stage::Data);
        let id = self.client.send_with(command, attachments, &Array::new());
        self.started(id, Task::Open);
    }

    /// Uses a dropped BERT model, or gene vectors, as the encoder.
    pub(crate) fn open_encoder(self, command: Command, files: &[File]) {
        let attachments: Array = files.iter().map(JsValue::from).collect();
        let id = self.client.send_with(command, &attachments, &Array::new());
        self.remember(id, Asked::Vectors);
        self.stage.set(Stage::Embed);
    }

    /// Goes back to the built-in model.
    pub(crate) fn use_default_encoder(self) {
        self.ask(Command::UseBuiltInModel, Asked::Vectors);
    }

    /// Computes all that is missing or out of date.
    pub(crate) fn resume(self) {
        for task in Task::ALL {
            untrack(|| self.steps.forgive(task));
        }
        self.failure.set(None);
        self.drive.set(Drive::Automatic);
        self.advance();
    }

    /// Computes a step anew, and then all that depends on it.
    pub(crate) fn rerun(self, task: Task) {
        if let (Task::Open, false) = (task, untrack(|| self.has_data())) {
            return match self.opened.get_value() {
                Opened::Nothing => {}
                Opened::Demo => self.open_demo(),
                Opened::Files(files) => self.open(files),
            };
        }
        self.steps.spoil(task);
        if matches!(task, Task::Refine | Task::Score) {
            return self.run_now(task);
        }
        self.resume();
    }

    /// Stops what runs, until the scientist says otherwise.
    pub(crate) fn cancel(self) {
        self.drive.set(Drive::Halted);
        self.wishes.set(Vec::new());
        self.interrupt_any();
    }

    /// Whether a task runs by itself, now, or not at all.
    fn want(self, task: Task) -> Want {
        let score = || self.settings.with(|settings| settings.score.as_ref().map(is_long));
        match task {
            _ if self.is_wished(task) => Want::Now,
            Task::Refine => Want::Never,
            Task::Score if score() != Some(false) => Want::Never,
            _ => Want::WhenDue,
        }
    }

    /// What would be computed if the scientist let it.
    pub(crate) fn coming(self) -> Vec<Task> {
        coming(|task| self.steps.phase(task), |task| self.want(task))
    }

    /// Starts the next step, if none runs and one is due.
    pub(super) fn advance(self) {
        let is_free = self.activity.get_untracked() == Activity::Nothing
            && self.drive.get_untracked() == Drive::Automatic
            && self.worker.with_untracked(|worker| worker.ready().is_some());
        if !is_free {
            return;
        }
        let due = untrack(|| next(|task| self.steps.phase(task), |task| self.want(task)));
        let Some((task, command)) = due.and_then(|task| Some((task, self.command(task)?))) else {
            return;
        };
        self.reading.set_value(Reading::Again);
        self.unwish(task);
        if task == Task::Refine {
            self.training.course.set(Course::Running);
        }
        let id = self.client.send(command);
        self.started(id, task);
    }

    fn command(self, task: Task) -> Option<Command> {
        self.settings.with_untracked(|settings| {
            Some(match task {
                Task::Open => Command::Reload(settings.load.clone()),
                Task::MapGenes => Command::MapGenes(settings.genes.clone()),
                Task::EmbedGenes => Command::EmbedGenes(settings.embed.clone()),
                Task::PoolCells => Command::PoolCells(settings.pool.clone()),
                Task::Pca => Command::ComputePca(settings.pca.clone()),
                Task::Neighbors(view) => {
                    Command::FindNeighbors { view, settings: settings.neighbors.clone() }
                }
                Task::Cluster(view) => {
                    Command::Cluster { view, settings: settings.cluster.clone() }
                }
                Task::Umap(view) => Command::Umap { view, settings: settings.umap.clone() },
                Task::Refine => Command::Refine {
                    settings: settings.refine.clone(),
                    resume: self.training.start.get_value() == Start::GoOn,
                },
                Task::Score => Command::Score(settings.score.clone()?),
            })
        })
    }

    fn started(self, id: RequestId, task: Task) {
        self.remember(id, Asked::Task(task));
        self.steps.begin(task);
        self.activity.set(Activity::Running(id, task));
    }

    fn interrupt_any(self) {
        if let Activity::Running(id, task) = self.activity.get_untracked() {
            self.interrupt(id, task);
        }
    }

    pub(super) fn interrupt(self, id: RequestId, task: Task) {
        self.activity.set(Activity::Stopping(id, task));
        self.ask(Command::Cancel(id), Asked::Cancel);
    }

    /// Stops a request that is no step.
    pub(crate) fn stop_errand(self, id: RequestId) {
        self.ask(Command::Cancel(id), Asked::Cancel);
    }

    /// Sends a request that is no step.
    pub(crate) fn ask(self, command: Command, purpose: Asked) -> RequestId {
        let id = self.client.send(command);
        self.remember(id, purpose);
        id
    }

    /// Tells the map something.
    pub(crate) fn tell_map(self, command: MapCommand) {
        self.ask(Command::Map(command), Asked::Map);
    }

    /// Colours the map by something else; nothing is highlighted then.
    pub(crate) fn color_by(self, color: ColorBy) {
        if self.map.highlighted.with_untracked(|codes| !codes.is_empty()) {
            self.map.highlighted.set(Vec::new());
            self.tell_map(MapCommand::Highlight(Vec::new()));
        }
        self.tell_map(MapCommand::Color(color));
    }

    /// Shows the map before and after refinement, side by side.
    pub(crate) fn see_both(self) {
        self.tell_map(MapCommand::Show(Layout::Umap(View::Text)));
        self.tell_map(MapCommand::Compare(Some(Layout::Umap(View::Refined))));
        self.stage.set(Stage::Map);
    }

    /// Draws a class strongly, or no longer; with none drawn strongly all are.
    pub(crate) fn toggle_highlight(self, code: u32) {
        self.map.highlighted.update(|codes| match codes.iter().position(|&other| other == code) {
            Some(place) => {
                codes.remove(place);
            }
            None => codes.push(code),
        });
        self.tell_map(MapCommand::Highlight(self.map.highlighted.get_untracked()));
    }

    /// Selects no cells.
    pub(crate) fn clear_selection(self) {
        self.map.selection.set(None);
        self.ask(Command::Map(MapCommand::Lasso { polygon: Vec::new() }), Asked::Lasso);
    }

    /// Draws all classes alike.
    pub(crate) fn clear_highlight(self) {
        self.map.highlighted.set(Vec::new());
        self.tell_map(MapCommand::Highlight(Vec::new()));
    }

    /// Makes a file and hands it to the scientist.
    pub(crate) fn save(self, kind: SaveKind) {
        self.ask(Command::Save(kind), Asked::Save);
    }

    /// Shows a gene's record.
    pub(crate) fn show_gene(self, name: &str) {
        self.gene.set(GeneCard::Loading(name.to_owned()));
        self.ask(Command::DescribeGene(name.to_owned()), Asked::Gene(name.to_owned()));
    }

    /// Computes on the CPU from now on, or tries the GPU again.
    pub(crate) fn use_gpu(self, wanted: bool) {
        self.ask(Command::UseGpu(wanted), Asked::Gpu);
    }

    pub(crate) fn remember(self, id: RequestId, purpose: Asked) {
        self.asked.update_value(|asked| {
            asked.insert(id, purpose);
        });
    }

    /// Whether a request under way is a longer one that is no step.
    pub(super) fn is_errand(self, id: RequestId) -> bool {
        self.asked.with_value(|asked| {
            matches!(
                asked.get(&id),
                Some(
                    Asked::Save
                        | Asked::Vectors
                        | Asked::Gpu
                        | Asked::Head
                        | Asked::Apply
                        | Asked::Transfer
                        | Asked::Explore(_)
                        | Asked::Trace(_)
                )
            )
        })
    }

    pub(super) fn purpose(self, id: RequestId) -> Option<Asked> {
        self.asked.try_update_value(|asked| asked.remove(&id)).flatten()
    }
}
