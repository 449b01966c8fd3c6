use leptos::prelude::*;
use lexicell_protocol::{Backend, CellPooling, EmbedReport as Report, VectorReport};

use crate::components::{Meanings, Notes, count, percent};
use crate::plot::ShareBar;
use crate::state::{Task, app_state};
use crate::words::EMBED;

/// What read the descriptions, where the vectors came from, and how many cells have one.
#[component]
pub(crate) fn EmbedReport() -> impl IntoView {
    let app = app_state();
    let took = move |task: Task| {
        app.times.read().iter().find(|(of, _)| *of == task).map(|(_, millis)| *millis)
    };
    move || {
        let genes = app.steps.embed.with(|embed| embed.latest().cloned());
        let cells = app.steps.pool.with(|pool| pool.latest().cloned());
        let own = app.vectors.get();
        view! {
            <article class="report" data-testid="embed-report">
                <header><h1>"From descriptions to cells"</h1></header>
                {own.map(own_vectors)}
                {match genes {
                    Some(report) => gene_vectors(report, took(Task::EmbedGenes)).into_any(),
                    None => view! { <p class="muted" data-testid="report-waiting">"The descriptions have not been read yet."</p> }.into_any(),
                }}
                {cells.map(cell_vectors)}
                <Meanings of=EMBED testid="meanings-embed" />
            </article>
        }
    }
}

/// What computed something, in words.
pub(crate) fn backend_in_words(backend: &Backend) -> String {
    match backend {
        Backend::WebGpu { adapter, f16 } => {
            let precision = if *f16 { "half precision" } else { "single precision" };
            if adapter.is_empty() {
                format!("GPU ({precision})")
            } else {
                format!("GPU: {adapter} ({precision})")
            }
        }
        Backend::Cpu => "CPU".to_owned(),
    }
}

fn own_vectors(report: VectorReport) -> impl IntoView {
    view! {
        <section data-testid="vector-report">
            <h2>"Your own"</h2>
            <p>{format!("{} · {} · {} numbers per gene · hash {}", report.name, report.size, count(report.dim), short(&report.hash))}</p>
            <Notes notes=report.notes testid="vector-notes" />
        </section>
    }
}

fn gene_vectors(report: Report, millis: Option<f64>) -> impl IntoView {
    let rate = millis.filter(|millis| *millis > 0.0 && report.n_tokens > 0).map(|millis| {
        format!("{} word pieces a second", count((report.n_tokens as f64 / millis * 1000.0) as u64))
    });
    let share = |n: u64| n as f64 / report.n_genes.max(1) as f64;
    let sources = [
        ("came with the page", report.n_from_table, "from-table"),
        ("kept from an earlier visit", report.n_from_cache, "from-cache"),
        ("computed now", report.n_computed, "computed"),
    ];
    let rows = sources.map(|(name, n, slug)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="number" data-testid=format!("embed-{slug}")>{count(n)}</td>
                <td class="number">{percent(share(n))}</td>
                <td class="bar-cell"><ShareBar share=share(n) /></td>
            </tr>
        }
    });
    view! {
        <section>
            <h2>"Gene vectors"</h2>
            <dl class="figures">
                <div><dt>"Read by"</dt><dd data-testid="encoder" title=report.encoder_hash.clone()>{report.encoder.clone()}</dd></div>
                <div><dt>"Genes"</dt><dd data-testid="embed-genes">{count(report.n_genes)}</dd></div>
                <div><dt>"Numbers per gene"</dt><dd>{count(report.dim)}</dd></div>
                <div><dt>"Computed on"</dt><dd data-testid="embed-backend">{backend_in_words(&report.backend)}</dd></div>
            </dl>
            <table data-testid="embed-sources">
                <thead><tr><th scope="col">"Vectors that"</th><th scope="col" class="number">"Genes"</th><th scope="col" class="number" colspan="2">"Share"</th></tr></thead>
                <tbody>{rows.into_iter().collect_view()}</tbody>
            </table>
            {rate.map(|rate| view! { <p data-testid="embed-rate">{rate}</p> })}
            {(report.n_truncated > 0).then(|| view! { <p>{format!("{} texts were longer than the model reads; their ends were left out.", count(report.n_truncated))}</p> })}
            <p class="muted">{format!("Model hash {}", short(&report.encoder_hash))}</p>
            <Notes notes=report.notes testid="embed-notes" />
        </section>
    }
}

fn cell_vectors(report: CellPooling) -> impl IntoView {
    view! {
        <section data-testid="pool-report">
            <h2>"Cell vectors"</h2>
            <dl class="figures">
                <div><dt>"Cells"</dt><dd>{count(report.n_obs)}</dd></div>
                <div><dt>"Genes behind a cell (median)"</dt><dd data-testid="median-genes">{count(report.median_genes)}</dd></div>
                <div><dt>"Cells without any"</dt><dd data-testid="n-empty">{count(report.n_empty)}</dd></div>
                <div><dt>"Computed on"</dt><dd>{backend_in_words(&report.backend)}</dd></div>
            </dl>
            <Notes notes=report.notes testid="pool-notes" />
        </section>
    }
}

/// The beginning of a hash: enough to tell two apart by eye.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
