use lexicell_protocol::{AxisReport, AxisUnit};

use super::super::html::{Cell, Html, number, text};
use super::super::sections::notes;
use crate::components::{count, figure, signed};
use crate::plot::units;
use crate::words::{axis_p_in_words, view_in_words};

/// Where units lie between two groups.
pub(super) fn write(html: &mut Html, report: &AxisReport, names: &[String; 2]) {
    let settings = &report.settings;
    html.heading(3, &format!("Between two groups: {} and {}", names[0], names[1]));
    html.paragraph("verdict", &axis_p_in_words(report));
    html.facts(&[
        ("Values of", format!("“{}”", settings.column)),
        ("In the space of", view_in_words(settings.view).to_owned()),
        (&names[0], settings.first.join(", ")),
        (&names[1], settings.second.join(", ")),
        ("Column of scores", report.column.clone()),
    ]);
    notes(html, &report.notes);
    html.figure(&units(report, names));
    html.table(
        "+1 is the mean of the first group, −1 that of the second. Left out: where the value lies on an axis that was made without it, and the cosine of that axis with the whole one.",
        &[
            text(settings.column.clone()),
            text("Group"),
            number("Cells"),
            number("Mean ± SD"),
            number("Quartiles"),
            number("Left out"),
            number("Cosine"),
        ],
        report.units.iter().map(|unit| row(unit, names)).collect(),
    );
}

fn row(unit: &AxisUnit, names: &[String; 2]) -> Vec<Cell> {
    let group = match unit.group {
        Some(0) => names[0].clone(),
        Some(_) => names[1].clone(),
        None => "neither".to_owned(),
    };
    let dash = || "–".to_owned();
    vec![
        text(unit.name.clone()),
        text(group),
        number(count(unit.n_obs)),
        number(format!("{} ± {}", signed(unit.mean, 2), figure(unit.sd, 2))),
        number(unit.quartiles.map(|value| signed(value, 2)).join(" / ")),
        number(unit.left_out.map_or_else(dash, |value| signed(value, 2))),
        number(unit.left_out_cosine.map_or_else(dash, |value| figure(value, 3))),
    ]
}
