use leptos::prelude::*;

use crate::components::{Panel, bytes};
use crate::plot::ShareBar;
use crate::state::app_state;

/// What is in memory.
#[component]
pub(super) fn MemoryPanel() -> impl IntoView {
    let app = app_state();
    let label = move || view! { <span class="chip-name">"Memory"</span><span data-testid="memory-total">{move || bytes(app.memory.with(|memory| memory.wasm_bytes))}</span> };
    let rows = move || {
        let memory = app.memory.get();
        let total = memory.wasm_bytes.max(1) as f64;
        memory
            .parts
            .into_iter()
            .map(|(name, size)| {
                view! { <tr><th scope="row">{name}</th><td class="number">{bytes(size)}</td><td class="bar-cell"><ShareBar share=size as f64 / total /></td></tr> }
            })
            .collect_view()
    };
    let has_parts = move || app.memory.with(|memory| !memory.parts.is_empty());
    view! {
        <Panel testid="memory" label=label title="What is in memory">
            <p>{move || format!("The computing part holds {}. A browser gives it 4 GB at most.", bytes(app.memory.with(|memory| memory.wasm_bytes)))}</p>
            <Show when=has_parts>
                <table data-testid="memory-parts">
                    <thead><tr><th scope="col">"Part"</th><th scope="col" class="number" colspan="2">"Size"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </Show>
        </Panel>
    }
}
