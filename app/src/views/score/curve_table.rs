use leptos::prelude::*;
use lexicell_protocol::{Method, MethodScore};

use crate::components::{FigureView, mean_sd};
use crate::plot::low_sample_curve;
use crate::words::method_in_words;

/// The low-sample curve, as a figure and as a table.
#[component]
pub(super) fn LowSampleCurve(scores: Vec<MethodScore>) -> impl IntoView {
    let points = points(&scores);
    let heads = points
        .iter()
        .map(|n| view! { <th scope="col" class="number">{format!("{n} per class")}</th> })
        .collect_view();
    let rows = methods(&scores)
        .into_iter()
        .map(|method| {
            let cells = points
                .iter()
                .map(|&n| {
                    let text = scores
                        .iter()
                        .find(|score| score.method == method && score.per_class_trained == Some(n))
                        .map_or("–".to_owned(), |score| mean_sd(score.macro_f1));
                    view! { <td class="number">{text}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row">{method_in_words(method)}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <FigureView figure=Signal::stored(low_sample_curve(&scores)) testid="low-sample" />
        <details class="twin">
            <summary data-testid="low-sample-as-table">"The curve as a table"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Low-sample curve">
                <table data-testid="low-sample-table">
                    <caption>"Macro-F1, mean ± standard deviation over draws."</caption>
                    <thead><tr><th scope="col">"Method"</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

/// The points of the curve, from few to many.
pub(super) fn points(scores: &[MethodScore]) -> Vec<u32> {
    let mut points: Vec<u32> = scores.iter().filter_map(|score| score.per_class_trained).collect();
    points.sort_unstable();
    points.dedup();
    points
}

fn methods(scores: &[MethodScore]) -> Vec<Method> {
    let mut methods: Vec<Method> = Vec::new();
    for score in scores {
        if !methods.contains(&score.method) {
            methods.push(score.method);
        }
    }
    methods
}
