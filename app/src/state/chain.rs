use lexicell_protocol::{Method, RefineSpace, RequestId, ScoreSettings, Settings, View};

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
    /// Whether it was asked to stop.
    pub(crate) fn is_stopping(self) -> bool {
        matches!(self, Activity::Stopping(..))
    }

    /// The task at work.
    pub(crate) fn task(self) -> Option<Task> {
        match self {
            Activity::Nothing => None,
            Activity::Running(_, task) | Activity::Stopping(_, task) => Some(task),
        }
    }
}

/// When a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Not without being asked for.
    Never,
    /// When it is missing or out of date.
    WhenDue,
    /// The scientist asked for it: once more, even where it is up to date.
    Now,
}

/// The next task to run, given where each stands; `None` where all is done or something is missing.
pub(crate) fn next(phase: impl Fn(Task) -> Phase, want: impl Fn(Task) -> Want) -> Option<Task> {
    Task::ALL.into_iter().find(|&task| {
        is_due(task, phase(task), want(task))
            && task.needs().iter().all(|&need| phase(need) == Phase::Ready)
    })
}

/// The tasks that would run, one after another, if nothing stopped them.
pub(crate) fn coming(phase: impl Fn(Task) -> Phase, want: impl Fn(Task) -> Want) -> Vec<Task> {
    let mut coming = Vec::new();
    for task in Task::ALL {
        let is_fed = |need: &Task| phase(*need) == Phase::Ready || coming.contains(need);
        if is_due(task, phase(task), want(task)) && task.needs().iter().all(is_fed) {
            coming.push(task);
        }
    }
    coming
}

fn is_due(task: Task, phase: Phase, want: Want) -> bool {
    match (want, phase) {
        (Want::Never, _) | (_, Phase::Running) => false,
        (Want::Now, _) => true,
        // Files are opened by the scientist; a stale reading can be repeated from the same files.
        (Want::WhenDue, Phase::Idle) => task != Task::Open,
        (Want::WhenDue, Phase::Stale) => true,
        (Want::WhenDue, Phase::Ready | Phase::Failed) => false,
    }
}

/// The tasks whose own settings differ; what depends on them is not listed.
pub(crate) fn changed(old: &Settings, new: &Settings) -> Vec<Task> {
    let each = |task: fn(View) -> Task| View::ALL.map(task);
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
    add(old.neighbors != new.neighbors, &each(Task::Neighbors));
    add(old.cluster != new.cluster, &each(Task::Cluster));
    add(old.umap != new.umap, &each(Task::Umap));
    // A joint view is made of the components too.
    let is_joint = new.refine.space == RefineSpace::Joint;
    add(old.refine != new.refine || (is_joint && old.pca != new.pca), &[Task::Refine]);
    add(judges_otherwise(old.score.as_ref(), new.score.as_ref()), &[Task::Score]);
    tasks
}

/// Whether two protocols judge differently: how heads are trained counts only where they are.
fn judges_otherwise(old: Option<&ScoreSettings>, new: Option<&ScoreSettings>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) if !trains(new) => {
            ScoreSettings { refine: new.refine.clone(), ..old.clone() } != *new
        }
        _ => old != new,
    }
}

/// Whether a protocol trains heads, anew in every fold.
pub(crate) fn trains(settings: &ScoreSettings) -> bool {
    let is_trained = |method: &Method| {
        matches!(method, Method::View(View::Refined) | Method::Joint | Method::RefinedPca)
    };
    settings.methods.iter().any(is_trained)
}

/// Whether a protocol takes minutes or hours: then it starts only where the scientist says so.
pub(crate) fn is_long(settings: &ScoreSettings) -> bool {
    settings.methods.iter().any(|method| !Method::QUICK.contains(method))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::PoolWeights;
    use std::collections::BTreeMap;

    type Phases = BTreeMap<Task, Phase>;

    fn all(phase: Phase) -> Phases {
        Task::ALL.into_iter().map(|task| (task, phase)).collect()
    }

    fn next_of(phases: &Phases) -> Option<Task> {
        next(|task| phases[&task], |_| Want::WhenDue)
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
        let want = |task| if task == Task::Score { Want::Never } else { Want::WhenDue };
        assert_eq!(next(|task| phases[&task], want), None);
    }

    /// As the page has it: nothing is trained that was not asked for.
    fn unless_asked(task: Task) -> Want {
        if task == Task::Refine { Want::Never } else { Want::WhenDue }
    }

    #[test]
    fn a_training_never_starts_by_itself_and_what_rests_on_it_waits() {
        let mut phases = all(Phase::Idle);
        phases.insert(Task::Open, Phase::Ready);
        while let Some(task) = next(|task| phases[&task], unless_asked) {
            phases.insert(task, Phase::Ready);
        }
        assert_eq!(phases[&Task::Refine], Phase::Idle);
        assert_eq!(phases[&Task::Umap(View::Refined)], Phase::Idle);
        assert_eq!(phases[&Task::Score], Phase::Ready);
        assert_eq!(coming(|task| phases[&task], unless_asked), vec![]);
        phases.insert(Task::Refine, Phase::Stale);
        assert_eq!(coming(|task| phases[&task], unless_asked), vec![]);
    }

    #[test]
    fn a_training_that_was_asked_for_runs_again_and_the_refined_view_follows() {
        let mut phases = all(Phase::Ready);
        let asked = |task| if task == Task::Refine { Want::Now } else { Want::WhenDue };
        assert_eq!(next(|task| phases[&task], asked), Some(Task::Refine));
        for task in [Task::Neighbors, Task::Cluster, Task::Umap] {
            phases.insert(task(View::Refined), Phase::Stale);
        }
        let order = coming(|task| phases[&task], unless_asked);
        let expected = [Task::Neighbors, Task::Cluster, Task::Umap].map(|task| task(View::Refined));
        assert_eq!(order, expected);
    }

    #[test]
    fn how_heads_are_trained_matters_to_a_score_that_trains_some() {
        let mut old =
            Settings { score: Some(ScoreSettings::new("cell_type")), ..Settings::default() };
        let mut new = old.clone();
        let train = |settings: &mut Settings| {
            settings.score.as_mut().expect("there is one").refine.epochs = 7;
        };
        train(&mut new);
        assert_eq!(changed(&old, &new), vec![]);
        old.score = old.score.map(ScoreSettings::full);
        new = old.clone();
        train(&mut new);
        assert_eq!(changed(&old, &new), vec![Task::Score]);
    }

    #[test]
    fn the_components_matter_to_a_joint_view_alone() {
        let mut old = Settings::default();
        let more = |settings: &Settings| {
            let mut new = settings.clone();
            new.pca.n_comps += 1;
            new
        };
        assert_eq!(changed(&old, &more(&old)), vec![Task::Pca]);
        old.refine.space = RefineSpace::Joint;
        assert_eq!(changed(&old, &more(&old)), vec![Task::Pca, Task::Refine]);
    }

    #[test]
    fn a_joint_training_waits_for_the_components() {
        let mut phases = all(Phase::Ready);
        phases.insert(Task::Pca, Phase::Stale);
        let asked = |task| if task == Task::Refine { Want::Now } else { Want::WhenDue };
        assert_eq!(next(|task| phases[&task], asked), Some(Task::Pca));
        phases.insert(Task::Pca, Phase::Ready);
        assert_eq!(next(|task| phases[&task], asked), Some(Task::Refine));
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
        assert_eq!(changed(&old, &new), View::ALL.map(Task::Cluster).to_vec());
        new = old.clone();
        new.refine.temperature = 0.07;
        assert_eq!(changed(&old, &new), vec![Task::Refine]);
        new = old.clone();
        new.score = Some(ScoreSettings::new("cell_type"));
        assert_eq!(changed(&old, &new), vec![Task::Score]);
    }
}
