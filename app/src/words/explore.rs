//! What an answer means, in words.

use lexicell_protocol::{AskReport, AxisReport, CompareReport, GeneFinding};

use crate::components::{count, figure, p_value};

/// From this adjusted p on a finding is called one.
pub(crate) const LEAST_CLEAR: f64 = 0.05;

/// What names a gene as one that tells two sets of cells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedBy {
    Both,
    Text,
    Expression,
    Neither,
}

impl NamedBy {
    pub(crate) const ALL: [Self; 4] = [Self::Both, Self::Text, Self::Expression, Self::Neither];

    /// A word for a table and a legend.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Text => "text only",
            Self::Expression => "expression only",
            Self::Neither => "neither",
        }
    }

    /// What it means.
    pub(crate) fn explained(self) -> &'static str {
        match self {
            Self::Both => {
                "its description sets the cells apart more than chance would, and its expression differs"
            }
            Self::Text => {
                "its description sets the cells apart more than chance would; its expression does not differ clearly"
            }
            Self::Expression => {
                "its expression differs; its description has no clear part in the distance, or NCBI has none"
            }
            Self::Neither => "neither is clear",
        }
    }

    /// A name that stays, for tests.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Text => "text",
            Self::Expression => "expression",
            Self::Neither => "neither",
        }
    }
}

/// The id of the type that a text is the definition of, behind the text.
pub(crate) fn id_of(report: &AskReport, place: usize) -> Option<String> {
    report.ids.get(place).filter(|id| !id.is_empty()).map(|id| format!(" ({id})"))
}

/// What names a gene.
pub(crate) fn named_by(gene: &GeneFinding) -> NamedBy {
    let by_text = gene.contribution.is_some() && gene.contribution_p.is_some_and(is_clear_p);
    match (by_text, is_clear_p(gene.p_adjusted)) {
        (true, true) => NamedBy::Both,
        (true, false) => NamedBy::Text,
        (false, true) => NamedBy::Expression,
        (false, false) => NamedBy::Neither,
    }
}

/// Whether an adjusted p is small enough; what is no number is not.
pub(crate) fn is_clear_p(p: f64) -> bool {
    p <= LEAST_CLEAR
}

/// A gene's part of the separation, as a share of it.
pub(crate) fn share_of(contribution: Option<f64>, separation: f64) -> Option<f64> {
    contribution.filter(|_| separation > 0.0).map(|part| part / separation)
}

/// A share of 1 as a percentage with its sign.
pub(crate) fn signed_percent(share: f64) -> String {
    format!("{} %", crate::components::signed(share * 100.0, 2))
}

/// A p value with its sign of equality, for a sentence.
fn p_in_words(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", p_value(p)) }
}

/// How far two sets are apart by text, and what that is worth.
pub(crate) fn separation_in_words(report: &CompareReport) -> String {
    let exchanges = count(u64::from(report.settings.n_permutations));
    let distance = figure(report.separation, 3);
    let p = p_in_words(report.separation_p);
    if report.settings.n_permutations == 0 {
        return format!(
            "By the descriptions of their genes both sets lie {distance} apart. Without exchanges of cells nothing says what chance would give."
        );
    }
    if is_clear_p(report.separation_p) {
        format!(
            "By the descriptions of their genes both sets lie {distance} apart; cells exchanged at random between them hardly ever lie as far ({exchanges} exchanges, {p})."
        )
    } else {
        format!(
            "By the descriptions of their genes both sets lie {distance} apart, and cells exchanged at random lie as far too often ({exchanges} exchanges, {p}): no difference is shown."
        )
    }
}

/// How many genes stand behind a difference.
pub(crate) fn genes_in_words(report: &CompareReport) -> String {
    format!(
        "{} of {} genes with a description have a larger part in this distance than exchanged cells explain; {} of {} genes tested differ in expression (adjusted p ≤ .05 in both).",
        count(report.n_contributing),
        count(report.n_attributed),
        count(report.n_markers),
        count(report.n_tested)
    )
}

/// Whether two groups of units differ more than groups formed otherwise, and whether they could.
pub(crate) fn axis_p_in_words(report: &AxisReport) -> String {
    let n = count(report.n_assignments);
    let tried = if report.is_exact {
        format!("all {n} ways to form groups of these sizes were tried, so p is exact")
    } else {
        format!("{n} random ways to form groups of these sizes were tried")
    };
    let least = p_value(report.least_p);
    let Some(p) = report.p else {
        return "With a single value on a side nothing can be tested: put at least two values into each group.".to_owned();
    };
    let verdict = if is_clear_p(p) {
        "The groups lie farther apart than groups formed otherwise"
    } else if report.least_p > LEAST_CLEAR {
        "Nothing can be shown with so few values, however far apart the groups lie"
    } else {
        "Groups formed otherwise lie as far apart: no difference is shown"
    };
    format!(
        "{verdict} ({}; {tried}; the smallest p that these sizes allow is {least}).",
        p_in_words(p)
    )
}

/// How the rows of genes are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) by: OrderBy,
    /// From small to large.
    pub(crate) rises: bool,
}

/// What they are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderBy {
    Contribution,
    Score,
}

impl Order {
    /// What a click on a heading asks for: another order, or the same the other way round.
    pub(crate) fn clicked(self, by: OrderBy) -> Self {
        Self { by, rises: self.by == by && !self.rises }
    }

    /// The word for `aria-sort`.
    pub(crate) fn aria(self, by: OrderBy) -> &'static str {
        match (self.by == by, self.rises) {
            (false, _) => "none",
            (true, true) => "ascending",
            (true, false) => "descending",
        }
    }
}

/// The places of the genes that pass, in order; genes without a number come last either way.
pub(crate) fn arranged(genes: &[GeneFinding], only: Option<NamedBy>, order: Order) -> Vec<usize> {
    let key = |place: &usize| {
        let gene = &genes[*place];
        let value = match order.by {
            OrderBy::Contribution => gene.contribution,
            OrderBy::Score => Some(gene.score),
        };
        let value = value.filter(|value| value.is_finite());
        value.map(|value| if order.rises { -value } else { value }).unwrap_or(f64::NEG_INFINITY)
    };
    let mut places: Vec<usize> = (0..genes.len())
        .filter(|&place| only.is_none_or(|only| named_by(&genes[place]) == only))
        .collect();
    places.sort_by(|a, b| key(b).total_cmp(&key(a)));
    places
}

/// How strongly a sentence is marked, from 0 to 5, by what is lost without it.
pub(crate) fn strength(loss: f64, losses: &[(String, f64)]) -> u8 {
    let largest = losses.iter().map(|(_, own)| own.abs()).fold(0.0, f64::max);
    if largest > 0.0 && loss.is_finite() {
        ((loss.abs() / largest * 5.0).round() as u8).min(5)
    } else {
        0
    }
}

/// What a sentence has to do with a gene's part, in words.
pub(crate) fn loss_in_words(loss: f64, contribution: f64) -> String {
    let share = if contribution == 0.0 { f64::NAN } else { loss / contribution };
    let part = |share: f64| format!("{:.0} %", share.abs() * 100.0);
    match share {
        share if !share.is_finite() => format!("{} of the distance", figure(loss, 4)),
        share if share.abs() < 0.005 => "carries nothing of it".to_owned(),
        share if share > 0.0 => format!("carries {} of it", part(share)),
        share => format!("works against it, by {}", part(share)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::{compare_report, gene};

    #[test]
    fn a_gene_is_named_by_what_is_clear() {
        let with = |contribution, contribution_p, p_adjusted| {
            named_by(&GeneFinding { contribution, contribution_p, p_adjusted, ..gene("G") })
        };
        assert_eq!(with(Some(0.1), Some(0.01), 0.01), NamedBy::Both);
        assert_eq!(with(Some(0.1), Some(0.05), 0.2), NamedBy::Text);
        assert_eq!(with(None, None, 0.05), NamedBy::Expression);
        assert_eq!(with(Some(0.1), Some(0.2), f64::NAN), NamedBy::Neither);
        assert_eq!(with(None, Some(0.0), 1.0), NamedBy::Neither);
    }

    #[test]
    fn genes_are_ordered_either_way_and_those_without_a_number_stay_last() {
        let numbers = [Some(0.1), None, Some(0.3), Some(-0.2)];
        let genes: Vec<GeneFinding> =
            numbers.map(|contribution| GeneFinding { contribution, ..gene("G") }).into();
        let order = Order { by: OrderBy::Contribution, rises: false };
        assert_eq!(arranged(&genes, None, order), [2, 0, 3, 1]);
        let other = order.clicked(OrderBy::Contribution);
        assert_eq!(arranged(&genes, None, other), [3, 0, 2, 1]);
        assert_eq!(other.clicked(OrderBy::Score), Order { by: OrderBy::Score, rises: false });
        assert_eq!(
            (other.aria(OrderBy::Contribution), other.aria(OrderBy::Score)),
            ("ascending", "none")
        );
    }

    #[test]
    fn only_the_genes_that_were_asked_for_are_listed() {
        let report = compare_report();
        let order = Order { by: OrderBy::Score, rises: false };
        let n = |only| arranged(&report.genes, only, order).len();
        assert_eq!(n(None), report.genes.len());
        assert_eq!(NamedBy::ALL.map(|own| n(Some(own))).iter().sum::<usize>(), n(None));
    }

    #[test]
    fn a_distance_that_chance_gives_is_none() {
        let mut report = compare_report();
        report.separation_p = 0.004;
        assert!(separation_in_words(&report).contains("p = 0.004"));
        report.separation_p = 0.4;
        assert!(separation_in_words(&report).contains("no difference is shown"));
        report.settings.n_permutations = 0;
        assert!(separation_in_words(&report).contains("Without exchanges"));
    }

    #[test]
    fn so_few_units_that_nothing_can_be_shown_are_called_so() {
        let mut report = crate::plot::samples::axis_report();
        (report.p, report.least_p, report.is_exact, report.n_assignments) =
            (Some(0.1), 0.1, true, 10);
        let words = axis_p_in_words(&report);
        assert!(words.starts_with("Nothing can be shown") && words.contains("exact"), "{words}");
        (report.p, report.least_p) = (Some(0.01), 0.001);
        assert!(axis_p_in_words(&report).starts_with("The groups lie farther"));
        report.p = Some(0.3);
        assert!(axis_p_in_words(&report).contains("no difference is shown"));
        report.p = None;
        assert!(axis_p_in_words(&report).contains("at least two"));
    }

    #[test]
    fn what_a_sentence_carries_is_told_in_words() {
        assert_eq!(loss_in_words(0.05, 0.1), "carries 50 % of it");
        assert_eq!(loss_in_words(-0.01, 0.1), "works against it, by 10 %");
        assert_eq!(loss_in_words(0.0, 0.1), "carries nothing of it");
        // A negative part that is lost makes the distance longer.
        assert_eq!(loss_in_words(-0.05, -0.1), "carries 50 % of it");
        let all = vec![(String::new(), 0.1), (String::new(), -0.05)];
        assert_eq!((strength(0.1, &all), strength(-0.05, &all), strength(0.0, &[])), (5, 3, 0));
    }

    #[test]
    fn a_share_needs_a_distance() {
        assert_eq!(share_of(Some(0.1), 0.0), None);
        assert_eq!(share_of(Some(0.1), 0.4), Some(0.25));
        assert_eq!(signed_percent(-0.031), "−3.10 %");
    }
}
