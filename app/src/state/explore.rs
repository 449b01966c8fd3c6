//! What the scientist asks of the cells, and what was answered.

mod basis;
mod figures;
mod forms;
mod inquire;
mod pick;
mod types;

use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{
    AskReport, AxisReport, CellSet, ColorBy, CompareReport, Legend, MapState, PathReport,
    RankTermsSettings, RankedTermsReport, RequestId, TracedText,
};

use super::Task;
pub(crate) use basis::{is_of_earlier_selection, is_path_of_earlier_selection};
pub(crate) use figures::{CellPage, CrosstabForm, FiguresPanel, GenesForm};
pub(crate) use forms::{
    ASSIGNMENTS, AskForm, AxisForm, CompareForm, EXCHANGES_OF_CELLS, EXCHANGES_OF_TEXTS, N_DCS,
    PathForm, set_in_words,
};
pub(crate) use pick::{Pick, Source};
pub(crate) use types::{OntologyState, TypesPanel, names_in};

/// Texts whose likeness is offered as a colour in the list; of the others, each answer has its own button.
const MOST_LISTED: usize = 20;

/// One of the questions that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inquiry {
    Compare,
    /// Which terms gather at an end of the genes; asked within `Compare`.
    RankTerms,
    Ask,
    Axis,
    Path,
    Genes,
    Crosstab,
}

impl Inquiry {
    /// All that have a place of their own, in the order in which they are offered.
    pub(crate) const ALL: [Self; 6] =
        [Self::Compare, Self::Ask, Self::Axis, Self::Path, Self::Genes, Self::Crosstab];

    /// What it asks, as a heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Compare | Self::RankTerms => "Why apart",
            Self::Ask => "Ask in words",
            Self::Axis => "Two groups",
            Self::Path => "Path",
            Self::Genes => "Genes",
            Self::Crosstab => "Two labelings",
        }
    }

    /// A name that stays, for tests.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Compare => "compare",
            Self::RankTerms => "terms",
            Self::Ask => "ask",
            Self::Axis => "axis",
            Self::Path => "path",
            Self::Genes => "genes",
            Self::Crosstab => "crosstab",
        }
    }
}

/// What the sentences of a gene's text were found to say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Traced {
    Loading,
    Read(TracedText),
    /// It could not be read, and why.
    Unknown(String),
}

/// The values of a column of `obs` with their cells.
pub(crate) type Classes = Vec<(String, u64)>;

/// What the page knows of the questions.
#[derive(Clone, Copy)]
pub(crate) struct ExplorePanel {
    /// The question in sight.
    pub(crate) inquiry: RwSignal<Inquiry>,
    /// The question that was answered last.
    pub(crate) latest: RwSignal<Option<Inquiry>>,
    /// Questions under way.
    pub(crate) pending: RwSignal<Vec<(RequestId, Inquiry)>>,
    /// Why the last question could not be answered.
    pub(crate) refused: RwSignal<Option<(Inquiry, String)>>,
    /// Classes of columns that were picked or coloured the map. None where there are too many.
    pub(crate) classes: RwSignal<Vec<(String, Classes)>>,
    pub(crate) compare: RwSignal<CompareForm>,
    pub(crate) compared: RwSignal<Option<Arc<CompareReport>>>,
    /// Whether terms ranked over all genes are shown in place of those among the top genes.
    pub(crate) by_rank: RwSignal<bool>,
    pub(crate) ranking: RwSignal<RankTermsSettings>,
    /// The terms of the comparison, ranked over all genes.
    pub(crate) ranked: RwSignal<Option<Arc<RankedTermsReport>>>,
    /// Texts of genes that were looked into, by the gene's name.
    pub(crate) traced: RwSignal<Vec<(String, Traced)>>,
    pub(crate) ask: RwSignal<AskForm>,
    pub(crate) answered: RwSignal<Option<Arc<AskReport>>>,
    /// Types of an ontology that can be asked about.
    pub(crate) types: TypesPanel,
    pub(crate) axis: RwSignal<AxisForm>,
    pub(crate) fitted: RwSignal<Option<Arc<AxisReport>>>,
    pub(crate) path: RwSignal<PathForm>,
    pub(crate) found: RwSignal<Option<Arc<PathReport>>>,
    /// Whether the class graph of the path is drawn over the map.
    pub(crate) over_map: RwSignal<bool>,
    pub(crate) figures: FiguresPanel,
}

impl ExplorePanel {
    pub(crate) fn new() -> Self {
        Self {
            inquiry: RwSignal::new(Inquiry::Compare),
            latest: RwSignal::default(),
            pending: RwSignal::default(),
            refused: RwSignal::default(),
            classes: RwSignal::default(),
            compare: RwSignal::default(),
            compared: RwSignal::default(),
            by_rank: RwSignal::default(),
            ranking: RwSignal::default(),
            ranked: RwSignal::default(),
            traced: RwSignal::default(),
            ask: RwSignal::default(),
            answered: RwSignal::default(),
            types: TypesPanel::new(),
            axis: RwSignal::default(),
            fitted: RwSignal::default(),
            path: RwSignal::default(),
            found: RwSignal::default(),
            over_map: RwSignal::default(),
            figures: FiguresPanel::new(),
        }
    }

    /// Whether a question of this kind is under way.
    pub(crate) fn is_pending(self, inquiry: Inquiry) -> bool {
        self.pending.with(|pending| pending.iter().any(|(_, own)| *own == inquiry))
    }

    /// Whether anything was answered that still holds.
    pub(crate) fn has_answer(self) -> bool {
        Inquiry::ALL.into_iter().any(|inquiry| self.is_answered(inquiry))
    }

    /// Whether the class graph of a path that still holds is drawn over the map.
    pub(crate) fn is_graph_drawn(self) -> bool {
        self.over_map.get() && self.found.with(Option::is_some)
    }

    /// Whether a question has an answer that still holds.
    pub(crate) fn is_answered(self, inquiry: Inquiry) -> bool {
        match inquiry {
            Inquiry::Compare => self.compared.with(Option::is_some),
            Inquiry::RankTerms => self.ranked.with(Option::is_some),
            Inquiry::Ask => self.answered.with(Option::is_some),
            Inquiry::Axis => self.fitted.with(Option::is_some),
            Inquiry::Path => self.found.with(Option::is_some),
            Inquiry::Genes => self.figures.shown.with(Option::is_some),
            Inquiry::Crosstab => self.figures.crossed.with(Option::is_some),
        }
    }

    /// The columns that answers put beside those of the file, to be listed: values first told, then labels.
    pub(crate) fn columns(self) -> Vec<String> {
        let mut columns = self.answered.with(|report| {
            let own = report.as_ref().map_or(&[][..], |report| &report.columns);
            own.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>()
        });
        columns.extend(self.label_column().filter(|label| !columns.contains(label)));
        columns.extend(self.fitted.with(|report| report.as_ref().map(|own| own.column.clone())));
        columns.extend(self.found.with(|report| report.as_ref().map(|own| own.column.clone())));
        columns
    }

    /// The column of labels that were told from texts.
    pub(crate) fn label_column(self) -> Option<String> {
        self.answered
            .with(|report| report.as_ref()?.labels.as_ref().map(|labels| labels.column.clone()))
    }

    /// Forgets what belonged to an earlier data set; what the scientist wrote stays.
    pub(super) fn forget(self) {
        self.outdate(Task::Open);
        self.figures.forget();
        self.refused.set(None);
        self.classes.set(Vec::new());
        self.compare.set(CompareForm::default());
        self.path.set(PathForm::default());
        self.ask.update(|form| form.by = None);
        self.axis.update(|form| {
            *form = AxisForm { names: form.names.clone(), ..AxisForm::default() };
        });
    }

    /// A task has another result: what rests on it is told no longer.
    pub(super) fn outdate(self, task: Task) {
        clear_if(self.compared, |report| basis::of_comparison(&report.settings, task));
        self.settle_comparison();
        clear_if(self.answered, |report| basis::of_answer(&report.settings, task));
        clear_if(self.fitted, |report| basis::of_axis(&report.settings, task));
        clear_if(self.found, |report| basis::of_path(&report.settings, task));
        self.figures.outdate(task);
        self.settle_latest();
    }

    /// A column was told anew: sets of its classes are others now.
    pub(super) fn outdate_column(self, name: &str) {
        let is_of = |set: &CellSet| basis::is_of_column(set, name);
        clear_if(self.compared, |report| {
            is_of(&report.settings.first) || is_of(&report.settings.second)
        });
        self.settle_comparison();
        clear_if(self.fitted, |report| report.settings.column == name);
        clear_if(self.found, |report| {
            is_of(&report.settings.root) || report.settings.by.as_deref() == Some(name)
        });
        self.figures.outdate_column(name);
        self.settle_latest();
    }

    /// A set with a name has other cells now, or is gone.
    pub(super) fn outdate_named(self, name: &str) {
        let is_of = |set: &CellSet| basis::is_named(set, name);
        clear_if(self.compared, |report| {
            is_of(&report.settings.first) || is_of(&report.settings.second)
        });
        self.settle_comparison();
        clear_if(self.found, |report| is_of(&report.settings.root));
        self.settle_latest();
    }

    /// What was told of a comparison goes with it.
    fn settle_comparison(self) {
        if self.compared.with_untracked(Option::is_none) {
            self.traced.set(Vec::new());
            self.ranked.set(None);
        }
    }

    fn settle_latest(self) {
        let is_gone =
            self.latest.get_untracked().is_some_and(|last| !untrack(|| self.is_answered(last)));
        if is_gone {
            let other = Inquiry::ALL.into_iter().find(|own| untrack(|| self.is_answered(*own)));
            self.latest.set(other);
        }
    }

    /// Learns the classes of the column that colours the map.
    pub(super) fn learn(self, state: &MapState) {
        if let (ColorBy::Obs(column), Legend::Classes(told)) = (&state.color, &state.legend) {
            let own = told.iter().map(|class| (class.name.clone(), class.n_obs)).collect();
            self.learn_classes(column, own);
        }
    }

    /// Keeps the classes of a column; none of them where there are too many to be listed.
    pub(super) fn learn_classes(self, column: &str, own: Classes) {
        let is_known = self.classes.with_untracked(|known| {
            known.iter().any(|(name, classes)| name == column && *classes == own)
        });
        if !is_known {
            self.classes.update(|known| {
                known.retain(|(name, _)| name != column);
                known.push((column.to_owned(), own));
            });
        }
    }

    /// The classes of a column, once the worker has told them; none of them where it has too many.
    pub(crate) fn classes_of(self, column: &str) -> Option<Classes> {
        self.classes.with(|known| {
            known.iter().find(|(name, _)| name == column).map(|(_, classes)| classes.clone())
        })
    }
}

fn clear_if<T: Send + Sync + 'static>(slot: RwSignal<Option<Arc<T>>>, is_old: impl Fn(&T) -> bool) {
    if slot.with_untracked(|report| report.as_ref().is_some_and(|report| is_old(report))) {
        slot.set(None);
    }
}

impl ExplorePanel {
    /// What is known of a gene's text; nothing before it was asked for.
    pub(crate) fn traced_of(self, name: &str) -> Option<Traced> {
        self.traced.with(|traced| {
            traced.iter().find(|(own, _)| own == name).map(|(_, traced)| traced.clone())
        })
    }

    pub(crate) fn forget_traced(self, name: &str) {
        self.traced.update(|traced| traced.retain(|(own, _)| own != name));
    }

    fn keep_traced(self, name: &str, text: Traced) {
        self.traced.update(|traced| {
            traced.retain(|(own, _)| own != name);
            traced.push((name.to_owned(), text));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::{axis_report, compare_report, path_report};
    use lexicell_protocol::{Layout, LegendClass, Renderer, View};

    fn panel() -> ExplorePanel {
        let panel = ExplorePanel::new();
        panel.compared.set(Some(Arc::new(compare_report())));
        panel.fitted.set(Some(Arc::new(axis_report())));
        panel.found.set(Some(Arc::new(path_report())));
        panel.keep_traced("MS4A1", Traced::Loading);
        panel.latest.set(Some(Inquiry::Path));
        panel
    }

    #[test]
    fn what_rests_on_a_new_result_goes_and_the_rest_stays() {
        let owner = Owner::new();
        owner.set();
        let panel = panel();
        panel.outdate(Task::Neighbors(View::Text));
        assert!(!panel.is_answered(Inquiry::Path) && panel.is_answered(Inquiry::Compare));
        assert!(panel.traced_of("MS4A1").is_some());
        assert_eq!(panel.latest.get_untracked(), Some(Inquiry::Compare));
        panel.outdate(Task::PoolCells);
        assert!(!panel.has_answer() && panel.traced_of("MS4A1").is_none());
        assert_eq!(panel.latest.get_untracked(), None);
    }

    #[test]
    fn the_map_can_show_each_column_that_was_told() {
        let owner = Owner::new();
        owner.set();
        assert_eq!(panel().columns(), ["axis", "pseudotime"]);
    }

    #[test]
    fn another_data_set_leaves_what_was_written_and_nothing_else() {
        let owner = Owner::new();
        owner.set();
        let panel = panel();
        panel.ask.update(|form| form.text = "a sentence".to_owned());
        panel.axis.update(|form| (form.names[0], form.column) = ("old".into(), Some("t".into())));
        panel.forget();
        assert!(!panel.has_answer());
        assert_eq!(panel.ask.with_untracked(|form| form.text.clone()), "a sentence");
        let form = panel.axis.get_untracked();
        assert_eq!((form.name(0), form.column), ("old".to_owned(), None));
    }

    fn map(color: ColorBy, legend: Legend) -> MapState {
        MapState {
            layout: Some(Layout::Pca),
            beside: None,
            layouts: vec![],
            color,
            palette: Default::default(),
            legend,
            renderer: Renderer::Canvas2d,
            n_obs: 3,
            n_selected: 0,
        }
    }

    #[test]
    fn the_classes_of_a_column_are_learned_from_the_legend() {
        let owner = Owner::new();
        owner.set();
        let panel = ExplorePanel::new();
        let class = |name: &str, n_obs| LegendClass {
            name: name.to_owned(),
            code: 0,
            color: String::new(),
            n_obs,
        };
        assert_eq!(panel.classes_of("type"), None);
        let legend = Legend::Classes(vec![class("B", 2), class("T", 1)]);
        panel.learn(&map(ColorBy::Obs("type".to_owned()), legend));
        assert_eq!(panel.classes_of("type"), Some(vec![("B".into(), 2), ("T".into(), 1)]));
        panel.learn(&map(ColorBy::Obs("type".to_owned()), Legend::Classes(vec![class("B", 3)])));
        assert_eq!(panel.classes_of("type").map(|classes| classes.len()), Some(1));
        panel.learn(&map(ColorBy::Obs("n_genes".to_owned()), Legend::Plain));
        assert_eq!(panel.classes_of("n_genes"), None);
        panel.learn_classes("n_genes", vec![]);
        assert_eq!(panel.classes_of("n_genes"), Some(vec![]));
    }
}
