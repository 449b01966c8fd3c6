use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::TermFinding;

use crate::components::{CappedRows, GeneLink, count, figure, p_value};
use crate::words::is_clear_p;

/// Genes of a term that are links; the others are named.
const MOST_LINKS: usize = 12;
const N_COLUMNS: usize = 5;

/// The GO terms of both sets.
#[component]
pub(super) fn Terms(
    names: [String; 2],
    terms: [Vec<TermFinding>; 2],
    n_entered: [u64; 2],
) -> impl IntoView {
    let testids = ["terms-first", "terms-second"];
    let mores = ["terms-first-more", "terms-second-more"];
    names
        .into_iter()
        .zip(terms)
        .zip(n_entered)
        .zip(testids.into_iter().zip(mores))
        .map(|(((name, terms), n_entered), (testid, more))| {
            let heading = format!("Higher in {name}");
            if terms.is_empty() {
                let why = if n_entered == 0 {
                    "No gene with an annotation is clearly higher here."
                } else {
                    "No term is borne more often than chance gives."
                };
                return view! { <h3>{heading}</h3><p class="muted" data-testid=testid>{why}</p> }
                    .into_any();
            }
            let total = terms.len();
            let terms = Arc::new(terms);
            let row = move |place: usize| term_row(&terms[place]);
            view! {
                <h3>{heading}</h3>
                <div class="scroll" tabindex="0" role="region" aria-label=format!("GO terms higher in {name}")>
                    <table class="methods" data-testid=testid>
                        <caption>{format!("{} genes entered. Terms that say much the same are folded behind the strongest of them.", count(n_entered))}</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Term"</th>
                                <th scope="col" class="number" title="Genes that stand out of all that bear the term">"Genes"</th>
                                <th scope="col" class="number" title="Over what chance would give">"Fold"</th>
                                <th scope="col" class="number">"Adjusted p"</th>
                                <th scope="col">"Which"</th>
                            </tr>
                        </thead>
                        <CappedRows total=total columns=N_COLUMNS testid=more row=row />
                    </table>
                </div>
            }
            .into_any()
        })
        .collect_view()
}

fn term_row(term: &TermFinding) -> AnyView {
    view! {
        <tr class:faint=!is_clear_p(term.p_adjusted)>
            {term_head(&term.name, &term.id, &term.aspect, &term.alike)}
            <td class="number">{format!("{} of {}", count(term.n_hits), count(term.n_term))}</td>
            <td class="number">{figure(term.fold, 1)}</td>
            <td class="number">{p_value(term.p_adjusted)}</td>
            {genes_of(&term.genes)}
        </tr>
    }
    .into_any()
}

/// A term's name and number, and those folded behind it.
pub(super) fn term_head(name: &str, id: &str, aspect: &str, alike: &[String]) -> AnyView {
    let folded = (!alike.is_empty()).then(|| {
        let (n, names) = (alike.len(), alike.to_vec());
        let lines = names.into_iter().map(|name| view! { <li>{name}</li> }).collect_view();
        view! { <details><summary>{format!("{n} alike")}</summary><ul class="terms">{lines}</ul></details> }
    });
    let line = format!("{id} · {aspect}");
    view! { <th scope="row">{name.to_owned()}<span class="hint">{line}</span>{folded}</th> }
        .into_any()
}

/// Genes of a term: the first as links, the others folded.
pub(super) fn genes_of(genes: &[String]) -> AnyView {
    let link = |name: &String| view! { <GeneLink name=name.clone() /> };
    let links = genes.iter().take(MOST_LINKS).map(link).collect_view();
    let others = genes.get(MOST_LINKS..).unwrap_or_default();
    let others = (!others.is_empty()).then(|| {
        let (n, names) = (others.len(), others.join(", "));
        view! { <details><summary>{format!("{n} more genes")}</summary><p>{names}</p></details> }
    });
    view! { <td><span class="genes">{links}</span>{others}</td> }.into_any()
}
