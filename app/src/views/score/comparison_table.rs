use leptos::prelude::*;
use lexicell_protocol::Comparison;

use crate::components::{FigureView, p_value, signed};
use crate::plot::{forest, is_clear, row_name};

/// Paired differences on the same folds, as a figure and as a table.
#[component]
pub(super) fn Comparisons(comparisons: Vec<Comparison>) -> impl IntoView {
    if comparisons.is_empty() {
        return view! { <p class="muted" data-testid="no-comparisons">"Methods are compared where at least two were judged on the same folds."</p> }.into_any();
    }
    let rows = comparisons
        .iter()
        .map(|comparison| {
            let verdict = match comparison {
                _ if !is_clear(comparison) => "no difference shown",
                _ if comparison.difference > 0.0 => "first is better",
                _ => "second is better",
            };
            view! {
                <tr>
                    <th scope="row">{row_name(comparison)}</th>
                    <td class="number">{signed(comparison.difference, 3)}</td>
                    <td class="number">{format!("{} to {}", signed(comparison.low, 3), signed(comparison.high, 3))}</td>
                    <td class="number">{p_value(comparison.p)}</td>
                    <td>{verdict}</td>
                </tr>
            }
        })
        .collect_view();
    let figure = forest(&comparisons);
    view! {
        <FigureView figure=Signal::stored(figure) testid="forest" />
        <details class="twin">
            <summary data-testid="forest-as-table">"The comparisons as a table"</summary>
            <table data-testid="comparison-table">
                <thead>
                    <tr>
                        <th scope="col">"Methods"</th>
                        <th scope="col" class="number">"Difference of macro-F1"</th>
                        <th scope="col" class="number">"95 % interval"</th>
                        <th scope="col" class="number" title="Two-sided corrected t-test on the folds; not corrected for the number of comparisons">"p"</th>
                        <th scope="col">"Reading"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="hint">"Each p is of one comparison; with many of them some fall below 0.05 by chance."</p>
        </details>
    }
    .into_any()
}
