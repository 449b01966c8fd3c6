use leptos::prelude::*;
use lexicell_protocol::SaveKind;

use crate::components::Panel;
use crate::report;
use crate::state::{AppState, Phase, Task, app_state};
use crate::views::save_ranked;

/// What can be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    Cells,
    H5ad,
    Png,
    Svg,
    Settings,
    Unmapped,
    Score,
    /// Genes and terms of the comparison, and its terms ranked over all genes.
    Comparison,
    Terms,
    RankedTerms,
    Head,
    Report,
    Script,
}

const OFFERS: [Offer; 13] = [
    Offer::Report,
    Offer::H5ad,
    Offer::Cells,
    Offer::Png,
    Offer::Svg,
    Offer::Score,
    Offer::Comparison,
    Offer::Terms,
    Offer::RankedTerms,
    Offer::Head,
    Offer::Script,
    Offer::Unmapped,
    Offer::Settings,
];

impl Offer {
    fn text(self) -> (&'static str, &'static str) {
        match self {
            Offer::H5ad => (
                "Data set with results (h5ad)",
                "Opens in scanpy: embedding, clusters and coordinates beside your data.",
            ),
            Offer::Cells => (
                "Cells (CSV)",
                "A row for each cell: its columns, clusters, coordinates and embedding.",
            ),
            Offer::Png => ("Map (PNG)", "A picture of the map as it is now."),
            Offer::Svg => ("Map (SVG)", "A vector figure for a paper."),
            Offer::Score => ("Score (CSV)", "Every method, metric and class."),
            Offer::Comparison => (
                "Genes of the comparison (CSV)",
                "Every gene: its part of the distance, Wilcoxon test, fold change and AUC.",
            ),
            Offer::Terms => (
                "Terms of the comparison (CSV)",
                "GO terms over-represented among the top genes of either set.",
            ),
            Offer::RankedTerms => (
                "Ranked terms of the comparison (CSV)",
                "GO terms ranked over all genes, with scores, p and leading edge.",
            ),
            Offer::Head => (
                "Trained head (safetensors)",
                "Drop it on another data set to tell the classes of its cells.",
            ),
            Offer::Report => (
                "Report (HTML)",
                "All results, figures and a methods paragraph in one file to read or print.",
            ),
            Offer::Script => (
                "Repeat in scanpy (Python)",
                "A script that repeats the classical steps on the saved h5ad, and holds both against each other.",
            ),
            Offer::Unmapped => ("Unknown genes (CSV)", "Names that no record was found for."),
            Offer::Settings => {
                ("Settings (JSON)", "Drop it back on the page to repeat the analysis.")
            }
        }
    }

    fn testid(self) -> &'static str {
        match self {
            Offer::Cells => "save-cells-csv",
            Offer::H5ad => "save-h5ad",
            Offer::Png => "save-map-png",
            Offer::Svg => "save-map-svg",
            Offer::Settings => "save-settings-json",
            Offer::Unmapped => "save-unmapped-csv",
            Offer::Score => "save-score-csv",
            Offer::Comparison => "save-comparison-csv",
            Offer::Terms => "save-terms-csv",
            Offer::RankedTerms => "save-ranked-csv",
            Offer::Head => "save-head-file",
            Offer::Report => "save-report-html",
            Offer::Script => "save-scanpy",
        }
    }

    /// Whether what it holds is there.
    fn is_there(self, app: AppState) -> bool {
        let task = match self {
            Offer::Comparison | Offer::Terms => return app.explore.compared.with(Option::is_some),
            Offer::RankedTerms => return app.explore.ranked.with(Option::is_some),
            Offer::Cells | Offer::H5ad | Offer::Settings => Task::Open,
            Offer::Png | Offer::Svg => Task::PoolCells,
            Offer::Unmapped => Task::MapGenes,
            Offer::Score => Task::Score,
            Offer::Head => Task::Refine,
            Offer::Report | Offer::Script => Task::Open,
        };
        matches!(app.steps.phase(task), Phase::Ready | Phase::Stale)
    }

    fn take(self, app: AppState) {
        app.save(match self {
            Offer::Report => return report::save_report(app),
            Offer::Script => return report::save_script(app),
            Offer::RankedTerms => {
                if let Some(report) = app.explore.ranked.get_untracked() {
                    save_ranked(app, &report);
                }
                return;
            }
            Offer::Comparison => SaveKind::ComparisonCsv,
            Offer::Terms => SaveKind::TermsCsv,
            Offer::Cells => SaveKind::CellsCsv,
            Offer::H5ad => SaveKind::H5ad,
            Offer::Png => SaveKind::MapPng,
            Offer::Svg => SaveKind::MapSvg,
            Offer::Settings => SaveKind::SettingsJson(Box::new(app.settings.get_untracked())),
            Offer::Unmapped => SaveKind::UnmappedCsv,
            Offer::Score => SaveKind::ScoreCsv,
            Offer::Head => SaveKind::Head,
        });
    }
}

/// Files that can be made of what was computed.
#[component]
pub(super) fn SavePanel() -> impl IntoView {
    let app = app_state();
    let line = move |offer: Offer| {
        let (title, hint) = offer.text();
        let is_there = move || offer.is_there(app);
        view! {
            <li>
                <button type="button" class="save-offer" popovertarget="save-panel" popovertargetaction="hide" data-testid=offer.testid() disabled=move || !is_there() on:click=move |_| offer.take(app)>
                    <strong>{title}</strong>
                    <span class="hint">{hint}</span>
                </button>
            </li>
        }
    };
    view! {
        <Panel testid="save" label=|| "Save" title="Save to this machine">
            <ul class="save-offers">{OFFERS.map(line).into_iter().collect_view()}</ul>
        </Panel>
    }
}
