use leptos::prelude::*;

use super::count;

/// So many rows are drawn at once: more would hold the page up.
const PORTION: usize = 100;

/// Rows of a long table: the first ones, and more on demand.
#[component]
pub(crate) fn CappedRows(
    total: usize,
    columns: usize,
    testid: &'static str,
    row: impl Fn(usize) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let shown = RwSignal::new(total.min(PORTION));
    let row = std::sync::Arc::new(row);
    view! {
        <tbody>
            <For each=move || 0..shown.get() key=|place| *place children=move |place| row(place) />
            <Show when=move || shown.get() < total>
                <tr class="more">
                    <td colspan=columns>
                        <button type="button" class="link" data-testid=testid on:click=move |_| shown.update(|shown| *shown = (*shown + PORTION).min(total))>
                            {move || format!("Show {} more of {}", (total - shown.get()).min(PORTION), count((total - shown.get()) as u64))}
                        </button>
                    </td>
                </tr>
            </Show>
        </tbody>
    }
}
