mod explore;

use lexicell_protocol::{
    Comparison, MappingReport, Method, ScoreReport, Split, TextTemplate, View,
};

use super::findings::Findings;
use crate::components::{count, percent};
use crate::plot::is_clear;
use crate::views::{RARE, class_sizes};
use crate::words::{method_in_clause, method_in_words, per_class_in_words};

/// Below this share of the counts the unknown genes matter.
const KNOWN_WELL: f64 = 0.95;
/// Below this share the texts are mostly names.
const MOSTLY: f64 = 0.5;
/// Draws of the split that make a figure fit to publish.
const DRAWS: u32 = 5;

/// What a reader must know to take the results for no more than they are: those that apply.
pub(super) fn caveats(findings: &Findings) -> Vec<String> {
    let mut caveats = Vec::new();
    if let Some(data) = findings.data.as_ref().filter(|data| data.n_duplicate_cells > 0) {
        caveats.push(format!(
            "{} cells repeat the values of an earlier cell exactly; they stay on one side of every split.",
            count(data.n_duplicate_cells)
        ));
    }
    if let Some(genes) = findings.genes.as_ref().filter(|genes| genes.mapped_share < KNOWN_WELL) {
        caveats.push(format!(
            "{} of the counts fall on genes without a record; they do not enter the text’s view.",
            percent(1.0 - genes.mapped_share)
        ));
    }
    if let Some(share) = findings.genes.as_ref().and_then(summarised)
        && findings.settings.embed.template != TextTemplate::Name
        && share < MOSTLY
    {
        caveats.push(format!(
            "Only {} of the counts fall on genes whose record has a summary; the others are read by their names (and GO terms, where these are read) alone.",
            percent(share)
        ));
    }
    if let Some(embed) = findings.embed.as_ref().filter(|embed| embed.n_truncated > 0) {
        caveats.push(format!(
            "{} texts were longer than the model reads, and were cut.",
            count(embed.n_truncated)
        ));
    }
    if findings.maps.iter().any(|map| map.umap.is_some()) {
        caveats.push(
            "A UMAP is a picture for orientation; distances and sizes in it are no evidence."
                .to_owned(),
        );
    }
    if let Some(refine) = &findings.refine {
        caveats.push("The refined view was trained on the cells that it shows: its map, its clusters and its neighbours are no evidence that classes separate. Only scores of held-out cells are, whose heads were trained without them.".to_owned());
        if !refine.quality.is_empty() {
            caveats.push("Silhouette and purity of the refined view are of cells that trained nothing, but their loss chose the epoch that was kept: they may flatter it a little.".to_owned());
        }
    }
    if let Some(score) = &findings.score {
        of_score(score, &mut caveats);
    }
    caveats.extend(explore::caveats(&findings.explored));
    caveats
}

/// Share of the counts on genes with a summary, where the report tells kinds of text.
fn summarised(genes: &MappingReport) -> Option<f64> {
    let has_summary = |name: &str| name.starts_with("NCBI summary");
    let shares = genes.texts.iter().filter(|text| has_summary(&text.name)).map(|text| text.share);
    (!genes.texts.is_empty()).then(|| shares.sum())
}

fn of_score(report: &ScoreReport, caveats: &mut Vec<String>) {
    let settings = &report.settings;
    caveats.push(format!(
        "The labels “{}” are taken as given. Where they were themselves derived from the expression of these cells, by clustering for instance, the score measures agreement with that derivation.",
        settings.label
    ));
    match &settings.split {
        Split::StratifiedKFold { .. } | Split::FewLabels { .. } => caveats.push("Cells of one donor or batch may be on both sides of the split: the figures do not tell how labels carry over to a new donor, batch or laboratory.".to_owned()),
        Split::HeldOutGroups { .. } => {}
    }
    if settings.repeats < DRAWS {
        caveats.push(format!(
            "The split was drawn {}; at least {DRAWS} draws are advised for publication.",
            if settings.repeats <= 1 {
                "once".to_owned()
            } else {
                format!("{} times", settings.repeats)
            }
        ));
    }
    if report.n_unlabeled > 0 {
        caveats
            .push(format!("{} cells without a label were not judged.", count(report.n_unlabeled)));
    }
    if let Some(rare) = rare(report) {
        caveats.push(rare);
    }
    controls(report, caveats);
    if report.comparisons.len() > 1 {
        caveats.push(format!(
            "{} comparisons were made, and their p values and intervals are not corrected for their number.",
            report.comparisons.len()
        ));
    }
}

fn rare(report: &ScoreReport) -> Option<String> {
    let score = report.scores.first()?;
    let names: Vec<&str> = class_sizes(score)
        .into_iter()
        .zip(&score.per_class)
        .filter(|(size, _)| *size < RARE)
        .map(|(_, class)| class.name.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "Classes with fewer than {RARE} cells have uncertain figures: {}.",
            names.join(", ")
        )
    })
}

/// What the comparisons with controls and with the classical view allow to say.
fn controls(report: &ScoreReport, caveats: &mut Vec<String>) {
    let was_judged = |method: Method| report.scores.iter().any(|score| score.method == method);
    let text = [Method::View(View::Text), Method::View(View::Refined)];
    let with_text = [text[0], text[1], Method::Joint];
    if with_text.into_iter().any(was_judged)
        && !(was_judged(Method::RandomVectors) && was_judged(Method::ShuffledTexts))
    {
        caveats.push("Random vectors and shuffled descriptions were not both judged: it is open whether the words matter.".to_owned());
    }
    // One caveat for each pair, whatever the number of points at which it holds.
    let mut found: Vec<(&Comparison, Vec<u32>)> = Vec::new();
    for comparison in report.comparisons.iter().filter(|own| with_text.contains(&own.method)) {
        if text.contains(&comparison.baseline) || is_better(comparison) {
            continue;
        }
        let point = comparison.per_class_trained;
        match found.iter_mut().find(|(other, _)| is_alike(other, comparison)) {
            Some((_, points)) => points.extend(point),
            None => found.push((comparison, point.into_iter().collect())),
        }
    }
    caveats.extend(found.into_iter().map(|(comparison, points)| not_better(comparison, &points)));
}

/// Whether two comparisons say the same of the same pair.
fn is_alike(one: &Comparison, other: &Comparison) -> bool {
    (one.method, one.baseline, is_clear(one)) == (other.method, other.baseline, is_clear(other))
}

fn is_better(comparison: &Comparison) -> bool {
    is_clear(comparison) && comparison.difference > 0.0
}

fn not_better(comparison: &Comparison, points: &[u32]) -> String {
    let (method, baseline) =
        (method_in_words(comparison.method), method_in_clause(comparison.baseline));
    let at = match points {
        [] => String::new(),
        points => format!(" {}", per_class_in_words(points)),
    };
    let found =
        if is_clear(comparison) { "was worse than" } else { "was not shown to be better than" };
    let meaning = match comparison.baseline {
        Method::RandomVectors | Method::ShuffledTexts => {
            " Within this data set, this gives no sign that the words themselves help."
        }
        _ => "",
    };
    format!("{method}: {found} {baseline}{at}.{meaning}")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{comparison, findings};
    use super::*;

    fn has(findings: &Findings, part: &str) -> bool {
        caveats(findings).iter().any(|caveat| caveat.contains(part))
    }

    #[test]
    fn only_what_applies_is_said() {
        let findings = findings();
        assert!(has(&findings, "drawn once; at least 5"));
        assert!(has(&findings, "no evidence that classes separate"));
        assert!(has(&findings, "fewer than 20 cells have uncertain figures: NK"));
        assert!(has(&findings, "one donor or batch"));
        assert!(!has(&findings, "without a record"));
        assert!(!has(&findings, "were cut"));
        assert_eq!(caveats(&Findings::default()), Vec::<String>::new());
    }

    #[test]
    fn texts_that_are_mostly_names_are_called_so() {
        let mut findings = findings();
        let text = |name: &str, share| lexicell_protocol::ShareOfCounts {
            name: name.to_owned(),
            n_genes: 1,
            share,
        };
        if let Some(genes) = &mut findings.genes {
            genes.texts =
                vec![text("NCBI summary of the gene", 0.1), text("name only, no summary", 0.87)];
        }
        assert!(has(&findings, "Only 10.0 % of the counts"));
        findings.settings.embed.template = TextTemplate::Name;
        assert!(!has(&findings, "Only 10.0 % of the counts"));
    }

    #[test]
    fn held_out_donors_answer_the_question_of_donors() {
        let mut findings = findings();
        if let Some(score) = &mut findings.score {
            score.settings.split = Split::HeldOutGroups { column: "donor".to_owned(), n_folds: 4 };
            score.settings.repeats = 5;
        }
        assert!(!has(&findings, "one donor or batch"));
        assert!(!has(&findings, "advised for publication"));
    }

    #[test]
    fn text_that_does_not_beat_a_control_is_named() {
        let mut findings = findings();
        assert!(!has(&findings, "not shown to be better"));
        if let Some(score) = &mut findings.score {
            score.comparisons = vec![
                comparison(Method::ShuffledTexts, 0.01, -0.02, 0.04),
                comparison(Method::View(View::Pca), -0.1, -0.15, -0.05),
            ];
        }
        assert!(has(
            &findings,
            "Gene descriptions: was not shown to be better than shuffled descriptions."
        ));
        assert!(has(&findings, "was worse than PCA of expression."));
        assert!(has(&findings, "no sign that the words themselves help"));
        assert!(has(&findings, "2 comparisons were made"));
    }

    #[test]
    fn a_joint_view_that_adds_nothing_to_expression_is_named() {
        let mut findings = findings();
        if let Some(score) = &mut findings.score {
            let joint = |baseline, difference| Comparison {
                method: Method::Joint,
                ..comparison(baseline, difference, -0.01, 0.03)
            };
            let refined = Method::View(View::Refined);
            score.comparisons = vec![joint(Method::RefinedPca, 0.01), joint(refined, 0.01)];
        }
        assert!(has(
            &findings,
            "Joint view: was not shown to be better than refined PCA of expression."
        ));
        assert!(!has(&findings, "than refined gene descriptions"));
    }

    #[test]
    fn points_of_a_curve_share_one_caveat() {
        let mut findings = findings();
        if let Some(score) = &mut findings.score {
            score.comparisons = [1, 5]
                .map(|n| Comparison {
                    per_class_trained: Some(n),
                    ..comparison(Method::ShuffledTexts, 0.01, -0.02, 0.04)
                })
                .to_vec();
        }
        assert!(has(&findings, "shuffled descriptions with 1 or 5 training cells of each class."));
        let own = caveats(&findings);
        assert_eq!(own.iter().filter(|caveat| caveat.contains("not shown")).count(), 1);
    }
}
