use leptos::prelude::*;
use lexicell_protocol::{ColorBy, DescribedGene, Species};

use crate::components::{Icon, IconName};
use crate::state::{GeneCard, Stage, app_state};

/// A gene's NCBI record, beside whatever is shown.
#[component]
pub(crate) fn GenePanel() -> impl IntoView {
    let app = app_state();
    let contents = move || match app.gene.get() {
        GeneCard::Closed => None,
        GeneCard::Loading(name) => {
            Some(view! { <h2>{name}</h2><p class="muted">"Looking it up…"</p> }.into_any())
        }
        GeneCard::Unknown(name, why) => {
            Some(view! { <h2>{name}</h2><p data-testid="gene-unknown">{why}</p> }.into_any())
        }
        GeneCard::Open(gene) => Some(view! { <Record gene=*gene /> }.into_any()),
    };
    move || {
        contents().map(|contents| {
            view! {
                <section class="gene-panel" aria-label="Gene" data-testid="gene-card">
                    <button type="button" class="icon-button close" data-testid="gene-close" aria-label="Close the gene" on:click=move |_| app.gene.set(GeneCard::Closed)>
                        <Icon name=IconName::Cross />
                    </button>
                    {contents}
                </section>
            }
        })
    }
}

#[component]
fn Record(gene: DescribedGene) -> impl IntoView {
    let app = app_state();
    let species = match gene.species {
        Species::Human => "human",
        Species::Mouse => "mouse",
    };
    let color = gene.var_name.clone().map(|name| {
        let show = move |_| {
            app.stage.set(Stage::Map);
            app.color_by(ColorBy::Gene(name.clone()));
        };
        view! { <button type="button" class="button" data-testid="gene-color" on:click=show>"Colour the map by it"</button> }
    });
    let go_terms = gene.go_terms;
    let n_terms = go_terms.len();
    let facts = [
        ("Also called", gene.aliases.join(", ")),
        ("Ensembl", gene.ensembl.join(", ")),
        ("Type", gene.gene_type),
    ];
    view! {
        <h2 data-testid="gene-symbol">{gene.symbol}</h2>
        <p class="gene-name">{gene.name}</p>
        <p class="muted">{format!("NCBI Gene {} · {species}", gene.gene_id)}</p>
        {color}
        <div data-testid="gene-summary">
            {match (gene.summary, gene.summary_from) {
                (Some(summary), Some(from)) => view! { <p>{summary}</p><p class="note warning"><Icon name=IconName::Warning /><span>{format!("This text describes the human orthologue {from}; NCBI has none for this gene.")}</span></p> }.into_any(),
                (Some(summary), None) => view! { <p>{summary}</p> }.into_any(),
                (None, _) => view! { <p class="muted">"NCBI has no summary of this gene."</p> }.into_any(),
            }}
        </div>
        <dl class="values">
            {facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
        </dl>
        {(n_terms > 0).then(|| view! {
            <details>
                <summary>{format!("Gene Ontology ({n_terms})")}</summary>
                <ul class="terms">{go_terms.into_iter().map(|(id, name)| view! { <li>{name}<span class="muted">" "{id}</span></li> }).collect_view()}</ul>
            </details>
        })}
        <details>
            <summary>"The text that the model reads"</summary>
            <p class="read-text" data-testid="gene-text">{gene.text}</p>
        </details>
        <p class="hint">{gene.source}</p>
    }
}
