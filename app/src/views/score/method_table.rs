use leptos::prelude::*;
use lexicell_protocol::{MeanSd, MethodScore};

use super::words::{method_explained, method_in_words, method_slug};
use crate::components::figure;

/// Methods by metrics, mean and standard deviation over the parts held out.
#[component]
pub(super) fn MethodTable(scores: Vec<MethodScore>) -> impl IntoView {
    let best = scores.iter().map(|score| score.accuracy.mean).fold(f64::NEG_INFINITY, f64::max);
    let rows = scores
        .into_iter()
        .map(|score| {
            let slug = method_slug(score.method);
            let is_best = score.accuracy.mean >= best;
            let metrics = [
                ("accuracy", score.accuracy),
                ("balanced-accuracy", score.balanced_accuracy),
                ("macro-f1", score.macro_f1),
                ("weighted-f1", score.weighted_f1),
            ];
            let cells = metrics
                .map(|(metric, value)| view! { <td class="number" data-testid=format!("{slug}-{metric}") data-value=value.mean>{in_words(value)}</td> })
                .into_iter()
                .collect_view();
            view! {
                <tr class:best=is_best data-testid=format!("method-{slug}")>
                    <th scope="row">{method_in_words(score.method)}<span class="hint">{method_explained(score.method)}</span></th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table data-testid="method-table" class="methods">
            <caption>"Mean ± standard deviation over the parts held out; 1 is perfect."</caption>
            <thead>
                <tr>
                    <th scope="col">"Cells compared by"</th>
                    <th scope="col" class="number" title="Share of cells told rightly">"Accuracy"</th>
                    <th scope="col" class="number" title="Mean over classes of the share told rightly">"Balanced accuracy"</th>
                    <th scope="col" class="number" title="Mean of F1 over classes">"Macro F1"</th>
                    <th scope="col" class="number" title="Mean of F1, weighted by class size">"Weighted F1"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn in_words(value: MeanSd) -> String {
    format!("{} ± {}", figure(value.mean, 3), figure(value.sd, 3))
}
