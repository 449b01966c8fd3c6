use js_sys::Array;
use leptos::prelude::*;
use lexicell_protocol::{ColorBy, Command, MapCommand, RequestId, SaveKind};
use wasm_bindgen::JsValue;
use web_sys::File;

use super::chain::next;
use super::{
    Activity, AppState, Asked, Drive, GeneCard, Opened, Reading, Stage, Task, WorkerState,
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
        self.map.forget();
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
        self.resume();
    }

    /// Stops what runs, until the scientist says otherwise.
    pub(crate) fn cancel(self) {
        self.drive.set(Drive::Halted);
        self.interrupt_any();
    }

    /// Starts the next step, if none runs and one is due.
    pub(super) fn advance(self) {
        let is_free = self.activity.get_untracked() == Activity::Nothing
            && self.drive.get_untracked() == Drive::Automatic
            && self.worker.with_untracked(|worker| worker.ready().is_some());
        if !is_free {
            return;
        }
        let has_label = self.settings.with_untracked(|settings| settings.score.is_some());
        let due = untrack(|| {
            next(|task| self.steps.phase(task), |task| task != Task::Score || has_label)
        });
        let Some((task, command)) = due.and_then(|task| Some((task, self.command(task)?))) else {
            return;
        };
        self.reading.set_value(Reading::Again);
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
            matches!(asked.get(&id), Some(Asked::Save | Asked::Vectors | Asked::Gpu))
        })
    }

    pub(super) fn purpose(self, id: RequestId) -> Option<Asked> {
        self.asked.try_update_value(|asked| asked.remove(&id)).flatten()
    }
}
