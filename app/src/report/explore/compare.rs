use lexicell_protocol::{
    CompareReport, GeneFinding, RankedTerm, RankedTermsReport, TermFinding, TracedText,
};

use super::super::html::{Cell, Html, number, text};
use super::super::sections::notes;
use super::left_out;
use crate::components::{count, figure, p_value, percent, signed};
use crate::plot::contrast;
use crate::words::{
    NamedBy, genes_in_words, loss_in_words, named_by, separation_in_words, share_of, signed_percent,
};

/// Genes listed; the CSV file holds all.
const N_GENES: usize = 30;
/// Terms listed of each set.
const N_TERMS: usize = 20;
/// Genes of a term that are named.
const N_OF_TERM: usize = 8;

/// Why two sets of cells are apart.
pub(super) fn write(html: &mut Html, report: &CompareReport, traced: &[TracedText]) {
    let [first, second] = &report.names;
    html.heading(3, &format!("{first} against {second}"));
    html.paragraph("verdict", &separation_in_words(report));
    let side = |place: usize| match report.n_empty[place] {
        0 => format!("{} cells", count(report.n_obs[place])),
        n => format!(
            "{} cells, {} of them without any gene that has a description",
            count(report.n_obs[place]),
            count(n)
        ),
    };
    html.facts(&[(first, side(0)), (second, side(1))]);
    notes(html, &report.notes);
    html.paragraph("", &genes_in_words(report));
    html.paragraph("muted", "A gene’s part of the distance is exact: all parts add up to it. It says what the gene’s description does in this space, not that the gene is a cause.");
    html.figure(&contrast(report));
    genes(html, report);
    sentences(html, traced);
    for ((name, terms), n_entered) in report.names.iter().zip(&report.terms).zip(report.n_entered) {
        of_terms(html, report, name, terms, n_entered);
    }
}

fn genes(html: &mut Html, report: &CompareReport) {
    let [first, second] = &report.names;
    let rows = report.genes.iter().take(N_GENES).map(|gene| row(gene, report.separation)).collect();
    html.table(
        &format!("The largest parts first. Where a cell holds two numbers: {first} / {second}. Adjusted p after Benjamini–Hochberg; a positive score and fold change mean higher in {first}."),
        &[
            text("Gene"),
            text("Named by"),
            number("Part"),
            number("its p"),
            number("Wilcoxon score"),
            number("its p"),
            number("log₂ FC"),
            number("Expressed in"),
            number("AUC"),
        ],
        rows,
    );
    left_out(html, N_GENES, report.genes.len(), "genes (saved as CSV on the page)");
    let means =
        NamedBy::ALL.map(|named| format!("Named by {}: {}.", named.title(), named.explained()));
    html.list(&means);
}

fn row(gene: &GeneFinding, separation: f64) -> Vec<Cell> {
    let dash = || "–".to_owned();
    vec![
        text(gene.name.clone()),
        text(named_by(gene).title()),
        number(share_of(gene.contribution, separation).map_or_else(dash, signed_percent)),
        number(gene.contribution_p.map_or_else(dash, p_value)),
        number(signed(gene.score, 1)),
        number(p_value(gene.p_adjusted)),
        number(signed(gene.log2_fold_change, 2)),
        number(format!("{} / {}", percent(gene.fraction[0]), percent(gene.fraction[1]))),
        number(figure(gene.auc, 3)),
    ]
}

fn sentences(html: &mut Html, traced: &[TracedText]) {
    for gene in traced {
        html.paragraph(
            "muted",
            &format!(
                "What {}’s part of the distance ({}) loses without each sentence of its text:",
                gene.name,
                figure(gene.contribution, 4)
            ),
        );
        let line = |(sentence, loss): &(String, f64)| {
            format!("{sentence} ({})", loss_in_words(*loss, gene.contribution))
        };
        html.list(&gene.sentences.iter().map(line).collect::<Vec<_>>());
    }
}

fn of_terms(
    html: &mut Html,
    report: &CompareReport,
    name: &str,
    terms: &[TermFinding],
    n_entered: u64,
) {
    if terms.is_empty() {
        html.paragraph("muted", &format!("GO terms, higher in {name}: none that is clear."));
        return;
    }
    let rows = terms.iter().take(N_TERMS).map(term).collect();
    html.table(
        &format!(
            "GO terms of the {} strongest genes that are higher in {name} (hypergeometric, Benjamini–Hochberg over {} terms; background: {} expressed genes with an annotation)",
            count(n_entered),
            count(report.n_terms),
            count(report.n_background)
        ),
        &[text("Term"), text("Accession"), number("Genes"), number("Fold"), number("Adjusted p"), text("Which")],
        rows,
    );
    left_out(html, N_TERMS, terms.len(), "terms");
}

/// The terms of the comparison, ranked over all genes.
pub(super) fn write_ranked(html: &mut Html, report: &RankedTermsReport) {
    for (name, terms) in report.names.iter().zip(&report.terms) {
        if terms.is_empty() {
            let words =
                format!("GO terms ranked over all genes, higher in {name}: none that is clear.");
            html.paragraph("muted", &words);
            continue;
        }
        html.table(
            &format!(
                "GO terms ranked over all genes, higher in {name} (gene set enrichment analysis of {} genes ordered by Wilcoxon score; {} permutations of genes, seed {}; Benjamini–Hochberg over {} terms). Genes: the leading edge.",
                count(report.n_ranked),
                count(u64::from(report.settings.n_permutations)),
                report.settings.seed,
                count(report.n_terms)
            ),
            &[text("Term"), text("Accession"), number("Genes"), number("NES"), number("p"), number("Adjusted p"), text("Which")],
            terms.iter().take(N_TERMS).map(ranked_term).collect(),
        );
        left_out(html, N_TERMS, terms.len(), "terms");
    }
}

fn ranked_term(term: &RankedTerm) -> Vec<Cell> {
    vec![
        text(format!("{} ({})", term.name, term.aspect)),
        text(term.id.clone()),
        number(count(term.n_term)),
        number(signed(term.normalized, 2)),
        number(p_value(term.p)),
        number(p_value(term.p_adjusted)),
        text(some_of(&term.genes)),
    ]
}

fn some_of(genes: &[String]) -> String {
    let mut own: Vec<&str> = genes.iter().take(N_OF_TERM).map(String::as_str).collect();
    if genes.len() > N_OF_TERM {
        own.push("…");
    }
    own.join(", ")
}

fn term(term: &TermFinding) -> Vec<Cell> {
    vec![
        text(format!("{} ({})", term.name, term.aspect)),
        text(term.id.clone()),
        number(format!("{} of {}", count(term.n_hits), count(term.n_term))),
        number(figure(term.fold, 1)),
        number(p_value(term.p_adjusted)),
        text(some_of(&term.genes)),
    ]
}
