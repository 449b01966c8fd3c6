//! Genes by classes, two labelings, and a cell's page: what is asked and what was answered.

use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{
    Command, CrosstabReport, CrosstabSettings, DescribedCell, GenesReport, GenesSettings, Grouping,
};

use super::basis;
use super::clear_if;
use super::forms::names_of;
use super::pick::Source;
use crate::plot::Spread;
use crate::state::{AppState, Asked, Task};

/// Which genes are shown in which classes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct GenesForm {
    /// Names with commas between.
    pub(crate) genes: String,
    pub(crate) by: Option<Source>,
}

/// Which groupings are held against each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CrosstabForm {
    pub(crate) sides: [Option<Source>; 2],
}

/// The cell whose page is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum CellPage {
    #[default]
    Closed,
    Loading(u64),
    Open(Box<DescribedCell>),
    /// It could not be looked up, and why.
    Unknown(String),
}

/// What the page knows of figures and cells.
#[derive(Clone, Copy)]
pub(crate) struct FiguresPanel {
    pub(crate) genes: RwSignal<GenesForm>,
    pub(crate) shown: RwSignal<Option<Arc<GenesReport>>>,
    /// Whether each gene is scaled from its lowest class to its highest.
    pub(crate) is_scaled: RwSignal<bool>,
    /// The gene whose spread is shown.
    pub(crate) gene: RwSignal<usize>,
    /// How it is drawn.
    pub(crate) drawn_as: RwSignal<Spread>,
    pub(crate) crosstab: RwSignal<CrosstabForm>,
    pub(crate) crossed: RwSignal<Option<Arc<CrosstabReport>>>,
    pub(crate) cell: RwSignal<CellPage>,
    /// What the neighbours of a cell vote by; the worker chooses if none.
    pub(crate) cell_by: RwSignal<Option<Source>>,
}

impl GenesForm {
    /// What is asked, or what is missing.
    pub(crate) fn settings(&self) -> Result<GenesSettings, &'static str> {
        let by = self.by.as_ref().and_then(grouping);
        let by = by.ok_or("Choose the column or clusters to group the cells by.")?;
        Ok(GenesSettings { genes: names_of(&self.genes), by })
    }
}

impl CrosstabForm {
    /// What is asked, or what is missing.
    pub(crate) fn settings(&self) -> Result<CrosstabSettings, &'static str> {
        let [first, second] = [0, 1].map(|side| self.sides[side].as_ref().and_then(grouping));
        let (Some(first), Some(second)) = (first, second) else {
            return Err("Choose two columns or clusters.");
        };
        if first == second {
            return Err("Both labelings are the same: choose two different ones.");
        }
        Ok(CrosstabSettings { first, second })
    }
}

/// The grouping that a source is; none of those that are a set of cells.
pub(crate) fn grouping(source: &Source) -> Option<Grouping> {
    match source {
        Source::Column(name) => Some(Grouping::Column(name.clone())),
        Source::Clusters(view) => Some(Grouping::Clusters(*view)),
        _ => None,
    }
}

impl FiguresPanel {
    pub(super) fn new() -> Self {
        Self {
            genes: RwSignal::default(),
            shown: RwSignal::default(),
            is_scaled: RwSignal::default(),
            gene: RwSignal::default(),
            drawn_as: RwSignal::default(),
            crosstab: RwSignal::default(),
            crossed: RwSignal::default(),
            cell: RwSignal::default(),
            cell_by: RwSignal::default(),
        }
    }

    /// Forgets what belonged to an earlier data set; the names of genes stay.
    pub(super) fn forget(self) {
        self.genes.update(|form| form.by = None);
        self.crosstab.set(CrosstabForm::default());
        self.cell_by.set(None);
    }

    /// A task has another result: what rests on it is told no longer.
    pub(super) fn outdate(self, task: Task) {
        clear_if(self.shown, |report| rests_on(&report.settings.by, task));
        clear_if(self.crossed, |report| {
            rests_on(&report.settings.first, task) || rests_on(&report.settings.second, task)
        });
        if basis::is_ground(task) || matches!(task, Task::Neighbors(_) | Task::Cluster(_)) {
            self.cell.set(CellPage::Closed);
        }
    }

    /// A column was told anew.
    pub(super) fn outdate_column(self, name: &str) {
        let is_of = |by: &Grouping| matches!(by, Grouping::Column(own) if own == name);
        clear_if(self.shown, |report| is_of(&report.settings.by));
        clear_if(self.crossed, |report| {
            is_of(&report.settings.first) || is_of(&report.settings.second)
        });
    }
}

fn rests_on(by: &Grouping, task: Task) -> bool {
    basis::is_ground(task)
        || match by {
            Grouping::Clusters(view) => basis::is_clustering(*view, task),
            Grouping::Column(_) => false,
        }
}

impl AppState {
    /// Opens the page of a cell; it is pinned on the map too.
    pub(crate) fn show_cell(self, index: u64) {
        let figures = self.explore.figures;
        figures.cell.set(CellPage::Loading(index));
        let by = figures.cell_by.with_untracked(|by| by.as_ref().and_then(grouping));
        self.ask(Command::DescribeCell(index, by), Asked::Cell(index));
    }

    /// Another cell was clicked, or none: an open page turns to it.
    pub(in crate::state) fn cell_page_follows(self) {
        let page = self.explore.figures.cell;
        if page.with_untracked(|page| *page == CellPage::Closed) {
            return;
        }
        match self.map.pinned.with_untracked(|cell| cell.as_ref().map(|cell| cell.index)) {
            Some(index) => self.show_cell(index),
            None => page.set(CellPage::Closed),
        }
    }

    /// The page of a cell is here; the scientist may have gone on to another since.
    pub(in crate::state) fn cell_described(self, index: u64, cell: Box<DescribedCell>) {
        let page = self.explore.figures.cell;
        if page.with_untracked(|page| *page == CellPage::Loading(index)) {
            self.map.pinned.set(Some(cell.cell.clone()));
            page.set(CellPage::Open(cell));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::{crosstab_report, genes_report};
    use lexicell_protocol::View;

    #[test]
    fn what_is_missing_is_said() {
        let mut form = GenesForm { genes: "CD3E, MS4A1".to_owned(), by: None };
        assert!(form.settings().is_err());
        form.by = Some(Source::Clusters(View::Text));
        assert_eq!(form.settings().map(|settings| settings.genes.len()), Ok(2));
        let column = Some(Source::Column("type".to_owned()));
        let mut form = CrosstabForm { sides: [column.clone(), None] };
        assert!(form.settings().is_err());
        form.sides[1] = column;
        assert!(form.settings().is_err_and(|why| why.contains("same")));
        form.sides[1] = Some(Source::Clusters(View::Pca));
        assert!(form.settings().is_ok());
    }

    #[test]
    fn figures_go_with_the_clusters_that_they_rest_on() {
        let owner = Owner::new();
        owner.set();
        let panel = FiguresPanel::new();
        let mut report = genes_report();
        report.settings.by = Grouping::Clusters(View::Text);
        panel.shown.set(Some(Arc::new(report)));
        panel.crossed.set(Some(Arc::new(crosstab_report())));
        panel.outdate(Task::Cluster(View::Text));
        assert!(panel.shown.with_untracked(Option::is_none));
        assert!(panel.crossed.with_untracked(Option::is_some));
        panel.outdate_column("cluster");
        assert!(panel.crossed.with_untracked(Option::is_none));
    }
}
