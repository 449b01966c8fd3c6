use leptos::prelude::*;
use lexicell_protocol::{
    ApplyReport, BackendReport, CellPooling, ClusterReport, EmbedReport, LoadReport, MappingReport,
    ModelAsset, NeighborsReport, PcaReport, RefineReport, ScoreReport, Settings, TransferReport,
    UmapReport, VectorReport, View,
};

use super::explore::Explored;
use crate::state::{AppState, Phase, StepState, Task};

/// Everything that a report tells: only what is up to date, so that settings and results agree.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Findings {
    /// Version of Lexicell.
    pub(super) version: String,
    /// Day and time of the report.
    pub(super) date: String,
    pub(super) backend: Option<BackendReport>,
    pub(super) settings: Settings,
    pub(super) data: Option<LoadReport>,
    pub(super) genes: Option<MappingReport>,
    pub(super) embed: Option<EmbedReport>,
    /// The built-in model, where it made the vectors.
    pub(super) model: Option<ModelAsset>,
    /// A dropped model or table, where it made the vectors.
    pub(super) vectors: Option<VectorReport>,
    pub(super) pool: Option<CellPooling>,
    pub(super) pca: Option<PcaReport>,
    pub(super) maps: Vec<MapFindings>,
    pub(super) refine: Option<RefineReport>,
    pub(super) applied: Option<ApplyReport>,
    /// What a reference told.
    pub(super) told: Option<TransferReport>,
    pub(super) score: Option<ScoreReport>,
    /// What the questions of the scientist found.
    pub(super) explored: Explored,
    /// What was computed, and is left out because settings changed since.
    pub(super) left_out: Vec<&'static str>,
}

/// Neighbours, clusters and layout of a view.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MapFindings {
    pub(super) view: View,
    pub(super) neighbors: Option<NeighborsReport>,
    pub(super) clusters: Option<ClusterReport>,
    pub(super) umap: Option<UmapReport>,
}

impl Findings {
    /// Gathers what the page holds.
    pub(super) fn collect(app: AppState) -> Self {
        untrack(|| {
            let steps = app.steps;
            let ready = app.worker.with(|worker| worker.ready().cloned());
            let vectors = app.vectors.get();
            let map = |view| MapFindings {
                view,
                neighbors: up_to_date(steps.view(view).neighbors),
                clusters: up_to_date(steps.view(view).clusters),
                umap: up_to_date(steps.view(view).umap),
            };
            let embed = up_to_date(steps.embed);
            Self {
                version: ready.as_ref().map(|ready| ready.version.clone()).unwrap_or_default(),
                date: now(),
                backend: app.backend.get(),
                settings: app.settings.get(),
                data: up_to_date(steps.open),
                genes: up_to_date(steps.genes),
                model: match &vectors {
                    None => ready.and_then(|ready| ready.assets.models.into_iter().next()),
                    Some(_) => None,
                },
                vectors,
                embed,
                pool: up_to_date(steps.pool),
                pca: up_to_date(steps.pca),
                maps: View::ALL.map(map).into_iter().filter(MapFindings::is_there).collect(),
                refine: up_to_date(steps.refine),
                applied: app.training.applied.get(),
                told: app.transfer.told.get(),
                score: up_to_date(steps.score),
                explored: Explored::collect(app),
                left_out: Task::ALL
                    .into_iter()
                    .filter(|&task| app.steps.phase(task) == Phase::Stale)
                    .map(Task::title)
                    .collect(),
            }
        })
    }
}

impl MapFindings {
    fn is_there(&self) -> bool {
        self.clusters.is_some() || self.umap.is_some()
    }
}

fn up_to_date<T: Clone + Send + Sync + 'static>(step: RwSignal<StepState<T>>) -> Option<T> {
    step.with(|state| match state {
        StepState::Ready(result) => Some(result.clone()),
        _ => None,
    })
}

/// Day and time, as `2026-11-21 15:02 UTC`.
fn now() -> String {
    let iso = String::from(js_sys::Date::new_0().to_iso_string());
    let minutes: String = iso.chars().take(16).collect();
    format!("{} UTC", minutes.replace('T', " "))
}
