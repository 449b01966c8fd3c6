use leptos::prelude::*;
use lexicell_protocol::{MappingReport, Species};

use super::routes::ShareTable;
use super::unmapped::UnmappedTable;
use crate::components::{GeneLink, Meanings, Notes, count, percent};
use crate::state::app_state;
use crate::words::GENES;

/// The mapping report: how many genes are known, by which route, and which are not.
#[component]
pub(crate) fn GenesReport() -> impl IntoView {
    let app = app_state();
    move || {
        match app.steps.genes.with(|genes| genes.latest().cloned()) {
        Some(found) => report(found).into_any(),
        None => view! { <article class="report"><p class="muted" data-testid="report-waiting">"The genes have not been looked up yet."</p></article> }.into_any(),
    }
    }
}

fn report(report: MappingReport) -> impl IntoView {
    let species = match report.species {
        Species::Human => "human",
        Species::Mouse => "mouse",
    };
    let n_unmapped = report.n_genes.saturating_sub(report.n_mapped);
    let n_duplicates = report.duplicates.len();
    let duplicates = report.duplicates;
    view! {
        <article class="report" data-testid="mapping-report">
            <header>
                <h1>"Genes"</h1>
                <p class="muted">{report.source}</p>
            </header>
            <dl class="figures">
                <div><dt>"Species"</dt><dd data-testid="species">{species}</dd></div>
                <div><dt>"Genes known"</dt><dd data-testid="n-mapped">{format!("{} of {}", count(report.n_mapped), count(report.n_genes))}</dd></div>
                <div><dt>"Share of the counts"</dt><dd data-testid="mapped-share">{percent(report.mapped_share)}</dd></div>
                <div><dt>"Names from"</dt><dd data-testid="gene-column">{report.column}</dd></div>
            </dl>
            <p class="muted" data-testid="species-evidence">{report.species_evidence}</p>
            <Notes notes=report.notes testid="mapping-notes" />
            <section class="pair">
                <div>
                    <h2>"How the genes were found"</h2>
                    <ShareTable rows=report.routes first="Found by" testid="routes" />
                </div>
                <div>
                    <h2>"What is written about them"</h2>
                    <ShareTable rows=report.texts first="Text" testid="texts" />
                </div>
            </section>
            <UnmappedTable genes=report.unmapped n_unmapped=n_unmapped />
            <Show when=move || { n_duplicates > 0 }>
                <section>
                    <h2>{format!("Several names, one gene ({})", count(n_duplicates as u64))}</h2>
                    <p class="muted">"These names of the data set mean the same gene."</p>
                    <ul class="duplicates" data-testid="duplicates">
                        {duplicates.iter().take(50).map(|names| view! { <li>{names.iter().map(|name| view! { <GeneLink name=name.clone() /> }).collect_view()}</li> }).collect_view()}
                    </ul>
                    <Show when=move || { n_duplicates > 50 }><p class="muted">"The first 50 are shown."</p></Show>
                </section>
            </Show>
            <Meanings of=GENES testid="meanings-genes" />
        </article>
    }
}
