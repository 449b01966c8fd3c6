//! Stratified folds, made before anything is fitted; [`split`](crate::split) plans whole evaluations.

use lexicell_matrix::Categorical;

use crate::{AnalysisError, duplicates::Duplicates, rng::SplitMix64};

/// The fold of a cell that takes part in none.
pub const EXCLUDED: u32 = u32::MAX;

/// What the folds are made from.
#[derive(Debug, Clone, Copy)]
pub struct Split<'a> {
    /// The class of every cell; cells without one are left out.
    pub labels: &'a Categorical,
    /// Number of folds, at least 2.
    pub n_folds: usize,
    /// Seed of the shuffle.
    pub seed: u64,
    /// Exact copies, which go into the same fold.
    pub duplicates: Option<&'a Duplicates>,
    /// Cells that cannot be scored (no gene with a vector), left out too.
    pub unusable: &'a [u32],
}

/// Which fold tests which cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    /// Number of folds.
    pub n_folds: usize,
    /// The fold that tests each cell; [`EXCLUDED`] where none does.
    pub of_cell: Vec<u32>,
    /// What was left out and what is thin.
    pub notes: SplitNotes,
}

/// What was left out of a split, and what it is short of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitNotes {
    /// Cells without a label.
    pub unlabelled: usize,
    /// Cells that could not be scored.
    pub unusable: usize,
    /// Classes left out because they have fewer than two distinct cells: (class, cells).
    pub left_out: Vec<(u32, usize)>,
    /// Classes with fewer distinct cells than there are folds, where scikit-learn warns:
    /// (class, distinct cells).
    pub thin: Vec<(u32, usize)>,
}

impl Folds {
    /// The cells that a fold tests.
    #[must_use]
    pub fn test(&self, fold: usize) -> Vec<usize> {
        self.cells(|of_cell| of_cell == fold as u32)
    }

    /// The cells that a fold trains on: all that other folds test.
    #[must_use]
    pub fn train(&self, fold: usize) -> Vec<usize> {
        self.cells(|of_cell| of_cell != fold as u32 && of_cell != EXCLUDED)
    }

    fn cells(&self, takes_part: impl Fn(u32) -> bool) -> Vec<usize> {
        let cells = self.of_cell.iter().enumerate();
        cells.filter(|(_, of_cell)| takes_part(**of_cell)).map(|(cell, _)| cell).collect()
    }
}

/// Distinct cells, each standing for its copies too.
pub(crate) struct Units {
    /// The class of each unit: that of its first cell.
    pub(crate) class: Vec<u32>,
    pub(crate) cells: Vec<Vec<usize>>,
}

/// Stratified folds: every class is spread evenly over the folds.
///
/// For each class in turn, its distinct cells are shuffled ([`SplitMix64`], Fisher and Yates) and
/// dealt one by one to the fold that has the fewest cells of the class, the first such fold from where
/// the last deal left off. Copies of a cell follow it.
///
/// # Errors
/// If there are fewer than two folds or than two classes that can be held out, no label at all, or
/// fewer distinct cells than folds.
pub fn stratified_k_fold(split: &Split<'_>) -> Result<Folds, AnalysisError> {
    let (units, notes) = prepare(split)?;
    let mut of_cell = vec![EXCLUDED; split.labels.codes.len()];
    let mut rng = SplitMix64::new(split.seed);
    let mut start = 0;
    for class in 0..split.labels.categories.len() as u32 {
        let mut members: Vec<usize> =
            (0..units.class.len()).filter(|&unit| units.class[unit] == class).collect();
        rng.shuffle(&mut members);
        let mut sizes = vec![0usize; split.n_folds];
        for unit in members {
            let turn = |step: usize| (start + step) % split.n_folds;
            let fold = (0..split.n_folds).map(turn).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
            sizes[fold] += units.cells[unit].len();
            for &cell in &units.cells[unit] {
                of_cell[cell] = fold as u32;
            }
            start = (fold + 1) % split.n_folds;
        }
    }
    Ok(Folds { n_folds: split.n_folds, of_cell, notes })
}

/// Leaves out what cannot be scored and gathers copies.
pub(crate) fn prepare(split: &Split<'_>) -> Result<(Units, SplitNotes), AnalysisError> {
    if split.n_folds < 2 {
        return Err(AnalysisError::setting("n_folds", "at least 2", split.n_folds));
    }
    let codes = &split.labels.codes;
    let n_classes = split.labels.categories.len();
    if let Some(duplicates) = split.duplicates.filter(|found| found.first.len() != codes.len()) {
        let (expected, found) = (codes.len(), duplicates.first.len());
        return Err(AnalysisError::Shape { what: "cells searched for copies", expected, found });
    }
    let mut usable = vec![true; codes.len()];
    for &cell in split.unusable {
        if let Some(place) = usable.get_mut(cell as usize) {
            *place = false;
        }
    }
    let labelled = |cell: &usize| (codes[*cell] as usize) < n_classes;
    let mut notes = SplitNotes {
        unlabelled: (0..codes.len()).filter(|cell| !labelled(cell)).count(),
        unusable: (0..codes.len()).filter(|cell| labelled(cell) && !usable[*cell]).count(),
        ..SplitNotes::default()
    };
    let cells: Vec<usize> = (0..codes.len()).filter(|c| labelled(c) && usable[*c]).collect();
    let first = |cell: usize| split.duplicates.map_or(cell, |found| found.first[cell] as usize);
    let (members, distinct) = class_sizes(&cells, codes, n_classes, first);
    for class in 0..n_classes {
        let code = class as u32;
        match (members[class], distinct[class]) {
            (0, _) => {}
            (n, 0 | 1) => notes.left_out.push((code, n)),
            (_, n) if n < split.n_folds => notes.thin.push((code, n)),
            _ => {}
        }
    }
    check_classes(split.labels, &members, &distinct)?;
    let units =
        gather(cells.into_iter().filter(|&c| distinct[codes[c] as usize] > 1), codes, first);
    if units.cells.len() < split.n_folds {
        let found = units.cells.len();
        return Err(AnalysisError::TooFewCells { step: "the split", needed: split.n_folds, found });
    }
    Ok((units, notes))
}

/// Cells, and distinct cells, of each class.
fn class_sizes(
    cells: &[usize],
    codes: &[u32],
    n_classes: usize,
    first: impl Fn(usize) -> usize,
) -> (Vec<usize>, Vec<usize>) {
    let mut members = vec![0; n_classes];
    let mut pairs: Vec<(u32, usize)> = cells.iter().map(|&c| (codes[c], first(c))).collect();
    for &(class, _) in &pairs {
        members[class as usize] += 1;
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut distinct = vec![0; n_classes];
    for &(class, _) in &pairs {
        distinct[class as usize] += 1;
    }
    (members, distinct)
}

fn check_classes(
    labels: &Categorical,
    members: &[usize],
    distinct: &[usize],
) -> Result<(), AnalysisError> {
    let present: Vec<usize> = (0..members.len()).filter(|&class| members[class] > 0).collect();
    match present[..] {
        [] => Err(AnalysisError::NoLabels),
        [class] => Err(AnalysisError::OneClass {
            class: labels.categories[class].clone(),
            n_cells: members[class],
        }),
        _ if distinct.iter().filter(|&&n| n > 1).count() >= 2 => Ok(()),
        _ => {
            let largest = (0..distinct.len()).max_by_key(|&class| distinct[class]).unwrap_or(0);
            Err(AnalysisError::ClassesTooSmall {
                needed: 2,
                largest: labels.categories[largest].clone(),
                found: distinct[largest],
            })
        }
    }
}

fn gather(
    cells: impl Iterator<Item = usize>,
    codes: &[u32],
    first: impl Fn(usize) -> usize,
) -> Units {
    let mut unit_of_first = vec![usize::MAX; codes.len()];
    let mut units = Units { class: Vec::new(), cells: Vec::new() };
    for cell in cells {
        let place = &mut unit_of_first[first(cell)];
        if *place == usize::MAX {
            *place = units.cells.len();
            units.class.push(codes[cell]);
            units.cells.push(Vec::new());
        }
        units.cells[*place].push(cell);
    }
    units
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::MISSING_CODE;

    use super::*;

    fn labels(codes: Vec<u32>) -> Categorical {
        Categorical { codes, categories: ["a", "b", "c"].map(str::to_owned).to_vec() }
    }

    fn split(labels: &Categorical) -> Split<'_> {
        Split { labels, n_folds: 5, seed: 0, duplicates: None, unusable: &[] }
    }

    #[test]
    fn classes_are_spread_evenly_and_folds_are_of_like_size() {
        let labels = labels(
            (0..103).map(|cell| u32::from(cell % 4 == 0) + u32::from(cell % 9 == 0)).collect(),
        );
        let folds = stratified_k_fold(&split(&labels)).expect("splits");
        for class in 0..3 {
            let in_fold =
                |fold| folds.test(fold).iter().filter(|&&c| labels.codes[c] == class).count();
            let counts: Vec<usize> = (0..5).map(in_fold).collect();
            assert!(counts.iter().max().expect("five") - counts.iter().min().expect("five") <= 1);
        }
        assert!((0..5).all(|fold| (20..=21).contains(&folds.test(fold).len())));
        assert!((0..5).all(|fold| folds.test(fold).len() + folds.train(fold).len() == 103));
        assert_eq!(folds, stratified_k_fold(&split(&labels)).expect("splits"));
        let other = Split { seed: 1, ..split(&labels) };
        assert_ne!(folds.of_cell, stratified_k_fold(&other).expect("splits").of_cell);
    }

    #[test]
    fn copies_stay_together() {
        let labels = labels((0..40).map(|cell| cell % 2).collect());
        // Cell 20 + i repeats cell i.
        let first = (0..40).map(|cell| cell % 20).collect();
        let duplicates = Duplicates { first, n_copies: 20, n_groups: 20 };
        let folds = stratified_k_fold(&Split { duplicates: Some(&duplicates), ..split(&labels) });
        let folds = folds.expect("splits");
        assert!((0..20).all(|cell| folds.of_cell[cell] == folds.of_cell[cell + 20]));
        assert!((0..5).all(|fold| folds.test(fold).len() == 8));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let labels = labels([vec![0; 8], vec![1; 3], vec![2, MISSING_CODE]].concat());
        let folds =
            stratified_k_fold(&Split { unusable: &[0, 12], ..split(&labels) }).expect("splits");
        let notes =
            SplitNotes { unlabelled: 1, unusable: 1, left_out: vec![(2, 1)], thin: vec![(1, 3)] };
        assert_eq!(folds.notes, notes);
        assert_eq!([folds.of_cell[0], folds.of_cell[11], folds.of_cell[12]], [EXCLUDED; 3]);
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let one = labels(vec![1; 9]);
        let error = AnalysisError::OneClass { class: "b".to_owned(), n_cells: 9 };
        assert_eq!(stratified_k_fold(&split(&one)), Err(error));
        let none = labels(vec![MISSING_CODE; 9]);
        assert_eq!(stratified_k_fold(&split(&none)), Err(AnalysisError::NoLabels));
        let single = labels(vec![0, 0, 0, 0, 0, 1, 2]);
        assert!(matches!(
            stratified_k_fold(&split(&single)),
            Err(AnalysisError::ClassesTooSmall { found: 5, .. })
        ));
        let few = labels(vec![0, 0, 1, 1]);
        assert!(matches!(
            stratified_k_fold(&split(&few)),
            Err(AnalysisError::TooFewCells { needed: 5, found: 4, .. })
        ));
        assert!(stratified_k_fold(&Split { n_folds: 1, ..split(&few) }).is_err());
    }
}
