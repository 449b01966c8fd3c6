//! Two labelings of the same cells: how they go together.

use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::CrosstabReport;

use super::columns::missing_step;
use super::groupings::GroupingField;
use super::start::Start;
use crate::components::{CappedRows, FigureView, SaveCsv, count, figure, percent};
use crate::files::Csv;
use crate::plot::sankey;
use crate::state::{Inquiry, Source, Task, app_state};

/// Which labelings, and how they agree.
#[component]
pub(super) fn Crosstab() -> impl IntoView {
    let app = app_state();
    let figures = app.explore.figures;
    let form = figures.crosstab;
    let obstacle = Signal::derive(move || {
        missing_step(app, Task::Open)
            .or_else(|| form.with(|form| form.settings().err().map(str::to_owned)))
    });
    let side = move |side: usize, testid: &'static str, label: &'static str| {
        view! {
            <GroupingField
                testid=testid label=label none="choose a column or clusters"
                value=Signal::derive(move || form.with(|form| form.sides[side].clone()))
                set=Callback::new(move |source: Option<Source>| form.update(|form| form.sides[side] = source))
            />
        }
    };
    view! {
        <section>
            <h2>"Two labelings"</h2>
            <p class="muted">"Where the cells of each class of one labeling lie in another: clusters against labels of the file, told labels against known ones."</p>
            <div class="pair">{side(0, "crosstab-first", "At the left")} {side(1, "crosstab-second", "At the right")}</div>
            <Start inquiry=Inquiry::Crosstab label="Hold them against each other" obstacle=obstacle />
        </section>
        {move || figures.crossed.get().map(report)}
    }
}

fn report(report: Arc<CrosstabReport>) -> AnyView {
    let picture = sankey(&report);
    view! {
        <div class="stack" data-testid="crosstab-report">
            <h2>{format!("{} and {}", report.names[0], report.names[1])}</h2>
            <dl class="values">
                <div><dt>"Adjusted Rand index"</dt><dd class="number" data-testid="adjusted-rand">{figure(report.adjusted_rand, 3)}</dd></div>
                <div><dt>"Normalised mutual information"</dt><dd class="number" data-testid="mutual-information">{figure(report.mutual_information, 3)}</dd></div>
                <div><dt>"Cells with a class in both"</dt><dd class="number">{count(report.n_obs)}</dd></div>
                <div><dt>"Cells without"</dt><dd class="number">{count(report.n_missing)}</dd></div>
            </dl>
            <p class="hint">"Both are 1 where the groupings are the same. The adjusted Rand index is 0 by chance; mutual information is not, it grows with the number of classes. Neither says which labeling is right, and a finer one than the other scores low though it contradicts nothing."</p>
            <FigureView figure=Signal::stored(picture) testid="sankey" />
            {table(report)}
        </div>
    }
    .into_any()
}

fn table(report: Arc<CrosstabReport>) -> AnyView {
    let pairs = pairs(&report);
    let total = pairs.len();
    let saved = Arc::clone(&report);
    let save = move |()| csv(&saved);
    let [first, second] = report.names.clone();
    let row = move |place: usize| {
        let (left, right, n) = pairs[place];
        let [(left, of_left), (right, of_right)] =
            [&report.classes[0][left], &report.classes[1][right]];
        view! {
            <tr data-testid="crosstab-row">
                <th scope="row">{left.clone()}</th>
                <td>{right.clone()}</td>
                <td class="number">{count(n)}</td>
                <td class="number">{percent(n as f64 / (*of_left).max(1) as f64)}</td>
                <td class="number">{percent(n as f64 / (*of_right).max(1) as f64)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <details class="twin">
            <summary data-testid="crosstab-as-table">"The figure as a table"</summary>
            <SaveCsv name="lexicell-two-labelings.csv" testid="save-crosstab" table=save />
            <div class="scroll" tabindex="0" role="region" aria-label="Two labelings">
                <table data-testid="crosstab-table">
                    <thead><tr><th scope="col">{first}</th><th scope="col">{second}</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Of the left"</th><th scope="col" class="number">"Of the right"</th></tr></thead>
                    <CappedRows total=total columns=5 testid="crosstab-more" row=row />
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// The pairs of classes that share cells, most cells first.
fn pairs(report: &CrosstabReport) -> Vec<(usize, usize, u64)> {
    let n = report.classes[1].len().max(1);
    let cells = report.counts.iter().enumerate().filter(|(_, cells)| **cells > 0);
    let mut pairs: Vec<_> = cells.map(|(at, &cells)| (at / n, at % n, cells)).collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.2));
    pairs
}

fn csv(report: &CrosstabReport) -> Csv {
    let [first, second] = &report.names;
    let mut table = Csv::new(&[first, second, "n_cells"]);
    for (left, right, n) in pairs(report) {
        let [left, right] = [&report.classes[0][left].0, &report.classes[1][right].0];
        table.row([left.clone(), right.clone(), n.to_string()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::crosstab_report;

    #[test]
    fn pairs_with_cells_are_listed_most_first() {
        let report = crosstab_report();
        assert_eq!(pairs(&report), [(0, 0, 12), (1, 1, 5), (1, 0, 3)]);
        assert!(csv(&report).text().contains("\r\n<B>,0,12\r\n"));
    }
}
