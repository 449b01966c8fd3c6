use lexicell_protocol::{RequestId, Settings, View};

use super::{Phase, Task};

/// Whether the next step starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Drive {
    /// Step follows step.
    #[default]
    Automatic,
    /// The scientist stopped it, or a step failed.
    Halted,
}

/// What runs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Activity {
    #[default]
    Nothing,
    /// A task, by the request that the worker answers.
    Running(RequestId, Task),
    /// A task that was asked to stop and has not yet answered.
    Stopping(RequestId, Task),
}

impl Activity {
    /// The task at work.
    pub(crate) fn task(self) -> Option<Task> {
        match self {
            Activity::Nothing => None,
            Activity::Running(_, task) | Activity::Stopping(_, task) => Some(task),
        }
    }
}

/// The next task to run, given where each stands; `None` where all is done or something is missing.
pub(crate) fn next(phase: impl Fn(Task) -> Phase, wanted: impl Fn(Task) -> bool) -> Option<Task> {
    Task::ALL.into_iter().find(|&task| {
        let due = match phase(task) {
            // Files are opened by the scientist; a stale reading can be repeated from the same files.
            Phase::Idle => task != Task::Open,
            Phase::Stale => true,
            Phase::Running | Phase::Ready | Phase::Failed => false,
        };
        due && wanted(task) && task.needs().iter().all(|&need| phase(need) == Phase::Ready)
    })
}

/// The tasks whose own settings differ; what depends on them is not listed.
pub(crate) fn changed(old: &Settings, new: &Settings) -> Vec<Task> {
    let both = |task: fn(View) -> Task| [task(View::Text), task(View::Pca)];
    let mut tasks = Vec::new();
    let mut add = |differs: bool, found: &[Task]| {
        if differs {
            tasks.extend_from_slice(found);
        }
    };
    add(old.load != new.load, &[Task::Open]);
    add(old.genes != new.genes, &[Task::MapGenes]);
    add(old.embed != new.embed, &[Task::EmbedGenes]);
    add(old.pool != new.pool, &[Task::PoolCells]);
    add(old.pca != new.pca, &[Task::Pca]);
    add(old.neighbors != new.neighbors, &both(Task::Neighbors));
    add(old.cluster != new.cluster, &both(Task::Cluster));
    add(old.umap != new.umap, &both(Task::Umap));
    add(old.score != new.score, &[Task::Score]);
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::{PoolWeights, ScoreSettings};
    use std::collections::BTreeMap;

    type Phases = BTreeMap<Task, Phase>;

    fn all(phase: Phase) -> Phases {
        Task::ALL.into_iter().map(|task| (task, phase)).collect()
    }

    fn next_of(phases: &Phases) -> Option<Task> {
        next(|task| phases[&task], |_| true)
    }

    #[test]
    fn nothing_runs_before_data_is_opened() {
        assert_eq!(next_of(&all(Phase::Idle)), None);
    }

    #[test]
    fn the_chain_runs_through_in_order_from_open() {
        let mut phases = all(Phase::Idle);
        phases.insert(Task::Open, Phase::Ready);
        let mut order = vec![];
        while let Some(task) = next_of(&phases) {
            order.push(task);
            phases.insert(task, Phase::Ready);
        }
        assert_eq!(order, Task::ALL[1..].to_vec());
    }

    #[test]
    fn only_what_is_stale_runs_again() {
        let mut phases = all(Phase::Ready);
        phases.insert(Task::Umap(View::Text), Phase::Stale);
        assert_eq!(next_of(&phases), Some(Task::Umap(View::Text)));
        phases.insert(Task::Umap(View::Text), Phase::Ready);
        assert_eq!(next_of(&phases), None);
    }

    #[test]
    fn a_stale_input_is_computed_first() {
        let mut phases = all(Phase::Ready);
        phases.insert(Task::PoolCells, Phase::Stale);
        phases.insert(Task::Score, Phase::Stale);
        assert_eq!(next_of(&phases), Some(Task::PoolCells));
    }

    #[test]
    fn what_depends_on_a_failure_waits() {
        let mut phases = all(Phase::Ready);
        phases.insert(Task::EmbedGenes, Phase::Failed);
        phases.insert(Task::PoolCells, Phase::Stale);
        assert_eq!(next_of(&phases), None);
    }

    #[test]
    fn a_score_nobody_wants_is_not_computed() {
        let mut phases = all(Phase::Ready);
        phases.insert(Task::Score, Phase::Idle);
        assert_eq!(next(|task| phases[&task], |task| task != Task::Score), None);
    }

    #[test]
    fn a_setting_names_its_own_tasks_alone() {
        let old = Settings::default();
        let mut new = old.clone();
        assert_eq!(changed(&old, &new), vec![]);
        new.pool.weights = PoolWeights::Uniform;
        assert_eq!(changed(&old, &new), vec![Task::PoolCells]);
        new = old.clone();
        new.cluster.resolution = 0.5;
        assert_eq!(changed(&old, &new), vec![Task::Cluster(View::Text), Task::Cluster(View::Pca)]);
        new = old.clone();
        new.score = Some(ScoreSettings::new("cell_type"));
        assert_eq!(changed(&old, &new), vec![Task::Score]);
    }
}
