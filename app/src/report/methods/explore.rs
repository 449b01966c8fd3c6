use lexicell_protocol::{AskReport, AxisReport, CompareReport, PathReport, RankedTermsReport};

use super::super::explore::Explored;
use crate::components::{count, figure, p_value, percent};
use crate::state::set_in_words;
use crate::words::view_in_words;

/// A share of exchanges of texts that a lead must outdo, as the worker sets it.
const LEAD_OF: &str = "95 %";

/// What was asked of the cells, as sentences; none where nothing was.
pub(super) fn sentences(explored: &Explored) -> Option<String> {
    let parts = [
        explored.compared.as_deref().map(comparison),
        explored.ranked.as_deref().map(ranked),
        explored.asked.as_deref().map(words),
        explored.fitted.as_deref().map(|report| axis(report, &explored.groups)),
        explored.found.as_deref().map(path),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn comparison(report: &CompareReport) -> String {
    let [first, second] = &report.names;
    let settings = &report.settings;
    let chance = match settings.n_permutations {
        0 => String::new(),
        n => format!(
            " The length of the difference ({}) was held against {} exchanges of cells between the sets (p {}, seed {}), and each gene’s part against the moments that all such exchanges give.",
            figure(report.separation, 3),
            count(u64::from(n)),
            p_in_words(report.separation_p),
            settings.seed
        ),
    };
    let terms = match report.n_terms {
        0 => String::new(),
        n => format!(
            " Gene Ontology terms, annotations propagated to all ancestors, of up to 300 of the strongest genes with an adjusted p ≤ .05 on either side ({} and {}) were tested by the hypergeometric distribution against the {} expressed and annotated genes ({} terms of 5 to 500 of them; Benjamini–Hochberg); terms that repeat a stronger one were folded behind it.",
            count(report.n_entered[0]),
            count(report.n_entered[1]),
            count(report.n_background),
            count(n)
        ),
    };
    format!(
        "{first} ({} cells) and {second} ({} cells) were compared. The difference of their mean text vectors is a sum over genes; each gene’s part is its projection on that difference, and all parts add up to its length exactly.{chance} Expression (log1p of counts per 10,000) was compared by the Wilcoxon rank-sum test with correction for ties, p adjusted over {} genes by Benjamini–Hochberg.{terms}",
        count(report.n_obs[0]),
        count(report.n_obs[1]),
        count(report.n_tested)
    )
}

fn ranked(report: &RankedTermsReport) -> String {
    format!(
        "Terms were also ranked by gene set enrichment analysis: the {} expressed and annotated genes were ordered by their Wilcoxon score, and each of {} terms (5 to 500 genes) was scored by the weighted running sum (weight 1) and held against {} random sets of genes of its size (seed {}); the score over the mean of random scores of the same sign is its normalised enrichment score, p counts the observed set among the random ones, or is the tail of a gamma distribution of their scores where fewer than ten score as far out, and was adjusted by Benjamini–Hochberg; terms whose leading edge repeats that of a stronger one were folded behind it.",
        count(report.n_ranked),
        count(report.n_terms),
        count(u64::from(report.settings.n_permutations)),
        report.settings.seed
    )
}

fn words(report: &AskReport) -> String {
    let n = report.texts.len();
    let what = if n == 1 { "A text was".to_owned() } else { format!("{n} texts were") };
    let gap = if report.from.is_empty() { "" } else { " " };
    let from = &report.from;
    let settings = &report.settings;
    let told = report.labels.as_ref().map_or_else(String::new, |labels| {
        let judged = match labels.against {
            Some((accuracy, f1)) => format!(
                " Held against “{}”, {} of the cells of these types were told rightly (mean F1 {}).",
                report.by,
                percent(accuracy),
                figure(f1, 3)
            ),
            None => String::new(),
        };
        format!(
            " Each cell was told the text of the highest cosine (less its mean over cells) without any label, and none where its lead over the second was below {}, which {LEAD_OF} of cells miss once genes have exchanged their texts.{judged}",
            figure(labels.least_margin, 4)
        )
    });
    format!(
        "{what} embedded by the same encoder, put through the same whitening as the genes, and held against centred cells (cosine similarity). Classes (“{}”) were ranked against two nulls: {} exchanges of texts among genes (seed {}), and a text that points anywhere (Student’s t of its cosine); the greater p was adjusted over classes by Benjamini–Hochberg.{gap}{from}{told}",
        report.by,
        count(u64::from(settings.n_permutations)),
        settings.seed
    )
}

fn axis(report: &AxisReport, names: &[String; 2]) -> String {
    let settings = &report.settings;
    let n = count(report.n_assignments);
    let tested = match report.p {
        None => " With one value on a side nothing was tested.".to_owned(),
        Some(p) => format!(
            " Its length was held against {} (p {}; the least p that these sizes allow is {}), and the axis was fitted anew without each value.",
            if report.is_exact {
                format!("all {n} assignments of values to groups of these sizes")
            } else {
                format!(
                    "{n} random assignments of values to groups of these sizes (seed {})",
                    settings.seed
                )
            },
            p_in_words(p),
            p_value(report.least_p)
        ),
    };
    format!(
        "An axis was laid, in the space of {}, from the mean of the centroids of {} ({}) to that of {} ({}); values of “{}” were the units, not cells.{tested}",
        view_in_words(settings.view),
        names[1],
        settings.second.join(", "),
        names[0],
        settings.first.join(", "),
        settings.column
    )
}

fn path(report: &PathReport) -> String {
    let settings = &report.settings;
    format!(
        "On the graph of nearest neighbours by {}, a diffusion map of {} components was computed, and diffusion pseudotime over the first {} of them from the root {}, the medoid of {}. Classes (“{}”) were joined by partition-based graph abstraction (PAGA, model v1.2). Genes were ordered by the Spearman correlation of their expression with pseudotime over {} cells ({} genes; Benjamini–Hochberg).",
        view_in_words(settings.view),
        report.eigenvalues.len(),
        settings.n_dcs,
        report.root,
        set_in_words(&settings.root),
        report.by,
        count(report.n_followed),
        count(report.n_tested)
    )
}

/// A p value with its sign of equality.
fn p_in_words(p: f64) -> String {
    let words = p_value(p);
    if words.starts_with('<') { words } else { format!("= {words}") }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::explored;
    use super::*;

    #[test]
    fn what_was_asked_is_stated_with_its_settings() {
        let text = sentences(&explored()).expect("something was asked");
        for part in [
            "B <cell> (60 cells) and the rest (40 cells) were compared",
            "200 exchanges of cells between the sets (p = 0.005, seed 0)",
            "Wilcoxon rank-sum test with correction for ties",
            "2 texts were embedded",
            "held against 2\u{202f}000 random sets of genes of its size (seed 0)",
            "1\u{202f}000 exchanges of texts among genes (seed 3)",
            "was below 0.0120",
            "1 of the 2 texts is a type of the Cell Ontology (release 2024-08-16, CC BY 4.0)",
            "all 3 assignments",
            "the least p that these sizes allow is 0.330",
            "first 10 of them from the root cell 7",
            "PAGA, model v1.2",
        ] {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
        // No term was tested, so none is spoken of.
        assert!(!text.contains("Gene Ontology"), "{text}");
        assert_eq!(sentences(&Explored::default()), None);
    }
}
