//! What the page knows, and how it changes.
//!
//! Pure transitions are in [`step_state`], [`task`], [`chain`] and [`label`]; [`run`], [`hear`] and [`results`] join
//! them to the worker.

mod camera;
mod chain;
mod explore;
mod hear;
mod label;
mod map;
mod notice;
mod results;
mod run;
mod sets;
mod settings;
mod step_state;
mod steps;
mod task;
mod tour;
mod training;
mod transfer;
mod worker;

use std::collections::HashMap;

use leptos::prelude::*;
use lexicell_protocol::{
    BackendReport, DescribedGene, Failure, Memory, Progress, RequestId, SetsReport, Settings,
    VectorReport,
};
use web_sys::File;

pub(crate) use chain::{Activity, Drive, is_long, trains};
pub(crate) use explore::{
    ASSIGNMENTS, CellPage, Classes, EXCHANGES_OF_CELLS, EXCHANGES_OF_TEXTS, ExplorePanel,
    GenesForm, Inquiry, N_DCS, OntologyState, PathForm, Pick, Source, Traced,
    is_of_earlier_selection, is_path_of_earlier_selection, names_in, set_in_words,
};
pub(crate) use label::is_scorable;
pub(crate) use map::{MapPanel, Tool};
pub(crate) use notice::{NoticeKind, Notices};
pub(crate) use step_state::{Phase, StepState};
pub(crate) use steps::Steps;
pub(crate) use task::{Stage, Task};
pub(crate) use tour::{Stop, Tour};
pub(crate) use training::{Course, Start, TrainingPanel};
pub(crate) use transfer::TransferPanel;
pub(crate) use worker::WorkerState;

use crate::worker_client::WorkerClient;

/// Everything that the page knows; copies name the same state.
#[derive(Clone, Copy)]
pub(crate) struct AppState {
    pub(crate) client: WorkerClient,
    pub(crate) worker: RwSignal<WorkerState>,
    pub(crate) backend: RwSignal<Option<BackendReport>>,
    pub(crate) memory: RwSignal<Memory>,
    pub(crate) steps: Steps,
    pub(crate) settings: RwSignal<Settings>,
    pub(crate) drive: RwSignal<Drive>,
    pub(crate) activity: RwSignal<Activity>,
    /// How long each step took when it last ran, in milliseconds.
    pub(crate) times: RwSignal<Vec<(Task, f64)>>,
    pub(crate) failure: RwSignal<Option<(Task, Failure)>>,
    pub(crate) stage: RwSignal<Stage>,
    pub(crate) map: MapPanel,
    pub(crate) training: TrainingPanel,
    pub(crate) transfer: TransferPanel,
    pub(crate) explore: ExplorePanel,
    /// What is marked: the selection, sets with names, labels by hand.
    pub(crate) sets: RwSignal<SetsReport>,
    /// The guided tour of the demo.
    pub(crate) tour: RwSignal<Tour>,
    /// Tasks that the scientist asked for and that have not begun yet.
    pub(crate) wishes: RwSignal<Vec<Task>>,
    pub(crate) gene: RwSignal<GeneCard>,
    pub(crate) gene_names: RwSignal<Vec<String>>,
    /// A dropped model or vector table in use.
    pub(crate) vectors: RwSignal<Option<VectorReport>>,
    /// Progress of what is no step: saving, reading a model.
    pub(crate) errand: RwSignal<Option<Progress>>,
    pub(crate) notices: Notices,
    /// Dropped files of which it is unclear what they are.
    pub(crate) unclear: RwSignal<Vec<File>, LocalStorage>,
    /// The files that are open, to read them once more after a restart.
    opened: StoredValue<Opened, LocalStorage>,
    reading: StoredValue<Reading>,
    asked: StoredValue<HashMap<RequestId, Asked>>,
}

/// What a request was for: decides who hears the answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    Task(Task),
    Vectors,
    Head,
    Apply,
    Transfer,
    Explore(Inquiry),
    /// What the sentences of a gene's text say.
    Trace(String),
    /// An ontology of cell types.
    Ontology,
    /// Types whose names hold some words.
    Types,
    /// The kinds below the type of that name.
    Kinds(String),
    Gene(String),
    /// The page of a cell.
    Cell(u64),
    /// The classes of a column.
    Classes(String),
    GeneNames,
    Pick,
    Pin,
    Lasso,
    Attach,
    Map,
    /// The map's camera moved: one such request is under way at most.
    Camera,
    Save,
    Gpu,
    Cancel,
}

/// What the data set came from.
#[derive(Clone, Default)]
enum Opened {
    #[default]
    Nothing,
    Demo,
    Files(Vec<File>),
}

/// What a running `Open` step reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Reading {
    /// Files that were not open before.
    #[default]
    New,
    /// The open files, by another choice.
    Again,
}

/// The gene whose record is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum GeneCard {
    #[default]
    Closed,
    Loading(String),
    Open(Box<DescribedGene>),
    /// A name without a record, and why.
    Unknown(String, String),
}

impl AppState {
    /// The state of a page that was just opened.
    pub(crate) fn new() -> Self {
        Self {
            client: WorkerClient::new(),
            worker: RwSignal::default(),
            backend: RwSignal::default(),
            memory: RwSignal::default(),
            steps: Steps::new(),
            settings: RwSignal::default(),
            drive: RwSignal::default(),
            activity: RwSignal::default(),
            times: RwSignal::default(),
            failure: RwSignal::default(),
            stage: RwSignal::new(Stage::Data),
            map: MapPanel::new(),
            training: TrainingPanel::new(),
            transfer: TransferPanel::new(),
            explore: ExplorePanel::new(),
            sets: RwSignal::default(),
            tour: RwSignal::default(),
            wishes: RwSignal::default(),
            gene: RwSignal::default(),
            gene_names: RwSignal::default(),
            vectors: RwSignal::default(),
            errand: RwSignal::default(),
            notices: Notices::new(),
            unclear: RwSignal::new_local(Vec::new()),
            opened: StoredValue::new_local(Opened::Nothing),
            reading: StoredValue::default(),
            asked: StoredValue::default(),
        }
    }

    /// Whether a data set is open.
    pub(crate) fn has_data(self) -> bool {
        self.steps.open.with(|open| open.latest().is_some())
    }
}

/// The page's state, from any component.
pub(crate) fn app_state() -> AppState {
    expect_context()
}
