use leptos::prelude::*;
use lexicell_protocol::MethodScore;

use crate::components::mean_sd;
use crate::words::{MethodGroup, method_explained, method_group, method_in_words, method_slug};

/// Methods by metrics, mean and standard deviation over the parts held out.
#[component]
pub(super) fn MethodTable(scores: Vec<MethodScore>) -> impl IntoView {
    let best = scores.iter().map(|score| score.accuracy.mean).fold(f64::NEG_INFINITY, f64::max);
    let bodies = MethodGroup::ALL
        .into_iter()
        .filter_map(|group| {
            let own: Vec<&MethodScore> =
                scores.iter().filter(|score| method_group(score.method) == group).collect();
            (!own.is_empty()).then(|| {
                let rows = own.into_iter().map(|score| row(score, best)).collect_view();
                view! {
                    <tbody>
                        <tr class="group"><th scope="rowgroup" colspan="6">{group.title()}</th></tr>
                        {rows}
                    </tbody>
                }
            })
        })
        .collect_view();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Methods">
            <table data-testid="method-table" class="methods">
                <caption>"Mean ± standard deviation over the parts held out; 1 is perfect. Marked: the largest mean accuracy. Whether it differs from the others is said by the comparisons, not by the mark."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Cells compared by"</th>
                        <th scope="col" class="number" title="Share of cells told rightly">"Accuracy"</th>
                        <th scope="col" class="number" title="Mean over classes of the share told rightly">"Balanced accuracy"</th>
                        <th scope="col" class="number" title="Mean of F1 over classes">"Macro F1"</th>
                        <th scope="col" class="number" title="Mean of F1, weighted by class size">"Weighted F1"</th>
                        <th scope="col" class="number" title="Parts held out, over all draws of the split">"Parts"</th>
                    </tr>
                </thead>
                {bodies}
            </table>
        </div>
    }
}

fn row(score: &MethodScore, best: f64) -> impl IntoView + use<> {
    let slug = method_slug(score.method);
    let metrics = [
        ("accuracy", score.accuracy),
        ("balanced-accuracy", score.balanced_accuracy),
        ("macro-f1", score.macro_f1),
        ("weighted-f1", score.weighted_f1),
    ];
    let cells = metrics
        .map(|(metric, value)| view! { <td class="number" data-testid=format!("{slug}-{metric}") data-value=value.mean>{mean_sd(value)}</td> })
        .into_iter()
        .collect_view();
    let is_best = score.accuracy.mean >= best;
    view! {
        <tr class:best=is_best data-testid=format!("method-{slug}")>
            <th scope="row">{method_in_words(score.method)}<span class="hint">{method_explained(score.method)}</span></th>
            {cells}
            <td class="number" data-testid=format!("{slug}-folds")>{score.folds.len()}</td>
        </tr>
    }
}
