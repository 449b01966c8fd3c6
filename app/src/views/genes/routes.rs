use leptos::prelude::*;
use lexicell_protocol::ShareOfCounts;

use crate::components::{count, percent};
use crate::plot::ShareBar;

/// Genes and their share of the counts, line by line.
#[component]
pub(super) fn ShareTable(
    rows: Vec<ShareOfCounts>,
    first: &'static str,
    testid: &'static str,
) -> impl IntoView {
    let lines = rows
        .into_iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{row.name}</th>
                    <td class="number">{count(row.n_genes)}</td>
                    <td class="number">{percent(row.share)}</td>
                    <td class="bar-cell"><ShareBar share=row.share /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table data-testid=testid>
            <thead>
                <tr>
                    <th scope="col">{first}</th>
                    <th scope="col" class="number">"Genes"</th>
                    <th scope="col" class="number" colspan="2">"Share of the counts"</th>
                </tr>
            </thead>
            <tbody>{lines}</tbody>
        </table>
    }
}
