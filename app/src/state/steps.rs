use leptos::prelude::*;
use lexicell_protocol::{
    CellPooling, ClusterReport, EmbedReport, Failure, LoadReport, MappingReport, NeighborsReport,
    PcaReport, Progress, RefineReport, ScoreReport, UmapReport, View,
};

use super::{Phase, StepState, Task};

type Slot<T> = RwSignal<StepState<T>>;

/// Every step's state, each a signal of its own: a step that goes on redraws nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Steps {
    pub(crate) open: Slot<LoadReport>,
    pub(crate) genes: Slot<MappingReport>,
    pub(crate) embed: Slot<EmbedReport>,
    pub(crate) pool: Slot<CellPooling>,
    pub(crate) pca: Slot<PcaReport>,
    pub(crate) refine: Slot<RefineReport>,
    pub(crate) score: Slot<ScoreReport>,
    text: ViewSteps,
    expression: ViewSteps,
    refined: ViewSteps,
}

/// The steps that exist for each view.
#[derive(Clone, Copy)]
pub(crate) struct ViewSteps {
    pub(crate) neighbors: Slot<NeighborsReport>,
    pub(crate) clusters: Slot<ClusterReport>,
    pub(crate) umap: Slot<UmapReport>,
}

/// A step whatever its result.
trait AnyStep {
    fn phase(&self) -> Phase;
    fn change(&self, change: Change);
    fn progress(&self) -> Option<Progress>;
    fn has_result(&self) -> bool;
}

enum Change {
    Begin,
    Advance(Progress),
    Restore,
    Spoil,
    Fail(Failure),
    Clear,
}

impl<T: Send + Sync + 'static> AnyStep for Slot<T> {
    fn phase(&self) -> Phase {
        self.with(StepState::phase)
    }

    fn change(&self, change: Change) {
        self.update(|state| match change {
            Change::Begin => state.begin(),
            Change::Advance(progress) => state.advance(progress),
            Change::Restore => state.restore(),
            Change::Spoil => state.spoil(),
            Change::Fail(failure) => *state = StepState::Failed(failure),
            Change::Clear => *state = StepState::Idle,
        });
    }

    fn progress(&self) -> Option<Progress> {
        self.with(|state| state.progress().cloned())
    }

    fn has_result(&self) -> bool {
        self.with(|state| state.latest().is_some())
    }
}

impl Steps {
    pub(crate) fn new() -> Self {
        let view = || ViewSteps {
            neighbors: RwSignal::default(),
            clusters: RwSignal::default(),
            umap: RwSignal::default(),
        };
        Self {
            open: RwSignal::default(),
            genes: RwSignal::default(),
            embed: RwSignal::default(),
            pool: RwSignal::default(),
            pca: RwSignal::default(),
            refine: RwSignal::default(),
            score: RwSignal::default(),
            text: view(),
            expression: view(),
            refined: view(),
        }
    }

    /// The steps of a view.
    pub(crate) fn view(self, view: View) -> ViewSteps {
        match view {
            View::Text => self.text,
            View::Pca => self.expression,
            View::Refined => self.refined,
        }
    }

    /// Where a task stands.
    pub(crate) fn phase(&self, task: Task) -> Phase {
        self.slot(task).phase()
    }

    /// How far a running task is.
    pub(crate) fn progress(&self, task: Task) -> Option<Progress> {
        self.slot(task).progress()
    }

    /// Whether a task has a result, be it of an earlier run.
    pub(crate) fn has_result(&self, task: Task) -> bool {
        self.slot(task).has_result()
    }

    pub(crate) fn begin(&self, task: Task) {
        self.slot(task).change(Change::Begin);
    }

    pub(crate) fn advance(&self, task: Task, progress: Progress) {
        self.slot(task).change(Change::Advance(progress));
    }

    /// The task was cancelled: what stood before stands again.
    pub(crate) fn restore(&self, task: Task) {
        self.slot(task).change(Change::Restore);
    }

    pub(crate) fn fail(&self, task: Task, failure: Failure) {
        self.slot(task).change(Change::Fail(failure));
    }

    /// The task's settings or inputs changed: it and all that depends on it are out of date.
    pub(crate) fn spoil(&self, task: Task) {
        self.slot(task).change(Change::Spoil);
        self.spoil_dependants(task);
    }

    /// The task has another result: all that depends on it is out of date.
    pub(crate) fn spoil_dependants(&self, task: Task) {
        for dependant in task.dependants() {
            self.slot(dependant).change(Change::Spoil);
        }
    }

    /// Another data set: nothing that was computed counts any longer.
    pub(crate) fn clear_dependants(&self, task: Task) {
        for dependant in task.dependants() {
            self.slot(dependant).change(Change::Clear);
        }
    }

    /// A failed task may be tried again, with all that could not run for it.
    pub(crate) fn forgive(&self, task: Task) {
        if self.phase(task) == Phase::Failed {
            self.slot(task).change(Change::Clear);
        }
    }

    fn slot(&self, task: Task) -> &dyn AnyStep {
        let view = |view| match view {
            View::Text => &self.text,
            View::Pca => &self.expression,
            View::Refined => &self.refined,
        };
        match task {
            Task::Open => &self.open,
            Task::MapGenes => &self.genes,
            Task::EmbedGenes => &self.embed,
            Task::PoolCells => &self.pool,
            Task::Pca => &self.pca,
            Task::Refine => &self.refine,
            Task::Score => &self.score,
            Task::Neighbors(of) => &view(of).neighbors,
            Task::Cluster(of) => &view(of).clusters,
            Task::Umap(of) => &view(of).umap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbors(view: View) -> NeighborsReport {
        NeighborsReport { view, n_neighbors: 15, backend: lexicell_protocol::Backend::Cpu }
    }

    #[test]
    fn a_changed_setting_leaves_the_other_view_alone() {
        let owner = Owner::new();
        owner.set();
        let steps = Steps::new();
        for view in [View::Text, View::Pca] {
            steps.view(view).neighbors.set(StepState::Ready(neighbors(view)));
        }
        steps.spoil(Task::PoolCells);
        assert_eq!(steps.phase(Task::Neighbors(View::Text)), Phase::Stale);
        assert_eq!(steps.phase(Task::Neighbors(View::Pca)), Phase::Ready);
        assert_eq!(steps.phase(Task::PoolCells), Phase::Idle);
    }

    #[test]
    fn another_data_set_clears_what_was_computed() {
        let owner = Owner::new();
        owner.set();
        let steps = Steps::new();
        steps.view(View::Text).neighbors.set(StepState::Ready(neighbors(View::Text)));
        steps.clear_dependants(Task::Open);
        assert!(Task::ALL.iter().all(|&task| steps.phase(task) == Phase::Idle));
    }
}
