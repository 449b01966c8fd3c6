use leptos::prelude::*;
use lexicell_protocol::MatrixReport;

use super::words::state_in_words;
use crate::components::{bytes, count};
use crate::state::app_state;

/// The matrices of the files; another one can be chosen.
#[component]
pub(super) fn MatrixTable(matrices: Vec<MatrixReport>, chosen: usize) -> impl IntoView {
    let app = app_state();
    let rows = matrices
        .into_iter()
        .enumerate()
        .map(|(place, matrix)| {
            let wanted = move || app.settings.with(|settings| settings.load.matrix.unwrap_or(chosen)) == place;
            let choose = move |_| app.change(|settings| settings.load.matrix = Some(place));
            let name = matrix.name.clone();
            view! {
                <tr class:chosen=place == chosen>
                    <td>
                        <label class="radio">
                            <input type="radio" name="matrix" data-testid=format!("matrix-{place}") prop:checked=wanted on:change=choose />
                            <code>{name}</code>
                        </label>
                    </td>
                    <td>{state_in_words(matrix.state)}</td>
                    <td class="number">{format!("{} × {}", count(matrix.n_obs), count(matrix.n_vars))}</td>
                    <td>{matrix.layout}</td>
                    <td class="number">{bytes(matrix.bytes)}</td>
                </tr>
            }
        })
        .collect_view();
    let is_changed = move || {
        app.settings.with(|settings| settings.load.matrix.is_some_and(|matrix| matrix != chosen))
    };
    view! {
        <table data-testid="matrix-table">
            <thead>
                <tr>
                    <th scope="col">"Matrix"</th>
                    <th scope="col">"Its values"</th>
                    <th scope="col" class="number">"Cells × genes"</th>
                    <th scope="col">"Stored as"</th>
                    <th scope="col" class="number">"In memory"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <Show when=is_changed>
            <p><button type="button" class="button primary" data-testid="read-again" on:click=move |_| app.resume()>"Read this matrix"</button></p>
        </Show>
    }
}
