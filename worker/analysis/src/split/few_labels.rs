use super::{Plan, PlanNotes, PlanSettings, Round};
use crate::{
    AnalysisError,
    folds::{Units, prepare},
    rng::SplitMix64,
};

/// Draws a few training cells of each class; all other cells test, except copies of training cells.
///
/// Each draw shuffles the distinct cells of a class once and takes the first of them, so that a larger
/// point of the curve holds the cells of the smaller ones. A class without enough distinct cells
/// trains on half of them.
pub(super) fn plan(
    settings: &PlanSettings<'_>,
    per_class: &[usize],
) -> Result<Plan, AnalysisError> {
    let points = points(per_class)?;
    let (units, split) = prepare(&settings.split(2, settings.seed))?;
    let n_classes = settings.labels.categories.len();
    let draws: Vec<Vec<Vec<usize>>> = (0..settings.repeats)
        .map(|repeat| shuffled(&units, n_classes, settings.seed.wrapping_add(repeat as u64)))
        .collect();
    let mut plan = Plan {
        rounds: Vec::new(),
        notes: PlanNotes {
            split: crate::folds::SplitNotes { thin: Vec::new(), ..split },
            ..PlanNotes::default()
        },
    };
    for &n in &points {
        for (repeat, classes) in draws.iter().enumerate() {
            let (train, test, copies) = divide(&units, classes, n);
            plan.notes.copies_left_out += copies;
            plan.rounds.push(Round { repeat, fold: 0, per_class: Some(n), train, test });
        }
        let sizes = draws[0].iter().map(Vec::len).enumerate();
        let short = sizes.filter(|&(_, size)| size > 0 && size <= n);
        plan.notes.short.extend(short.map(|(class, size)| (class as u32, size, n)));
    }
    Ok(plan)
}

fn points(per_class: &[usize]) -> Result<Vec<usize>, AnalysisError> {
    let mut points = per_class.to_vec();
    points.sort_unstable();
    points.dedup();
    match points.first() {
        None => Err(AnalysisError::setting("per_class", "at least one number of cells", "none")),
        Some(0) => Err(AnalysisError::setting("per_class", "at least 1 cell", 0)),
        Some(_) => Ok(points),
    }
}

/// The distinct cells of each class, in the order in which they are drawn.
fn shuffled(units: &Units, n_classes: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = vec![Vec::new(); n_classes];
    for (unit, &class) in units.class.iter().enumerate() {
        classes[class as usize].push(unit);
    }
    let mut rng = SplitMix64::new(seed);
    classes.iter_mut().for_each(|members| rng.shuffle(members));
    classes
}

/// Training cells, test cells, and how many copies of training cells were left out.
fn divide(units: &Units, classes: &[Vec<usize>], n: usize) -> (Vec<usize>, Vec<usize>, usize) {
    let (mut train, mut test, mut copies) = (Vec::new(), Vec::new(), 0);
    for members in classes {
        let taken = if members.len() > n { n } else { members.len() / 2 };
        for (place, &unit) in members.iter().enumerate() {
            let cells = &units.cells[unit];
            if place < taken {
                train.push(cells[0]);
                copies += cells.len() - 1;
            } else {
                test.extend_from_slice(cells);
            }
        }
    }
    train.sort_unstable();
    test.sort_unstable();
    (train, test, copies)
}
