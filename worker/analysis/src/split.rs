//! The plan of an evaluation: every round of training and test cells, drawn before anything is fitted.

mod few_labels;
mod groups;

use lexicell_matrix::Categorical;

use crate::{
    AnalysisError,
    duplicates::Duplicates,
    folds::{Split, SplitNotes, stratified_k_fold},
};

/// How cells are held out.
#[derive(Debug, Clone, Copy)]
pub enum Scheme<'a> {
    /// Parts with the same mix of classes, each held out in turn.
    StratifiedKFold {
        /// Number of parts, at least 2.
        n_folds: usize,
    },
    /// Whole groups (donors, batches, animals), dealt to at most `n_folds` parts.
    HeldOutGroups {
        /// The group of every cell; cells without one are left out.
        groups: &'a Categorical,
        /// Most parts, at least 2.
        n_folds: usize,
    },
    /// A few cells of each class train and all others test.
    FewLabels {
        /// Training cells of each class, one point of the curve each.
        per_class: &'a [usize],
    },
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanSettings<'a> {
    /// The class of every cell; cells without one are left out.
    pub labels: &'a Categorical,
    /// How cells are held out.
    pub scheme: Scheme<'a>,
    /// Draws, with the seeds `seed`, `seed + 1`, …; at least 1.
    pub repeats: usize,
    /// Seed of the first draw.
    pub seed: u64,
    /// Exact copies, which never lie on both sides.
    pub duplicates: Option<&'a Duplicates>,
    /// Cells that cannot be scored (no gene with a vector), left out too.
    pub unusable: &'a [u32],
}

/// One split into training and test cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The draw, from 0.
    pub repeat: usize,
    /// The held-out part within the draw, from 0.
    pub fold: usize,
    /// Training cells of each class, on the low-sample curve.
    pub per_class: Option<usize>,
    /// Cells that everything is fitted on, rising.
    pub train: Vec<usize>,
    /// Cells that are told, rising.
    pub test: Vec<usize>,
}

/// All rounds of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The rounds; those of one point of the low-sample curve stand together.
    pub rounds: Vec<Round>,
    /// What was left out and what is thin.
    pub notes: PlanNotes,
}

/// What a plan left out, and what it is short of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanNotes {
    /// Cells and classes left out of every round, and classes with fewer cells than folds.
    pub split: SplitNotes,
    /// Labelled cells without a group.
    pub without_group: usize,
    /// Classes left out because all their cells are of one group: (class, group).
    pub one_group: Vec<(u32, u32)>,
    /// Classes with test cells but no training cell in a round: (place of the round, class).
    pub untrained: Vec<(usize, u32)>,
    /// Copies of test cells that were kept out of training, over all rounds.
    pub copies_left_out: usize,
    /// Draws left out because the groups cannot be dealt in another way.
    pub repeats_left_out: usize,
    /// Classes with too few cells for a point of the curve, which train on half of them:
    /// (class, distinct cells, training cells asked for).
    pub short: Vec<(u32, usize, usize)>,
}

impl Plan {
    /// Draws all rounds.
    ///
    /// # Errors
    /// If there is no label, or one class only, or classes too small to be held out; if a setting is
    /// out of range; if the groups are the labels, or there is only one; if every class lives in one
    /// group.
    pub fn new(settings: &PlanSettings<'_>) -> Result<Self, AnalysisError> {
        if settings.repeats == 0 {
            return Err(AnalysisError::setting("repeats", "at least 1", 0));
        }
        let mut plan = match settings.scheme {
            Scheme::StratifiedKFold { n_folds } => stratified(settings, n_folds)?,
            Scheme::HeldOutGroups { groups, n_folds } => groups::plan(settings, groups, n_folds)?,
            Scheme::FewLabels { per_class } => few_labels::plan(settings, per_class)?,
        };
        plan.notes.untrained = plan.untrained(settings.labels);
        Ok(plan)
    }

    /// The points of the low-sample curve, in the order of the rounds; one `None` for other plans.
    #[must_use]
    pub fn points(&self) -> Vec<Option<usize>> {
        let mut points: Vec<Option<usize>> = self.rounds.iter().map(|r| r.per_class).collect();
        points.dedup();
        points
    }

    /// The rounds of one point of the low-sample curve, or all rounds of another plan.
    pub fn rounds_of(&self, point: Option<usize>) -> impl Iterator<Item = &Round> {
        self.rounds.iter().filter(move |round| round.per_class == point)
    }

    /// Cells that take part, on either side of any round.
    #[must_use]
    pub fn n_obs(&self) -> usize {
        let cells = self.rounds.iter().flat_map(|round| round.train.iter().chain(&round.test));
        let last = cells.clone().max().map_or(0, |&last| last + 1);
        let mut seen = vec![false; last];
        cells.for_each(|&cell| seen[cell] = true);
        seen.into_iter().filter(|&is| is).count()
    }

    /// Draws that were made.
    #[must_use]
    pub fn n_repeats(&self) -> usize {
        self.rounds.iter().map(|round| round.repeat + 1).max().unwrap_or(0)
    }

    /// Training cells of the round that has fewest.
    #[must_use]
    pub fn fewest_training_cells(&self) -> usize {
        self.rounds.iter().map(|round| round.train.len()).min().unwrap_or(0)
    }

    fn untrained(&self, labels: &Categorical) -> Vec<(usize, u32)> {
        let classes = |cells: &[usize]| {
            let mut present = vec![false; labels.categories.len()];
            cells.iter().for_each(|&cell| present[labels.codes[cell] as usize] = true);
            present
        };
        let mut missing = Vec::new();
        for (place, round) in self.rounds.iter().enumerate() {
            let (train, test) = (classes(&round.train), classes(&round.test));
            let lacking = (0..train.len()).filter(|&class| test[class] && !train[class]);
            missing.extend(lacking.map(|class| (place, class as u32)));
        }
        missing
    }
}

/// The split of each draw; draw 0 is that of [`stratified_k_fold`] with the plan's own seed.
fn stratified(settings: &PlanSettings<'_>, n_folds: usize) -> Result<Plan, AnalysisError> {
    let mut plan = Plan::default();
    for repeat in 0..settings.repeats {
        let seed = settings.seed.wrapping_add(repeat as u64);
        let folds = stratified_k_fold(&settings.split(n_folds, seed))?;
        plan.rounds.extend((0..n_folds).map(|fold| {
            let (train, test) = (folds.train(fold), folds.test(fold));
            Round { repeat, fold, per_class: None, train, test }
        }));
        plan.notes.split = folds.notes;
    }
    Ok(plan)
}

impl<'a> PlanSettings<'a> {
    fn split(&self, n_folds: usize, seed: u64) -> Split<'a> {
        let Self { labels, duplicates, unusable, .. } = *self;
        Split { labels, n_folds, seed, duplicates, unusable }
    }
}
