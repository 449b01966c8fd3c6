use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{RankTermsSettings, RankedTerm, RankedTermsReport};

use super::super::more::Chance;
use super::super::start::Start;
use super::terms::{genes_of, term_head};
use crate::components::{CappedRows, count, p_value, save_csv, signed};
use crate::files::Csv;
use crate::state::{AppState, Inquiry, app_state};

const N_COLUMNS: usize = 6;

/// The GO terms ranked over all genes: how, and the answer.
#[component]
pub(super) fn Ranked() -> impl IntoView {
    let app = app_state();
    let form = app.explore.ranking;
    view! {
        <p class="hint">"All expressed genes with an annotation are ordered by their Wilcoxon score, from those higher in the first set to those higher in the second. A term stands out where its genes gather at an end of that order (gene set enrichment analysis): many small differences count that no list of top genes holds."</p>
        <Chance
            label="Permutations" default=RankTermsSettings::default().n_permutations most=200_000.0
            hint="Random sets of genes of each size; they show what chance alone gives."
            n=Signal::derive(move || form.with(|form| form.n_permutations))
            set_n=Callback::new(move |n| form.update(|form| form.n_permutations = n))
            seed=Signal::derive(move || form.with(|form| form.seed))
            set_seed=Callback::new(move |seed| form.update(|form| form.seed = seed))
            ids=["terms-more", "terms-permutations", "terms-seed"]
        />
        <Start inquiry=Inquiry::RankTerms label="Rank the terms" obstacle=Signal::stored(None) />
        {move || app.explore.ranked.get().map(|report| answer(app, report))}
    }
}

fn answer(app: AppState, report: Arc<RankedTermsReport>) -> AnyView {
    let saved = Arc::clone(&report);
    let save = move |_| save_ranked(app, &saved);
    let sides = [0, 1].map(|side| of_side(&report, side));
    view! {
        <div class="stack" data-testid="ranked-terms">
            <p class="hint">{in_words(&report)}</p>
            <div class="buttons"><button type="button" class="button quiet" data-testid="save-ranked-terms" on:click=save>"Save ranked terms as CSV"</button></div>
            {sides.into_iter().collect_view()}
        </div>
    }
    .into_any()
}

fn of_side(report: &Arc<RankedTermsReport>, side: usize) -> AnyView {
    let (name, total) = (&report.names[side], report.terms[side].len());
    let heading = format!("Higher in {name}");
    let (testid, more) =
        [("ranked-first", "ranked-first-more"), ("ranked-second", "ranked-second-more")][side];
    if total == 0 {
        return view! { <h3>{heading}</h3><p class="muted" data-testid=testid>"No term’s genes gather at this end more than those of random sets."</p> }
            .into_any();
    }
    let own = Arc::clone(report);
    let row = move |place: usize| row(&own.terms[side][place]);
    let n_clear = count(report.n_clear[side]);
    view! {
        <h3>{heading}</h3>
        <div class="scroll" tabindex="0" role="region" aria-label=format!("Ranked GO terms higher in {name}")>
            <table class="methods" data-testid=testid>
                <caption>{format!("{n_clear} terms with an adjusted p of .05 or less. Those that say much the same are folded behind the strongest of them.")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Term"</th>
                        <th scope="col" class="number" title="Genes of the order that bear the term">"Genes"</th>
                        <th scope="col" class="number" title="Normalised enrichment score: the score over the mean of random sets of the same size and sign">"NES"</th>
                        <th scope="col" class="number">"p"</th>
                        <th scope="col" class="number">"Adjusted p"</th>
                        <th scope="col" title="The genes up to the peak of the running sum, outermost first">"Leading edge"</th>
                    </tr>
                </thead>
                <CappedRows total=total columns=N_COLUMNS testid=more row=row />
            </table>
        </div>
    }
    .into_any()
}

fn row(term: &RankedTerm) -> AnyView {
    view! {
        <tr data-testid="ranked-row">
            {term_head(&term.name, &term.id, &term.aspect, &term.alike)}
            <td class="number">{count(term.n_term)}</td>
            <td class="number" title=format!("Enrichment score {}", signed(term.score, 3))>{signed(term.normalized, 2)}</td>
            <td class="number">{p_value(term.p)}</td>
            <td class="number">{p_value(term.p_adjusted)}</td>
            {genes_of(&term.genes)}
        </tr>
    }
    .into_any()
}

fn in_words(report: &RankedTermsReport) -> String {
    let n = report.settings.n_permutations;
    format!(
        "{} genes in the order, {} terms of 5 to 500 of them tested against {} random sets of genes of each size (seed {}), Benjamini–Hochberg over all terms. Where fewer than ten random sets of the same sign score as far out, p is read from a gamma distribution of their scores. Random sets take genes for independent, and genes of a term rise and fall together: read p as an order of terms.",
        count(report.n_ranked),
        count(report.n_terms),
        count(u64::from(n)),
        report.settings.seed
    )
}

/// Hands the ranked terms over as a file.
pub(crate) fn save_ranked(app: AppState, report: &RankedTermsReport) {
    save_csv(app, "lexicell-terms-ranked.csv", &csv(report));
}

fn csv(report: &RankedTermsReport) -> Csv {
    let mut table = Csv::new(&[
        "higher_in",
        "term",
        "name",
        "aspect",
        "n_genes",
        "enrichment_score",
        "normalized_enrichment_score",
        "p",
        "p_adjusted",
        "leading_edge",
        "alike",
        "test",
        "ranking",
        "n_permutations",
        "seed",
    ]);
    for (name, terms) in report.names.iter().zip(&report.terms) {
        for term in terms {
            table.row([
                name.clone(),
                term.id.to_string(),
                term.name.clone(),
                term.aspect.to_string(),
                term.n_term.to_string(),
                term.score.to_string(),
                term.normalized.to_string(),
                term.p.to_string(),
                term.p_adjusted.to_string(),
                term.genes.join(" "),
                term.alike.join("; "),
                "gsea_preranked".to_owned(),
                "wilcoxon_score".to_owned(),
                report.settings.n_permutations.to_string(),
                report.settings.seed.to_string(),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::ranked_terms;

    #[test]
    fn a_saved_table_says_which_test_which_ranking_how_many_and_from_which_seed() {
        let table = csv(&ranked_terms());
        let text = table.text();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("gsea_preranked,wilcoxon_score,2000,0\r\n"), "{text}");
        assert!(
            text.contains("B <cell>,GO:0003823,antigen binding,function,20,0.71,2.4,"),
            "{text}"
        );
    }

    #[test]
    fn how_p_was_found_is_told() {
        let words = in_words(&ranked_terms());
        assert!(words.contains("random sets of genes of each size (seed 0)"), "{words}");
        assert!(words.contains("gamma distribution"), "{words}");
    }
}
