use leptos::prelude::*;
use lexicell_protocol::{SaveKind, UnmappedGene};

use crate::components::{CappedRows, count, percent};
use crate::state::app_state;

/// Genes without a record, those with the most counts first.
#[component]
pub(super) fn UnmappedTable(genes: Vec<UnmappedGene>, n_unmapped: u64) -> impl IntoView {
    let app = app_state();
    let total = genes.len();
    let row = move |place: usize| {
        let gene = &genes[place];
        view! { <tr><th scope="row">{gene.name.clone()}</th><td class="number">{percent(gene.share)}</td><td>{gene.reason.clone()}</td></tr> }.into_any()
    };
    if n_unmapped == 0 {
        return view! { <p data-testid="all-mapped">"Every gene is known."</p> }.into_any();
    }
    view! {
        <section>
            <div class="heading-line">
                <h2>{format!("Not known ({})", count(n_unmapped))}</h2>
                <button type="button" class="button quiet" data-testid="save-unmapped" on:click=move |_| app.save(SaveKind::UnmappedCsv)>"Save the list"</button>
            </div>
            <table data-testid="unmapped">
                <thead><tr><th scope="col">"Name"</th><th scope="col" class="number">"Share of the counts"</th><th scope="col">"Why"</th></tr></thead>
                <CappedRows total=total columns=3 testid="unmapped-more" row=row />
            </table>
        </section>
    }
    .into_any()
}
