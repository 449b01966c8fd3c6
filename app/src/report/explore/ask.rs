use lexicell_protocol::{AskReport, ClassLikeness, ZeroShot};

use super::super::html::{Cell, Html, number, text};
use super::super::sections::notes;
use super::super::tables;
use super::left_out;
use crate::components::{count, figure, p_value, percent, signed};
use crate::plot::{cut, likeness};
use crate::words::id_of;

/// Texts that are shown in full; the others in the zero-shot table alone.
const N_TEXTS: usize = 12;
/// Classes listed of each.
const N_CLASSES: usize = 30;
/// Letters of a text in a heading.
const N_LETTERS: usize = 80;

/// How like the cells are to what was asked.
pub(super) fn write(html: &mut Html, report: &AskReport) {
    html.heading(3, "Asked in words");
    notes(html, &report.notes);
    if !report.from.is_empty() {
        html.paragraph("", &report.from);
    }
    if let Some(labels) = &report.labels {
        zero_shot(html, report, labels);
    }
    html.paragraph("muted", "A cosine compares with the other classes, not with 1. p is the greater of two: that of the same cells with the texts exchanged between genes, and that of a text that points anywhere.");
    for place in 0..report.texts.len().min(N_TEXTS) {
        of_text(html, report, place);
    }
    left_out(html, N_TEXTS, report.texts.len(), "texts");
}

fn of_text(html: &mut Html, report: &AskReport, place: usize) {
    let Some((name, asked)) = report.texts.get(place) else { return };
    html.heading(3, &format!("Cells like “{}”", cut(name, N_LETTERS)));
    let id = id_of(report, place).unwrap_or_default();
    if asked != name || !id.is_empty() {
        html.paragraph("", &format!("{asked}{id}"));
    }
    let classes = report.classes.get(place).map_or(&[][..], Vec::as_slice);
    html.figure(&likeness(name, &report.by, classes));
    html.table(
        "Most alike first.",
        &[
            text(report.by.clone()),
            number("Cells"),
            number("Cosine"),
            number("z"),
            number("Adjusted p"),
        ],
        classes.iter().take(N_CLASSES).map(row).collect(),
    );
    left_out(html, N_CLASSES, classes.len(), "classes");
    let genes = report.genes.get(place).map_or(&[][..], Vec::as_slice);
    let named: Vec<String> =
        genes.iter().map(|(name, cosine)| format!("{name} {}", figure(*cosine, 3))).collect();
    if !named.is_empty() {
        html.facts(&[("Genes whose descriptions are most alike (cosine)", named.join(", "))]);
    }
}

fn row(class: &ClassLikeness) -> Vec<Cell> {
    vec![
        text(class.name.clone()),
        number(count(class.n_obs)),
        number(signed(class.cosine, 3)),
        number(signed(class.z, 2)),
        number(p_value(class.p_adjusted)),
    ]
}

fn zero_shot(html: &mut Html, report: &AskReport, labels: &ZeroShot) {
    html.heading(3, "Types told from their texts");
    let judged = match labels.against {
        Some((accuracy, f1)) => format!(
            "Held against “{}”: {} of the cells of these types are told rightly (unsure ones count as wrong), mean F1 over the types {}.",
            report.by,
            percent(accuracy),
            figure(f1, 3)
        ),
        None => "Not judged: no column of labels bears the names of these types.".to_owned(),
    };
    html.paragraph("verdict", &judged);
    html.facts(&[
        ("Column", labels.column.clone()),
        ("Least lead of the best text over the second", figure(labels.least_margin, 4)),
    ]);
    let names: Vec<String> = report.texts.iter().map(|(name, _)| name.clone()).collect();
    tables::told(html, &names, &labels.counts, labels.n_unsure, "unsure");
}
