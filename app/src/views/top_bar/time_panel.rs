use leptos::prelude::*;

use crate::components::{Panel, duration};
use crate::plot::ShareBar;
use crate::state::app_state;

/// Where the time goes, step by step.
#[component]
pub(super) fn TimePanel() -> impl IntoView {
    let app = app_state();
    let total = move || app.times.read().iter().map(|(_, millis)| millis).sum::<f64>();
    let label = move || view! { <span class="chip-name">"Time"</span><span data-testid="time-total">{move || if app.times.read().is_empty() { "–".to_owned() } else { duration(total()) }}</span> };
    let rows = move || {
        let longest = app.times.read().iter().map(|(_, millis)| *millis).fold(1.0, f64::max);
        let mut times = app.times.get();
        times.sort_by_key(|(task, _)| *task);
        times
            .into_iter()
            .map(|(task, millis)| {
                view! {
                    <tr data-testid=format!("time-{}", task.slug()) data-millis=millis.round()>
                        <th scope="row">{task.title()}</th>
                        <td class="number">{duration(millis)}</td>
                        <td class="bar-cell"><ShareBar share=millis / longest /></td>
                    </tr>
                }
            })
            .collect_view()
    };
    let is_empty = move || app.times.read().is_empty();
    view! {
        <Panel testid="time" label=label title="Where the time goes">
            <Show when=move || !is_empty() fallback=|| view! { <p>"Nothing was computed yet."</p> }>
                <table data-testid="time-table">
                    <thead><tr><th scope="col">"Step"</th><th scope="col" class="number" colspan="2">"Time of its last run"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </Show>
        </Panel>
    }
}
