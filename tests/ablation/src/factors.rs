//! The ablation: one factor at a time around the shipped defaults.

mod page;
mod space;
mod training;

use lexicell_analysis::{
    comparison::{corrected_t_test, overlap},
    score::Score,
    split::Plan,
};
pub(crate) use page::page;
pub(crate) use space::measure as measure_space;
pub(crate) use training::measure as measure_training;

use crate::{
    case::Case,
    error::Result,
    paired,
    results::{Key, Sheet},
    run::Run,
    sets,
    table::full_mean_sd,
};

/// What can be set, and to what; its levels are compared with the shipped one.
#[derive(Debug, PartialEq, Eq)]
struct Factor {
    name: &'static str,
    levels: &'static [&'static str],
    shipped: &'static str,
}

/// Figures of all levels.
const SHEET: Sheet = Sheet {
    file: "ablation.csv",
    header: &[
        "factor",
        "level",
        "against",
        "set",
        "votes",
        "macro_f1",
        "macro_f1_sd",
        "accuracy",
        "accuracy_sd",
        "difference",
        "low",
        "high",
        "p",
    ],
    key: &[
        Key { column: "set", place: sets::place },
        Key { column: "factor", place: |name| all().position(|factor| factor.name == name) },
    ],
};

fn all() -> impl Iterator<Item = &'static Factor> {
    space::FACTORS.iter().chain(&training::FACTORS)
}

/// Whether every level stands in the table, held against the level that is shipped now.
fn is_there(run: &Run<'_>, case: &Case, levels: &[(&Factor, &str)]) -> Result<bool> {
    let table = run.results.read(&SHEET)?;
    let set = case.set.spec.key;
    Ok(levels.iter().all(|(factor, level)| {
        let wanted = [set, factor.name, *level, factor.shipped];
        table.holds(["set", "factor", "level", "against"], wanted)
    }))
}

/// Puts levels and their scores on the same rounds into the table.
fn enter(
    run: &Run<'_>,
    case: &Case,
    plan: &Plan,
    levels: &[(&Factor, &str)],
    scores: &[&Score],
) -> Result<()> {
    let values = |score: &Score| score.folds.iter().map(|fold| fold.macro_f1).collect::<Vec<f64>>();
    let mut rows = Vec::new();
    for ((factor, level), score) in levels.iter().zip(scores) {
        let of_shipped = |(own, level): &(&Factor, &str)| own == factor && *level == factor.shipped;
        let Some(shipped) = levels.iter().position(of_shipped) else { continue };
        let found =
            corrected_t_test(&values(score), &values(scores[shipped]), overlap(plan, None))?;
        let spec = case.set.spec;
        let names = [factor.name, level, factor.shipped, spec.key, &spec.votes.to_string()];
        let figures = [full_mean_sd(score.macro_f1), full_mean_sd(score.accuracy)];
        let fields = names.map(str::to_owned).into_iter().chain(figures.into_iter().flatten());
        rows.push(fields.chain(paired::fields(found)).collect());
    }
    run.results.replace(&SHEET, rows)
}

/// The only point of a plan that is no curve.
fn first(scores: Vec<Score>) -> Score {
    scores.into_iter().next().unwrap_or_default()
}
