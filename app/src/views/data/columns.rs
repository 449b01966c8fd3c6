use leptos::prelude::*;
use lexicell_protocol::{ColorBy, ColumnReport};

use super::words::kind_in_words;
use crate::components::{CappedRows, count};
use crate::state::{Stage, app_state};

/// The columns of `obs`; a click colours the map by one.
#[component]
pub(crate) fn ColumnTable(columns: Vec<ColumnReport>) -> impl IntoView {
    let app = app_state();
    let total = columns.len();
    let row = move |place: usize| {
        let column = columns[place].clone();
        let name = column.name.clone();
        let show = move |_| {
            app.stage.set(Stage::Map);
            app.color_by(ColorBy::Obs(name.clone()));
        };
        view! {
            <tr>
                <td><button type="button" class="link" data-testid="color-by-column" title="Colour the map by this column" on:click=show>{column.name.clone()}</button></td>
                <td class="kind">{kind_in_words(column.kind)}</td>
                <td class="number">{column.n_classes.map(count).unwrap_or_default()}</td>
                <td class="number">{if column.n_missing > 0 { count(column.n_missing) } else { String::new() }}</td>
                <td class="examples">{column.examples.join(", ")}</td>
            </tr>
        }
        .into_any()
    };
    if total == 0 {
        return view! { <p class="muted">"The file describes its cells by no column. There is nothing to score against; the map and the clusters need none."</p> }.into_any();
    }
    view! {
        <table data-testid="column-table">
            <thead>
                <tr>
                    <th scope="col">"Column"</th>
                    <th scope="col">"Kind"</th>
                    <th scope="col" class="number">"Classes"</th>
                    <th scope="col" class="number">"Missing"</th>
                    <th scope="col">"Examples"</th>
                </tr>
            </thead>
            <CappedRows total=total columns=5 testid="columns-more" row=row />
        </table>
    }
    .into_any()
}
