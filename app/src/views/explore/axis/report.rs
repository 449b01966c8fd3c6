use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{AxisReport, AxisUnit, ColorBy};

use crate::components::{CappedRows, FigureView, Meanings, Notes, SaveCsv, count, figure, signed};
use crate::files::{Csv, or_empty};
use crate::plot::units;
use crate::state::{AppState, Pick, Source, Stage};
use crate::words::{AXIS, axis_p_in_words, view_in_words};

/// The answer: where every unit lies, and whether the groups could have been formed otherwise.
pub(super) fn report(app: AppState, report: Arc<AxisReport>) -> AnyView {
    let form = app.explore.axis;
    let names = Memo::new(move |_| form.with(|form| [form.name(0), form.name(1)]));
    let heading = move || names.with(|names| format!("{} and {}", names[0], names[1]));
    let drawn = Arc::clone(&report);
    let picture = Signal::derive(move || names.with(|names| units(&drawn, names)));
    let column = report.column.clone();
    let show = move |_| {
        app.color_by(ColorBy::Obs(column.clone()));
        app.stage.set(Stage::Map);
    };
    let ends = ends(&report);
    let space = format!(
        "The values of “{}” in the space of {}.",
        report.settings.column,
        view_in_words(report.settings.view)
    );
    view! {
        <div class="stack" data-testid="axis-report">
            <div class="heading-line">
                <h2>{heading}</h2>
                <button type="button" class="link" data-testid="show-axis" on:click=show>"Show on the map"</button>
            </div>
            <p class="muted">{space}</p>
            <div class="verdict">
                <p data-testid="axis-p">{axis_p_in_words(&report)}</p>
                <p class="hint">"Tested are values, not cells. An axis says that the groups differ, not why: technique, tissue or donor may go with the groups."</p>
            </div>
            <Notes notes=report.notes.clone() testid="axis-notes" />
            <FigureView figure=picture testid="units" />
            {ends.map(|(first, second)| why_button(app, &report.settings.column, first, second))}
            {table(Arc::clone(&report), names)}
            <SaveCsv name="lexicell-axis.csv" testid="save-axis" table=move |()| names.with_untracked(|names| csv(&report, names)) />
            <Meanings of=AXIS testid="meanings-axis" />
        </div>
    }
    .into_any()
}

/// Prepares the comparison of the outermost values of both groups.
fn why_button(app: AppState, column: &str, first: String, second: String) -> AnyView {
    let label = format!("Why is {first} apart from {second}?");
    let pick = |class: String| Pick::class(Source::Column(column.to_owned()), class);
    let (first, second) = (pick(first), pick(second));
    let explain = move |_| app.explain(first.clone(), second.clone());
    view! {
        <div class="buttons">
            <button type="button" class="button" data-testid="explain-axis" on:click=explain>{label}</button>
        </div>
    }
    .into_any()
}

/// The value of each group that lies farthest out.
fn ends(report: &AxisReport) -> Option<(String, String)> {
    let of = |group: u8| report.units.iter().filter(move |unit| unit.group == Some(group));
    let first = of(0).max_by(|a, b| a.mean.total_cmp(&b.mean))?;
    let second = of(1).min_by(|a, b| a.mean.total_cmp(&b.mean))?;
    Some((first.name.clone(), second.name.clone()))
}

fn table(report: Arc<AxisReport>, names: Memo<[String; 2]>) -> AnyView {
    let total = report.units.len();
    let row = move |place: usize| unit_row(&report.units[place], names);
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Values on the axis">
            <table data-testid="axis-table">
                <caption>"Left out: where the value lies on an axis that was made without it, and the cosine of that axis with the whole one. A value that falls to the other side without itself was held there by itself alone."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Value"</th>
                        <th scope="col">"Group"</th>
                        <th scope="col" class="number">"Cells"</th>
                        <th scope="col" class="number">"Mean ± SD"</th>
                        <th scope="col" class="number" title="Lower quartile, median, upper quartile">"Quartiles"</th>
                        <th scope="col" class="number">"Left out"</th>
                        <th scope="col" class="number" title="Cosine of the axis without it with the whole one">"Cosine"</th>
                    </tr>
                </thead>
                <CappedRows total=total columns=7 testid="axis-more" row=row />
            </table>
        </div>
    }
    .into_any()
}

fn unit_row(unit: &AxisUnit, names: Memo<[String; 2]>) -> AnyView {
    let group = unit.group;
    let group_name = move || match group {
        Some(group) => names.with(|names| names[usize::from(group != 0)].clone()),
        None => "neither".to_owned(),
    };
    let or_dash =
        |value: Option<f64>, words: fn(f64) -> String| value.map_or("–".to_owned(), words);
    let quartiles = unit.quartiles.map(|value| signed(value, 2)).join(" / ");
    view! {
        <tr data-testid="axis-row">
            <th scope="row">{unit.name.clone()}</th>
            <td>{group_name}{changes_side(unit).then(|| view! { <span class="badge">"changes sides"</span> })}</td>
            <td class="number">{count(unit.n_obs)}</td>
            <td class="number">{format!("{} ± {}", signed(unit.mean, 2), figure(unit.sd, 2))}</td>
            <td class="number">{quartiles}</td>
            <td class="number">{or_dash(unit.left_out, |value| signed(value, 2))}</td>
            <td class="number">{or_dash(unit.left_out_cosine, |value| figure(value, 3))}</td>
        </tr>
    }
    .into_any()
}

fn csv(report: &AxisReport, names: &[String; 2]) -> Csv {
    let mut table = Csv::new(&[
        "value",
        "group",
        "n_cells",
        "mean",
        "sd",
        "q1",
        "median",
        "q3",
        "mean_left_out",
        "cosine_left_out",
    ]);
    for unit in &report.units {
        let group = unit.group.map_or("", |group| &names[usize::from(group != 0)]);
        let numbers = [unit.mean, unit.sd].into_iter().chain(unit.quartiles);
        let left_out = [or_empty(unit.left_out), or_empty(unit.left_out_cosine)];
        table.row(
            [unit.name.clone(), group.to_owned(), unit.n_obs.to_string()]
                .into_iter()
                .chain(numbers.map(|value| or_empty(Some(value))))
                .chain(left_out),
        );
    }
    table
}

/// Whether a unit of a group lies on the other group's side once it is left out.
fn changes_side(unit: &AxisUnit) -> bool {
    match (unit.group, unit.left_out) {
        (Some(0), Some(mean)) => mean < 0.0,
        (Some(_), Some(mean)) => mean > 0.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::axis_report;

    #[test]
    fn the_outermost_values_of_both_groups_are_compared() {
        let mut report = axis_report();
        assert_eq!(ends(&report), Some(("M1 <alpha>".to_owned(), "W3".to_owned())));
        report.units.truncate(2);
        assert_eq!(ends(&report), None);
    }

    #[test]
    fn a_unit_that_was_held_by_itself_alone_is_marked() {
        let mut units = axis_report().units;
        assert!(units.iter().all(|unit| !changes_side(unit)));
        units[0].left_out = Some(-0.1);
        units[1].left_out = Some(-0.1);
        assert_eq!(units.iter().filter(|unit| changes_side(unit)).count(), 1);
    }
}
