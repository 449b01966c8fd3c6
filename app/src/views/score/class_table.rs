use leptos::prelude::*;
use lexicell_protocol::ClassScore;

use crate::components::{CappedRows, count, figure};

/// Each class's score, and the confusion matrix in numbers.
#[component]
pub(super) fn ClassTable(classes: Vec<ClassScore>, confusion: Vec<u32>) -> impl IntoView {
    let names: Vec<String> = classes.iter().map(|class| class.name.clone()).collect();
    let total = classes.len();
    let row = move |place: usize| {
        let class = &classes[place];
        view! {
            <tr>
                <th scope="row">{class.name.clone()}</th>
                <td class="number">{figure(class.precision, 3)}</td>
                <td class="number">{figure(class.recall, 3)}</td>
                <td class="number">{figure(class.f1, 3)}</td>
                <td class="number">{count(class.support)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <table data-testid="class-table">
            <thead>
                <tr>
                    <th scope="col">"Class"</th>
                    <th scope="col" class="number" title="Of the cells told to be of it, the share that is">"Precision"</th>
                    <th scope="col" class="number" title="Of its cells, the share told rightly">"Recall"</th>
                    <th scope="col" class="number">"F1"</th>
                    <th scope="col" class="number">"Cells"</th>
                </tr>
            </thead>
            <CappedRows total=total columns=5 testid="classes-more" row=row />
        </table>
        <details class="twin">
            <summary data-testid="confusion-as-table">"The confusion matrix as a table"</summary>
            <ConfusionTable names=names confusion=confusion />
        </details>
    }
}

#[component]
fn ConfusionTable(names: Vec<String>, confusion: Vec<u32>) -> impl IntoView {
    let n = names.len();
    let heads = names
        .iter()
        .map(|name| view! { <th scope="col" class="number">{name.clone()}</th> })
        .collect_view();
    let row = move |place: usize| {
        let values = confusion.get(place * n..(place + 1) * n).unwrap_or_default();
        let cells = values
            .iter()
            .map(|&value| view! { <td class="number">{count(u64::from(value))}</td> })
            .collect_view();
        view! { <tr><th scope="row">{names[place].clone()}</th>{cells}</tr> }.into_any()
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
            <table data-testid="confusion-table">
                <thead><tr><th scope="col">"True class ＼ told"</th>{heads}</tr></thead>
                <CappedRows total=n columns=n + 1 testid="confusion-more" row=row />
            </table>
        </div>
    }
}
