//! Where cells, types, donors or samples lie between two groups of them.

use lexicell_analysis::axis::{Axis, AxisOptions, AxisResult, UnitSummary};
use lexicell_matrix::Categorical;
use lexicell_protocol::{
    AxisReport, AxisSettings, AxisUnit, FailureKind, Note, NoteLevel, Output, Step, View,
};

use super::super::{compared, free_column, missing};
use super::cells;
use crate::failure::IntoFailure;
use crate::map;
use crate::session::{Measured, Shared};
use crate::task::{Stop, Task};

/// The column of `obs` that holds the place on the axis.
const COLUMN: &str = "axis_score";
/// Units of work, of some milliseconds each, between two looks at the clock.
const UNITS_PER_RUN: usize = 1;

/// Fits the axis and places every cell and unit.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: AxisSettings,
) -> Result<Output, Stop> {
    let (units, rows) = {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let units = cells::classes(task, &session, &dataset, &settings.column)?;
        let rows = compared(&session, settings.view);
        (units, rows.ok_or_else(|| missing(task, "The cells' places in that view"))?)
    };
    let groups = [codes(task, &units, &settings.first)?, codes(task, &units, &settings.second)?];
    let options = AxisOptions { n_draws: settings.n_permutations as usize, seed: settings.seed };
    let found = {
        let of_cells = (&units.codes[..], units.categories.len());
        let groups = [&groups[0][..], &groups[1][..]];
        let mut axis =
            Axis::new(&rows, of_cells, groups, options).map_err(|error| error.at(task.step))?;
        loop {
            let progress = axis.run(UNITS_PER_RUN).map_err(|error| error.at(task.step))?;
            task.tick("parts of the axis", progress.done as u64, progress.total as u64).await?;
            if progress.is_done() {
                break;
            }
        }
        axis.finish().map_err(|error| error.at(task.step))?
    };
    let column = free_column(&session.borrow(), COLUMN);
    let report = report(settings, column.clone(), &units, &found);
    session.borrow_mut().measure(Measured {
        column,
        unit: format!(
            "axis: +1 {}, −1 {}",
            report.settings.first.join(", "),
            report.settings.second.join(", ")
        ),
        values: found.scores.iter().map(|&score| score as f32).collect(),
        rests_on: match report.settings.view {
            View::Text => Step::PoolCells,
            View::Pca => Step::Pca,
            View::Refined => Step::Refine,
        },
    });
    map::refresh(session);
    Ok(Output::Axis(Box::new(report)))
}

fn codes(task: &Task, units: &Categorical, names: &[String]) -> Result<Vec<u32>, Stop> {
    let code = |name: &String| {
        let place = units.categories.iter().position(|own| own == name);
        place.map(|place| place as u32).ok_or_else(|| {
            let text = format!("{name:?}: the column has no such value.");
            Stop::from(task.failure(FailureKind::BadSetting, text))
        })
    };
    names.iter().map(code).collect()
}

fn report(
    settings: AxisSettings,
    column: String,
    units: &Categorical,
    found: &AxisResult,
) -> AxisReport {
    let test = found.test.as_ref();
    let mut summaries: Vec<AxisUnit> =
        found.units.iter().map(|unit| summary(units, unit)).collect();
    summaries.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    AxisReport {
        column,
        units: summaries,
        p: test.map(|test| test.p),
        least_p: test.map_or(1.0, |test| test.least_p),
        n_assignments: test.map_or(0, |test| test.n_assignments as u64),
        is_exact: test.is_some_and(|test| test.exact),
        notes: notes(&settings, found),
        settings,
    }
}

fn summary(units: &Categorical, unit: &UnitSummary) -> AxisUnit {
    AxisUnit {
        name: units.categories[unit.unit as usize].clone(),
        group: unit.group.map(|group| group as u8),
        n_obs: unit.n_cells as u64,
        mean: unit.mean,
        sd: unit.sd,
        quartiles: unit.quartiles,
        left_out: unit.left_out.map(|left_out| left_out.score),
        left_out_cosine: unit.left_out.map(|left_out| left_out.cosine),
    }
}

fn notes(settings: &AxisSettings, found: &AxisResult) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |level, text: &str| notes.push(Note { level, text: text.to_owned() });
    if found.test.is_none() {
        note(
            NoteLevel::Warning,
            "A group has one unit only: what is common to it cannot be told from what is its own, and nothing can be tested.",
        );
    }
    if settings.view == View::Refined {
        note(
            NoteLevel::Warning,
            "Refined cells were drawn apart by their labels: units that are labels are apart by construction.",
        );
    }
    note(
        NoteLevel::Info,
        "The axis is fitted on the named units, so they lie on their sides of it by construction: what counts is where each lies on the axis that was fitted without it, and where units that were not named lie.",
    );
    notes
}
