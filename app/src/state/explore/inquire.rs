use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{ColorBy, Command, CompareSettings, Output, RequestId, TracedText};

use super::{
    AskForm, AxisForm, CompareForm, CrosstabForm, GenesForm, Inquiry, PathForm, Pick, Traced,
};
use crate::state::{AppState, Asked, Stage};

impl AppState {
    /// Asks what the form of that question says; nothing is asked while something is missing.
    pub(crate) fn inquire(self, inquiry: Inquiry) {
        let explore = self.explore;
        let command = match inquiry {
            Inquiry::Compare => {
                explore.compare.with_untracked(CompareForm::settings).map(Command::Compare)
            }
            Inquiry::RankTerms => Ok(Command::RankTerms(explore.ranking.get_untracked())),
            Inquiry::Ask => explore.ask.with_untracked(AskForm::settings).map(Command::Ask),
            Inquiry::Axis => explore.axis.with_untracked(AxisForm::settings).map(Command::FitAxis),
            Inquiry::Path => explore.path.with_untracked(PathForm::settings).map(Command::FindPath),
            Inquiry::Genes => {
                explore.figures.genes.with_untracked(GenesForm::settings).map(Command::ShowGenes)
            }
            Inquiry::Crosstab => explore
                .figures
                .crosstab
                .with_untracked(CrosstabForm::settings)
                .map(Command::Crosstab),
        };
        let Ok(command) = command else { return };
        explore.refused.set(None);
        let id = self.ask(command, Asked::Explore(inquiry));
        explore.pending.update(|pending| pending.push((id, inquiry)));
    }

    /// Asks why these cells are apart from others, as soon as the scientist says so.
    pub(crate) fn explain(self, first: Pick, second: Pick) {
        self.explore.compare.update(|form| (form.first, form.second) = (first, second));
        self.explore.inquiry.set(Inquiry::Compare);
        self.stage.set(Stage::Explore);
    }

    /// Compares the same sets once more, with the cells that are selected now.
    pub(crate) fn compare_again(self, settings: &CompareSettings) {
        self.explore.compare.update(|form| {
            (form.first, form.second) = (Pick::of(&settings.first), Pick::of(&settings.second));
        });
        self.inquire(Inquiry::Compare);
    }

    /// Asks what each sentence of a gene's text has to do with the difference.
    pub(crate) fn trace_text(self, name: &str) {
        self.explore.keep_traced(name, Traced::Loading);
        self.ask(Command::TraceText(name.to_owned()), Asked::Trace(name.to_owned()));
    }

    /// Stops what is asked of that kind.
    pub(crate) fn stop_inquiry(self, inquiry: Inquiry) {
        for (id, own) in self.explore.pending.get_untracked() {
            if own == inquiry {
                self.stop_errand(id);
            }
        }
    }

    /// Stops all that is asked.
    pub(crate) fn stop_inquiries(self) {
        for (id, _) in self.explore.pending.get_untracked() {
            self.stop_errand(id);
        }
    }

    /// Asks for the classes of a column, unless they are known; the map's colours stay.
    pub(crate) fn look_up_classes(self, column: &str) {
        let is_known = self
            .explore
            .classes
            .with_untracked(|known| known.iter().any(|(name, _)| name == column));
        if !is_known {
            let column = column.to_owned();
            self.ask(Command::ListClasses(column.clone()), Asked::Classes(column));
        }
    }

    /// A request is answered, refused or stopped.
    pub(in crate::state) fn inquiry_over(self, id: RequestId) {
        let explore = self.explore;
        if explore.pending.with_untracked(|pending| pending.iter().any(|(own, _)| *own == id)) {
            self.errand.set(None);
            explore.pending.update(|pending| pending.retain(|(own, _)| *own != id));
        }
    }

    /// Keeps an answer; the map shows what it tells of each cell.
    pub(in crate::state) fn inquiry_answered(self, inquiry: Inquiry, output: Output) {
        let explore = self.explore;
        match output {
            Output::Compared(report) => {
                explore.traced.set(Vec::new());
                explore.ranked.set(None);
                explore.compared.set(Some(Arc::from(report)));
            }
            Output::RankedTerms(report) => {
                // The comparison may have gone while its terms were ranked.
                let names = explore
                    .compared
                    .with_untracked(|own| own.as_ref().map(|own| own.names.clone()));
                if names.as_ref() == Some(&report.names) {
                    explore.ranked.set(Some(Arc::from(report)));
                }
                return;
            }
            Output::Asked(report) => {
                // A path may begin at cells most like an earlier text of that name.
                let told = report.labels.as_ref().map(|labels| &labels.column);
                report.columns.iter().chain(told).for_each(|name| explore.outdate_column(name));
                if let Some(column) = report.labels.as_ref().map(|labels| &labels.column) {
                    self.color_by(ColorBy::Obs(column.clone()));
                } else if let Some(column) = report.columns.first() {
                    self.color_by(ColorBy::Obs(column.clone()));
                }
                explore.answered.set(Some(Arc::from(report)));
            }
            Output::Axis(report) => {
                self.color_by(ColorBy::Obs(report.column.clone()));
                explore.fitted.set(Some(Arc::from(report)));
            }
            Output::Path(report) => {
                self.color_by(ColorBy::Obs(report.column.clone()));
                explore.found.set(Some(Arc::from(report)));
            }
            Output::Genes(report) => explore.figures.shown.set(Some(Arc::from(report))),
            Output::Crosstab(report) => explore.figures.crossed.set(Some(Arc::from(report))),
            _ => return,
        }
        explore.latest.set(Some(inquiry));
    }

    pub(in crate::state) fn text_traced(self, name: &str, text: TracedText) {
        self.errand.set(None);
        self.explore.keep_traced(name, Traced::Read(text));
    }

    pub(in crate::state) fn trace_refused(self, name: &str, why: String) {
        self.errand.set(None);
        self.explore.keep_traced(name, Traced::Unknown(why));
    }
}
