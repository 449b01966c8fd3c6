use lexicell_matrix::{Categorical, MISSING_CODE};

use super::{Plan, PlanNotes, PlanSettings, Round};
use crate::{
    AnalysisError,
    folds::{EXCLUDED, SplitNotes, prepare},
    rng::SplitMix64,
};

/// Ways of dealing that are tried for a draw; the best is taken.
const TRIES: usize = 64;

/// Deals whole groups to folds, as balanced as possible and with every class in training.
///
/// The first way tried is that of scikit-learn's `GroupKFold`: from the largest group to the fold that
/// is smallest so far. Others take the groups in an order jittered by the seed. Copies of a test cell
/// that lie in another group do not train.
pub(super) fn plan(
    settings: &PlanSettings<'_>,
    groups: &Categorical,
    n_folds: usize,
) -> Result<Plan, AnalysisError> {
    if n_folds < 2 {
        return Err(AnalysisError::setting("n_folds", "at least 2", n_folds));
    }
    let members = Members::gather(settings, groups)?;
    let n_folds = n_folds.min(members.sizes.len());
    let mut plan = Plan { rounds: Vec::new(), notes: members.notes.clone() };
    let mut seen: Vec<Vec<u32>> = Vec::new();
    let mut repeat = 0;
    for draw in 0..settings.repeats {
        let seed = settings.seed.wrapping_add(draw as u64);
        let Some(dealt) = members.deal(n_folds, draw == 0, seed, &seen) else {
            plan.notes.repeats_left_out += 1;
            continue;
        };
        for fold in 0..n_folds {
            let (round, copies) = members.round(settings, &dealt, repeat, fold);
            plan.notes.copies_left_out += copies;
            plan.rounds.push(round);
        }
        seen.push(dealt);
        repeat += 1;
    }
    Ok(plan)
}

/// The groups that take part, numbered anew.
struct Members {
    /// Cells that take part, rising, and the group of each.
    cells: Vec<(usize, usize)>,
    sizes: Vec<usize>,
    /// The groups of each class.
    of_class: Vec<Vec<usize>>,
    notes: PlanNotes,
}

impl Members {
    fn gather(settings: &PlanSettings<'_>, groups: &Categorical) -> Result<Self, AnalysisError> {
        let codes = &settings.labels.codes;
        if groups.codes.len() != codes.len() {
            let (expected, found) = (codes.len(), groups.codes.len());
            return Err(AnalysisError::Shape { what: "rows of the group column", expected, found });
        }
        let (units, split) = prepare(&settings.split(2, settings.seed))?;
        let mut cells: Vec<usize> = units.cells.into_iter().flatten().collect();
        cells.sort_unstable();
        let labelled = cells.len();
        cells.retain(|&cell| (groups.codes[cell] as usize) < groups.categories.len());
        let without_group = labelled - cells.len();
        let table = Pairs::count(&cells, codes, &groups.codes);
        let one_group = table.check(settings.labels, groups)?;
        cells.retain(|&cell| !one_group.iter().any(|&(class, _)| class == codes[cell]));
        let notes = PlanNotes {
            split: SplitNotes { thin: Vec::new(), ..split },
            without_group,
            one_group,
            ..PlanNotes::default()
        };
        Ok(Self::numbered(&cells, settings.labels, groups, notes))
    }

    fn numbered(
        cells: &[usize],
        labels: &Categorical,
        groups: &Categorical,
        notes: PlanNotes,
    ) -> Self {
        let mut present: Vec<u32> = cells.iter().map(|&cell| groups.codes[cell]).collect();
        present.sort_unstable();
        present.dedup();
        let mut sizes = vec![0; present.len()];
        let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); labels.categories.len()];
        let placed = cells.iter().map(|&cell| {
            let group = present.partition_point(|&code| code < groups.codes[cell]);
            sizes[group] += 1;
            of_class[labels.codes[cell] as usize].push(group);
            (cell, group)
        });
        let cells = placed.collect();
        for groups in &mut of_class {
            groups.sort_unstable();
            groups.dedup();
        }
        Self { cells, sizes, of_class, notes }
    }

    /// The fold of each group; `None` if every way that was tried had been taken before.
    fn deal(
        &self,
        n_folds: usize,
        largest_first: bool,
        seed: u64,
        seen: &[Vec<u32>],
    ) -> Option<Vec<u32>> {
        let mut rng = SplitMix64::new(seed);
        let mut best: Option<((usize, usize), Vec<u32>)> = None;
        for attempt in 0..TRIES {
            let jitter = !(largest_first && attempt == 0);
            let weight = |&size: &usize| {
                let factor = if jitter { 0.5 + rng.uniform() } else { 1.0 };
                (size as f64 * factor * 1024.0) as u64
            };
            let weights: Vec<u64> = self.sizes.iter().map(weight).collect();
            let (dealt, spread) = self.deal_in_order(n_folds, &weights);
            let cost = (self.one_sided(&dealt), spread);
            let better = best.as_ref().is_none_or(|(least, _)| cost < *least);
            if better && !seen.contains(&dealt) {
                best = Some((cost, dealt));
            }
        }
        best.map(|(_, dealt)| dealt)
    }

    /// Folds numbered by their first group, and the difference of the largest and the smallest.
    fn deal_in_order(&self, n_folds: usize, weights: &[u64]) -> (Vec<u32>, usize) {
        let mut order: Vec<usize> = (0..self.sizes.len()).collect();
        order.sort_by_key(|&group| std::cmp::Reverse(weights[group]));
        let mut fold_sizes = vec![0usize; n_folds];
        let mut dealt = vec![0usize; self.sizes.len()];
        for group in order {
            let fold = (0..n_folds).min_by_key(|&fold| fold_sizes[fold]).unwrap_or(0);
            fold_sizes[fold] += self.sizes[group];
            dealt[group] = fold;
        }
        let mut number = vec![EXCLUDED; n_folds];
        let mut next = 0;
        let numbered = dealt.into_iter().map(|fold| {
            if number[fold] == EXCLUDED {
                number[fold] = next;
                next += 1;
            }
            number[fold]
        });
        let numbered = numbered.collect();
        let largest = fold_sizes.iter().max().copied().unwrap_or(0);
        (numbered, largest - fold_sizes.iter().min().copied().unwrap_or(0))
    }

    /// Classes whose groups all came into one fold: no other fold could train them.
    fn one_sided(&self, dealt: &[u32]) -> usize {
        let in_one = |groups: &&Vec<usize>| {
            groups.first().is_some_and(|&first| groups.iter().all(|&g| dealt[g] == dealt[first]))
        };
        self.of_class.iter().filter(in_one).count()
    }

    /// One held-out fold, and how many training cells were left out as copies of its test cells.
    fn round(
        &self,
        settings: &PlanSettings<'_>,
        dealt: &[u32],
        repeat: usize,
        fold: usize,
    ) -> (Round, usize) {
        let tested = |group: usize| dealt[group] == fold as u32;
        let first = |cell: usize| settings.duplicates.map_or(cell, |all| all.first[cell] as usize);
        let mut original_tested = vec![false; settings.labels.codes.len()];
        let (mut train, mut test, mut copies) = (Vec::new(), Vec::new(), 0);
        for &(cell, _) in self.cells.iter().filter(|&&(_, group)| tested(group)) {
            original_tested[first(cell)] = true;
            test.push(cell);
        }
        for &(cell, _) in self.cells.iter().filter(|&&(_, group)| !tested(group)) {
            if original_tested[first(cell)] {
                copies += 1;
            } else {
                train.push(cell);
            }
        }
        (Round { repeat, fold, per_class: None, train, test }, copies)
    }
}

/// Which classes have cells in which groups.
struct Pairs {
    pairs: Vec<(u32, u32)>,
}

impl Pairs {
    fn count(cells: &[usize], classes: &[u32], groups: &[u32]) -> Self {
        let mut pairs: Vec<(u32, u32)> =
            cells.iter().map(|&cell| (classes[cell], groups[cell])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self { pairs }
    }

    /// The classes that live in one group; refuses groups that cannot be held out.
    fn check(
        &self,
        labels: &Categorical,
        groups: &Categorical,
    ) -> Result<Vec<(u32, u32)>, AnalysisError> {
        let mut groups_of = vec![Vec::new(); labels.categories.len()];
        let mut classes_of = vec![0usize; groups.categories.len()];
        for &(class, group) in &self.pairs {
            groups_of[class as usize].push(group);
            classes_of[group as usize] += 1;
        }
        let n_groups = classes_of.iter().filter(|&&n| n > 0).count();
        let one_each = groups_of.iter().all(|of| of.len() <= 1);
        if n_groups > 1 && one_each && classes_of.iter().all(|&n| n <= 1) {
            return Err(AnalysisError::GroupsAreLabels { n_groups });
        }
        if n_groups < 2 {
            return Err(AnalysisError::TooFewGroups { found: n_groups });
        }
        let one_group: Vec<(u32, u32)> = (0u32..)
            .zip(&groups_of)
            .filter(|(_, of)| of.len() == 1)
            .map(|(class, of)| (class, of.first().copied().unwrap_or(MISSING_CODE)))
            .collect();
        let held_out = groups_of.iter().filter(|of| of.len() > 1).count();
        if held_out < 2 {
            let n_classes = groups_of.iter().filter(|of| !of.is_empty()).count();
            return Err(AnalysisError::ClassesInOneGroup { n_classes, held_out });
        }
        Ok(one_group)
    }
}
