use leptos::prelude::*;

use crate::components::{CappedRows, count, percent};
use crate::state::{Pick, Source, app_state};

/// What the lasso caught, class by class.
#[component]
pub(super) fn Selection() -> impl IntoView {
    let app = app_state();
    move || {
        app.map.selection.get().map(|report| {
            let classes = report.classes;
            let total = classes.len();
            let row = move |place: usize| {
                let (name, caught, all) = &classes[place];
                view! { <tr><th scope="row">{name.clone()}</th><td class="number">{count(*caught)}</td><td class="number">{percent(*caught as f64 / (*all).max(1) as f64)}</td></tr> }.into_any()
            };
            view! {
                <section class="card" aria-label="Selected cells" data-testid="selection">
                    <div class="heading-line">
                        <h2 data-testid="n-selected">{format!("{} cells selected", count(report.n_selected))}</h2>
                        <button type="button" class="link" data-testid="clear-selection" on:click=move |_| app.clear_selection()>"Clear"</button>
                    </div>
                    <button type="button" class="link" data-testid="explain-selection" title="Compare these cells with all others" on:click=move |_| app.explain(Pick::whole(Source::Selected), Pick::whole(Source::Rest))>"Why are they apart?"</button>
                    {(total > 0).then(|| view! {
                        <table>
                            <thead><tr><th scope="col">"Class"</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Of the class"</th></tr></thead>
                            <CappedRows total=total columns=3 testid="selection-more" row=row />
                        </table>
                    })}
                </section>
            }
        })
    }
}
