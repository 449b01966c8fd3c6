use leptos::prelude::*;
use lexicell_protocol::LoadReport;

use super::columns::ColumnTable;
use super::matrices::MatrixTable;
use super::words::state_in_words;
use crate::components::{GeneLink, Meanings, Notes, bytes, count};
use crate::state::app_state;
use crate::words::DATA;

/// The load report: what was found, chosen and left out, and why.
#[component]
pub(crate) fn DataReport() -> impl IntoView {
    let app = app_state();
    move || app.steps.open.with(|open| open.latest().map(report))
}

fn report(report: &LoadReport) -> impl IntoView + use<> {
    let dropped = report
        .dropped
        .iter()
        .map(|item| view! { <tr><td>{item.what.clone()}</td><td>{item.why.clone()}</td></tr> })
        .collect_view();
    let has_dropped = !report.dropped.is_empty();
    let genes = report
        .first_genes
        .iter()
        .map(|name| view! { <GeneLink name=name.clone() /> })
        .collect_view();
    let n_dropped = report.dropped.len();
    view! {
        <article class="report" data-testid="load-report">
            <header>
                <h1>{report.files.join(", ")}</h1>
                <p class="muted" data-testid="load-format">{format!("{} · {}", report.format, bytes(report.file_bytes))}</p>
            </header>
            <dl class="figures">
                <div><dt>"Cells"</dt><dd data-testid="n-obs">{count(report.n_obs)}</dd></div>
                <div><dt>"Genes"</dt><dd data-testid="n-vars">{count(report.n_vars)}</dd></div>
                <div><dt>"Values"</dt><dd data-testid="matrix-state">{state_in_words(report.state)}</dd></div>
                <div><dt>"In memory"</dt><dd>{bytes(report.bytes)}</dd></div>
            </dl>
            <Notes notes=report.notes.clone() testid="load-notes" />
            <section>
                <h2>"Which matrix was read"</h2>
                <p data-testid="load-why">{report.why.clone()}</p>
                <MatrixTable matrices=report.matrices.clone() chosen=report.chosen />
            </section>
            <section>
                <h2>"Columns that describe the cells"</h2>
                <ColumnTable columns=report.obs_columns.clone() />
            </section>
            <section class="pair">
                <div><h2>"First genes"</h2><p class="genes" data-testid="first-genes">{genes}</p></div>
                <div><h2>"First cells"</h2><p class="examples">{report.first_cells.join(", ")}</p></div>
            </section>
            <Show when=move || has_dropped>
                <section>
                    <h2>{format!("Left out ({n_dropped})")}</h2>
                    <table data-testid="load-dropped">
                        <thead><tr><th scope="col">"What"</th><th scope="col">"Why"</th></tr></thead>
                        <tbody>{dropped.clone()}</tbody>
                    </table>
                </section>
            </Show>
            <Meanings of=DATA testid="meanings-data" />
        </article>
    }
}
