//! What the questions of the Explore stage found, as parts of the report.

mod ask;
mod axis;
mod compare;
mod path;

use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{
    AskReport, AxisReport, CompareReport, PathReport, RankedTermsReport, TracedText,
};

use super::html::Html;
use crate::state::{AppState, Traced, is_of_earlier_selection};

/// The answers that still hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Explored {
    pub(super) compared: Option<Arc<CompareReport>>,
    /// Whether other cells are selected now than those that were compared.
    pub(super) is_earlier: bool,
    /// Its terms, ranked over all genes.
    pub(super) ranked: Option<Arc<RankedTermsReport>>,
    /// Texts of genes that were looked into, sentence by sentence.
    pub(super) traced: Vec<TracedText>,
    pub(super) asked: Option<Arc<AskReport>>,
    pub(super) fitted: Option<Arc<AxisReport>>,
    /// What the scientist calls both groups of the axis.
    pub(super) groups: [String; 2],
    pub(super) found: Option<Arc<PathReport>>,
}

impl Explored {
    /// Gathers the answers that the page holds.
    pub(super) fn collect(app: AppState) -> Self {
        let panel = app.explore;
        let read = |(_, traced): &(String, Traced)| match traced {
            Traced::Read(text) => Some(text.clone()),
            Traced::Loading | Traced::Unknown(_) => None,
        };
        Self {
            compared: panel.compared.get(),
            is_earlier: panel.compared.with(|report| {
                let own = report.as_deref();
                own.is_some_and(|own| app.sets.with(|sets| is_of_earlier_selection(own, sets)))
            }),
            ranked: panel.ranked.get(),
            traced: panel.traced.with(|traced| traced.iter().filter_map(read).collect()),
            asked: panel.answered.get(),
            fitted: panel.fitted.get(),
            groups: panel.axis.with(|form| [form.name(0), form.name(1)]),
            found: panel.found.get(),
        }
    }

    fn is_empty(&self) -> bool {
        self.compared.is_none()
            && self.asked.is_none()
            && self.fitted.is_none()
            && self.found.is_none()
    }
}

/// Writes every answer that is there.
pub(super) fn write(html: &mut Html, explored: &Explored) {
    if explored.is_empty() {
        return;
    }
    html.heading(2, "Explore");
    if let Some(report) = &explored.compared {
        compare::write(html, report, &explored.traced);
        if let Some(ranked) = &explored.ranked {
            compare::write_ranked(html, ranked);
        }
    }
    if let Some(report) = &explored.asked {
        ask::write(html, report);
    }
    if let Some(report) = &explored.fitted {
        axis::write(html, report, &explored.groups);
    }
    if let Some(report) = &explored.found {
        path::write(html, report);
    }
}

/// A line that says how many rows were left out, if any were.
fn left_out(html: &mut Html, shown: usize, total: usize, what: &str) {
    if total > shown {
        let words = format!("{} more {what} are not listed here.", total - shown);
        html.paragraph("muted", &words);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::explored;
    use super::*;

    fn page(explored: &Explored) -> String {
        let mut html = Html::new();
        write(&mut html, explored);
        html.page("test")
    }

    #[test]
    fn every_answer_stands_in_the_report_and_none_that_is_missing() {
        let whole = page(&explored());
        for part in [
            "B &lt;cell&gt; against the rest",
            "Cells like “B cell receptor”",
            "Types told from their texts",
            "hardy and frail",
            "Path from the selected cells",
            "p = 0.005",
            "&lt;TEXT&gt;",
            "antigen binding",
            "It presents antigen.",
            "GO terms ranked over all genes, higher in B &lt;cell&gt;",
            "1 of the 2 texts is a type of the Cell Ontology (release 2024-08-16, CC BY 4.0)",
            "T: kills (CL:0000084)",
        ] {
            assert!(whole.contains(part), "{part} is missing");
        }
        assert_eq!(whole.matches("<svg").count(), 6);
        assert!(!whole.contains("NaN") && !whole.contains("<TEXT>"));
        assert!(!page(&Explored::default()).contains("Explore"));
        let one =
            Explored { compared: None, ranked: None, traced: vec![], asked: None, ..explored() };
        let one = page(&one);
        assert!(!one.contains("against") && one.contains("hardy and frail"));
    }
}
